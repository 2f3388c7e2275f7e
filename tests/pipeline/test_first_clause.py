"""The first phrase of an answer may be a clause: nobody waits for the rest of the sentence to be thought."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from intents.toolbox import ToolOutcome
from models.llm import Delta, Message, TextDelta, ToolCall, ToolSpec
from pipeline.events import AgentStartedSpeaking, AgentStoppedSpeaking, PhraseQueued, UserTurn
from tests.clock import on_fake_clock
from tests.pipeline.scripted import Call, Response, ScriptedChat, ScriptedTools, call

CLAUSE = "I have put that down,"
REST = "and I will tell you at noon."
SENTENCE = f"{CLAUSE} {REST}"
NEXT = "You have nothing else today, so you can take your time."


class AtOnce(ScriptedChat):
    """Has thought all of its answer when its first word comes."""

    async def stream(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> AsyncIterator[Delta]:
        async for delta in super().stream(messages, tools):
            if isinstance(delta, TextDelta):
                for word in f"{SENTENCE} {NEXT}".split():
                    yield TextDelta(word + " ")
                return


async def answered(c: Call) -> list[str]:
    """Greet, say a turn, and return the phrases of its answer."""
    await c.caller.until(AgentStoppedSpeaking)
    await c.caller.speak(1.0)
    await c.caller.until(AgentStoppedSpeaking, 2)
    return [event.text for event in c.caller.all(PhraseQueued)][1:]


@on_fake_clock
async def test_the_first_clause_is_said_while_its_sentence_is_still_being_made() -> None:
    async with call(["note that"], [[SENTENCE, NEXT]], chat_pace=0.3) as c:
        assert await answered(c) == [CLAUSE, REST, NEXT]
        asked = c.caller.times(UserTurn)[0]
        begun = next(at for at in c.caller.times(AgentStartedSpeaking) if at > asked)
        # Six words at the model's pace, and no more.
        assert begun < asked + 0.3 * 8 < asked + 0.3 * len(SENTENCE.split())
        await asyncio.sleep(0.05)  # what is kept is told right after the last sound
        assert c.caller.kept[-1] == ("assistant", f"{SENTENCE} {NEXT}")


@on_fake_clock
async def test_a_sentence_that_comes_at_once_is_said_in_one() -> None:
    async with call(["note that"], chat=AtOnce([[SENTENCE]])) as c:
        assert await answered(c) == [SENTENCE, NEXT]


@pytest.mark.parametrize("words_heard", [3, 7])
def test_an_answer_that_is_cut_was_heard_as_far_as_it_was_said(words_heard: int) -> None:
    @on_fake_clock
    async def hold() -> None:
        async with call(["note that", "wait"], [[SENTENCE], ["Yes?"]], chat_pace=0.05) as c:
            await c.caller.until(AgentStoppedSpeaking)
            await c.caller.speak(1.0)
            await c.caller.until(AgentStartedSpeaking, 2)
            await asyncio.sleep(0.3 * words_heard - 0.1)
            await c.caller.speak(0.6)
            await c.caller.until_said("Yes?")
            said = next(m.content for m in reversed(c.chat.seen[-1]) if m.role == "assistant")
            assert said == " ".join(SENTENCE.split()[: len(said.split())])
            assert abs(len(said.split()) - words_heard) <= 1
            assert ("assistant", said) in c.caller.kept

    hold()


@on_fake_clock
async def test_what_is_only_shown_is_shown_in_sentences() -> None:
    async with call([], [[SENTENCE]], wants_audio=False) as c:
        c.conversation.send_text("note that")
        await c.caller.until_said(SENTENCE)


@on_fake_clock
async def test_after_a_tool_the_answer_may_begin_with_a_clause_too_once_nothing_else_is_heard() -> None:
    tools = ScriptedTools({"keep": ToolOutcome("Kept.", "done")}, delay=1.0)
    keep = ToolCall(None, "keep", {})
    async with call(["note that"], [[keep], [SENTENCE]], tools, chat_pace=0.2) as c:
        assert await answered(c) == [CLAUSE, REST]
    while_speaking = ScriptedTools({"keep": ToolOutcome("Kept.", "done")}, delay=0.0)
    answers: list[Response] = [["One two three four five six seven eight nine ten.", keep], [SENTENCE]]
    async with call(["note that"], answers, while_speaking, chat_pace=0.01) as c:
        assert (await answered(c))[1:] == [SENTENCE]
