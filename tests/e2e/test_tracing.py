"""A real server tells a real collector of a spoken call, and a client tells it what it heard: figures, never words."""

import asyncio
import re
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.own_server import own_server
from dao.client import DaoClient
from tests.e2e.collector import attributes, own_collector, texts
from tests.e2e.conversing import answered, caller, said, say
from tests.e2e.peer import Peer

HEARD = 812.5
TYPED = "remind me to water the roses tomorrow at noon"


def words(*said: str) -> set[str]:
    return {word for text in said for word in re.findall(r"[a-z]{3,}", text.lower())}


async def test_a_spoken_call_is_traced_without_a_word_of_it(tmp_path: Path) -> None:
    who = caller()
    async with own_collector() as collector:
        settings = {
            "FLUX_TRACING__ENDPOINT": collector.url,
            "FLUX_TRACING__INTERVAL": "0.2",
            "FLUX_TRACING__HEADERS": '{"Authorization": "Bearer hush"}',
        }
        async with own_server(tmp_path, settings=settings) as server, Peer(server.url, start=who) as peer:
            await peer.connect()
            await peer.until(lambda: peer.of_type("bot-stopped-speaking"), 60)
            await say(peer, "goal_1_rms")
            spoken = (await peer.until(lambda: heard_turns(peer), 60))[0]
            told = await tell(peer, {"turn": spoken["turn"], "ms": HEARD})
            again = await tell(peer, {"turn": spoken["turn"], "ms": 1.0})
            before = len(peer.own_messages("turn_latency"))
            await answered(peer, spoken["turn"])
            peer.send("send-text", {"content": TYPED})
            await peer.until(lambda: len(peer.own_messages("turn_latency")) > before, 60)
            typed = peer.own_messages("turn_latency")[-1]
            await answered(peer, typed["turn"])
            spans = await collector.until(typed["turn"])
            (conversation,) = {attributes(span.attributes).get("gen_ai.conversation.id") for span in spans} - {None}
            async with DaoClient(server.dao_url) as dao:
                turns = await kept(dao, UUID(conversation), spoken["turn"])
            metrics = await figures(server.url)
        finals = [m["data"]["text"] for m in peer.of_type("user-transcription") if m["data"]["final"]]
        tool = peer.own_messages("tool_call")[-1]

    assert (told["type"], again["type"]) == ("server-response", "error-response")
    heard = {turn.index: turn.client_voice_to_voice_ms for turn in turns}
    assert {index: wait for index, wait in heard.items() if wait is not None} == {spoken["turn"]: HEARD}
    assert next(turn.marks for turn in turns if turn.index == spoken["turn"]) == spoken["marks"]
    assert metrics["flux_voice_client_voice_to_voice_seconds_count"] == 1
    assert metrics["flux_voice_client_voice_to_voice_seconds_sum"] == HEARD / 1000

    traces = {
        attributes(span.attributes)["flux_voice.turn.index"]: trace(spans, span) for span in spans if is_root(span)
    }
    whole = traces[spoken["turn"]]
    both = {"invoke_agent flux", "chat sentences", "tts", "first_sound"}
    assert {span.name for span in whole} >= {*both, "endpointing", "stt"}
    assert {span.name for span in traces[typed["turn"]]} == {*both, "execute_tool submit_new_task_intent"}
    root = whole[0]
    assert attributes(root.attributes)["flux_voice.client_voice_to_voice"] == HEARD / 1000
    assert all(root.start_time_unix_nano <= span.start_time_unix_nano for span in whole)
    assert all(span.end_time_unix_nano <= root.end_time_unix_nano for span in whole)
    lengths = {span.name: (span.end_time_unix_nano - span.start_time_unix_nano) / 1e6 for span in whole}
    for name, mark in (("endpointing", "endpoint"), ("stt", "transcript"), ("first_sound", "audio_out")):
        assert lengths[name] == pytest.approx(spoken["marks"][mark], abs=0.01)
    assert not any(span.events or span.status.code == Status.STATUS_CODE_ERROR for span in spans)
    resource = attributes(collector.requests[0].resource_spans[0].resource.attributes)
    assert resource["service.name"] == "flux-voice"
    assert all(headers["Authorization"] == "Bearer hush" for headers in collector.headers)

    # What was said by either, what was kept of it, and who said it: none of it is anywhere in what was sent.
    exported = [text for request in collector.requests for text in texts(request)]
    theirs = words(*finals, TYPED, tool["arguments"]["title"])
    assert words(*finals) and {"roses", "noon"} <= theirs
    assert "execute" in words(*exported) and not words(*exported) & theirs
    for secret in (*said(peer), who["user_id"], "roses", "Berlin"):
        assert secret.lower().encode() not in collector.raw.lower()


async def test_a_call_is_held_and_ended_though_no_collector_is_there(tmp_path: Path) -> None:
    settings = {"FLUX_TRACING__ENDPOINT": "http://127.0.0.1:9", "FLUX_TRACING__INTERVAL": "0.05"}
    log = tmp_path / "log"
    async with own_server(tmp_path, settings=settings, log=log) as server, Peer(server.url, start=caller()) as peer:
        await peer.connect()
        for turn in (1, 2):
            peer.send("send-text", {"content": "help", "options": {"audio_response": False}})
            await answered(peer, turn)
            async with asyncio.timeout(40):
                while "trace collector" not in log.read_text():  # noqa: ASYNC110 -- another process writes it
                    await asyncio.sleep(0.1)
        peer.send("disconnect-bot")
        await peer.until(lambda: peer.own_messages("call_ended"))
    lines = [line for line in log.read_text().splitlines() if "trace collector" in line]
    assert len(lines) == 1 and "FLUX_TRACING__ENDPOINT" in lines[0] and "127.0.0.1:9" in lines[0]
    assert "opentelemetry" not in log.read_text() and "Traceback" not in log.read_text()


async def tell(peer: Peer, data: dict[str, Any]) -> dict[str, Any]:
    """Ask as a client's SDK does and return the answer."""
    id = f"heard-{len(peer.messages)}"
    peer.send("client-message", {"t": "voice_to_voice", "d": data}, id)
    answers: list[dict[str, Any]] = await peer.until(lambda: [m for m in peer.messages if m.get("id") == id])
    return answers[0]


async def kept(dao: DaoClient, conversation: UUID, turn: int) -> Any:
    """Return the turns once the figure of `turn` and a later turn are kept: they are written off the call's path."""
    async with asyncio.timeout(40):
        while True:
            turns = await dao.turns(conversation)
            told = any(each.index == turn and each.client_voice_to_voice_ms is not None for each in turns)
            if told and turns[-1].index > turn:
                return turns
            await asyncio.sleep(0.1)  # another process writes them


async def figures(url: str) -> dict[str, float]:
    async with aiohttp.ClientSession() as client, client.get(f"{url}/metrics") as answer:
        text = await answer.text()
    return {s.name: s.value for family in text_string_to_metric_families(text) for s in family.samples if not s.labels}


def trace(spans: list[Span], root: Span) -> list[Span]:
    """Return the root and its children."""
    return [root, *(span for span in spans if span.parent_span_id == root.span_id and span.trace_id == root.trace_id)]


def is_root(span: Span) -> bool:
    return not span.parent_span_id


def heard_turns(peer: Peer) -> list[dict[str, Any]]:
    """Return what was told of the spoken turns that were answered aloud so far."""
    told = peer.own_messages("turn_latency")
    return [each for each in told if None not in (each["marks"]["endpoint"], each["marks"]["audio_out"])]
