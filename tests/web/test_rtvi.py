"""Each event of the pipeline becomes the messages of the contract's table."""

import json
from datetime import UTC, datetime
from typing import Any, get_args

import pytest

from pipeline.events import (
    AgentStartedSpeaking,
    AgentStoppedSpeaking,
    AnswerKnown,
    ConversationEnded,
    Event,
    Fault,
    LinkLost,
    LinkRestored,
    MessageKept,
    ModelAnswered,
    PhraseFinished,
    PhraseProgress,
    PhraseQueued,
    ReplyStarted,
    ReplyStopped,
    ReplyText,
    SynthesisStarted,
    SynthesisStopped,
    ToolInProgress,
    ToolStarted,
    ToolStopped,
    TurnLatency,
    UserStartedSpeaking,
    UserStoppedSpeaking,
    UserTranscript,
    UserTurn,
)
from web.rtvi import MAX_MESSAGE, messages, server_message

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
MARKS = {
    "endpoint": 700.0,
    "transcript": 900.0,
    "llm_first_token": 950.0,
    "llm_first_phrase": 1000.0,
    "tts_first_audio": 1100.0,
    "audio_out": 1120.0,
}
ARGUMENTS = {"goal_statement": "learn guitar"}
RECORD = {"kind": "goal", "id": "1"}


def output(status: str, **more: Any) -> dict[str, Any]:
    return {
        "text": "Hello there.",
        "aggregated_by": "sentence",
        "segment_id": 3,
        "will_be_spoken": True,
        "spoken_status": status,
        **more,
    }


def progress(heard: str, rest: str) -> dict[str, Any]:
    return {"accumulated_text": heard, "remaining_text": rest}


def tool_call(status: str, **more: Any) -> dict[str, Any]:
    whole = {"arguments": {}, "result": None, "record": None, "seconds": None} | more
    return {"type": "tool_call", "call_id": "1:0:0", "name": "submit_goal_intent", "status": status, **whole}


TABLE: list[tuple[Event, list[tuple[str, Any]]]] = [
    (UserStartedSpeaking(), [("user-started-speaking", None)]),
    (UserStoppedSpeaking(), [("user-stopped-speaking", None)]),
    (
        UserTranscript("hi", final=True),
        [("user-transcription", {"text": "hi", "final": True, "timestamp": NOW.isoformat(), "user_id": "u"})],
    ),
    (UserTurn(1, "hi", "voice"), [("user-llm-text", {"text": "hi"})]),
    (ReplyStarted(1), [("bot-llm-started", None)]),
    (ReplyText(1, "Hel"), [("bot-llm-text", {"text": "Hel"})]),
    (ReplyStopped(1), [("bot-llm-stopped", None)]),
    (AnswerKnown(1, "Goal created."), []),
    (ModelAnswered(1, 1.0, 1.2, 1.5), []),
    (
        PhraseQueued(3, "Hello there.", spoken=True),
        [("bot-output", output("new")), ("bot-transcription", {"text": "Hello there."})],
    ),
    (
        PhraseQueued(3, "Hello there.", spoken=False),
        [("bot-output", output("new", will_be_spoken=False)), ("bot-transcription", {"text": "Hello there."})],
    ),
    (
        PhraseProgress(3, "Hello there.", "Hello", " there."),
        [("bot-output", output("in-progress", spoken_progress=progress("Hello", " there.")))],
    ),
    (
        PhraseFinished(3, "Hello there.", "Hello there.", interrupted=False),
        [("bot-output", output("completed", spoken_progress=progress("Hello there.", ""), interrupted=False))],
    ),
    (
        PhraseFinished(3, "Hello there.", "Hello", interrupted=True),
        [("bot-output", output("completed", spoken_progress=progress("Hello", " there."), interrupted=True))],
    ),
    (SynthesisStarted(3, "Hi."), [("bot-tts-started", None), ("bot-tts-text", {"text": "Hi."})]),
    (SynthesisStopped(3), [("bot-tts-stopped", None)]),
    (AgentStartedSpeaking(), [("bot-started-speaking", None)]),
    (AgentStoppedSpeaking(interrupted=True), [("bot-stopped-speaking", None)]),
    (
        ToolStarted("1:0:0", "submit_goal_intent"),
        [
            ("llm-function-call-started", {"function_name": "submit_goal_intent"}),
            ("server-message", tool_call("started")),
        ],
    ),
    (
        ToolInProgress("1:0:0", "submit_goal_intent", ARGUMENTS),
        [
            (
                "llm-function-call-in-progress",
                {"function_name": "submit_goal_intent", "tool_call_id": "1:0:0", "arguments": ARGUMENTS},
            ),
            ("server-message", tool_call("running", arguments=ARGUMENTS)),
        ],
    ),
    (
        ToolStopped("1:0:0", "submit_goal_intent", ARGUMENTS, "Goal created.", "done", RECORD, 0.1),
        [
            (
                "llm-function-call-stopped",
                {
                    "function_name": "submit_goal_intent",
                    "tool_call_id": "1:0:0",
                    "cancelled": False,
                    "result": "Goal created.",
                },
            ),
            (
                "server-message",
                tool_call("done", arguments=ARGUMENTS, result="Goal created.", record=RECORD, seconds=0.1),
            ),
        ],
    ),
    (
        ToolStopped("1:0:0", "submit_goal_intent", {}, "cut", "cancelled", None, 0.1),
        [
            (
                "llm-function-call-stopped",
                {"function_name": "submit_goal_intent", "tool_call_id": "1:0:0", "cancelled": True},
            ),
            ("server-message", tool_call("cancelled", result="cut", seconds=0.1)),
        ],
    ),
    (
        MessageKept("assistant", "Hello", "voice", 1, interrupted=True),
        [
            (
                "server-message",
                {
                    "type": "message",
                    "role": "assistant",
                    "content": "Hello",
                    "modality": "voice",
                    "turn": 1,
                    "interrupted": True,
                },
            )
        ],
    ),
    (
        TurnLatency(1, MARKS),
        [
            (
                "metrics",
                {
                    "ttfb": [
                        {"processor": "stt", "value": 0.9},
                        {"processor": "llm", "value": 0.05},
                        {"processor": "tts", "value": 0.1},
                    ],
                    "processing": [{"processor": "voice_to_voice", "value": 1.12}],
                },
            ),
            ("server-message", {"type": "turn_latency", "turn": 1, "marks": MARKS}),
        ],
    ),
    (
        TurnLatency(2, dict.fromkeys(MARKS)),
        [("server-message", {"type": "turn_latency", "turn": 2, "marks": dict.fromkeys(MARKS)})],
    ),
    (LinkLost(), [("server-message", {"type": "link", "state": "lost"})]),
    (LinkRestored(), [("server-message", {"type": "link", "state": "restored"})]),
    (Fault("broken", fatal=False), [("error", {"error": "broken", "fatal": False})]),
    (ConversationEnded("goodbye"), [("server-message", {"type": "call_ended", "reason": "goodbye"})]),
]


@pytest.mark.parametrize(("event", "expected"), TABLE, ids=lambda value: type(value).__name__)
def test_an_event_becomes_its_messages(event: Event, expected: list[tuple[str, Any]]) -> None:
    wire = [json.loads(message.encode()) for message in messages(event, "u", NOW)]
    assert [(one["type"], one.get("data")) for one in wire] == expected
    assert all(one["label"] == "rtvi-ai" and isinstance(one["id"], str) for one in wire)


def test_every_event_is_in_the_table() -> None:
    assert {type(event) for event, _ in TABLE} == set(get_args(Event))


def test_long_text_is_sent_in_parts_and_what_is_too_large_is_named_not_sent() -> None:
    parts = messages(ReplyText(1, "x" * 30_000))
    assert "".join(part.data["text"] for part in parts if part.data) == "x" * 30_000
    assert all(len(part.encode()) < 16_384 for part in parts)
    whole = json.loads(server_message("tool_call", result="x" * 100_000).encode())
    assert whole["data"]["type"] == "tool_call" and whole["data"]["truncated"]
    assert len(json.dumps(whole)) < MAX_MESSAGE


def test_values_that_are_no_json_are_told_as_text() -> None:
    assert json.loads(server_message("x", at=NOW, much=float("nan")).encode())["data"]["much"] is None
