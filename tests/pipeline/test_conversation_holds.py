"""What must not happen to a call: hang, fall silent for good, lose what was said, or swallow a fault."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from intents.toolbox import ToolOutcome
from models.errors import EngineError
from models.llm import END_CALL, Delta, Message, ToolCall, ToolSpec
from models.stt import Transcript
from models.tts import Speech
from pipeline.conversation import Conversation
from pipeline.events import (
    AgentStartedSpeaking,
    AgentStoppedSpeaking,
    ConversationEnded,
    Fault,
    MessageKept,
    PhraseQueued,
    SynthesisStarted,
    SynthesisStopped,
    ToolInProgress,
    TurnLatency,
    UserStartedSpeaking,
    UserTurn,
)
from pipeline.settings import PipelineSettings
from tests.clock import on_fake_clock, run_on_fake_clock
from tests.pipeline.scripted import (
    Call,
    Caller,
    LoudnessVad,
    PlainAgent,
    Response,
    ScriptedChat,
    ScriptedStream,
    ScriptedStt,
    ScriptedTools,
    ToneTts,
    call,
)

TEN = "one two three four five six seven eight nine ten."
SLOW = ToolCall(None, "slow", {})


class DelayedStt(ScriptedStt):
    """Takes `delays` seconds for the transcripts, one after the other."""

    def __init__(self, texts: Sequence[str], delays: Sequence[float]) -> None:
        super().__init__(texts)
        self._delays = list(delays)

    def open(self, vocabulary: Sequence[str] = (), previous: str = "") -> ScriptedStream:
        stream = super().open(vocabulary, previous)
        whole, seconds = stream.finish, self._delays.pop(0)

        async def finish() -> Transcript:
            await asyncio.sleep(seconds)
            return await whole()

        stream.finish = finish  # type: ignore[method-assign]
        return stream


class FullStt(ScriptedStt):
    """Has no decoder free for the first turns."""

    def __init__(self, texts: Sequence[str], refused: int) -> None:
        super().__init__(texts)
        self._refused = refused

    def open(self, vocabulary: Sequence[str] = (), previous: str = "") -> ScriptedStream:
        if self._refused:
            self._refused -= 1
            raise EngineError("all speech decoders are taken")
        return super().open(vocabulary, previous)


async def greeted(c: Call) -> float:
    """Wait for the end of the greeting and return the time."""
    await c.caller.until(AgentStoppedSpeaking)
    return asyncio.get_running_loop().time()


def a_conversation(chat: ScriptedChat) -> Conversation:
    """Return one that does not run yet and to which nobody is attached."""
    return Conversation(
        conversation_id="test",
        agent=PlainAgent(),
        tools=ScriptedTools(),
        vad=LoudnessVad(),
        stt=ScriptedStt([]),
        llm=chat,
        tts=ToneTts(),
        settings=PipelineSettings(),
    )


def said(c: Call) -> list[str]:
    return [event.text for event in c.caller.all(PhraseQueued)]


def kept(c: Call) -> list[tuple[str, str]]:
    return [(event.role, event.content) for event in c.caller.all(MessageKept)]


@pytest.mark.parametrize("reason", ["caller", "link_lost"])
def test_a_call_that_ends_while_the_caller_speaks_is_over_at_once(reason: str) -> None:
    async def dialogue() -> None:
        async with call(["hello there"]) as c:
            await greeted(c)
            speaking = asyncio.create_task(c.caller.speak(1000.0))
            await c.caller.until(UserStartedSpeaking)
            c.caller.linked = False
            if reason == "link_lost":
                c.conversation.detach()
            else:
                c.conversation.end("caller")
            async with asyncio.timeout(31):
                assert await c.ended == reason
            assert c.stt.open_streams == 0
            speaking.cancel()

    run_on_fake_clock(dialogue())


@on_fake_clock
async def test_hanging_up_does_not_wait_for_a_slow_transcript() -> None:
    async with call(stt=DelayedStt(["hello"], [14.0])) as c:
        await greeted(c)
        await c.caller.speak(1.0)
        await asyncio.sleep(1.0)
        c.conversation.end("caller")
        async with asyncio.timeout(0.5):
            await c.ended


@on_fake_clock
async def test_a_caller_without_a_free_decoder_is_asked_to_repeat_and_then_heard() -> None:
    async with call(stt=FullStt(["hello"], refused=1), answers=[["Hi."]]) as c:
        await greeted(c)
        await c.caller.speak(1.5)
        await c.caller.until_said("Please say that again.")
        assert len(c.caller.all(Fault)) == 1
        await c.caller.speak(1.5)
        await c.caller.until_said("Hi.")


@pytest.mark.parametrize("stt", [FullStt([], refused=1), ScriptedStt([EngineError("gone")])], ids=["open", "finish"])
def test_silence_after_a_failed_turn_still_ends_the_call(stt: ScriptedStt) -> None:
    async def dialogue() -> None:
        async with call(stt=stt) as c:
            await greeted(c)
            await c.caller.speak(1.5)
            async with asyncio.timeout(120):
                assert await c.ended == "silence"

    run_on_fake_clock(dialogue())


@on_fake_clock
async def test_a_text_that_waits_does_not_keep_a_voice_from_interrupting() -> None:
    async with call(["stop please"], [[TEN], ["Both seen."]]) as c:
        await greeted(c)
        c.conversation.send_text("count")
        await c.caller.until(AgentStartedSpeaking, 2)
        c.conversation.send_text("and slowly", interrupt=False)
        await c.caller.speak(1.0)
        await c.caller.until_said("Both seen.")
        users = [message.content for message in c.chat.seen[-1] if message.role == "user"]
        assert users == ["count", "and slowly", "stop please"]
        assert len(c.caller.all(TurnLatency)) == 3


@on_fake_clock
async def test_a_text_that_waits_is_answered_after_a_voice_that_was_not_understood() -> None:
    async with call([EngineError("gone")], [[TEN], ["Answered."]]) as c:
        await greeted(c)
        c.conversation.send_text("count")
        await c.caller.until(AgentStartedSpeaking, 2)
        c.conversation.send_text("and then?", interrupt=False)
        await c.caller.speak(0.5)
        await c.caller.until_said("Answered.")
        assert said(c)[-2:] == ["Please say that again.", "Answered."]


@on_fake_clock
async def test_turns_that_come_while_a_tool_runs_all_reach_the_model() -> None:
    tools = ScriptedTools({"slow": ToolOutcome("ok", "done")}, delay=6)
    async with call([], [[SLOW], ["Understood."]], tools) as c:
        await greeted(c)
        for text in ("first", "my address is 5 elm street", "and hurry"):
            c.conversation.send_text(text)
            await asyncio.sleep(1)
        await c.caller.until_said("Understood.")
        assert [text for role, text in kept(c) if role == "user"] == [
            "first",
            "my address is 5 elm street",
            "and hurry",
        ]
        assert [event.turn for event in c.caller.all(UserTurn)] == [1, 2, 3]
        users = [message.content for message in c.chat.seen[-1] if message.role == "user"]
        assert users == ["first", "my address is 5 elm street", "and hurry"]
        assert len(c.tools.runs) == 1


@on_fake_clock
async def test_a_call_that_nobody_joins_is_ended() -> None:
    conversation = a_conversation(ScriptedChat([]))
    assert await conversation.run() == "link_lost"
    assert asyncio.get_running_loop().time() == PipelineSettings().join_timeout


@on_fake_clock
async def test_a_caller_who_types_before_the_greeting_is_answered_instead() -> None:
    conversation = a_conversation(ScriptedChat([["The answer."]]))
    running = asyncio.create_task(conversation.run())
    await asyncio.sleep(0)
    conversation.send_text("a question")
    caller = Caller(conversation)
    conversation.attach(caller)
    living = asyncio.create_task(caller.live())
    await caller.until_said("The answer.")
    conversation.end("caller")
    await running
    living.cancel()
    assert [event.text for event in caller.all(PhraseQueued)] == ["The answer."]


@on_fake_clock
async def test_typing_over_an_answer_keeps_what_was_heard_of_it_as_interrupted() -> None:
    async with call([], [[TEN], ["Second."]]) as c:
        await greeted(c)
        c.conversation.send_text("count")
        await c.caller.until(AgentStartedSpeaking, 2)
        await asyncio.sleep(1.0)
        c.conversation.send_text("enough")
        await c.caller.until_said("Second.")
        cut = [event for event in c.caller.all(MessageKept) if event.interrupted]
        assert [event.content for event in cut] == ["one two three"]


@on_fake_clock
async def test_typing_over_the_farewell_keeps_the_call() -> None:
    farewell: Response = [TEN, ToolCall(None, END_CALL.name, {})]
    async with call([], [farewell, ["Yes?"]]) as c:
        await greeted(c)
        c.conversation.send_text("bye")
        await c.caller.until(AgentStartedSpeaking, 2)
        await asyncio.sleep(0.8)
        c.conversation.send_text("wait, one more thing")
        await c.caller.until_said("Yes?")
        assert not c.ended.done()


@on_fake_clock
async def test_a_model_that_hangs_up_without_a_word_says_goodbye() -> None:
    async with call([], [[ToolCall(None, END_CALL.name, {})]]) as c:
        await greeted(c)
        c.conversation.send_text("bye")
        assert await c.ended == "goodbye"
        assert said(c)[-1] == "Goodbye."


@on_fake_clock
async def test_a_model_without_an_answer_apologises() -> None:
    async with call([], [[]]) as c:
        await greeted(c)
        c.conversation.send_text("well?")
        await c.caller.until_said("Sorry, that failed.")


@on_fake_clock
async def test_turns_are_answered_in_the_order_they_were_spoken() -> None:
    async with call(stt=DelayedStt(["first", "second"], [5.0, 0.1]), answers=[["Seen."], ["Seen."]]) as c:
        await greeted(c)
        await c.caller.speak(1.0)
        await asyncio.sleep(1.5)
        await c.caller.speak(1.0)
        await c.caller.until_said("Seen.")
        assert [event.text for event in c.caller.all(UserTurn)] == ["first", "second"]


@on_fake_clock
async def test_the_agent_stands_still_while_nobody_is_linked() -> None:
    async with call([], [[TEN]]) as c:
        await greeted(c)
        c.conversation.send_text("count")
        await c.caller.until(AgentStartedSpeaking, 2)
        await asyncio.sleep(1.0)
        c.conversation.detach()
        heard = len(c.caller.sound)
        await asyncio.sleep(10)  # a loudspeaker that still pulls gets silence
        assert not any(pcm.any() for _, pcm in c.caller.sound[heard:])
        c.conversation.attach(c.caller)
        await c.caller.until(MessageKept, 3)
        assert kept(c)[-1] == ("assistant", TEN)


class BrokenChat(ScriptedChat):
    """Raises what no engine should."""

    async def stream(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> Any:
        if self._responses:
            delta: Delta
            async for delta in super().stream(messages, tools):
                yield delta
        else:
            raise ValueError("boom")


class HangingChat(ScriptedChat):
    """Never answers."""

    async def stream(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> Any:
        await asyncio.Event().wait()
        yield


@pytest.mark.parametrize("chat", [BrokenChat([]), HangingChat([])], ids=["breaks", "hangs"])
def test_a_model_that_fails_in_any_way_is_apologised_for_and_the_call_goes_on(chat: ScriptedChat) -> None:
    async def dialogue() -> None:
        async with call(chat=chat) as c:
            await greeted(c)
            for attempt in (1, 2):
                c.conversation.send_text("well?")
                await c.caller.until(Fault, attempt)
                async with asyncio.timeout(5):
                    while said(c).count("Sorry, that failed.") < attempt:  # noqa: ASYNC110
                        await asyncio.sleep(0.05)
            assert not c.ended.done()

    run_on_fake_clock(dialogue())


class HangingTts(ToneTts):
    """Hangs on one text, and breaks on another."""

    async def speak(self, phrase: str) -> Any:
        if phrase == "Hang.":
            await asyncio.Event().wait()
        if phrase == "Break.":
            raise ValueError("boom")
        speech: Speech
        async for speech in super().speak(phrase):
            yield speech


@on_fake_clock
async def test_a_voice_that_hangs_or_breaks_costs_one_phrase() -> None:
    async with call([], [["Hang.", "Break.", "Fine."]], tts=HangingTts()) as c:
        await greeted(c)
        c.conversation.send_text("go")
        await c.caller.until_said("Fine.")
        assert len(c.caller.all(Fault)) == 2
        assert len(c.caller.all(SynthesisStarted)) == len(c.caller.all(SynthesisStopped))


@on_fake_clock
async def test_a_phrase_that_is_cut_while_it_is_made_is_told_as_stopped() -> None:
    async with call([], [[TEN], ["Yes."]], tts=ToneTts(pace=0.2)) as c:
        await greeted(c)
        c.conversation.send_text("count")
        await c.caller.until(AgentStartedSpeaking, 2)
        c.conversation.send_text("stop")
        await c.caller.until_said("Yes.")
        assert len(c.caller.all(SynthesisStarted)) == len(c.caller.all(SynthesisStopped)) == 3


class BrokenTools(ScriptedTools):
    """Raises what no tool should."""

    async def run(self, call_id: str, name: str, arguments: Any) -> ToolOutcome:
        raise ValueError("boom")


@on_fake_clock
async def test_a_broken_tool_is_an_answer_to_the_model() -> None:
    async with call([], [[SLOW], ["That did not work."]], BrokenTools({"slow": ToolOutcome("", "done")})) as c:
        await greeted(c)
        c.conversation.send_text("go")
        await c.caller.until(ToolInProgress)
        await c.caller.until_said("That did not work.")
        assert c.chat.seen[-1][-1].role == "tool"


@on_fake_clock
async def test_more_typed_turns_than_can_wait_are_refused() -> None:
    async with call([], [[TEN]], settings=PipelineSettings(waiting_turns=2)) as c:
        await greeted(c)
        for number in range(5):
            c.conversation.send_text(f"text {number}", interrupt=False)
        assert len(c.caller.all(Fault)) == 3
        c.conversation.end("caller")
        await c.ended
        assert c.caller.all(ConversationEnded)
