"""Measures Silero VAD, which stays on the CPU by design: a window of 32 ms is far too little work for a GPU."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import numpy as np

from benchmarks.gpu_plan import Plan, Step
from benchmarks.stt_load import CLIPS
from models.audio import SAMPLE_RATE
from models.vad import WINDOW
from models.vad.silero import SileroModel
from tests.speech import load


@dataclass(frozen=True, slots=True)
class VadRow:
    """What one thread did for a number of calls, one window after another; times in microseconds for one window."""

    calls: int
    windows: int
    mean_us: float
    p50_us: float
    p95_us: float
    calls_per_core: int


def steps(plan: Plan) -> int:
    """Return how many steps `measure` takes."""
    return len(plan.calls)


async def measure(plan: Plan, step: Step) -> AsyncIterator[list[VadRow]]:
    """Let each number of calls have their windows in turn, each with a state of its own; yield all rows so far."""
    model = SileroModel()
    speech = np.concatenate([load(name) for name in CLIPS])
    windows = [speech[at : at + WINDOW] for at in range(0, speech.size - WINDOW + 1, WINDOW)]
    rows: list[VadRow] = []
    for calls in plan.calls:
        step(f"VAD, {calls} calls")
        streams = [model.open() for _ in range(calls)]
        took: list[float] = []
        end = time.perf_counter() + plan.seconds / 4
        at = 0
        while not took or time.perf_counter() < end:
            for number, stream in enumerate(streams):
                window = windows[(at + 7 * number) % len(windows)]
                began = time.perf_counter_ns()
                stream.feed(window)
                took.append((time.perf_counter_ns() - began) / 1000)
            at += 1
        p50, p95 = np.percentile(took, (50, 95))
        mean = float(np.mean(took))
        rows.append(
            VadRow(
                calls=calls,
                windows=len(took),
                mean_us=round(mean, 1),
                p50_us=round(float(p50), 1),
                p95_us=round(float(p95), 1),
                calls_per_core=int(1e6 * WINDOW / SAMPLE_RATE / mean),
            )
        )
        yield rows
