"""Calls that ask an engine for speech recognition, and how long each final takes."""

import asyncio
import itertools
import math
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.audio import SAMPLE_RATE, Pcm
from models.stt.gates import Gates
from models.stt.whisper import WhisperEngine
from models.stt.whisper_stream import WhisperStream

CLIPS: Final = ("goal_1_rms", "task_4_rms", "reschedule_3_rms", "general_1_slt")
"""Names of what the calls say, from tests/speech."""

# With every text believed, nothing is spared that a true model would do.
BELIEVE_ALL: Final = Gates(no_speech=2.0, log_prob=-100.0, log_prob_floor=-100.0, compression=100.0, fastest=100.0)

FRAME: Final = SAMPLE_RATE // 50
_PAUSE: Final = 1.0
"""Seconds between two turns of a call; people wait longer, for they listen to the answer."""
_SPREAD: Final = 3.0
"""Seconds within which calls begin to talk, so that their pauses do not fall together."""

Call = Callable[[int], Awaitable[list[float]]]
"""Holds the call of this number and returns how long each of its finals took, in seconds."""


@dataclass(frozen=True, slots=True)
class Row:
    """What a number of calls met; times in milliseconds. `partials_per_second` counts those really decoded."""

    calls: int
    max_batch: int
    finals: int
    finals_per_second: float
    p50_ms: float
    p95_ms: float
    cpu_ms: float
    windows_per_run: float
    partials_per_second: float = 0.0


async def measure(engine: WhisperEngine, calls: int, max_batch: int, call: Call) -> Row:
    """Hold `calls` calls at once with an engine whose runs hold `max_batch` windows at most."""
    batcher = engine.batcher
    runs, served = batcher.runs, batcher.served
    began, cpu_began = time.perf_counter(), time.process_time()
    took = list(itertools.chain.from_iterable(await asyncio.gather(*map(call, range(calls)))))
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu_began
    p50, p95 = np.percentile(took, (50, 95))
    return Row(
        calls=calls,
        max_batch=max_batch,
        finals=len(took),
        finals_per_second=round(len(took) / seconds, 2),
        p50_ms=_milliseconds(p50),
        p95_ms=_milliseconds(p95),
        cpu_ms=_milliseconds(cpu_seconds / len(took)),
        windows_per_run=round((batcher.served - served) / (batcher.runs - runs), 2),
        partials_per_second=round((batcher.served - served - len(took)) / seconds, 2),
    )


async def ask(engine: WhisperEngine, clips: Iterable[Pcm]) -> list[float]:
    """Say one clip after another at once and ask for its final; return how long each took, in seconds."""
    took = []
    for pcm in clips:
        stream = engine.open()
        # In one piece: a true call has been fed while it spoke, and nobody waits for that here.
        stream.feed(pcm)
        began = time.perf_counter()
        await stream.finish()
        took.append(time.perf_counter() - began)
        await stream.close()
    return took


def until(end: float, clips: Sequence[Pcm], first: int) -> Iterator[Pcm]:
    """Yield the clips in turn from number `first`, one at least, until `end` on `time.perf_counter`."""
    for number in itertools.count(first):
        yield clips[number % len(clips)]
        if time.perf_counter() >= end:
            return


async def talk(engine: WhisperEngine, clips: Sequence[Pcm], number: int, of: int, seconds: float) -> list[float]:
    """Talk at the speed of speech and listen to partials, as call `number` of `of`; return how long finals took.

    A turn that `seconds` cut short has no final, unless it is the call's first.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    await asyncio.sleep(min(_SPREAD, seconds) * number / of)
    took: list[float] = []
    for turn in itertools.count(number):
        stream = engine.open()
        async with asyncio.TaskGroup() as listening:
            listening.create_task(_listen(stream))
            began = loop.time()
            for index, frame in enumerate(frames(clips[turn % len(clips)])):
                await asyncio.sleep(began + index * FRAME / SAMPLE_RATE - loop.time())
                stream.feed(frame)
                if took and loop.time() >= end:
                    break
            else:
                asked = time.perf_counter()
                await stream.finish()
                took.append(time.perf_counter() - asked)
            await stream.close()
        if loop.time() + _PAUSE >= end:
            break
        await asyncio.sleep(_PAUSE)
    return took


async def _listen(stream: WhisperStream) -> None:
    async for _ in stream.partials():
        pass


def frames(pcm: Pcm) -> Iterator[Pcm]:
    """Yield a clip in frames of 20 ms, as a call brings it."""
    for at in range(0, len(pcm), FRAME):
        yield pcm[at : at + FRAME]


def _milliseconds(seconds: float) -> float:
    """Return milliseconds with three figures, which is all that such a measurement has."""
    milliseconds = 1000 * seconds
    return round(milliseconds, max(0, 2 - math.floor(math.log10(milliseconds)))) if milliseconds > 0 else 0.0
