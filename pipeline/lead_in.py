"""The silence before the first sound of a voice, which nobody need wait for."""

from dataclasses import replace
from typing import Final

import numpy as np

from models.tts import Speech, WordMark

QUIET: Final = 10 ** (-50 / 20)
"""Amplitude below which nothing is heard yet."""

KEPT: Final = 0.003
"""Seconds that are left before the first sound, so that it does not begin with a click."""

LONGEST: Final = 0.3
"""Seconds that are taken off at most: a voice that is silent for longer means it."""


class LeadIn:
    """Takes the silence off the beginning of one phrase, of `rate` Hz, as its pieces come. Pure.

    The marks of words move with it.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._off = 0
        self._over = False

    def without(self, piece: Speech) -> Speech:
        """Return the next piece without its part of the silence."""
        off = 0 if self._over else self._silent(piece)
        self._off += off
        words = piece.words and tuple(self._moved(word) for word in piece.words)
        return Speech(piece.pcm[off:], words)

    def _moved(self, word: WordMark) -> WordMark:
        sooner = self._off / self._rate
        return replace(word, start=max(0.0, word.start - sooner), end=max(0.0, word.end - sooner))

    def _silent(self, piece: Speech) -> int:
        most = round(LONGEST * self._rate) - self._off
        loud = np.flatnonzero(np.abs(piece.pcm[:most]) > QUIET)
        self._over = bool(loud.size) or piece.pcm.size >= most
        if loud.size:
            return max(0, int(loud[0]) - round(KEPT * self._rate))
        return min(most, int(piece.pcm.size))
