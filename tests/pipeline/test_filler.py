"""A caller is asked for patience while a tool takes long, and only then."""

import asyncio

import pytest

from intents.toolbox import ToolOutcome
from models.llm import ToolCall
from pipeline.events import AgentStartedSpeaking, AgentStoppedSpeaking, TurnLatency, UserTurn
from pipeline.settings import PipelineSettings
from tests.clock import on_fake_clock
from tests.pipeline.scripted import Call, Response, ScriptedTools, call

AFTER = PipelineSettings().filler_after
FILLER = "One moment."
KEEP = ToolCall(None, "keep", {})
ANSWERS: list[Response] = [[KEEP], ["Goal created."]]


def tools(delay: float) -> ScriptedTools:
    return ScriptedTools({"keep": ToolOutcome("Kept.", "done")}, delay)


async def turn(c: Call, answers: int = 2) -> list[str]:
    """Greet, say a turn, and return what was heard of its answer."""
    await c.caller.until(AgentStoppedSpeaking)
    await c.caller.speak(1.0)
    await c.caller.until(AgentStoppedSpeaking, answers)
    await asyncio.sleep(0.05)  # what is kept is told right after the last sound
    return c.caller.heard[1:]


@on_fake_clock
async def test_a_slow_tool_is_bridged_once_and_a_fast_one_never() -> None:
    for delay, heard in ((AFTER - 0.1, ["Goal created."]), (AFTER + 0.1, [FILLER, "Goal created."])):
        async with call(["a goal"], ANSWERS, tools(delay)) as c:
            assert await turn(c) == heard
            assert c.caller.kept[-1] == ("assistant", " ".join(heard))
    async with call(["a goal"], [[KEEP], [KEEP], ["Goal created."]], tools(3.0)) as c:
        assert await turn(c) == [FILLER, "Goal created."]


@on_fake_clock
async def test_it_comes_when_the_caller_has_waited_and_is_the_first_sound_of_the_turn() -> None:
    async with call(["a goal"], ANSWERS, tools(3.0)) as c:
        await turn(c)
        asked, (latency,) = c.caller.times(UserTurn)[0], c.caller.all(TurnLatency)
        begun = next(at for at in c.caller.times(AgentStartedSpeaking) if at > asked)
        assert begun == pytest.approx(asked + AFTER, abs=0.1)
        assert latency.marks["audio_out"] is not None
        assert latency.marks["llm_first_phrase"] is None, "the model has said nothing yet"


@on_fake_clock
async def test_a_model_that_has_said_something_itself_is_heard_out_first() -> None:
    lead = "Let me write that down for you now."
    async with call(["a goal"], [[lead, KEEP], ["Done."]], tools(8 * 0.3 + AFTER - 0.2), chat_pace=0.001) as c:
        assert await turn(c) == [lead, "Done."]
    async with call(["a goal"], [[lead, KEEP], ["Done."]], tools(8 * 0.3 + AFTER + 0.5), chat_pace=0.001) as c:
        assert await turn(c) == [lead, FILLER, "Done."]


@on_fake_clock
async def test_the_model_sees_it_with_the_call_and_the_result_right_after() -> None:
    async with call(["a goal"], ANSWERS, tools(3.0)) as c:
        await turn(c)
        asked, result = c.chat.seen[1][-2:]
        assert (asked.role, asked.content, [one.name for one in asked.tool_calls]) == ("assistant", FILLER, ["keep"])
        assert (result.role, result.content) == ("tool", "Kept.")


@on_fake_clock
async def test_it_is_cut_as_any_phrase_and_the_tool_is_let_finish() -> None:
    async with call(["a goal", "no wait"], [[KEEP], ["All right."]], tools(5.0)) as c:
        await c.caller.until(AgentStoppedSpeaking)
        await c.caller.speak(1.0)
        await c.caller.until(AgentStartedSpeaking, 2)
        await asyncio.sleep(0.2)
        await c.caller.speak(0.6)
        await c.caller.until_said("All right.")
        assert c.caller.heard[1:] == ["One", "All right."]
        assert ("assistant", "One") in c.caller.kept
        said = [(m.role, m.content) for m in c.chat.seen[1]]
        assert said[-3:] == [("assistant", "One"), ("tool", "Kept."), ("user", "no wait")]


@on_fake_clock
async def test_one_who_hears_nothing_is_not_asked_for_patience() -> None:
    async with call([], ANSWERS, tools(3.0), wants_audio=False) as c:
        c.conversation.send_text("a goal")
        await c.caller.until_said("Goal created.")
        assert FILLER not in c.caller.heard


@on_fake_clock
async def test_it_can_be_switched_off() -> None:
    async with call(["a goal"], ANSWERS, tools(8.0), settings=PipelineSettings(filler_after=0)) as c:
        assert await turn(c) == ["Goal created."]


@on_fake_clock
async def test_a_model_that_falls_silent_after_it_is_still_apologised_for() -> None:
    async with call(["a goal"], [[KEEP], []], tools(3.0)) as c:
        assert await turn(c) == [FILLER, "Sorry, that failed."]
