"""Whisper's view of sound, as smart-turn v3 was trained on it: a log-mel spectrogram of the last eight seconds."""

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.audio import SAMPLE_RATE, Pcm

WINDOW_SECONDS: Final = 8.0
HOP: Final = 160
MELS: Final = 80
FRAMES: Final = int(WINDOW_SECONDS * SAMPLE_RATE) // HOP

_FFT: Final = 400
_BLOCK: Final = 16
"""Frames multiplied at once: a larger product wakes all of BLAS's threads, and costs three times the CPU."""

_RANGE: Final = 8.0
"""Decades below the loudest point that still count."""


def log_mel(pcm: Pcm) -> NDArray[np.float32]:
    """Return the spectrogram of the last 8 s of `pcm` (16 kHz mono), shape `(MELS, FRAMES)`, about -1 to 1.

    Shorter sound stands at the end, behind silence.
    """
    whole = FRAMES * HOP
    heard = pcm[-whole:]
    # Mean and variance are those of all eight seconds, silence included: so was the model trained.
    mean = heard.sum(dtype=np.float64) / whole
    variance = np.square(heard, dtype=np.float64).sum() / whole - mean * mean
    scale = 1 / np.sqrt(max(variance, 0.0) + 1e-7)
    # The silence in front is the same in every frame: it is computed once, and repeated.
    silent = max(0, ((whole - heard.size) // HOP - 3) // _BLOCK * _BLOCK)
    front = whole - heard.size - silent * HOP
    normal = np.concatenate((np.zeros(front), heard.astype(np.float64))) - mean
    normal *= scale
    half = _FFT // 2
    padded = np.pad(normal, (half, half), mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, _FFT)[::HOP][: FRAMES - silent]
    power = np.square(np.abs(np.fft.rfft(frames * _hann(), axis=-1)))
    blocks = power.reshape(-1, _BLOCK, power.shape[1]).swapaxes(1, 2)
    mels = np.log10(np.maximum(np.concatenate(list(_filters() @ blocks), axis=1), 1e-10))
    mels = np.concatenate((np.repeat(mels[:, :1], silent, axis=1), mels), axis=1)
    return np.asarray((np.maximum(mels, mels.max() - _RANGE) + 4.0) / 4.0, dtype=np.float32)


@cache
def _hann() -> NDArray[np.float64]:
    return np.hanning(_FFT + 1)[:-1]


@cache
def _filters() -> NDArray[np.float64]:
    """Return triangles on Slaney's mel scale, each of the same area: shape `(MELS, _FFT // 2 + 1)`."""
    edges = _hertz(np.linspace(0.0, _mel(SAMPLE_RATE / 2), MELS + 2))
    bins = np.linspace(0.0, SAMPLE_RATE / 2, _FFT // 2 + 1)
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    return np.asarray(triangles * (2.0 / (edges[2:] - edges[:-2]))[:, None], dtype=np.float64)


_KINK: Final = 1000.0  # Hz: linear below, logarithmic above
_LINEAR: Final = 3.0 / 200.0
_STEP: Final = np.log(6.4) / 27.0


def _mel(hertz: float) -> float:
    return float(hertz * _LINEAR if hertz < _KINK else _KINK * _LINEAR + np.log(hertz / _KINK) / _STEP)


def _hertz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    kink = _KINK * _LINEAR
    return np.where(mels < kink, mels / _LINEAR, _KINK * np.exp(_STEP * (mels - kink)))
