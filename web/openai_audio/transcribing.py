"""A recording to text: found where somebody speaks, and understood one stretch after the other."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.audio import SAMPLE_RATE, Pcm
from models.stt import SpeechToText
from models.vad import WINDOW, VadStream, VoiceActivityDetector
from pipeline.listener import understood_within

SPEECH: Final = 0.5
SILENCE: Final = 0.35
"""Probabilities of speech that begin and end a stretch, as in a call."""

GAP: Final = 0.6
"""Seconds of silence between two stretches."""

MARGIN: Final = 0.25
"""Seconds around a stretch that belong to it: words begin and end more softly than the detector hears."""

LONGEST: Final = 25.0
"""Seconds of a stretch: engines hear half a minute at once."""

PATIENCE: Final = 120.0
"""Seconds that one stretch may take."""

STEP: Final = WINDOW / SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class Stretch:
    """Where somebody speaks, in s from the beginning."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Segment:
    """What was said in a stretch."""

    stretch: Stretch
    text: str
    confidence: float | None


async def transcribe(
    pcm: Pcm, vad: VoiceActivityDetector, stt: SpeechToText, prompt: str = ""
) -> AsyncGenerator[Segment, None]:
    """Yield what is said in 16 kHz mono, in order; `prompt` is what was said before. Raises EngineError."""
    before = prompt
    for stretch in await asyncio.to_thread(speech, vad.open(), pcm):
        stream = stt.open((), before)
        try:
            stream.feed(pcm[round(stretch.start * SAMPLE_RATE) : round(stretch.end * SAMPLE_RATE)])
            async with understood_within(PATIENCE):
                understood = await stream.finish()
        finally:
            await stream.close()
        if text := understood.text.strip():
            before = f"{before} {text}".strip()
            yield Segment(stretch, text, understood.confidence)


def speech(vad: VadStream, pcm: Pcm) -> Sequence[Stretch]:
    """Return where somebody speaks; blocks."""
    rest = -len(pcm) % WINDOW
    probabilities = vad.feed(np.concatenate((pcm, np.zeros(rest, dtype=np.float32))))
    return stretches(probabilities, len(pcm) / SAMPLE_RATE)


def stretches(probabilities: Sequence[float], seconds: float) -> Sequence[Stretch]:
    """Return the stretches of speech, none longer than `LONGEST`; one probability for each window."""
    found: list[tuple[int, int]] = []
    begun = last = None
    for index, probability in enumerate(probabilities):
        if probability >= (SPEECH if begun is None else SILENCE):
            begun, last = index if begun is None else begun, index
        if begun is not None and last is not None and (index - last) * STEP >= GAP:
            found.append((begun, last + 1))
            begun = last = None
    if begun is not None and last is not None:
        found.append((begun, last + 1))
    return [
        Stretch(max(0.0, start * STEP - MARGIN), min(seconds, end * STEP + MARGIN))
        for begin, stop in found
        for start, end in _cut(probabilities, begin, stop)
    ]


def _cut(probabilities: Sequence[float], start: int, end: int) -> Sequence[tuple[int, int]]:
    """Cut a stretch that is too long where it is quietest in its second half."""
    most = int((LONGEST - 2 * MARGIN) / STEP)
    if end - start <= most:
        return [(start, end)]
    place = min(range(start + most // 2, start + most), key=lambda index: (probabilities[index], -index))
    return [(start, place), *_cut(probabilities, place, end)]
