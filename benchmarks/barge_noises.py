"""Sounds that are no words, made from noise and pulses: coughs, cleared throats, breaths, knocks, and an "mm-hm".

They are models of such sounds, not recordings of them: a cough is a burst of air, a longer breath shaped by the throat
and, in some, a voice at its end (Korpas, 1996, "Analysis of the cough sound"). A seed is a sound.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.random import Generator

from models.audio import SAMPLE_RATE, Pcm

Wave = np.ndarray[Any, np.dtype[np.float64]]

LOUD: Final = 0.3
VOICE: Final = 0.25
FAINT: Final = 0.06
"""Peaks: a cough is a little louder than the voices of the clips, a breath much fainter."""

_THROAT: Final = (600.0, 1_500.0, 2_700.0)
_NOSE: Final = (250.0, 1_000.0, 2_200.0)
"""Resonances in Hz of an open mouth and of a closed one."""


def cough(chance: Generator) -> Pcm:
    """Return one to three coughs."""
    parts = []
    for _ in range(chance.integers(1, 4)):
        burst = _hiss(chance, chance.uniform(0.03, 0.06), 3_000.0, width=4_000)
        breath = _hiss(chance, chance.uniform(0.12, 0.25), *_throat(chance), width=350)
        parts += [_dying(burst, 2.0), 0.6 * _dying(breath, 3.0)]
        if chance.random() < 0.5:
            parts.append(0.5 * _dying(_voice(chance, chance.uniform(0.06, 0.12), chance.uniform(120, 260)), 2.0))
        parts.append(_nothing(chance.uniform(0.08, 0.2)))
    return _loud(parts, LOUD)


def throat(chance: Generator) -> Pcm:
    """Return a throat that is cleared, in one or two strokes: rough voice and air."""
    parts = []
    for _ in range(chance.integers(1, 3)):
        seconds = chance.uniform(0.2, 0.4)
        rough = _voice(chance, seconds, chance.uniform(80, 150))
        rough *= 1 + 0.8 * np.sin(2 * np.pi * chance.uniform(25, 40) * np.arange(len(rough)) / SAMPLE_RATE)
        air = _hiss(chance, seconds, *_throat(chance), width=400)
        parts += [_swelling(rough + 0.7 * air[: len(rough)]), _nothing(chance.uniform(0.05, 0.15))]
    return _loud(parts, LOUD)


def breath(chance: Generator) -> Pcm:
    """Return a breath near the microphone."""
    return _loud([_swelling(_hiss(chance, chance.uniform(0.5, 1.0), 1_200.0, 2_600.0, width=1_500))], FAINT)


def knock(chance: Generator) -> Pcm:
    """Return two to four knocks on wood."""
    parts = []
    tones = [(chance.uniform(90, 900), chance.uniform(0.015, 0.04)) for _ in range(3)]
    for _ in range(chance.integers(2, 5)):
        time = np.arange(round(0.12 * SAMPLE_RATE)) / SAMPLE_RATE
        hit: Wave = sum((np.sin(2 * np.pi * hz * time) * np.exp(-time / decay) for hz, decay in tones), np.zeros(1))
        parts += [hit, _nothing(chance.uniform(0.05, 0.2))]
    return _loud(parts, LOUD)


def hum(chance: Generator) -> Pcm:
    """Return an "mm-hm", which synthesisers of speech would spell."""
    pitch = chance.uniform(100, 220)
    first = _voice(chance, chance.uniform(0.12, 0.2), pitch, bend=0.95, tones=_NOSE)
    second = _voice(chance, chance.uniform(0.2, 0.35), pitch, bend=1.3, tones=_NOSE)
    air = 0.05 * _hiss(chance, 0.06, *_NOSE, width=300)
    return _loud([_swelling(first), air, _swelling(second)], VOICE)


NOISES: Final[Mapping[str, Callable[[Generator], Pcm]]] = {
    "cough": cough,
    "throat": throat,
    "breath": breath,
    "knock": knock,
}


def _loud(parts: list[Wave], peak: float) -> Pcm:
    whole = np.concatenate(parts)
    return np.asarray(whole * peak / np.abs(whole).max(), dtype=np.float32)


def _nothing(seconds: float) -> Wave:
    return np.zeros(round(seconds * SAMPLE_RATE))


def _throat(chance: Generator, tones: Sequence[float] = _THROAT) -> list[float]:
    return [hz * chance.uniform(0.85, 1.15) for hz in tones]


def _hiss(chance: Generator, seconds: float, *tones: float, width: float) -> Wave:
    return _shaped(chance.standard_normal(round(seconds * SAMPLE_RATE)), tones, width)


def _voice(
    chance: Generator, seconds: float, pitch: float, bend: float = 0.7, tones: Sequence[float] = _THROAT
) -> Wave:
    """Return pulses of a `pitch` in Hz that bends to that share of it, as the mouth shapes them."""
    size = round(seconds * SAMPLE_RATE)
    turns = np.cumsum(np.linspace(pitch, bend * pitch, size) / SAMPLE_RATE)
    return _shaped(np.diff(np.floor(turns), prepend=0.0), _throat(chance, tones), 120)


def _shaped(sound: Wave, tones: Sequence[float], width: float) -> Wave:
    """Return the sound through resonances at `tones`, `width` Hz wide, its peak at 1."""
    spectrum = np.fft.rfft(sound)
    hz = np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE)
    spectrum *= sum((1 / (1 + ((hz - tone) / width) ** 2) for tone in tones), np.zeros(1))
    shaped = np.fft.irfft(spectrum, len(sound))
    return np.asarray(shaped / np.abs(shaped).max())


def _dying(sound: Wave, speed: float) -> Wave:
    return sound * np.exp(-speed * np.linspace(0, 1, len(sound)))


def _swelling(sound: Wave) -> Wave:
    return sound * np.sin(np.linspace(0, np.pi, len(sound)))
