"""The newest audio of a caller, of a certain length."""

from collections import deque
from collections.abc import Sequence

import numpy as np

from models.audio import SAMPLE_RATE, Pcm, silence


class RecentAudio:
    """Keeps the last `seconds` of 16 kHz audio, in chunks as they came."""

    def __init__(self, seconds: float) -> None:
        self._limit = int(seconds * SAMPLE_RATE)
        self._chunks: deque[Pcm] = deque()
        self._samples = 0

    def push(self, pcm: Pcm) -> None:
        """Add audio and forget what is too old."""
        self._chunks.append(pcm)
        self._samples += pcm.size
        while self._chunks and self._samples - self._chunks[0].size >= self._limit:
            self._samples -= self._chunks.popleft().size

    def take(self) -> Sequence[Pcm]:
        """Return what is kept, oldest first, and forget it."""
        chunks = list(self._chunks)
        self._chunks.clear()
        self._samples = 0
        return chunks

    def samples(self) -> Pcm:
        """Return a copy of what is kept, which goes on to be kept."""
        return np.concatenate(self._chunks) if self._chunks else silence(0)
