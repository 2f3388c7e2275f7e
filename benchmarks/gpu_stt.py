"""Measures speech recognition with the product's own engine: single runs, calls all at once, calls in real time."""

import asyncio
import gc
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.gpu_machine import GpuMemory
from benchmarks.gpu_plan import Plan, Step, median
from benchmarks.stt_load import BELIEVE_ALL, CLIPS, Call, Row, ask, talk, until
from benchmarks.stt_load import measure as measure_calls
from models.audio import Pcm
from models.errors import EngineError
from models.recipes.whisper_test_model import SHAPES, make
from models.stt.whisper import WhisperEngine
from models.stt.whisper_model import Window
from tests.speech import load

AT_ONCE: Final = "at once"
REAL_TIME: Final = "in real time"
LOADS: Final = (AT_ONCE, REAL_TIME)

_SHORT: Final = ("yes_rms", "no_slt")
"""What is said where only a test is wanted: calls in real time take as long as they speak."""
_REPEATS: Final = 7
_TEST_REPEATS: Final = 2


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the model on `batch` windows: what each repeat took in all, and the medians of its parts, in ms.

    `mel_ms` is what the processor makes of the sound, `encoder_ms` the encoder on windows padded to 30 s; `greedy_ms`
    and `beam_ms` are whole runs, as a partial and as a final.
    """

    batch: int
    mel_ms: float
    encoder_ms: float
    greedy_ms: float
    beam_ms: float
    repeats: dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class Cell:
    """A number of calls on an engine: `ratio` is finals/s over those of the same calls decoded one at a time.

    `memory_mib` is the most that was taken of the device by anybody; None on a CPU.
    """

    load: str
    row: Row
    ratio: float
    memory_mib: int | None


@dataclass(frozen=True, slots=True)
class SttResult:
    """All of it; `tokens` counts those of a random model's first text, None with true weights."""

    engine: str
    random_weights: bool
    shape: str
    tokens: int | None
    beam: int
    partial_interval: float
    made_seconds: float
    ready_seconds: float
    runs: list[Run]
    cells: list[Cell]


def steps(plan: Plan) -> int:
    """Return how many steps `measure` takes; raises EngineError where it cannot."""
    if plan.model is None and plan.shape not in SHAPES:
        raise EngineError(f"there is no shape {plan.shape}, only {', '.join(SHAPES)}")
    return 1 + len(plan.batches) * (1 + len(LOADS) * len(plan.calls))


async def measure(plan: Plan, step: Step) -> AsyncIterator[SttResult]:
    """Measure every size of a run, each with an engine of its own, so that its memory is its own.

    Yields what is known after each size.
    """
    clips = [load(name) for name in (_SHORT if plan.is_test else CLIPS)]
    cells: list[Cell] = []
    runs: list[Run] = []
    with tempfile.TemporaryDirectory() as temporary, GpuMemory(plan.device) as memory:
        step("STT, making random weights" if plan.model is None else "STT")
        began = time.perf_counter()
        folder = plan.model if plan.model is not None else await asyncio.to_thread(_random, Path(temporary), plan)
        made = time.perf_counter() - began
        tokens = None
        for size in plan.batches:
            step(f"STT, one run of {size}")
            engine = _engine(plan, folder, size)
            began = time.perf_counter()
            await engine.warm()
            ready = time.perf_counter() - began
            report = engine.report
            if tokens is None and plan.model is None:
                tokens = _tokens(engine, clips[0], plan.beam)
            runs.append(await asyncio.to_thread(_run, engine, size, clips, plan))
            for calls in plan.calls:
                for kind in LOADS:
                    step(f"STT, {calls} calls {kind}, {size} a run")
                    memory.most()
                    row = await measure_calls(engine, calls, size, _call(kind, engine, clips, calls, plan.seconds))
                    one = next((cell.row for cell in cells if (cell.load, cell.row.calls) == (kind, calls)), row)
                    ratio = round(row.finals_per_second / one.finals_per_second, 2)
                    cells.append(Cell(kind, row, ratio, memory.most()))
            await engine.close()
            del engine
            gc.collect()  # or the next engine's memory would lie beside this one's
            yield SttResult(
                engine=report,
                random_weights=plan.model is None,
                shape=plan.shape if plan.model is None else plan.model.name,
                tokens=tokens,
                beam=plan.beam,
                partial_interval=plan.partial_interval,
                made_seconds=round(made, 1),
                ready_seconds=round(ready, 1),
                runs=runs,
                cells=cells,
            )


def _random(folder: Path, plan: Plan) -> Path:
    shape = SHAPES[plan.shape]
    # The first token comes of the last one before the text: start, language and task if there is a choice, timestamps.
    ends_at = plan.tokens + (4 if shape.multilingual else 2) - 1
    path = folder / f"random-{plan.shape}"
    make(path, replace(shape, ends_at=ends_at), quantization="float16" if plan.device == "cuda" else "int8")
    return path


def _engine(plan: Plan, folder: Path, size: int) -> WhisperEngine:
    return WhisperEngine(
        folder,
        device=plan.device,
        beam=plan.beam,
        partial_interval=plan.partial_interval,
        max_batch=size,
        threads=plan.threads,
        gates=BELIEVE_ALL,
    )


def _call(kind: str, engine: WhisperEngine, clips: Sequence[Pcm], calls: int, seconds: float) -> Call:
    end = time.perf_counter() + seconds
    if kind == AT_ONCE:
        return lambda number: ask(engine, until(end, clips, number))
    return lambda number: talk(engine, clips, number, calls, seconds)


def _tokens(engine: WhisperEngine, pcm: Pcm, beam: int) -> int:
    """Return how many tokens the text of a clip really has."""
    model = engine._model
    assert model is not None
    (heard,) = model.decode([Window(pcm, (), beam)])
    return len(model.encode(f" {heard.text}"))


def _run(engine: WhisperEngine, size: int, clips: Sequence[Pcm], plan: Plan) -> Run:
    model: Any = engine._model
    beam = plan.beam
    windows = {width: [Window(pcm, (), width) for pcm in islice(cycle(clips), size)] for width in (1, beam)}
    took: dict[str, list[float]] = {"mel_ms": [], "encoder_ms": [], "greedy_ms": [], "beam_ms": []}
    for repeat in range(1 + (_TEST_REPEATS if plan.is_test else _REPEATS)):
        began = time.perf_counter()
        features = np.stack([model.mel(window.pcm) for window in windows[beam]])
        heard = time.perf_counter()
        # The encoder alone is no part of the engine's face; this waits until the device has done it.
        model._model.encode(features)
        encoded = time.perf_counter()
        model.decode(windows[1])
        greedy = time.perf_counter()
        model.decode(windows[beam])
        ended = time.perf_counter()
        if repeat:  # the first one only warms this size up
            marks = (began, heard, encoded, greedy, ended)
            for name, seconds in zip(took, np.diff(marks), strict=True):
                took[name].append(round(1000 * float(seconds), 3))
    medians = {name: median(values) for name, values in took.items()}
    return Run(batch=size, repeats=took, **medians)
