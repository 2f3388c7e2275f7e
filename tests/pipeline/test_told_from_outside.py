"""What a client may have the conversation do besides speaking: words put in, a turn ended, another prompt."""

import asyncio

from models.llm import Message, ToolCall
from pipeline.events import (
    AgentStoppedSpeaking,
    AnswerKnown,
    MessageKept,
    PhraseFinished,
    UserStoppedSpeaking,
    UserTurn,
)
from tests.clock import on_fake_clock
from tests.pipeline.scripted import PlainAgent, Response, call

LONG = "One two three four five six seven eight nine ten."


class SilentAgent(PlainAgent):
    greeting = ""


@on_fake_clock
async def test_words_put_in_wait_for_the_agents_own() -> None:
    async with call() as c:
        assert c.conversation.say("It rains.")
        await c.caller.until_said("It rains.")
        assert c.caller.heard == ["Hello.", "It rains."]
        assert [event.text for event in c.caller.all(AnswerKnown)] == ["Hello.", "It rains."]


@on_fake_clock
async def test_words_that_interrupt_cut_what_is_being_said() -> None:
    async with call([], [[LONG]]) as c:
        await c.caller.until_said("Hello.")
        c.conversation.send_text("count")
        await c.caller.until_begun(LONG)
        await asyncio.sleep(1.0)
        assert c.conversation.agent_busy
        assert c.conversation.say("Stop.", interrupt=True)
        await c.caller.until_said("Stop.")
        await asyncio.sleep(0.05)  # what is kept is told right after the last sound
        cut = next(event for event in c.caller.all(PhraseFinished) if event.interrupted)
        assert cut.text == LONG and 0 < len(cut.heard) < len(LONG)
        assert ("assistant", "Stop.") in c.caller.kept


@on_fake_clock
async def test_neither_silence_nor_words_after_the_end_are_said() -> None:
    async with call() as c:
        assert not c.conversation.say("  ")
        await c.caller.until_said("Hello.")
        c.conversation.end("caller")
        assert not c.conversation.say("One more thing.")


@on_fake_clock
async def test_no_more_words_are_taken_than_may_wait() -> None:
    async with call() as c:
        taken = [c.conversation.say(f"This is number {number}.") for number in range(50)]
        assert taken.index(False) == sum(taken) == 31  # the greeting waits too


@on_fake_clock
async def test_a_turn_can_be_ended_while_the_caller_still_makes_sound() -> None:
    async with call(["go on then"], [["Yes."]]) as c:
        await c.caller.until(AgentStoppedSpeaking)
        speaking = asyncio.create_task(c.caller.speak(10.0))
        await asyncio.sleep(1.0)
        assert c.conversation.caller_speaking and not c.caller.all(UserStoppedSpeaking)
        c.conversation.end_turn()
        assert len(c.caller.all(UserStoppedSpeaking)) == 1
        await c.caller.until(UserTurn)
        assert c.caller.all(UserTurn)[0].text == "go on then"
        speaking.cancel()


@on_fake_clock
async def test_to_end_a_turn_where_there_is_none_does_nothing() -> None:
    async with call() as c:
        c.conversation.end_turn()
        await c.caller.until_said("Hello.")
        c.conversation.end_turn()
        await asyncio.sleep(1.0)
        assert not c.caller.all(UserStoppedSpeaking)


@on_fake_clock
async def test_another_prompt_and_an_earlier_conversation_reach_the_model() -> None:
    earlier = [Message("user", "I am Ada."), Message("assistant", "Hello Ada.")]
    async with call([], [["Ada."], ["Still Ada."]], agent=SilentAgent()) as c:
        c.conversation.history.remember(earlier)
        c.conversation.send_text("who am I?")
        await c.caller.until_said("Ada.")
        c.conversation.history.instruct("Be brief.")
        c.conversation.send_text("sure?")
        await c.caller.until_said("Still Ada.")
    first, second = c.chat.seen
    assert [message.content for message in first] == ["You are a test.", "I am Ada.", "Hello Ada.", "who am I?"]
    assert second[0].content == "Be brief." and second[1:3] == tuple(earlier)


@on_fake_clock
async def test_an_agent_without_a_greeting_begins_in_silence() -> None:
    async with call(agent=SilentAgent()) as c:
        await asyncio.sleep(5.0)
        assert not c.caller.all(MessageKept) and not c.caller.all(AnswerKnown)


@on_fake_clock
async def test_all_words_of_an_answer_are_told_once_also_around_a_tool() -> None:
    answers: list[Response] = [["Let me look. ", ToolCall(None, "none", {})], ["There is nothing. Shall I go on?"]]
    async with call([], answers) as c:
        await c.caller.until_said("Hello.")
        c.conversation.send_text("what is there?")
        await c.caller.until_said("Shall I go on?")
        known = [event for event in c.caller.all(AnswerKnown) if event.turn == 1]
        assert [event.text for event in known] == ["Let me look. There is nothing. Shall I go on?"]


@on_fake_clock
async def test_how_much_voice_is_ready_is_what_can_be_read_without_a_gap() -> None:
    async with call(wants_audio=True) as c:
        c.caller.linked = False
        await asyncio.sleep(1.0)
        ready = c.conversation.ready
        assert ready == 4_800  # "Hello." is one word of 0.3 s at 16 kHz
        assert (c.conversation.read(1_000) != 0).all() and c.conversation.ready == ready - 1_000
        c.conversation._speaker.hold()
        assert c.conversation.ready == 0
        c.conversation._speaker.release()
        c.caller.linked = True
        await c.caller.until_said("Hello.")
        assert c.conversation.ready == 0
