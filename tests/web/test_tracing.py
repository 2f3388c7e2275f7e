"""Traces: the shape of what is exported, and that a collector or a package that is missing harms no call."""

import asyncio
import http.server
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, ClassVar

import pytest
import structlog
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from models.llm import Usage
from pipeline.events import (
    ConversationEnded,
    Event,
    MessageKept,
    ModelAnswered,
    ToolStarted,
    ToolStopped,
    TurnLatency,
    UserTurn,
)
from pipeline.spans import Cast, ModelName, Span
from tests.web.scripted import ScriptedConversation
from web.client_clock import ClientClock
from web.otlp import OtlpSender
from web.own_settings import TracingSettings
from web.settings import load_settings
from web.tracing import Tracing, open_tracing

CAST = Cast(
    "7f", "flux", "pocketsphinx", "espeak", {"ollama/qwen3:4b": ModelName("ollama", "qwen3:4b")}, frozenset({"goal"})
)
MARKS = {
    "endpoint": 300.0,
    "transcript": 350.0,
    "llm_first_token": 500.0,
    "llm_first_phrase": 600.0,
    "tts_first_audio": None,
    "audio_out": 700.0,
}


def one_turn(began: float) -> list[Event]:
    return [
        UserTurn(1, "my doctor knows", "voice"),
        ModelAnswered(1, began + 0.36, began + 0.5, began + 1.0, Usage(169, 15)),
        ToolStarted("1:0:0", "goal"),
        ToolStopped("1:0:0", "goal", {"goal_statement": "see my doctor"}, "doctor kept", "failed", None, 0.1),
        TurnLatency(1, MARKS, speech_end=began),
        MessageKept("assistant", "your doctor", "voice", 1),
        ConversationEnded("goodbye"),
    ]


async def test_a_turn_is_exported_as_one_trace_without_a_word_of_it() -> None:
    exporter = InMemorySpanExporter()
    sender = OtlpSender(exporter, TracingSettings(service_name="my-box"))
    conversation = ScriptedConversation("x")
    clock = ClientClock(asyncio.get_running_loop().time)
    Tracing(sender).follow(conversation, CAST, clock)
    conversation.watch(clock.watch)
    began = asyncio.get_running_loop().time() - 2.0
    for event in one_turn(began):
        if isinstance(event, MessageKept):
            assert clock.take(1, 810.0) is None
        conversation.emit(event)
    sender.close()
    spans = {span.name: span for span in exporter.get_finished_spans()}
    root = spans["invoke_agent flux"]
    assert spans.keys() == {
        "invoke_agent flux",
        "endpointing",
        "stt",
        "chat qwen3:4b",
        "execute_tool goal",
        "first_sound",
    }
    for span in spans.values():
        parent = span.parent.span_id if span.parent else None
        assert parent == (None if span is root else root.context.span_id)
        assert span.context.trace_id == root.context.trace_id
    assert duration(spans["endpointing"]) == pytest.approx(0.3, abs=1e-6)
    assert duration(spans["first_sound"]) == pytest.approx(0.7, abs=1e-6)
    assert spans["chat qwen3:4b"].start_time - (root.start_time or 0) == pytest.approx(0.36e9, abs=1e3)  # type: ignore[operator]
    assert (spans["chat qwen3:4b"].kind, root.kind) == (SpanKind.CLIENT, SpanKind.INTERNAL)
    tool = spans["execute_tool goal"]
    assert tool.status.status_code is StatusCode.ERROR and (tool.attributes or {})["error.type"] == "failed"
    assert (root.attributes or {})["flux_voice.client_voice_to_voice"] == 0.81
    assert root.resource.attributes["service.name"] == "my-box"
    assert all(not span.events for span in spans.values())
    assert "doctor" not in "".join(span.to_json() for span in spans.values())


def duration(span: ReadableSpan) -> float:
    assert span.start_time is not None and span.end_time is not None
    return (span.end_time - span.start_time) / 1e9


class Fickle(SpanExporter):
    """A collector that takes spans while `up`, and hangs while `stuck` is not set."""

    def __init__(self) -> None:
        self.up = False
        self.taken = 0
        self.tried = threading.Event()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.taken += len(spans) if self.up else 0
        self.tried.set()
        return SpanExportResult.SUCCESS if self.up else SpanExportResult.FAILURE

    def shutdown(self) -> None: ...


async def test_a_collector_that_is_away_is_told_of_once_and_that_it_is_back_once() -> None:
    exporter = Fickle()
    sender = OtlpSender(exporter, TracingSettings(endpoint="http://me:hush@127.0.0.1:9", interval=0.01))
    with structlog.testing.capture_logs() as lines:
        for up in (False, False, True, True, False):
            exporter.up = up
            exporter.tried.clear()
            sender.send(Span("x", 0.0, 1.0), 0)
            assert await asyncio.to_thread(exporter.tried.wait, 10)
        sender.close()
    told = [(line["log_level"], line["event"]) for line in lines]
    away, back = ("warning", "the trace collector takes no spans"), ("info", "the trace collector takes spans again")
    assert told == [away, back, away]
    assert {line["collector"] for line in lines} == {"127.0.0.1:9"}
    assert exporter.taken == 2


async def test_what_waits_for_a_collector_is_bounded_and_sending_never_waits() -> None:
    released, held = threading.Event(), threading.Event()

    class Stuck(Fickle):
        def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
            held.set()
            released.wait(30)
            self.up = True
            return super().export(spans)

    exporter = Stuck()
    sender = OtlpSender(exporter, TracingSettings(interval=0.01, queue=128))
    sender.send(Span("x", 0.0, 1.0), 0)
    assert await asyncio.to_thread(held.wait, 10)
    for _ in range(1_000):
        sender.send(Span("x", 0.0, 1.0), 0)  # returns, though nothing leaves
    released.set()
    await asyncio.to_thread(sender.close)
    assert exporter.taken == 1 + 128


class Deaf(http.server.BaseHTTPRequestHandler):
    """Takes a request and gives no answer until the test is over."""

    over: ClassVar[threading.Event]
    asked: ClassVar[threading.Event]

    def do_POST(self) -> None:
        self.asked.set()
        self.over.wait(60)

    def log_message(self, *_: Any) -> None: ...


@asynccontextmanager
async def deaf_collector() -> AsyncIterator[tuple[str, threading.Event]]:
    Deaf.over, Deaf.asked = threading.Event(), threading.Event()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Deaf)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", Deaf.asked
    finally:
        Deaf.over.set()
        await asyncio.to_thread(server.shutdown)
        server.server_close()


async def test_a_server_stops_though_its_collector_hangs() -> None:
    async with deaf_collector() as (address, asked):
        began = asyncio.get_running_loop().time()
        conversation = ScriptedConversation("x")
        async with open_tracing(TracingSettings(endpoint=address, timeout=60, interval=0.01)) as tracing:
            assert tracing is not None
            tracing.follow(conversation, CAST)
            for event in one_turn(began):
                conversation.emit(event)
            assert await asyncio.to_thread(asked.wait, 10)
        # The library still waits for the collector, half a minute long; the server does not.
        assert any(thread.name == "close-tracing" for thread in threading.enumerate())


def test_without_an_address_there_is_no_tracing_and_its_packages_are_not_touched() -> None:
    assert load_settings().tracing.endpoint is None
    code = (
        "import asyncio, sys; from web.own_settings import TracingSettings; from web.tracing import open_tracing\n"
        "import web.assembly\n"
        "async def main():\n"
        "    async with open_tracing(TracingSettings()) as tracing: print(tracing)\n"
        "asyncio.run(main()); print(sorted(name for name in sys.modules if name.startswith('opentelemetry')))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines() == ["None", "[]"]


def test_a_missing_package_stops_the_start_in_one_line_that_says_how_to_get_it() -> None:
    code = "import sys; sys.modules['opentelemetry'] = None; from web.cli import main; main(['serve', '--port', '0'])"
    environment = {"FLUX_TRACING__ENDPOINT": "http://127.0.0.1:4318", "PYTHONPATH": ":".join(filter(None, sys.path))}
    ended = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert line.startswith("Error: FLUX_TRACING__ENDPOINT is set, but tracing needs the extra tracing")
    assert "run pip install 'flux-voice[tracing]' or unset it" in line


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces"),
        ("https://box.lan:4318/", "https://box.lan:4318/v1/traces"),
        ("http://box.lan/otlp/v1/traces", "http://box.lan/otlp/v1/traces"),
    ],
)
def test_the_address_may_leave_out_the_path_of_the_traces(given: str, meant: str) -> None:
    assert TracingSettings(endpoint=given).endpoint == meant
