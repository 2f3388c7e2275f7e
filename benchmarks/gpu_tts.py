"""Measures Piper with the product's own engine: on the processor, and on CUDA where onnxruntime has it."""

import asyncio
import itertools
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime

from benchmarks.gpu_plan import Plan, Step, median
from benchmarks.piper_shape import VOICE_SHAPES, make_voice
from models.errors import EngineError
from models.tts.piper import PiperEngine

PHRASES: Final = (
    "Done. I have added the grocery shopping to tomorrow evening.",
    "You have two tasks today. The first one is at nine, and the second one at half past three.",
    "I have moved the call to Friday at noon.",
    "Your goal is to run a marathon in one year. Shall I remind you every week?",
)
_THREADS: Final = 4
_CUDA: Final = "CUDAExecutionProvider"


@dataclass(frozen=True, slots=True)
class TtsRow:
    """What callers met who ask for their next phrase as soon as they have the last.

    `first_ms` is what the first sentence of a phrase takes; `real_time_factor` the median time that a whole phrase
    takes for a second of its speech; `speech_per_second` the seconds of speech that all callers got in a second.
    """

    device: str
    calls: int
    phrases: int
    first_p50_ms: float
    first_p95_ms: float
    real_time_factor: float
    speech_per_second: float


@dataclass(frozen=True, slots=True)
class TtsResult:
    """All of it; `left_out` says why there is nothing for CUDA, "" where there is."""

    voice: str
    random_weights: bool
    threads: int
    left_out: str
    rows: list[TtsRow]


def steps(plan: Plan) -> int:
    """Return how many steps `measure` takes."""
    return len(_devices(plan)) * len(plan.calls)


async def measure(plan: Plan, step: Step) -> AsyncIterator[TtsResult]:
    """Measure each number of callers on each device; yield what is known after each of these."""
    rows: list[TtsRow] = []
    threads = plan.threads or _THREADS
    left_out = ""
    if plan.device == "cuda" and "cuda" not in _devices(plan):
        left_out = "this onnxruntime knows no CUDA: onnxruntime-gpu would"
    name = "random weights in a tiny shape" if plan.is_test else "random weights in the shape of Piper's medium voices"
    with tempfile.TemporaryDirectory() as temporary:
        voice = plan.voice or make_voice(Path(temporary), VOICE_SHAPES["test" if plan.is_test else "medium"])
        if plan.voice is not None:
            name = voice.stem
        for device in _devices(plan):
            engine = PiperEngine(voice, threads=threads, use_cuda=device == "cuda")
            try:
                await engine.warm()
            except EngineError as failure:
                if device == "cpu":
                    raise
                left_out = str(failure)
            else:
                for calls in plan.calls:
                    step(f"TTS on {device}, {calls} calls")
                    rows.append(await _row(engine, device, calls, plan.seconds))
                    yield TtsResult(name, plan.voice is None, threads, left_out, rows)
            await engine.close()
        yield TtsResult(name, plan.voice is None, threads, left_out, rows)


def _devices(plan: Plan) -> list[str]:
    usable = plan.device == "cuda" and _CUDA in onnxruntime.get_available_providers()
    return ["cpu", "cuda"] if usable else ["cpu"]


async def _row(engine: PiperEngine, device: str, calls: int, seconds: float) -> TtsRow:
    began = time.perf_counter()
    heard = await asyncio.gather(*(_listen(engine, began + seconds, number) for number in range(calls)))
    took = time.perf_counter() - began
    phrases = list(itertools.chain.from_iterable(heard))
    p50, p95 = np.percentile([first for first, _, _ in phrases], (50, 95))
    return TtsRow(
        device=device,
        calls=calls,
        phrases=len(phrases),
        first_p50_ms=round(1000 * float(p50), 1),
        first_p95_ms=round(1000 * float(p95), 1),
        real_time_factor=median([whole / spoken for _, whole, spoken in phrases]),
        speech_per_second=round(sum(spoken for _, _, spoken in phrases) / took, 1),
    )


async def _listen(engine: PiperEngine, end: float, number: int) -> list[tuple[float, float, float]]:
    """Return for each phrase the seconds to its first audio, those to its end, and those of its speech."""
    heard = []
    for turn in itertools.count(number):
        began = time.perf_counter()
        first, samples = 0.0, 0
        async for speech in engine.speak(PHRASES[turn % len(PHRASES)]):
            first = first or time.perf_counter() - began
            samples += speech.pcm.size
        heard.append((first, time.perf_counter() - began, samples / engine.sample_rate))
        if time.perf_counter() >= end:
            break
    return heard
