"""What `/metrics` tells of conversations, read as Prometheus reads it."""

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from pipeline.drafts import DraftCount
from pipeline.events import ConversationEnded, Fault, LinkLost, MessageKept, ToolStopped, TurnLatency, UserTurn
from tests.web.scripted import ScriptedConversation, serve
from web.metrics import Metrics


class MeasuredConversation(ScriptedConversation):
    drafted = DraftCount(made=5, used=3)


def figures(text: str) -> dict[str, float]:
    """Return every sample by its name and labels."""
    return {
        " ".join([sample.name, *(sample.labels[label] for label in sorted(sample.labels, reverse=True))]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_a_call_is_counted() -> None:
    metrics, conversation = Metrics(["submit_new_task_intent"]), MeasuredConversation("x")
    metrics.follow(conversation)
    for event in (
        UserTurn(1, "call my doctor", "voice"),
        TurnLatency(1, {"endpoint": 300.0, "audio_out": 420.0, "transcript": None}),
        TurnLatency(2, {"endpoint": None, "audio_out": 90.0, "transcript": None}),
        ToolStopped("1:0:0", "submit_new_task_intent", {"title": "call my doctor"}, "Kept.", "done", None, 0.02),
        ToolStopped("1:0:1", "call_my_doctor", {}, "there is no such tool", "rejected", None, 0.0),
        MessageKept("assistant", "Kept.", "voice", 1, interrupted=True),
        Fault("The voice failed.", fatal=False),
        LinkLost(),
        ConversationEnded("goodbye"),
    ):
        conversation.emit(event)
    metrics.heard(1, 812.0)
    text = metrics.text(live=2).decode()
    found = figures(text)
    assert found["flux_voice_turn_seconds_count voice audio_out"] == 1
    assert found["flux_voice_turn_seconds_sum voice audio_out"] == 0.42
    assert found["flux_voice_turn_seconds_bucket voice audio_out 0.4"] == 0
    assert found["flux_voice_turn_seconds_bucket voice audio_out 0.5"] == 1
    assert found["flux_voice_turn_seconds_sum text audio_out"] == 0.09, "nobody waits for the end of typing"
    assert "flux_voice_turn_seconds_count voice transcript" not in found, "an unknown mark is no zero"
    assert (found["flux_voice_drafts_total used"], found["flux_voice_drafts_total dropped"]) == (3, 2)
    assert found["flux_voice_tool_seconds_count submit_new_task_intent done"] == 1
    assert found["flux_voice_tool_seconds_count unknown rejected"] == 1
    assert found["flux_voice_client_voice_to_voice_seconds_sum"] == 0.812
    assert found["flux_voice_client_voice_to_voice_seconds_bucket 0.8"] == 0
    assert found["flux_voice_client_voice_to_voice_seconds_bucket 1.0"] == 1
    assert found["flux_voice_turns_total voice"] == found["flux_voice_calls_total goodbye"] == 1
    assert found["flux_voice_interrupted_total"] == found["flux_voice_links_lost_total"] == 1
    assert found["flux_voice_faults_total false"] == 1
    assert found["flux_voice_calls_live"] == 2
    assert "doctor" not in text, "nothing of what was said"


async def test_the_server_serves_them() -> None:
    async with (
        serve() as server,
        aiohttp.ClientSession() as client,
        client.get(f"{server.url}/metrics") as answer,
    ):
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("text/plain")
        assert figures(await answer.text())["flux_voice_calls_live"] == 0
