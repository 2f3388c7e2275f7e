"""Where a caller's voice has broken off, by its loudness alone."""

from typing import Final

import numpy as np

from models.audio import SAMPLE_RATE, Pcm

DROP: Final = 10 ** (-36 / 20)
"""What is fainter than this share of the turn's voice holds no word: consonants are some 30 dB below vowels at most."""

FADING: Final = 0.995
"""Share of the voice's loudness that is kept from window to window: after a shout a calm voice soon counts again."""


class Hush:
    """Follows how loud a turn is, window by window. Pure.

    A VAD takes some 80 ms after the last sound to be sure, for it must not lose a faint one; where the room is quiet,
    the sound itself tells sooner. In noise it never tells, and the VAD is as good as before.
    """

    def __init__(self) -> None:
        self._voice = 0.0
        self._peak = 0.0

    def spoken(self, window: Pcm) -> float:
        """Return the seconds of a window of speech up to its last sample that may belong to a word."""
        loud = np.flatnonzero(np.abs(window) >= DROP * self._peak)
        return float(loud[-1] + 1) / SAMPLE_RATE if loud.size else 0.0

    def falls(self, window: Pcm, *, in_turn: bool) -> bool:
        """Take the next window and tell whether the voice of the turn is gone from it; outside of turns it never is."""
        loudness = float(np.sqrt(np.mean(np.square(window))))
        peak = float(np.max(np.abs(window)))
        self._voice = max(loudness, self._voice * FADING) if in_turn else loudness
        self._peak = max(peak, self._peak * FADING) if in_turn else peak
        return in_turn and loudness < DROP * self._voice
