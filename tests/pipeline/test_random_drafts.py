"""Random dialogues full of hesitations: whatever was drafted and dropped leaves no trace anywhere."""

import asyncio
import math
import random
from asyncio import sleep as pause
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest

from intents.toolbox import ToolOutcome
from models.audio import SAMPLE_RATE, Pcm
from models.llm import Delta, Message, ToolCall, ToolSpec
from models.stt import Transcript
from pipeline.endpoint_settings import EndpointSettings
from pipeline.events import (
    AgentStoppedSpeaking,
    MessageKept,
    PhraseQueued,
    ReplyStarted,
    ReplyStopped,
    ReplyText,
    ToolStarted,
    TurnLatency,
    UserStoppedSpeaking,
    UserTranscript,
    UserTurn,
)
from pipeline.settings import PipelineSettings
from tests.clock import run_on_fake_clock
from tests.pipeline.scripted import (
    FRAME,
    WORD_SECONDS,
    Call,
    ScriptedChat,
    ScriptedStream,
    ScriptedStt,
    ScriptedTools,
    call,
)

NOTICED = 5
"""Frames of speech until the end of a pause is noticed."""

ECHOES = ("You said ", "Kept ")
AnsweringEvent = ReplyStarted | ReplyText | ReplyStopped | TurnLatency


class CountingStt(ScriptedStt):
    """Hears a word for each `WORD_SECONDS` of sound, each with a number of its own; now and then another at a pause."""

    def __init__(self, randomly: random.Random) -> None:
        super().__init__([])
        self.randomly = randomly
        self.turns = 0
        self.loud = 0

    def open(self, vocabulary: Sequence[str] = (), previous: str = "") -> ScriptedStream:
        self.open_streams += 1
        self.turns += 1
        return CountingStream(self)


class CountingStream(ScriptedStream):
    def __init__(self, engine: CountingStt) -> None:
        super().__init__(engine)
        self._counting = engine
        self._turn = engine.turns
        self._loud = 0

    def feed(self, pcm: Pcm) -> None:
        loud = int(np.count_nonzero(pcm))
        self._loud += loud
        self._counting.loud += loud
        super().feed(pcm)

    async def look(self) -> Transcript:
        self._engine.look_delay = self._counting.randomly.uniform(0.0, 0.2)
        looked = await super().look()
        return replace(looked, text=f"{looked.text} misheard") if self._counting.randomly.random() < 0.2 else looked

    async def finish(self) -> Transcript:
        self._engine.delay = self._counting.randomly.uniform(0.0, 0.5)
        return await super().finish()

    def _now(self) -> str:
        words = range(round(self._loud / SAMPLE_RATE / WORD_SECONDS))
        # A word that asks for the turn: what is brief would else leave it to an agent that speaks.
        return " ".join(f"wait-t{self._turn}w{word}" for word in words)


@dataclass(slots=True)
class Asked:
    """One answer that the model was asked for: from what, and from when to when it was made."""

    messages: Sequence[Message]
    began: float
    ended: float = math.inf

    @property
    def said(self) -> str:
        return next(message.content for message in reversed(self.messages) if message.role == "user")


class EchoChat(ScriptedChat):
    """Keeps what the caller said by a tool, then confirms it; knows nothing but the messages."""

    def __init__(self, randomly: random.Random) -> None:
        super().__init__([])
        self.randomly = randomly
        self.asked: list[Asked] = []

    async def stream(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> AsyncIterator[Delta]:
        loop = asyncio.get_running_loop()
        asked = Asked(tuple(messages), loop.time())
        self.asked.append(asked)
        self._pace = self.randomly.uniform(0.0, 0.1)
        if messages[-1].role == "tool":
            self._responses = [[f"Kept {asked.said}."]]
        elif self.randomly.random() < 0.5:
            self._responses = [["One moment.", ToolCall(None, "keep", {"said": asked.said})]]
        else:
            self._responses = [[f"You said {asked.said}. Is that so?"]]
        try:
            async for delta in super().stream(messages, tools):
                yield delta
        finally:
            asked.ended = loop.time()


async def dialogue(seed: int) -> tuple[int, int]:
    """Hold one; return how many drafts were made and how many were used."""
    randomly = random.Random(seed)
    stt, chat = CountingStt(randomly), EchoChat(randomly)
    tools = ScriptedTools({"keep": ToolOutcome("Kept.", "done")}, delay=randomly.uniform(0.0, 0.3))
    cost = randomly.choice((0.05, 1.5, 20.0))  # so that many pauses are taken for the end, some, or hardly any
    settings = PipelineSettings(endpoint=EndpointSettings(cut_off_cost=cost))
    async with call(stt=stt, chat=chat, tools=tools, settings=settings) as c:
        await c.caller.until(AgentStoppedSpeaking)
        for turn in range(randomly.randint(1, 3)):
            for _ in range(randomly.randint(1, 4)):
                await c.caller.speak(randomly.uniform(0.3, 1.5))
                await pause(randomly.uniform(0.05, 0.65))
            await pause(randomly.uniform(0.0, 1.2))
            if randomly.random() < 0.3:
                c.conversation.send_text(f"typed{turn}", interrupt=randomly.random() < 0.5)
            await pause(randomly.uniform(0.5, 6.0))
        await pause(12.0)
        check(c)
        check_prompts(c, chat)
        assert stt.loud == len(c.caller.loud) * FRAME, "each sound is heard once"
        count = c.conversation.drafted
        return count.made, count.used


def check(c: Call) -> None:
    turns = [event.text for event in c.caller.all(UserTurn)]
    numbers = [event.turn for event in c.caller.all(UserTurn)]
    assert numbers == list(range(1, len(turns) + 1))
    assert [text for role, text in c.caller.kept if role == "user"] == turns
    spoken = [event.text for event in c.caller.all(UserTranscript) if event.final]
    assert [text for text in turns if not text.startswith("typed")] == spoken
    # What was done, told and said answers a turn that really ended, and each turn once.
    done = [arguments["said"] for _, _, arguments in c.tools.runs]
    assert len(set(done)) == len(done) and set(done) <= set(turns)
    assert len(c.caller.all(ToolStarted)) == len(done)
    over: dict[int, str] = {}
    for _, event in c.caller.events:
        if isinstance(event, UserTurn):
            over[event.turn] = event.text
        elif isinstance(event, AnsweringEvent):
            assert event.turn in over, "nothing is told of an answer before its turn is over"
        elif isinstance(event, PhraseQueued) and event.text.startswith(ECHOES):
            said = event.text.removeprefix("You said ").removeprefix("Kept ").rstrip(".")
            assert said in over.values(), "what is said answers a turn that is over"
    begun = [event.turn for event in c.caller.all(ReplyStarted)]
    assert len(set(begun)) == len(begun)
    assert all(event.turn in (0, *numbers) for event in c.caller.all(MessageKept))


def check_prompts(c: Call, chat: EchoChat) -> None:
    """Each answer is made from what had been said and heard by then, and a draft only as long as the caller pauses."""
    for asked in chat.asked:
        turns = [(at, event.text) for at, event in c.caller.events if isinstance(event, UserTurn)]
        users = [message.content for message in asked.messages if message.role == "user"]
        confirmed = next((at for at, text in turns if text == asked.said), math.inf)
        drafted = asked.began < confirmed
        assert users[: -1 if drafted else None] == [text for _, text in turns][: len(users) - drafted]
        if drafted:
            heard = [e.content for at, e in c.caller.events if isinstance(e, MessageKept) and at <= asked.began
                     and e.role == "assistant"]  # fmt: skip
            spoken = [message.content for message in asked.messages if message.role == "assistant" and message.content]
            assert " ".join(spoken) == " ".join(heard)
            over = next((at for at in c.caller.times(UserStoppedSpeaking) if at >= asked.began), math.inf)
            meanwhile = [at for at in c.caller.loud if asked.began < at < min(asked.ended, over)]
            assert len(meanwhile) <= NOTICED, "a draft is dropped as soon as the caller goes on"


def hold(seeds: range) -> None:
    made = used = 0
    for seed in seeds:
        counts = run_on_fake_clock(dialogue(seed))
        made, used = made + counts[0], used + counts[1]
    # Else nothing was tried.
    assert used > len(seeds) / 2 and made - used > len(seeds) / 4


def test_what_was_drafted_and_dropped_leaves_no_trace() -> None:
    hold(range(60))


@pytest.mark.soak
def test_a_thousand_dialogues_leave_no_trace_of_dropped_drafts() -> None:
    hold(range(1000))
