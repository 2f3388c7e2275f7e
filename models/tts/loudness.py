"""Evens the loudness of phrases, so that a short one is as loud as a long one."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.audio import Pcm

TARGET: Final = -20.0
"""Loudness of every phrase in dB of full scale; leaves speech 15 dB or more for its peaks."""
CEILING: Final = 0.9
"""No sample is louder than this share of full scale."""

_FRAME_SECONDS: Final = 0.03
_QUIETEST: Final = -60.0
"""Frames below, in dB of full scale, are no speech."""
_GATE: Final = -10.0
"""Frames so many dB below the average are pauses: as in ITU-R BS.1770, they do not count."""
_MOST_GAIN: Final = 30.0
_STEP: Final = 3.0
"""Most dB between one sentence of a phrase and the next."""
_RAMP_SECONDS: Final = 0.02
_LIMITER_SECONDS: Final = 0.005


def loudness(pcm: Pcm, rate: int) -> float | None:
    """Return how loud speech is without its pauses, in dB of full scale; None for silence. `rate` is in Hz."""
    frame = max(1, int(rate * _FRAME_SECONDS))
    count = max(1, pcm.size // frame)
    power = np.array([float(np.mean(np.square(part))) for part in np.array_split(pcm, count)]) if pcm.size else None
    if power is None or not (power := power[power > 10 ** (_QUIETEST / 10)]).size:
        return None
    power = power[power >= power.mean() * 10 ** (_GATE / 10)]
    return float(10 * np.log10(power.mean()))


class Leveller:
    """Brings the sentences of one phrase to the target, each after the other.

    A sentence leaves before the next one is known, so each has a gain of its own; inside a phrase gains differ by
    3 dB at most from one sentence to the next, and glide.
    """

    def __init__(self, rate: int, target: float = TARGET) -> None:
        """`rate` is in Hz, `target` in dB of full scale."""
        self._rate = rate
        self._target = target
        self._gain: float | None = None

    def level(self, pcm: Pcm) -> Pcm:
        """Return the next sentence, evened; silence stays silence."""
        loud = loudness(pcm, self._rate)
        if loud is None:
            return pcm
        gain = min(self._target - loud, _MOST_GAIN)
        before = gain if self._gain is None else self._gain
        gain = min(max(gain, before - _STEP), before + _STEP)
        self._gain = gain
        gains = np.full(pcm.size, 10 ** (gain / 20), dtype=np.float32)
        ramp = min(pcm.size, int(self._rate * _RAMP_SECONDS))
        gains[:ramp] = 10 ** (np.linspace(before, gain, ramp, dtype=np.float32) / 20)
        return limited(pcm * gains, self._rate)


def limited(pcm: Pcm, rate: int, ceiling: float = CEILING) -> Pcm:
    """Return `pcm` with no sample beyond `ceiling`: what is around a peak is turned down smoothly."""
    if not pcm.size or float(np.abs(pcm).max()) <= ceiling:
        return pcm
    block = max(1, int(rate * _LIMITER_SECONDS))
    count = -(-pcm.size // block)
    peaks = np.abs(np.pad(pcm, (0, count * block - pcm.size))).reshape(count, block).max(axis=1)
    allowed: NDArray[np.float64] = np.minimum(1.0, ceiling / np.maximum(peaks, 1e-9))
    # A block takes the least gain of itself and its neighbours, so that no point between two centres is too loud.
    padded = np.pad(allowed, 1, mode="edge")
    least = np.minimum(np.minimum(padded[:-2], padded[1:-1]), padded[2:])
    centres = (np.arange(count) + 0.5) * block
    gains = np.interp(np.arange(pcm.size), centres, least)
    return np.clip(pcm * gains, -ceiling, ceiling).astype(np.float32)
