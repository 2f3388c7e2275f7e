"""Another sampling rate, frame by frame: as many samples go in as make one frame, and one frame comes out."""

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.audio import Pcm, silence

WIDTH: Final = 8
"""Samples on either side that a new sample is made of; the delay is as many."""

SHARPNESS: Final = 8.0
"""The Kaiser window's beta: what lies beyond the band is 80 dB down."""

PASSED: Final = 0.9
"""Share of the narrower band that is kept; the rest is the slope of the filter."""


class FrameResampler:
    """Turns frames of `size` samples into frames of `target` samples that last as long.

    Ours, since swresample gives frames of uneven length, and evening them out would hold a frame back.
    """

    def __init__(self, size: int, target: int) -> None:
        self._size = size
        self._places, self._weights = _filter(size, target)
        self._recent = silence(self._places.shape[1])

    def resample(self, frame: Pcm) -> Pcm:
        """Return the frame at the new rate, `WIDTH` samples late; raises ValueError for any other length."""
        if len(frame) != self._size:
            raise ValueError(f"{len(frame)} samples instead of {self._size}")
        line = np.concatenate((self._recent, frame))
        self._recent = line[-len(self._recent) :]
        made: Pcm = np.einsum("ij,ij->i", line[self._places], self._weights)
        return made


@cache
def _filter(size: int, target: int) -> tuple[NDArray[np.intp], Pcm]:
    """Return which samples make each new one, and their weights; both `(target, taps)`."""
    band = min(1.0, target / size)
    width = round(WIDTH / band)
    taps = 2 * width
    centres = np.arange(target) * size / target + width  # in the line of `taps` recent samples and the frame
    first = np.floor(centres).astype(np.intp) - width + 1
    places = first[:, None] + np.arange(taps)
    distance = places - centres[:, None]
    window = np.i0(SHARPNESS * np.sqrt(np.maximum(0, 1 - (distance / width) ** 2))) / np.i0(SHARPNESS)
    weights = np.sinc(distance * band * PASSED) * window
    return places, (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
