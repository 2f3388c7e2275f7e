"""Whole calls over the protocol on the fake clock: what is told when, how far ahead sound is sent, what is honoured."""

import asyncio
import json

import pytest

from intents.toolbox import ToolOutcome
from models.llm import ToolCall
from pipeline.settings import PipelineSettings
from tests.clock import on_fake_clock
from tests.pipeline.scripted import SAME_SILENCE, ScriptedTools
from tests.web.voice_agent.client import Client, client
from web.voice_agent.client_messages import RefusedError
from web.voice_agent.persona import MAX_PROMPT

LONG = "One two three four five six seven eight nine ten."
WEATHER = {"agent": {"think": {"functions": [{"name": "weather", "parameters": {"type": "object"}}]}}}
SUN = ToolCall(None, "weather", {"where": "Bonn"})
GOAL = ScriptedTools({"goal": ToolOutcome("Goal created.", "done")})
PATIENT = PipelineSettings(endpoint=SAME_SILENCE)


def seconds(one: Client) -> float:
    return sum(len(data) for _, data in one.sound) / 32_000


@on_fake_clock
async def test_a_call_is_told_in_the_protocols_order() -> None:
    async with client(["what time is it"], [["It is noon."]]) as c:
        await c.until("AgentAudioDone")
        await c.speak(1.5)
        await c.until("AgentAudioDone", 2)
        await asyncio.sleep(0.1)
        order = [kind for kind in c.kinds if kind != "AgentStartedSpeaking"]
        assert order == [
            "SettingsApplied",
            *("ConversationText", "AgentAudioDone", "History"),
            *("UserStartedSpeaking", "ConversationText", "History", "AgentThinking", "ConversationText"),
            *("LatencyReport", "AgentAudioDone", "History"),
        ]
        assert c.said() == ["Hello.", "It is noon."] and c.said("user") == ["what time is it"]
        waits = c.of_type("AgentStartedSpeaking")
        report = c.of_type("LatencyReport")[0]
        assert waits[0]["total_latency"] == 0.0 and waits[1]["total_latency"] == report["total_latency"] > 0.2
        assert waits[1]["total_latency"] > waits[1]["ttt_latency"] + waits[1]["tts_latency"] > 0


@on_fake_clock
async def test_sound_is_sent_a_fifth_of_a_second_ahead_and_no_more() -> None:
    async with client([], [[LONG]]) as c:
        await c.until("AgentAudioDone")
        before = seconds(c)
        c.take(type="InjectUserMessage", content="count")
        await c.until("AgentStartedSpeaking", 2)
        began = c.times("AgentStartedSpeaking")[1]
        ahead = []
        while len(c.of_type("AgentAudioDone")) < 2:
            ahead.append(seconds(c) - before - (c.now - began))
            await asyncio.sleep(0.05)
        assert max(ahead) <= 0.2 + 0.02 + 0.02 + 1e-6 and min(ahead[5:-5]) >= 0.15
        assert seconds(c) - before == pytest.approx(3.0, abs=0.021)
        at = [index for index, (_, message) in enumerate(c.told) if message == {"type": "AgentAudioDone"}][1]
        assert not any(isinstance(message, bytes) for _, message in c.told[at:])


@on_fake_clock
async def test_at_a_barge_in_the_client_drops_what_it_has_and_gets_no_more() -> None:
    async with client(["stop it please"], [[LONG], ["Fine."]], pipeline=PATIENT) as c:
        await c.until("AgentAudioDone")
        c.take(type="InjectUserMessage", content="count")
        await c.until("AgentStartedSpeaking", 2)
        await asyncio.sleep(1.0)
        spoke = c.now
        await c.speak(1.2)
        await c.until("AgentStartedSpeaking", 3)
        told = c.times("UserStartedSpeaking")
        assert len(told) == 1 and 0 < told[0] - spoke < 0.2
        assert not [at for at, _ in c.sound if told[0] < at < c.times("AgentStartedSpeaking")[2]]
        assert len(c.of_type("AgentAudioDone")) == 1, "what was cut was not done"
        await c.until("AgentAudioDone", 2)
        await asyncio.sleep(0.1)
        heard = [message["content"] for message in c.of_type("History") if message.get("role") == "assistant"]
        # Of one second and what was ahead of it: three to five words of 0.3 s.
        assert heard[1] in ("One two three", "One two three four", "One two three four five")


@on_fake_clock
async def test_over_a_cough_the_agent_goes_on_to_its_end() -> None:
    async with client([""], [[LONG]], pipeline=PATIENT) as c:
        await c.until("AgentAudioDone")
        c.take(type="InjectUserMessage", content="count")
        await c.until("AgentStartedSpeaking", 2)
        await asyncio.sleep(1.0)
        await c.speak(0.2)
        await c.until("AgentAudioDone", 2)
        await asyncio.sleep(0.1)
        assert c.of_type("History")[-1]["content"] == LONG


@on_fake_clock
async def test_a_function_of_the_client_is_asked_for_and_its_answer_spoken() -> None:
    async with client(
        ["how is it"], [[SUN], lambda messages: [f"They say {messages[-1].content}."]], settings=WEATHER
    ) as c:
        await c.until("AgentAudioDone")
        await c.speak(1.0)
        await c.until("FunctionCallRequest")
        function = c.of_type("FunctionCallRequest")[0]["functions"][0]
        assert function == {
            "id": "1:0:0",
            "name": "weather",
            "arguments": json.dumps({"where": "Bonn"}, separators=(",", ":")),
            "client_side": True,
        }
        await asyncio.sleep(2.0)
        c.take(type="FunctionCallResponse", id="1:0:0", name="weather", content="sunny")
        await c.until("AgentAudioDone", 2)
        assert c.said()[-1] == "One moment. They say sunny."  # two seconds without a word are too long
        past = next(message for message in c.of_type("History") if "function_calls" in message)
        assert past["function_calls"] == [function | {"response": "sunny"}]
        assert not c.of_type("FunctionCallCancelled") and not c.of_type("FunctionCallResponse")


@on_fake_clock
async def test_an_answer_that_never_comes_is_cancelled_and_the_call_goes_on() -> None:
    async with client(["how is it"], [[SUN], ["I do not know."]], settings=WEATHER) as c:
        await c.until("AgentAudioDone")
        await c.speak(1.0)
        await c.until("FunctionCallCancelled")
        waited = c.times("FunctionCallCancelled")[0] - c.times("FunctionCallRequest")[0]
        assert waited == pytest.approx(PipelineSettings().tool_timeout, abs=0.05)
        assert c.of_type("FunctionCallCancelled")[0]["functions"] == [{"id": "1:0:0", "name": "weather"}]
        await c.until("AgentAudioDone", 2)
        assert c.said()[-1] == "One moment. I do not know."
        c.take(type="FunctionCallResponse", id="1:0:0", name="weather", content="late")
        assert c.of_type("Warning")[-1]["code"] == "NOT_HONOURED"


@on_fake_clock
async def test_the_boxs_own_tools_run_here_and_the_client_is_told() -> None:
    goal = ToolCall(None, "goal", {"what": "sing"})
    async with client(
        ["i want to sing"], [[goal], ["All set."]], own=GOAL, settings={"flags": {"history": False}}
    ) as c:
        await c.until("AgentAudioDone")
        await c.speak(1.0)
        await c.until("AgentAudioDone", 2)
        assert c.of_type("FunctionCallRequest")[0]["functions"][0]["client_side"] is False
        expected = {"type": "FunctionCallResponse", "id": "1:0:0", "name": "goal", "content": "Goal created."}
        assert c.of_type("FunctionCallResponse") == [expected]
        assert not c.of_type("History"), "the client wants none"


@on_fake_clock
async def test_words_for_the_agent_are_refused_queued_or_said_at_once() -> None:
    async with client(["well"], [[LONG]], pipeline=PATIENT) as c:
        await c.until("AgentAudioDone")
        c.take(type="InjectUserMessage", content="count")
        await c.until("AgentStartedSpeaking", 2)
        c.take(type="InjectAgentMessage", message="Refused.")
        assert "agent is speaking" in c.of_type("InjectionRefused")[0]["message"]
        assert c.of_type("Warning")[0]["code"] == "INJECT_AGENT_MESSAGE_DURING_AGENT_SPEECH"
        c.take(type="InjectAgentMessage", message="Queued.", behavior="queue")
        await c.until("AgentAudioDone", 3)
        c.take(type="InjectAgentMessage", message="Free.", behavior=None)
        await c.until("AgentAudioDone", 4)
        c.speaking_until = c.now + 5.0
        await c.until("UserStartedSpeaking")
        c.take(type="InjectAgentMessage", message="Refused too.")
        c.take(type="InjectUserMessage", content="refused as well")
        assert c.of_type("Warning")[-1]["code"] == "INJECT_AGENT_MESSAGE_DURING_USER_SPEECH"
        assert len(c.of_type("InjectionRefused")) == 3
        c.take(type="ForceEndTurn")
        await c.until("AgentThinking", 2)
        assert c.now < c.speaking_until - 3.0, "the caller still speaks"
        assert c.said() == ["Hello.", LONG, "Queued.", "Free."]


@on_fake_clock
async def test_words_that_interrupt_are_said_at_once() -> None:
    async with client([], [[LONG]]) as c:
        await c.until("AgentAudioDone")
        c.take(type="InjectUserMessage", content="count")
        await c.until("AgentStartedSpeaking", 2)
        c.take(type="InjectAgentMessage", message="Fire!", behavior="interrupt")
        await c.until("AgentAudioDone", 2)
        assert c.now - c.times("AgentStartedSpeaking")[1] < 1.5
        assert c.said()[-1] == "Fire!"


@on_fake_clock
async def test_far_too_many_words_are_refused() -> None:
    async with client() as c:
        for _ in range(25):
            c.take(type="InjectUserMessage", content="again")
        assert len(c.of_type("InjectionRefused")) == 5


@on_fake_clock
async def test_what_can_be_updated_is_and_the_rest_is_told() -> None:
    functions = [{"name": "weather"}, {"name": "elsewhere", "endpoint": {"url": "https://example.org"}}]
    async with client([], [["Yes."]], own=GOAL) as c:
        await c.until("AgentAudioDone")
        c.take(type="UpdatePrompt", prompt="Be brief." + "x" * MAX_PROMPT)
        c.take(type="UpdateThink", think={"provider": {"type": "open_ai"}, "functions": functions})
        c.take(type="UpdateThink", think=[{"provider": {"type": "open_ai"}, "prompt": "Be kind."}])
        for kind in ("UpdateSpeak", "UpdateListen", "UpdateThink_Live"):
            c.take(type=kind)
        c.take(type="InjectAgentMessage", is_dynamic=True)
        c.take(type="InjectUserMessage", content="are you kind?")
        await c.until("AgentAudioDone", 2)
        codes = [warning["code"] for warning in c.of_type("Warning")]
        assert codes == ["PROMPT_TOO_LONG", "ENDPOINT_NOT_CALLED", "PROVIDER_IGNORED", *["NOT_HONOURED"] * 4]
        assert "elsewhere" in c.of_type("Warning")[1]["description"]
        assert len(c.of_type("PromptUpdated")) == 1 and len(c.of_type("ThinkUpdated")) == 2
        for kind in ("Speak", "Listen", "ThinkLive"):
            at = c.kinds.index(f"{kind}Updated")
            assert c.kinds[at - 1] == "Warning" and c.kinds.count(f"{kind}Updated") == 1
        assert c.call.chat.seen[0][0].content == "Be kind."
        assert [spec.name for spec in c.tools.specs] == ["weather"]


@on_fake_clock
async def test_what_settings_ask_for_in_vain_is_told_once() -> None:
    settings = {
        "agent": {
            "listen": {"provider": {"type": "deepgram"}},
            "speak": {"provider": {"type": "deepgram"}},
            "think": {
                "provider": {"type": "open_ai"},
                "functions": [{"name": "f", "endpoint": {"url": "https://example.org"}}],
            },
        }
    }
    async with client(settings=settings) as c:
        assert c.kinds[:3] == ["SettingsApplied", "Warning", "Warning"]
        assert [one["code"] for one in c.of_type("Warning")] == ["PROVIDER_IGNORED", "ENDPOINT_NOT_CALLED"]
    async with client(settings={"agent": "0a1b"}) as c:
        assert [one["code"] for one in c.of_type("Warning")] == ["NOT_HONOURED"]


@on_fake_clock
async def test_settings_come_once() -> None:
    async with client() as c:
        with pytest.raises(RefusedError) as refusal:
            c.take(type="Settings", audio={}, agent={})
        assert refusal.value.code == "SETTINGS_ALREADY_APPLIED"


@on_fake_clock
async def test_a_client_that_only_keeps_itself_alive_is_not_asked_whether_it_is_there() -> None:
    async with client() as c:
        await c.until("AgentAudioDone")
        c.sends_sound = False
        for _ in range(12):
            await asyncio.sleep(5.0)
            c.take(type="KeepAlive")
        assert c.said() == ["Hello."] and not c.ended
        c.sends_sound = True
        await asyncio.sleep(15.0)
        assert c.said() == ["Hello.", "Are you still there?"]


@on_fake_clock
async def test_the_end_is_told_to_whoever_holds_the_socket() -> None:
    async with client() as c:
        await c.until("AgentAudioDone")
        c.call.conversation.end("goodbye")
        await asyncio.sleep(0.1)
        assert c.ended == ["goodbye"]
