"""The model reads the beginning of a call ahead: nobody waits for it, and nobody hears of it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

import pytest

from intents.toolbox import ToolOutcome
from models.errors import EngineError
from models.llm import Delta, Message, ToolSpec
from pipeline.events import AgentStartedSpeaking, AgentStoppedSpeaking, Fault
from pipeline.settings import PipelineSettings
from tests.clock import on_fake_clock
from tests.pipeline.scripted import ScriptedChat, ScriptedTools, call

FOR_EVER = 1e6


class ReadingChat(ScriptedChat):
    """Takes `seconds` to read ahead, or fails; notes what it was offered and when it read and answered."""

    def __init__(self, seconds: float | Exception = 0.0) -> None:
        super().__init__([["Fine."]])
        self.seconds = seconds
        self.read: list[tuple[Sequence[Message], Sequence[ToolSpec]]] = []
        self.offered: list[Sequence[ToolSpec]] = []
        self.over: list[float] = []
        self.asked: list[float] = []

    async def prefill(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> None:
        self.read.append((messages, tools))
        try:
            if isinstance(self.seconds, Exception):
                raise self.seconds
            await asyncio.sleep(self.seconds)
        finally:
            self.over.append(asyncio.get_running_loop().time())

    async def stream(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> AsyncIterator[Delta]:
        self.offered.append(tools)
        self.asked.append(asyncio.get_running_loop().time())
        async for delta in super().stream(messages, tools):
            yield delta


@on_fake_clock
async def test_it_reads_what_every_answer_of_the_call_begins_with() -> None:
    chat = ReadingChat()
    tools = ScriptedTools({"keep": ToolOutcome("Kept.", "done")})
    async with call(["hello there"], chat=chat, tools=tools) as c:
        await c.caller.until(AgentStoppedSpeaking)
        await c.caller.speak(1.0)
        await c.caller.until(AgentStoppedSpeaking, 2)
    ((messages, offered),) = chat.read
    assert tuple(chat.seen[0][: len(messages)]) == messages
    assert [message.role for message in messages] == ["system", "assistant"]
    assert tuple(chat.offered[0]) == tuple(offered) and len(offered) == 2


@on_fake_clock
async def test_nobody_waits_for_it() -> None:
    greeted = []
    for seconds in (0.0, FOR_EVER):
        began = asyncio.get_running_loop().time()
        async with call(chat=ReadingChat(seconds)) as c:
            await c.caller.until(AgentStoppedSpeaking)
            greeted.append(c.caller.times(AgentStartedSpeaking)[0] - began)
    assert greeted == pytest.approx([0.02, 0.02], abs=0.021)


@pytest.mark.parametrize("typed", [False, True])
@pytest.mark.parametrize("drafts", [0, 3])
def test_the_first_answer_has_the_model_for_itself(typed: bool, drafts: int) -> None:
    @on_fake_clock
    async def hold() -> None:
        chat = ReadingChat(FOR_EVER)
        async with call(["hello there"], chat=chat, settings=PipelineSettings(drafts=drafts)) as c:
            await c.caller.until(AgentStoppedSpeaking)
            assert chat.over == []
            if typed:
                c.conversation.send_text("hello there")
            else:
                await c.caller.speak(1.0)
            await c.caller.until_said("Fine.")
            assert chat.over == pytest.approx([chat.asked[0]], abs=1e-6)

    hold()


@pytest.mark.parametrize("failure", [EngineError("it is down"), ValueError("a fault of the engine")])
def test_that_it_fails_is_not_told_before_an_answer_is_wanted(failure: Exception) -> None:
    @on_fake_clock
    async def hold() -> None:
        async with call(["hello there"], chat=ReadingChat(failure)) as c:
            await c.caller.until(AgentStoppedSpeaking)
            await c.caller.speak(1.0)
            await c.caller.until_said("Fine.")
            assert c.caller.all(Fault) == []

    hold()


@on_fake_clock
async def test_it_does_not_go_on_for_ever_nor_after_the_call() -> None:
    chat = ReadingChat(FOR_EVER)
    async with call(chat=chat, settings=PipelineSettings(llm_timeout=5.0)):
        await asyncio.sleep(6.0)
        assert chat.over == pytest.approx([5.0], abs=0.1)
    chat = ReadingChat(FOR_EVER)
    async with call(chat=chat) as c:
        await c.caller.until(AgentStoppedSpeaking)
        assert chat.over == []
        c.conversation.end("caller")
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(c.ended), 1.0)
        assert len(chat.over) == 1
