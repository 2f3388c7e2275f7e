"""Events of a conversation as RTVI 2.1 messages: a pure mapping."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import singledispatch
from typing import Any, Final, Literal

from pydantic_core import to_json

from pipeline import events
from pipeline.events import Event

VERSION: Final = "2.1.0"
LABEL: Final = "rtvi-ai"
MAX_MESSAGE: Final = 64 * 1024
MAX_TEXT: Final = 12_000
"""Longest text in one message: SCTP is happiest with messages below 16 KB."""

ServerType = Literal[
    "bot-ready",
    "error",
    "user-started-speaking",
    "user-stopped-speaking",
    "user-transcription",
    "user-llm-text",
    "bot-llm-started",
    "bot-llm-stopped",
    "bot-llm-text",
    "bot-output",
    "bot-transcription",
    "bot-tts-started",
    "bot-tts-stopped",
    "bot-tts-text",
    "bot-started-speaking",
    "bot-stopped-speaking",
    "llm-function-call-started",
    "llm-function-call-in-progress",
    "llm-function-call-stopped",
    "metrics",
    "server-message",
    "server-response",
    "error-response",
]


@dataclass(frozen=True, slots=True)
class RtviMessage:
    """One message to the client; `id` repeats the client's where it answers one."""

    type: ServerType
    data: Mapping[str, Any] | None = None
    id: str | None = None

    def encode(self, fallback_id: str = "0") -> str:
        """Return the message's JSON; one that the client could not take is replaced by a note of its size."""
        body: dict[str, Any] = {"label": LABEL, "type": self.type, "id": self.id or fallback_id}
        if self.data is not None:
            body["data"] = self.data
        text = to_json(body, fallback=str, inf_nan_mode="null")
        if len(text) > MAX_MESSAGE:
            kind = self.data.get("type") if self.data else None
            body["data"] = {"type": kind, "truncated": True, "bytes": len(text)}
            text = to_json(body, fallback=str)
        return text.decode()


def server_message(kind: str, **data: Any) -> RtviMessage:
    """Return a message of our own, told apart by its `type`."""
    return RtviMessage("server-message", {"type": kind, **data})


def fault(text: str, fatal: bool = False) -> RtviMessage:
    """Return a fault that the user should see."""
    return RtviMessage("error", {"error": text, "fatal": fatal})


def messages(event: Event, user_id: str = "", now: datetime | None = None) -> Sequence[RtviMessage]:
    """Return what the client is told about `event`, in order."""
    if isinstance(event, events.UserTranscript):
        stamp = (now or datetime.now(UTC)).isoformat()
        data = {"text": event.text, "final": event.final, "timestamp": stamp, "user_id": user_id}
        return [RtviMessage("user-transcription", data)]
    return _map(event)


@singledispatch
def _map(event: object) -> Sequence[RtviMessage]:
    raise TypeError(f"no RTVI message is known for {type(event).__name__}")


def _signal(event: type, kind: ServerType) -> None:
    """Map an event that says nothing but its name."""

    def mapped(_event: object) -> Sequence[RtviMessage]:
        return [RtviMessage(kind)]

    _map.register(event, mapped)


_signal(events.UserStartedSpeaking, "user-started-speaking")
_signal(events.UserStoppedSpeaking, "user-stopped-speaking")
_signal(events.ReplyStarted, "bot-llm-started")
_signal(events.ReplyStopped, "bot-llm-stopped")
_signal(events.SynthesisStopped, "bot-tts-stopped")
_signal(events.AgentStartedSpeaking, "bot-started-speaking")
_signal(events.AgentStoppedSpeaking, "bot-stopped-speaking")


@_map.register
def _(event: events.UserTurn) -> Sequence[RtviMessage]:
    return [RtviMessage("user-llm-text", {"text": event.text})]


@_map.register
def _(event: events.ReplyText) -> Sequence[RtviMessage]:
    parts = [event.text[i : i + MAX_TEXT] for i in range(0, len(event.text), MAX_TEXT)]
    return [RtviMessage("bot-llm-text", {"text": part}) for part in parts]


@_map.register
def _(event: events.PhraseQueued) -> Sequence[RtviMessage]:
    new = _output(event.segment, event.text, "new") | {"will_be_spoken": event.spoken}
    return [RtviMessage("bot-output", new), RtviMessage("bot-transcription", {"text": event.text})]


@_map.register
def _(event: events.PhraseProgress) -> Sequence[RtviMessage]:
    said = _progress(event.heard, event.remaining)
    return [RtviMessage("bot-output", _output(event.segment, event.text, "in-progress") | said)]


@_map.register
def _(event: events.PhraseFinished) -> Sequence[RtviMessage]:
    rest = event.text[len(event.heard) :] if event.interrupted else ""
    said = _progress(event.heard if event.interrupted else event.text, rest)
    # RTVI has no status for a phrase that was cut: `spoken_progress` says how far it came, `interrupted` that it was.
    end = _output(event.segment, event.text, "completed") | said | {"interrupted": event.interrupted}
    return [RtviMessage("bot-output", end | {"will_be_spoken": event.spoken})]


@_map.register
def _(event: events.SynthesisStarted) -> Sequence[RtviMessage]:
    return [RtviMessage("bot-tts-started"), RtviMessage("bot-tts-text", {"text": event.text})]


@_map.register
def _(event: events.ToolStarted) -> Sequence[RtviMessage]:
    return [
        RtviMessage("llm-function-call-started", {"function_name": event.name}),
        _tool_call(event.call_id, event.name, "started"),
    ]


@_map.register
def _(event: events.ToolInProgress) -> Sequence[RtviMessage]:
    data = {"function_name": event.name, "tool_call_id": event.call_id, "arguments": event.arguments}
    return [
        RtviMessage("llm-function-call-in-progress", data),
        _tool_call(event.call_id, event.name, "running", arguments=event.arguments),
    ]


@_map.register
def _(event: events.ToolStopped) -> Sequence[RtviMessage]:
    cancelled = event.status == "cancelled"
    data: dict[str, Any] = {"function_name": event.name, "tool_call_id": event.call_id, "cancelled": cancelled}
    if not cancelled:
        data["result"] = event.result
    whole = _tool_call(
        event.call_id,
        event.name,
        event.status,
        arguments=event.arguments,
        result=event.result,
        record=event.record,
        seconds=event.seconds,
    )
    return [RtviMessage("llm-function-call-stopped", data), whole]


@_map.register
def _(event: events.MessageKept) -> Sequence[RtviMessage]:
    return [
        server_message(
            "message",
            role=event.role,
            content=event.content,
            modality=event.modality,
            turn=event.turn,
            interrupted=event.interrupted,
        )
    ]


@_map.register
def _(event: events.TurnLatency) -> Sequence[RtviMessage]:
    latency = server_message("turn_latency", turn=event.turn, marks=event.marks)
    metrics = _metrics(event.marks)
    return [RtviMessage("metrics", metrics), latency] if metrics else [latency]


@_map.register
def _(_event: events.AnswerKnown) -> Sequence[RtviMessage]:
    return []  # the client follows the answer phrase by phrase


@_map.register
def _(_event: events.ModelAnswered) -> Sequence[RtviMessage]:
    return []  # for traces: what a caller is to see of it is in the marks


@_map.register
def _(_event: events.LinkLost) -> Sequence[RtviMessage]:
    return [server_message("link", state="lost")]


@_map.register
def _(_event: events.LinkRestored) -> Sequence[RtviMessage]:
    return [server_message("link", state="restored")]


@_map.register
def _(event: events.Fault) -> Sequence[RtviMessage]:
    return [fault(event.message, event.fatal)]


@_map.register
def _(event: events.ConversationEnded) -> Sequence[RtviMessage]:
    return [server_message("call_ended", reason=event.reason)]


def _output(segment: int, text: str, status: str) -> dict[str, Any]:
    return {
        "text": text,
        "aggregated_by": "sentence",
        "segment_id": segment,
        "will_be_spoken": True,
        "spoken_status": status,
    }


def _progress(heard: str, remaining: str) -> dict[str, Any]:
    return {"spoken_progress": {"accumulated_text": heard, "remaining_text": remaining}}


def _tool_call(
    call_id: str,
    name: str,
    status: str,
    *,
    arguments: Mapping[str, Any] | None = None,
    result: str | None = None,
    record: Mapping[str, Any] | None = None,
    seconds: float | None = None,
) -> RtviMessage:
    return server_message(
        "tool_call",
        call_id=call_id,
        name=name,
        arguments=arguments or {},
        status=status,
        result=result,
        record=record,
        seconds=seconds,
    )


def _metrics(marks: Mapping[str, float | None]) -> dict[str, Any]:
    """Return RTVI's `metrics` (seconds): how long each stage took after the one before it; unknown ones are absent."""
    stages = (
        ("stt", None, "transcript"),
        ("llm", "transcript", "llm_first_token"),
        ("tts", "llm_first_phrase", "tts_first_audio"),
    )
    ttfb = []
    for processor, since, until in stages:
        start, end = (0.0 if since is None else marks.get(since)), marks.get(until)
        if start is not None and end is not None and end >= start:
            ttfb.append({"processor": processor, "value": round((end - start) / 1000, 4)})
    metrics: dict[str, Any] = {"ttfb": ttfb} if ttfb else {}
    whole = marks.get("audio_out")
    if whole is not None:
        metrics["processing"] = [{"processor": "voice_to_voice", "value": round(whole / 1000, 4)}]
    return metrics
