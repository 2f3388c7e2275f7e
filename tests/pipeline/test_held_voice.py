"""An agent that fell silent for its caller never stays silent for nothing, and loses the word only to words."""

import asyncio

import pytest

from pipeline.events import (
    AgentStartedSpeaking,
    AgentStoppedSpeaking,
    MessageKept,
    PhraseFinished,
    UserStoppedSpeaking,
    UserTurn,
)
from pipeline.settings import PipelineSettings
from tests.clock import on_fake_clock
from tests.pipeline.scripted import Call, ScriptedStt, call
from tests.pipeline.test_barge_in import ANSWER, begin_counting


async def heard_whole(c: Call) -> bool:
    """Wait until the counting is over; tell whether it was heard to its end, and nothing else taken for a turn."""
    finished = [event for event in await c.caller.until(PhraseFinished, 2) if event.text == ANSWER]
    await asyncio.sleep(2)
    return not finished[0].interrupted and [turn.text for turn in c.caller.all(UserTurn)] == ["count"]


@pytest.mark.parametrize("first", ["okay", ""])
@on_fake_clock
async def test_who_listens_twice_before_the_first_words_are_known_takes_no_turn(first: str) -> None:
    stt = ScriptedStt([first, "uh-huh"], delay=0.8, look_delay=2.0)
    async with call(stt=stt, answers=[[ANSWER]]) as c:
        await begin_counting(c)
        await c.caller.speak(0.3)
        await c.caller.until(UserStoppedSpeaking)
        assert len(c.caller.all(MessageKept)) == 2, "the words of the first are not known yet"
        await c.caller.speak(0.3)
        assert await heard_whole(c)


@on_fake_clock
async def test_an_okay_into_silence_is_a_turn_though_the_agent_speaks_by_the_time_it_is_known() -> None:
    stt = ScriptedStt(["okay", ""], delay=3.0, look_delay=5.0)
    async with call(stt=stt, answers=[[ANSWER], ["Fine."]]) as c:
        await c.caller.until(AgentStoppedSpeaking)
        await asyncio.sleep(1)
        await c.caller.speak(0.3)
        await c.caller.until(UserStoppedSpeaking)
        c.conversation.send_text("count")
        await c.caller.until(AgentStartedSpeaking, 2)
        await c.caller.speak(0.3)
        await c.caller.until_said("Fine.")
        assert [turn.text for turn in c.caller.all(UserTurn)] == ["count", "okay"]


@on_fake_clock
async def test_an_agent_goes_on_for_who_comes_back_without_a_microphone() -> None:
    """Nothing is heard over the new link: without a clock of its own the turn would stay open for ever."""
    async with call([""], [[ANSWER]]) as c:
        await begin_counting(c)
        speaking = asyncio.create_task(c.caller.speak(0.3))
        await asyncio.sleep(0.25)
        c.caller.linked = False
        c.conversation.detach()
        await speaking
        await asyncio.sleep(8)
        c.conversation.attach(c.caller)
        pulling = asyncio.create_task(only_listen(c))
        async with asyncio.timeout(15):
            assert await heard_whole(c)
        pulling.cancel()


async def only_listen(c: Call) -> None:
    while True:
        c.conversation.read(320)
        await asyncio.sleep(0.02)


@on_fake_clock
async def test_words_are_a_turn_even_where_no_more_can_wait() -> None:
    async with call(["stop please"], [[ANSWER], ["Fine."]], settings=PipelineSettings(waiting_turns=2)) as c:
        await begin_counting(c)
        for number in range(2):
            c.conversation.send_text(f"text {number}", interrupt=False)
        await c.caller.speak(0.6)
        await c.caller.until_said("Fine.")
        assert [turn.text for turn in c.caller.all(UserTurn)] == ["count", "text 0", "text 1", "stop please"]
