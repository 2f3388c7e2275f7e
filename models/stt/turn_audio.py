"""The audio of one turn that is still to be decided about, at most about a window long."""

from collections import deque
from typing import Final

import numpy as np

from models.audio import SAMPLE_RATE, Pcm

_FRAME: Final = SAMPLE_RATE // 50
_AROUND: Final = 10


class TurnAudio:
    """16 kHz samples, counted from the first of the turn: `start` is the first that is kept, `end` the next to come."""

    def __init__(self) -> None:
        self._chunks: deque[Pcm] = deque()
        self.start = 0
        self.end = 0

    def __len__(self) -> int:
        return self.end - self.start

    def append(self, pcm: Pcm) -> None:
        """Add samples, which are copied."""
        self._chunks.append(np.array(pcm, dtype=np.float32))
        self.end += len(pcm)

    def samples(self) -> Pcm:
        """Return a copy of all that is kept."""
        return np.concatenate(self._chunks) if self._chunks else np.zeros(0, dtype=np.float32)

    def drop(self, end: int) -> None:
        """Forget the samples before number `end` of the turn."""
        rest = self.samples()[end - self.start :]
        self._chunks = deque([rest.copy()])
        self.start = end

    def quietest(self, earliest: int, latest: int) -> int:
        """Return the sample of the turn where it is quietest for 0.2 s, between two samples of the turn.

        There a word is least likely to be cut in two.
        """
        pcm = self.samples()[earliest - self.start : latest - self.start]
        frames = pcm[: len(pcm) // _FRAME * _FRAME].reshape(-1, _FRAME)
        power = np.convolve(np.mean(np.square(frames), axis=1), np.ones(_AROUND), mode="valid")
        return earliest + (int(np.argmin(power)) + _AROUND // 2) * _FRAME
