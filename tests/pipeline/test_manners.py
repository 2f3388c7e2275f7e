"""The manners of taking turns, each in a whole call with Flux on the fake clock: goodbye, silence, talking over it."""

import asyncio

import pytest

from pipeline.endpoint_settings import EndpointSettings
from pipeline.events import (
    AgentStartedSpeaking,
    AgentStoppedSpeaking,
    ConversationEnded,
    MessageKept,
    PhraseFinished,
    PhraseQueued,
    ToolInProgress,
    UserTurn,
)
from pipeline.settings import PipelineSettings
from tests.pipeline.flux_call import GREETING, SPEECH, FluxCall, flux_call, local, on_fake_clock

WAITED = PipelineSettings().silence_prompt
STILL_THERE = "Are you still there?"
FAREWELL = "Goodbye, and good luck."
CALL_MOM = "Task created: Call mom, tomorrow at noon."
BUY_MILK = "Task created: Buy milk, when you get to the store."


def now() -> float:
    return asyncio.get_running_loop().time()


def said_at(c: FluxCall, text: str) -> list[float]:
    return [at for at, event in c.call.caller.events if isinstance(event, PhraseFinished) and event.text == text]


def begun_at(c: FluxCall, text: str) -> list[float]:
    return [at for at, event in c.call.caller.events if isinstance(event, PhraseQueued) and event.text == text]


# Goodbye


@on_fake_clock
async def test_a_farewell_is_heard_to_its_end_before_the_call_ends() -> None:
    async with flux_call("goodbye") as c:
        await c.greeted()
        await c.say()
        assert await c.call.ended == "goodbye"
        assert c.call.caller.heard == [GREETING, "Goodbye."]
        ended = c.call.caller.times(ConversationEnded)[0]
        assert said_at(c, "Goodbye.")[0] <= ended < said_at(c, "Goodbye.")[0] + 0.1


@on_fake_clock
async def test_a_request_before_a_goodbye_is_done_and_told_before_the_call_ends() -> None:
    async with flux_call("remind me to call mom tomorrow at noon thank you goodbye") as c:
        await c.greeted()
        await c.say()
        assert await c.call.ended == "goodbye"
        assert c.call.caller.heard[1:] == [CALL_MOM, "Goodbye."]
        assert [task.trigger_at for task in await c.tasks] == [local(1, 12)]


@on_fake_clock
async def test_a_caller_who_talks_over_the_farewell_stays_in_the_call() -> None:
    async with flux_call("goodbye", "remind me to call mom tomorrow at noon", "that's all thank you") as c:
        await c.greeted()
        await c.say()
        await c.call.caller.until_begun("Goodbye.")
        await c.say(CALL_MOM)
        assert not c.call.ended.done()
        assert [task.title for task in await c.tasks] == ["Call mom"]
        await c.say()
        assert await c.call.ended == "goodbye"


@on_fake_clock
async def test_a_goodbye_over_the_farewell_still_ends_the_call() -> None:
    async with flux_call("goodbye", "bye bye") as c:
        await c.greeted()
        await c.say()
        await c.call.caller.until_begun("Goodbye.")
        await c.say()
        assert await c.call.ended == "goodbye"
        assert c.call.caller.heard[-1] == "Goodbye."


@on_fake_clock
async def test_a_noise_over_the_farewell_does_not_keep_the_call_open() -> None:
    async with flux_call("goodbye", "") as c:
        await c.greeted()
        await c.say()
        await c.call.caller.until_begun("Goodbye.")
        await c.call.caller.speak(0.4)
        assert await c.call.ended == "goodbye"
        assert c.call.caller.heard[-1] == "Goodbye."


# Silence


@on_fake_clock
async def test_a_silent_caller_is_asked_twice_and_then_the_call_ends() -> None:
    async with flux_call() as c:
        await c.greeted()
        assert await c.call.ended == "silence"
        prompts, told = begun_at(c, STILL_THERE), said_at(c, STILL_THERE)
        assert len(prompts) == 2
        assert prompts[0] - said_at(c, GREETING)[0] == pytest.approx(WAITED, abs=0.1)
        assert prompts[1] - told[0] == pytest.approx(WAITED, abs=0.1)
        assert begun_at(c, FAREWELL)[0] - told[1] == pytest.approx(WAITED, abs=0.1)
        assert c.call.caller.heard == [GREETING, STILL_THERE, STILL_THERE, FAREWELL]


@on_fake_clock
async def test_whoever_speaks_is_asked_anew() -> None:
    async with flux_call("remind me to call mom", "tomorrow at noon") as c:
        await c.call.caller.until_said(STILL_THERE)
        await c.say("When should I remind you?")
        await c.call.caller.until_said(STILL_THERE, 3)
        await c.say(CALL_MOM)
        assert begun_at(c, STILL_THERE)[1] - said_at(c, "When should I remind you?")[0] == pytest.approx(12, abs=0.1)
        assert await c.call.ended == "silence"
        assert len(begun_at(c, STILL_THERE)) == 5


@on_fake_clock
async def test_the_agent_does_not_ask_while_a_tool_works_or_while_it_speaks() -> None:
    async with flux_call(
        "remind me to call mom tomorrow at noon", dao_delay=9.0, settings=PipelineSettings(silence_prompt=3.0)
    ) as c:
        await c.greeted()
        await c.say(CALL_MOM)
        assert said_at(c, CALL_MOM)[0] - c.call.caller.times(ToolInProgress)[0] > 9
        assert not begun_at(c, STILL_THERE)
        await c.call.caller.until_said(STILL_THERE)
        assert begun_at(c, STILL_THERE)[0] - said_at(c, CALL_MOM)[0] == pytest.approx(3, abs=0.1)


@on_fake_clock
async def test_the_agent_does_not_ask_while_the_caller_speaks() -> None:
    async with flux_call("remind me to call mom tomorrow at noon") as c:
        await c.greeted()
        await c.call.caller.speak(WAITED + 5)
        await c.call.caller.until_said(CALL_MOM)
        assert not begun_at(c, STILL_THERE)


@on_fake_clock
async def test_a_muted_caller_is_not_asked_and_not_hung_up_on() -> None:
    """Who mutes the microphone is there but talks to somebody else: asking them would be rude."""
    async with flux_call("goodbye") as c:
        await c.greeted()
        c.call.conversation.mute(True)
        await asyncio.sleep(10 * WAITED)
        assert not begun_at(c, STILL_THERE) and not c.call.ended.done()
        c.call.conversation.mute(False)
        unmuted = now()
        await c.call.caller.until_said(STILL_THERE)
        assert begun_at(c, STILL_THERE)[0] - unmuted == pytest.approx(WAITED, abs=0.1)


# Talking over the agent


@on_fake_clock
async def test_a_greeting_that_is_talked_over_is_cut_and_the_caller_is_answered() -> None:
    async with flux_call("remind me to call mom tomorrow at noon") as c:
        await c.call.caller.until(AgentStartedSpeaking)
        await asyncio.sleep(0.5)
        begun = now()
        await c.say(CALL_MOM)
        answered = begun_at(c, CALL_MOM)[0]
        assert not c.call.caller.loud_between(begun + PipelineSettings().barge_in + 0.1, answered)
        kept = c.call.caller.all(MessageKept)
        assert kept[0].content and GREETING.startswith(kept[0].content) and kept[0].interrupted
        assert c.call.caller.kept[1:3] == [("user", "remind me to call mom tomorrow at noon"), ("assistant", CALL_MOM)]
        assert GREETING not in c.call.caller.heard


@on_fake_clock
async def test_who_did_not_get_the_greeting_they_talked_over_is_not_told_half_of_it() -> None:
    async with flux_call("pardon") as c:
        await c.call.caller.until(AgentStartedSpeaking)
        await asyncio.sleep(0.5)
        await c.say("What can I do for you?")


@on_fake_clock
async def test_after_a_barge_in_the_whole_sentence_is_repeated() -> None:
    async with flux_call("remind me to call mom", "what did you say", "tomorrow at noon") as c:
        await c.greeted()
        await c.say()
        await c.call.caller.until_begun("When should I remind you?")
        await asyncio.sleep(0.5)
        await c.say("When should I remind you?")
        cut = next(event for event in c.call.caller.all(PhraseFinished) if event.interrupted)
        assert cut.heard in ("When", "When should") and c.call.caller.heard[-1] == "When should I remind you?"
        await c.say(CALL_MOM)


# Pauses and haste


@on_fake_clock
async def test_words_after_a_pause_are_the_rest_of_the_sentence() -> None:
    async with flux_call("I want to", "learn guitar in three months") as c:
        await c.greeted()
        await c.call.caller.speak(0.6)
        await asyncio.sleep(EndpointSettings().longest + 0.12)
        await c.say("Goal created: Learn guitar with a target of three months.")
        assert [(goal.statement, goal.timeline) for goal in await c.goals] == [("Learn guitar", "three months")]
        assert [text for role, text in c.call.caller.kept if role == "user"] == [
            "I want to",
            "learn guitar in three months",
        ]
        assert not any("not understand" in heard for heard in c.call.caller.heard)


@on_fake_clock
async def test_the_second_half_of_a_list_is_not_lost() -> None:
    async with flux_call("remind me to buy milk", "and eggs tomorrow at noon") as c:
        await c.greeted()
        await c.call.caller.speak(0.6)
        await asyncio.sleep(EndpointSettings().longest + 0.12)
        await c.say("Task created: Buy milk and eggs, tomorrow at noon.")
        assert [task.title for task in await c.tasks] == ["Buy milk and eggs"]


@pytest.mark.parametrize("pause", [0.75, 0.85, 0.95, 1.1, 1.4, 2.0, 3.0])
@pytest.mark.parametrize("dao_delay", [0.0, 1.5])
def test_two_turns_in_quick_succession_are_both_done(pause: float, dao_delay: float) -> None:
    @on_fake_clock
    async def both() -> None:
        first, second = "remind me to call mom tomorrow at noon", "remind me to buy milk when I get to the store"
        async with flux_call(first, second, dao_delay=dao_delay) as c:
            await c.greeted()
            await c.call.caller.speak(SPEECH)
            await asyncio.sleep(pause)
            await c.say(BUY_MILK)
            assert [event.text for event in c.call.caller.all(UserTurn)] == [first, second]
            assert [task.title for task in await c.tasks] == ["Call mom", "Buy milk"]
            assert len(c.call.caller.ran) == 2

    both()


@on_fake_clock
async def test_two_typed_turns_at_once_are_both_done() -> None:
    async with flux_call() as c:
        c.call.conversation.send_text("remind me to call mom tomorrow at noon")
        c.call.conversation.send_text("remind me to buy milk when I get to the store")
        await c.call.caller.until_said(BUY_MILK)
        assert sorted(task.title for task in await c.tasks) == ["Buy milk", "Call mom"]
        await c.call.caller.until(AgentStoppedSpeaking, 2)
