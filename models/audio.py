"""PCM vocabulary: inside the box audio is mono float32 in [-1, 1]; speech from callers is 16 kHz."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Pcm = NDArray[np.float32]
"""Mono samples in [-1, 1], shape `(samples,)`."""

SAMPLE_RATE: Final = 16_000
"""Rate in Hz of everything that is heard; an engine that speaks has its own rate."""


def silence(samples: int) -> Pcm:
    """Return `samples` zeros."""
    return np.zeros(samples, dtype=np.float32)


def from_int16(samples: NDArray[np.int16]) -> Pcm:
    """Scale int16 samples to float32 in [-1, 1)."""
    return samples.astype(np.float32) / 32768.0


def to_int16(pcm: Pcm) -> NDArray[np.int16]:
    """Scale float32 samples to int16; values beyond [-1, 1] are clipped."""
    return (pcm.clip(-1.0, 1.0) * 32767.0).astype(np.int16)
