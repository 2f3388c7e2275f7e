"""Scripted engines and a caller on the fake clock, for whole conversations without sound cards or threads."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from intents.toolbox import ToolOutcome
from models.audio import SAMPLE_RATE, Pcm, silence
from models.errors import EngineError
from models.llm import ChatModel, Delta, Message, TextDelta, ToolCall, ToolSpec
from models.stt import Transcript
from models.tts import Speech, WordMark
from models.turn import TurnModel
from models.vad import WINDOW
from pipeline.conversation import Conversation
from pipeline.endpoint_settings import EndpointSettings
from pipeline.events import EndReason, Event, MessageKept, PhraseFinished, PhraseQueued, ToolStopped
from pipeline.seams import Persona
from pipeline.settings import PipelineSettings
from pipeline.studio import Tools

FRAME = 320
RATE = 16_000
WORD_SECONDS = 0.3
SAME_SILENCE = EndpointSettings(shortest=0.7, usual=0.7, longest=0.7)
"""Ends every turn after the same silence, whatever is known of it."""
E = TypeVar("E")


MURMUR = 0.005
"""Loudness of which `LoudnessVad` cannot say whether it is speech."""


VOICE = np.random.default_rng(7).choice(np.array([-1, 1], dtype=np.float32), FRAME)
"""A caller's frame at loudness 1: noise, for it must not sound like the agent."""


class LoudnessVad:
    """Speech is whatever is not silent; a murmur is neither."""

    def __init__(self) -> None:
        self._rest = silence(0)

    async def warm(self) -> None: ...

    async def close(self) -> None: ...

    def open(self) -> "LoudnessVad":
        return LoudnessVad()

    def reset(self) -> None:
        self._rest = silence(0)

    def feed(self, pcm: Pcm) -> Sequence[float]:
        self._rest = np.concatenate([self._rest, pcm])
        probabilities = []
        while self._rest.size >= WINDOW:
            window, self._rest = self._rest[:WINDOW], self._rest[WINDOW:]
            loudness = np.abs(window).mean()
            probabilities.append(1.0 if loudness > 2 * MURMUR else 0.4 if loudness > MURMUR / 2 else 0.0)
        return probabilities


class ScriptedStt:
    """Gives out `texts` turn by turn; an EngineError in the list is raised.

    `delay` is what a final takes, `look_delay` what a look at a pause takes, in s.
    """

    def __init__(self, texts: Sequence[str | EngineError], delay: float = 0.1, look_delay: float = 0.02) -> None:
        self.texts = list(texts)
        self.delay = delay
        self.look_delay = look_delay
        self.open_streams = 0
        self.samples: list[int] = []
        self.previous: list[str] = []

    async def warm(self) -> None: ...

    async def close(self) -> None: ...

    def open(self, vocabulary: Sequence[str] = (), previous: str = "") -> "ScriptedStream":
        self.open_streams += 1
        self.previous.append(previous)
        return ScriptedStream(self)


class ScriptedStream:
    def __init__(self, engine: ScriptedStt) -> None:
        self._engine = engine
        self._samples = 0
        self._final_at = -1
        self._closed = asyncio.Event()
        self._text = engine.texts.pop(0) if engine.texts else ""
        self._fed = asyncio.Event()

    def feed(self, pcm: Pcm) -> None:
        self._samples += pcm.size
        self._fed.set()

    async def partials(self) -> AsyncIterator[Transcript]:
        words = self._text.split() if isinstance(self._text, str) else []
        for count in range(1, len(words)):
            while self._samples < count * WORD_SECONDS * SAMPLE_RATE:
                self._fed.clear()
                await self._fed.wait()
            yield Transcript(" ".join(words[:count]), final=False)
        await self._closed.wait()

    async def look(self) -> Transcript:
        await asyncio.sleep(self._engine.look_delay)
        return Transcript(self._now(), final=False)

    async def finish(self) -> Transcript:
        until = self._samples
        if until != self._final_at:
            await asyncio.sleep(self._engine.delay)
            self._final_at = until
        return Transcript(self._now(), final=True)

    def _now(self) -> str:
        if isinstance(self._text, EngineError):
            raise self._text
        return self._text

    async def close(self) -> None:
        if not self._closed.is_set():
            self._closed.set()
            self._engine.open_streams -= 1
            self._engine.samples.append(self._samples)


Response = Sequence[str | ToolCall | EngineError] | Callable[[Sequence[Message]], Sequence[str | ToolCall]]


class ScriptedChat:
    """Gives out `responses` in order; strings stream word by word, `pace` seconds apart."""

    def __init__(self, responses: Sequence[Response], pace: float = 0.02) -> None:
        self._responses = list(responses)
        self._pace = pace
        self.seen: list[Sequence[Message]] = []

    async def warm(self) -> None: ...

    async def prefill(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> None: ...

    async def close(self) -> None: ...

    async def stream(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> AsyncIterator[Delta]:
        self.seen.append(tuple(messages))
        response = self._responses.pop(0) if self._responses else ["I have nothing more to say."]
        for item in response(messages) if callable(response) else response:
            await asyncio.sleep(self._pace)
            if isinstance(item, EngineError):
                raise item
            if isinstance(item, ToolCall):
                yield item
                continue
            for word in item.split():
                await asyncio.sleep(self._pace)
                yield TextDelta(word + " ")


class ToneTts:
    """Each word is 0.3 s of a constant, made `pace` seconds apart; a text in `failing` raises."""

    sample_rate = RATE

    def __init__(self, pace: float = 0.01, failing: Sequence[str] = ()) -> None:
        self._pace = pace
        self._failing = failing
        self.running = 0

    async def warm(self) -> None: ...

    async def close(self) -> None: ...

    async def speak(self, phrase: str) -> AsyncIterator[Speech]:
        self.running += 1
        try:
            if phrase in self._failing:
                raise EngineError("the voice is gone")
            for number, word in enumerate(phrase.split()):
                await asyncio.sleep(self._pace)
                start = number * WORD_SECONDS
                pcm = np.full(int(WORD_SECONDS * RATE), 0.5, dtype=np.float32)
                yield Speech(pcm, (WordMark(word, start, start + WORD_SECONDS),))
        finally:
            self.running -= 1


class ScriptedTools:
    """Answers each call from `outcomes` by tool name after `delay` seconds."""

    def __init__(self, outcomes: Mapping[str, ToolOutcome] | None = None, delay: float = 0.05) -> None:
        self._outcomes = dict(outcomes or {})
        self._delay = delay
        self.runs: list[tuple[str, str, Mapping[str, Any]]] = []

    @property
    def specs(self) -> Sequence[ToolSpec]:
        return [ToolSpec(name, name, {"type": "object"}) for name in self._outcomes]

    async def run(self, call_id: str, name: str, arguments: Mapping[str, Any]) -> ToolOutcome:
        await asyncio.sleep(self._delay)
        self.runs.append((call_id, name, arguments))
        return self._outcomes.get(name, ToolOutcome(f"there is no tool {name}", "rejected"))


class PlainAgent:
    greeting = "Hello."
    prompt = "You are a test."
    vocabulary: Sequence[str] = ()

    def text(self, name: str) -> str:
        return {
            "apology": "Sorry, that failed.",
            "misheard": "Please say that again.",
            "silence_prompt": "Are you still there?",
            "filler": "One moment.",
            "farewell": "Goodbye.",
            "leaving": "I must go. Goodbye.",
        }[name]


@dataclass
class Caller:
    """A transport that plays what it is sent and speaks when told to; notes everything with its time."""

    conversation: Conversation
    wants_audio: bool = True
    events: list[tuple[float, Event]] = field(default_factory=list)
    sound: list[tuple[float, Pcm]] = field(default_factory=list)
    speaking_until: float = 0.0
    loudness: float = 0.2
    linked: bool = True
    loud: list[float] = field(default_factory=list)
    """When each loud frame was heard."""

    def tell(self, event: Event) -> None:
        self.events.append((asyncio.get_running_loop().time(), event))

    def all(self, kind: type[E]) -> list[E]:
        return [event for _, event in self.events if isinstance(event, kind)]

    def times(self, kind: type[Event]) -> list[float]:
        return [at for at, event in self.events if isinstance(event, kind)]

    async def live(self) -> None:
        """Exchange 20 ms frames with the conversation for ever."""
        loop = asyncio.get_running_loop()
        while True:
            now = loop.time()
            if self.linked:
                loud = now < self.speaking_until
                pcm = np.float32(self.loudness) * VOICE if loud else silence(FRAME)
                self.loud += [now] if loud else []
                self.conversation.hear(pcm, now)
                if self.wants_audio:
                    self.sound.append((now, self.conversation.read(FRAME)))
            await asyncio.sleep(FRAME / SAMPLE_RATE)

    async def speak(self, seconds: float, loudness: float = 0.2) -> None:
        loop = asyncio.get_running_loop()
        self.loudness = loudness
        self.speaking_until = loop.time() + seconds
        await asyncio.sleep(seconds)

    async def until(self, kind: type[E], count: int = 1, patience: float = 60.0) -> list[E]:
        async with asyncio.timeout(patience):
            while len(self.all(kind)) < count:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        return self.all(kind)

    async def until_said(self, text: str, count: int = 1) -> None:
        async with asyncio.timeout(60):
            while sum(e.text == text and not e.interrupted for e in self.all(PhraseFinished)) < count:  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    async def until_begun(self, text: str, count: int = 1) -> None:
        """Wait until the voice is about to say `text`."""
        async with asyncio.timeout(60):
            while sum(event.text == text for event in self.all(PhraseQueued)) < count:  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    @property
    def heard(self) -> list[str]:
        """What the caller heard of each phrase, in order."""
        return [event.heard for event in self.all(PhraseFinished) if event.heard]

    @property
    def kept(self) -> list[tuple[str, str]]:
        """Who said what, as it is kept."""
        return [(event.role, event.content) for event in self.all(MessageKept)]

    @property
    def ran(self) -> list[tuple[str, str]]:
        """The tools that ran, and how each run ended."""
        return [(event.name, event.status) for event in self.all(ToolStopped)]

    def loud_between(self, start: float, end: float) -> bool:
        return any(start <= at < end and np.abs(pcm).max() > 0.1 for at, pcm in self.sound)


@dataclass
class Call:
    conversation: Conversation
    caller: Caller
    ended: "asyncio.Task[EndReason]"
    stt: ScriptedStt
    chat: ScriptedChat
    tts: ToneTts
    tools: ScriptedTools


@asynccontextmanager
async def call(
    hears: Sequence[str | EngineError] = (),
    answers: Sequence[Response] = (),
    tools: ScriptedTools | None = None,
    tts: ToneTts | None = None,
    settings: PipelineSettings | None = None,
    wants_audio: bool = True,
    chat_pace: float = 0.02,
    agent: Persona | None = None,
    model: ChatModel | None = None,
    toolbox: Tools | None = None,
    stt: ScriptedStt | None = None,
    chat: ScriptedChat | None = None,
    turn_model: TurnModel | None = None,
) -> AsyncIterator[Call]:
    """Hold a call whose caller says `hears` and whose model answers `answers`; checks that nothing is left.

    `agent`, `model` and `toolbox` are real ones in place of the scripted.
    """
    stt, chat = stt or ScriptedStt(hears), chat or ScriptedChat(answers, chat_pace)
    tts, tools = tts or ToneTts(), tools or ScriptedTools()
    before = asyncio.all_tasks()
    conversation = Conversation(
        conversation_id="test",
        agent=agent or PlainAgent(),
        tools=toolbox or tools,
        vad=LoudnessVad(),
        stt=stt,
        llm=model or chat,
        tts=tts,
        turn_model=turn_model,
        settings=settings or PipelineSettings(),
    )
    ended = asyncio.create_task(conversation.run())
    caller = Caller(conversation, wants_audio)
    conversation.attach(caller)
    living = asyncio.create_task(caller.live())
    try:
        yield Call(conversation, caller, ended, stt, chat, tts, tools)
    finally:
        conversation.end("caller")
        await asyncio.wait([ended])
        living.cancel()
        await asyncio.wait([living])
    assert asyncio.all_tasks() == before
    assert stt.open_streams == 0
    assert tts.running == 0
