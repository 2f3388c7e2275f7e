"""What is done at a pause: the words and the sound so far decide how long it may last, and no sound is lost in it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import numpy as np
import pytest

from models.audio import SAMPLE_RATE, Pcm
from models.errors import EngineError
from models.turn import TurnModel
from pipeline.endpoint_settings import EndpointSettings
from pipeline.events import AgentStoppedSpeaking, TurnLatency, UserTranscript, UserTurn
from pipeline.listener import REMEMBERED
from pipeline.settings import PipelineSettings
from tests.clock import on_fake_clock
from tests.pipeline.scripted import FRAME, MURMUR, Call, ScriptedStream, ScriptedStt, call

ENDPOINT = EndpointSettings()
DONE, OPEN = "remind me to call mom tomorrow at noon", "remind me to"


class ListeningModel:
    """Says that everything sounds `finished`, after `delay` s; remembers what it heard."""

    def __init__(self, finished: float | EngineError, delay: float = 0.05) -> None:
        self._finished = finished
        self._delay = delay
        self.heard: list[Pcm] = []
        self.judging = 0

    async def warm(self) -> None: ...

    async def close(self) -> None: ...

    async def finished(self, pcm: Pcm) -> float:
        self.heard.append(pcm)
        self.judging += 1
        try:
            await asyncio.sleep(self._delay)
            if isinstance(self._finished, EngineError):
                raise self._finished
            return self._finished
        finally:
            self.judging -= 1


class ListeningStt(ScriptedStt):
    """Remembers the sound of each turn; understands how many frames were not silent, in a thought that stays open."""

    def __init__(self) -> None:
        super().__init__([])
        self.heard: list[Pcm] = []

    def open(self, vocabulary: Sequence[str] = (), previous: str = "") -> ScriptedStream:
        self.open_streams += 1
        self.heard.append(np.zeros(0, dtype=np.float32))
        return ListeningStream(self)


class ListeningStream(ScriptedStream):
    def __init__(self, engine: ListeningStt) -> None:
        super().__init__(engine)
        self._listened = engine
        self._number = len(engine.heard) - 1

    def feed(self, pcm: Pcm) -> None:
        super().feed(pcm)
        self._listened.heard[self._number] = np.concatenate((self._listened.heard[self._number], pcm))

    def _now(self) -> str:
        return f"from {np.count_nonzero(self._listened.heard[self._number]) // FRAME} to"


@asynccontextmanager
async def spoken(
    *texts: str, model: TurnModel | None = None, answers: Sequence[str] = (), stt: ScriptedStt | None = None,
    cost: float = ENDPOINT.cut_off_cost,
) -> AsyncIterator[Call]:  # fmt: skip
    """Hold a call up to the end of its greeting."""
    settings = PipelineSettings(endpoint=EndpointSettings(cut_off_cost=cost))
    async with call(texts, [[each] for each in answers], settings=settings, stt=stt, turn_model=model) as c:
        await c.caller.until(AgentStoppedSpeaking)
        yield c


async def endpoint(c: Call, turn: int = 1) -> float:
    """Return how long after its last sound a turn was taken to be over, in s."""
    marks = (await c.caller.until(TurnLatency, turn))[turn - 1].marks
    assert marks["endpoint"] is not None
    return marks["endpoint"] / 1000


@on_fake_clock
async def test_a_finished_thought_is_answered_soon_and_an_open_one_is_waited_for() -> None:
    async with spoken(DONE, OPEN) as c:
        await c.caller.speak(2.0)
        assert await endpoint(c, 1) < 0.3
        await c.caller.until(AgentStoppedSpeaking, 2)
        await c.caller.speak(1.0)
        assert 1.0 < await endpoint(c, 2) < ENDPOINT.longest + 0.05


@on_fake_clock
async def test_words_that_come_late_leave_the_usual_silence() -> None:
    async with spoken(DONE, stt=ScriptedStt([DONE], look_delay=3.0)) as c:
        await c.caller.speak(2.0)
        assert await endpoint(c) == pytest.approx(ENDPOINT.usual, abs=0.05)


@on_fake_clock
async def test_the_answer_to_a_question_that_was_heard_ends_sooner() -> None:
    waits = []
    for asked in ("When should I remind you?", "Fine."):
        async with spoken("remind me to call mom", "tomorrow at noon", answers=[asked], cost=6.0) as c:
            await c.caller.speak(1.0)
            await c.caller.until_said(asked)
            await c.caller.speak(1.0)
            waits.append(await endpoint(c, 2))
    assert waits[0] < 0.3 < waits[1]


@on_fake_clock
async def test_a_question_counts_until_something_else_was_heard() -> None:
    waits = []
    for second in ("Is that all?", "I see."):
        async with spoken("hello there you", "well tomorrow then", "yes", answers=["One two?", second], cost=6.0) as c:
            for turn, answer in enumerate(("One two?", second), 1):
                await c.caller.speak(1.0)
                await endpoint(c, turn)
                await c.caller.until_said(answer)
            await c.caller.speak(0.6)
            waits.append(await endpoint(c, 3))
    assert waits[0] < 0.3 < waits[1]


@on_fake_clock
async def test_what_sounds_finished_ends_sooner() -> None:
    waits = []
    for finished in (0.99, 0.01, EngineError("broken"), None):
        model = None if finished is None else ListeningModel(finished)
        async with spoken("the weather was nice", model=model) as c:
            await c.caller.speak(1.0)
            waits.append(await endpoint(c))
    sounds_over, sounds_open, broken, absent = waits
    assert sounds_over < absent < sounds_open
    assert broken == absent


@on_fake_clock
async def test_the_model_hears_the_end_of_the_turn_and_no_more_than_it_can_use() -> None:
    model = ListeningModel(0.0)
    async with spoken(OPEN, model=model) as c:
        await c.caller.speak(1.0)
        await asyncio.sleep(0.4)
        spoken_first = len(c.caller.loud) * FRAME
        await c.caller.speak(12.0)
        await endpoint(c)
    short, long = model.heard
    silent = PipelineSettings().pause * SAMPLE_RATE
    for heard in (short, long):
        loud = np.flatnonzero(heard)
        assert silent <= heard.size - 1 - loud[-1] < silent + 2 * FRAME
    assert np.count_nonzero(short) == spoken_first
    assert REMEMBERED * SAMPLE_RATE <= long.size < REMEMBERED * SAMPLE_RATE + 2 * FRAME


@on_fake_clock
async def test_a_verdict_is_not_waited_for_once_the_pause_is_over() -> None:
    model = ListeningModel(0.99, delay=60.0)
    async with spoken(OPEN, model=model) as c:
        await c.caller.speak(0.6)
        await asyncio.sleep(0.2)
        assert model.judging == 1
        await c.caller.speak(0.4)
        assert model.judging == 0
        await endpoint(c)
        assert model.judging == 0 and len(model.heard) == 2


@pytest.mark.parametrize("pause", [0.1, 0.2, 0.4, 0.6])
def test_no_sound_is_lost_in_a_pause(pause: float) -> None:
    @on_fake_clock
    async def speak() -> None:
        stt = ListeningStt()
        async with spoken(stt=stt) as c:
            for _ in range(4):
                await c.caller.speak(0.5)
                await asyncio.sleep(pause)
            await endpoint(c)
            frames = len(c.caller.loud)
            assert sum(np.count_nonzero(heard) for heard in stt.heard) == frames * FRAME
            texts = [event.text for event in c.caller.all(UserTranscript) if event.final]
            assert sum(int(text.split()[1]) for text in texts) == frames

    speak()


@on_fake_clock
async def test_quiet_words_right_after_a_pause_are_heard() -> None:
    stt = ListeningStt()
    async with spoken(stt=stt) as c:
        await c.caller.speak(1.0)
        await asyncio.sleep(0.25)
        await c.caller.speak(0.2, MURMUR)
        (turn,) = await c.caller.until(UserTurn)
        assert turn.text == f"from {len(c.caller.loud)} to"
        assert c.conversation.drafted.used == 0 < c.conversation.drafted.made


@on_fake_clock
async def test_silence_after_a_turn_is_not_given_to_the_recogniser() -> None:
    stt = ListeningStt()
    async with spoken(stt=stt) as c:
        await c.caller.speak(1.0)
        await endpoint(c)
        loud = np.flatnonzero(stt.heard[0])
        assert stt.heard[0].size - loud[-1] < 0.25 * SAMPLE_RATE
        assert c.conversation.drafted.used == c.conversation.drafted.made == 1


@on_fake_clock
async def test_each_sound_belongs_to_one_turn_where_one_follows_at_once() -> None:
    stt = ListeningStt()
    async with spoken(stt=stt, cost=0.01) as c:
        for step in range(16):
            await c.caller.speak(0.5)
            await asyncio.sleep(0.18 + 0.01 * step)
        await asyncio.sleep(3.0)
        assert len(stt.heard) > 4
        assert sum(np.count_nonzero(heard) for heard in stt.heard) == len(c.caller.loud) * FRAME
