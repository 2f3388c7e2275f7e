"""Marks become spans: every stage that is known, none that is not, and never a word of what was said."""

from dataclasses import replace

import pytest

from models.llm import Usage
from pipeline.events import ModelAnswered, TurnLatency
from pipeline.latency import MARKS
from pipeline.spans import Cast, ModelName, Span, ToolRun, TurnRecord, turn_span

QWEN = ModelName("ollama", "qwen3:4b")
CAST = Cast("7f", "flux", "whisper", "piper", {"ollama/qwen3:4b": QWEN}, frozenset({"submit_goal_intent"}))
KNOWN = {
    "endpoint": 300.0,
    "transcript": 350.0,
    "llm_first_token": 500.0,
    "llm_first_phrase": 600.0,
    "tts_first_audio": 680.0,
    "audio_out": 700.0,
}


def turn(marks: dict[str, float | None] | None = None) -> TurnRecord:
    return TurnRecord(2, "voice", TurnLatency(2, KNOWN if marks is None else marks, speech_end=10.0), over=12.0)


def span(record: TurnRecord, cast: Cast = CAST) -> Span:
    made = turn_span(record, cast)
    assert made is not None
    return made


def names(whole: Span) -> dict[str, tuple[float, float]]:
    return {child.name: (round(child.start, 6), round(child.end, 6)) for child in whole.children}


def test_the_stages_of_a_turn_lie_within_it_on_one_clock() -> None:
    record = turn()
    record.answers.append(ModelAnswered(2, 10.36, 10.5, 11.0, Usage(169, 15)))
    record.tools.append(ToolRun("submit_goal_intent", "done", 10.8, 10.9))
    record.heard = 0.8
    whole = span(record)
    assert (whole.name, whole.start, whole.end) == ("invoke_agent flux", 10.0, 12.0)
    assert names(whole) == {
        "endpointing": (10.0, 10.3),
        "stt": (10.0, 10.35),
        "first_sound": (10.0, 10.7),
        "chat qwen3:4b": (10.36, 11.0),
        "tts": (10.6, 10.68),
        "execute_tool submit_goal_intent": (10.8, 10.9),
    }
    assert all(whole.start <= child.start <= child.end <= whole.end for child in whole.children)
    assert whole.attributes == {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "flux",
        "gen_ai.conversation.id": "7f",
        "flux_voice.turn.index": 2,
        "flux_voice.turn.modality": "voice",
        "flux_voice.turn.interrupted": False,
        "flux_voice.voice_to_voice": 0.7,
        "flux_voice.client_voice_to_voice": 0.8,
    }


def test_a_response_of_the_model_tells_its_tokens_and_its_first_one() -> None:
    record = turn()
    record.answers = [
        ModelAnswered(2, 10.36, 10.5, 11.0, Usage(169, 15)),
        ModelAnswered(2, 11.1, None, 11.2, None, "ModelUnavailable"),
    ]
    first, second = (child for child in span(record).children if child.name.startswith("chat"))
    assert first.attributes == {
        "gen_ai.operation.name": "chat",
        "gen_ai.conversation.id": "7f",
        "gen_ai.provider.name": "ollama",
        "gen_ai.request.model": "qwen3:4b",
        "gen_ai.request.stream": True,
        "gen_ai.response.time_to_first_chunk": pytest.approx(0.14),
        "gen_ai.usage.input_tokens": 169,
        "gen_ai.usage.output_tokens": 15,
    }
    assert (first.remote, first.failure, second.failure) == (True, None, "ModelUnavailable")
    unknown = {"gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "gen_ai.response.time_to_first_chunk"}
    assert first.attributes.keys() - second.attributes.keys() == unknown


def test_a_chain_names_the_model_that_answered_and_none_where_that_is_not_known() -> None:
    sentences = ModelName("flux_voice", "sentences", remote=False)
    cast = replace(CAST, models={**CAST.models, "sentences": sentences})
    record = turn()
    record.answers = [
        ModelAnswered(2, 10.4, 10.5, 11.0, Usage(answered_by="sentences")),
        ModelAnswered(2, 11.1, 11.2, 11.3),
    ]
    first, second = (child for child in span(record, cast).children if child.name.startswith("chat"))
    assert (first.name, first.remote, first.attributes["gen_ai.provider.name"]) == (
        "chat sentences",
        False,
        "flux_voice",
    )
    assert second.name == "chat" and "gen_ai.request.model" not in second.attributes


@pytest.mark.parametrize("missing", MARKS)
def test_a_missing_mark_is_unknown_and_never_zero(missing: str) -> None:
    needs = {
        "endpoint": {"endpointing"},
        "transcript": {"stt"},
        "llm_first_token": set(),
        "llm_first_phrase": {"tts"},
        "tts_first_audio": {"tts"},
        "audio_out": {"first_sound"},
    }
    whole = span(turn({**KNOWN, missing: None}))
    assert {"endpointing", "stt", "tts", "first_sound"} - names(whole).keys() == needs[missing]
    assert ("flux_voice.voice_to_voice" in whole.attributes) == (missing != "audio_out")
    assert "flux_voice.client_voice_to_voice" not in whole.attributes


def test_a_turn_of_which_nothing_is_known_has_no_stages_and_one_without_a_beginning_no_span() -> None:
    whole = span(TurnRecord(1, "text", TurnLatency(1, dict.fromkeys(MARKS), speech_end=5.0)))
    assert (whole.start, whole.end, whole.children) == (5.0, 5.0, ())
    assert turn_span(TurnRecord(1, "voice"), CAST) is None
    assert turn_span(TurnRecord(1, "voice", TurnLatency(1, KNOWN)), CAST) is None


@pytest.mark.parametrize(
    ("status", "failure"), [("done", None), ("rejected", None), ("failed", "failed"), ("cancelled", "cancelled")]
)
def test_a_tool_tells_how_it_ended_but_no_name_that_a_model_made_up(status: str, failure: str | None) -> None:
    record = turn()
    record.tools = [ToolRun("call_my_doctor_about_the_rash", status, 10.8, 10.9)]
    tool = span(record).children[-1]
    assert (tool.name, tool.failure) == ("execute_tool unknown", failure)
    assert tool.attributes == {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "unknown",
        "gen_ai.tool.type": "function",
        "flux_voice.tool.status": status,
    }
