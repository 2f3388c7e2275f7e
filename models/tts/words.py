"""Text into pieces that are synthesised one by one, and word events of an engine into word marks."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.audio import from_int16
from models.tts import Speech, WordMark

PIECE: Final = 240
"""Most characters synthesised in one go; bounds what is made ahead of the listener, and what others wait."""

_BREAKS: Final = tuple(re.compile(pattern) for pattern in (r"[.!?…。！？]+[\"')\]]*\s", r"[,;:–—]\s", r"\s"))  # noqa: RUF001
_NO_TEXT: Final = frozenset({"Cc", "Cs", "Co", "Cn"})
"""Unicode categories: control, surrogate, private use, unassigned."""
_QUIET: Final = 64
"""Below this an int16 sample is the pause after a word, not the word."""


def speakable(text: str) -> bool:
    """Tell whether there is anything to pronounce."""
    return any(character.isalnum() for character in text)


def plain(text: str) -> str:
    """Replace characters that are no text by spaces, one for one, so that positions stay.

    Control characters would switch voices and speeds inside the engine; lone surrogates
    have no UTF-8 form.
    """
    return "".join(" " if unicodedata.category(character) in _NO_TEXT else character for character in text)


def pieces(text: str, limit: int = PIECE) -> Iterator[str]:
    """Cut `text` into pieces of at most `limit` characters: at sentence ends, else commas, else spaces."""
    while len(text) > limit:
        cut = next((cut for pattern in _BREAKS if (cut := _last_end(pattern, text[:limit]))), limit)
        yield text[:cut]
        text = text[cut:]
    yield text


def _last_end(pattern: re.Pattern[str], text: str) -> int:
    return max((match.end() for match in pattern.finditer(text)), default=0)


class WordTimer:
    """Joins the samples of one piece of text with the engine's word events.

    The end of a word is known when the next one starts, so each word's samples are kept
    until then. `offset` counts the samples of the phrase before this piece.
    """

    def __init__(self, text: str, rate: int, offset: int = 0) -> None:
        self._rate = rate
        self._offset = offset
        tokens = list(re.finditer(r"\S+", text))
        self._starts = [token.start() for token in tokens]
        self._words = [token.group() for token in tokens]
        # The word being said: its index in `_words` and its first sample.
        self._open = 0
        self._opened: int | None = None
        self._last = -1  # the last word that an event named
        self._marks: list[WordMark] = []
        self._samples: list[NDArray[np.int16]] = []
        self._given = 0
        self.heard = 0
        """Samples of this piece so far."""

    def feed(self, samples: NDArray[np.int16], events: list[tuple[int, int]]) -> Speech | None:
        """Take the next samples and word events, each the word's index in the text and its first sample.

        Events may name parts of a word ("twenty-five") or lag behind: what names no new word is left out.
        """
        self._samples.append(samples)
        self.heard += samples.size
        for position, sample in events:
            token = bisect_right(self._starts, position) - 1
            if token <= self._last:
                continue
            self._last = token
            sample = min(sample, self.heard)
            if self._opened is None or sample > self._opened:
                self._end_word(sample, token)
                self._open, self._opened = token, sample
        if self._marks and self._opened is not None:
            return self._give(self._opened)
        return None

    def finish(self) -> Speech | None:
        """Return what is left when the engine has said everything."""
        self._end_word(self.heard, len(self._words))
        return self._give(self.heard) if self.heard > self._given else None

    def _end_word(self, until: int, before: int) -> None:
        """End the open word at the sample `until`; words up to the index `before` that no event named share its time.

        Engines say some words as one ("did not"), and name only the first.
        """
        if self._opened is None:
            return
        start = self._opened
        loud = np.flatnonzero(np.abs(self._pending()[start - self._given : until - self._given]) > _QUIET)
        span = int(loud[-1]) + 1 if loud.size else until - start
        first, *others = self._words[self._open : before]
        words = [bare(first), *(bare(word) for word in others if speakable(word))]
        letters = sum(map(len, words))
        said = 0
        for word in words:
            begins, said = start + span * said // letters, said + len(word)
            ends = start + span * said // letters
            if ends > begins:
                self._marks.append(
                    WordMark(word, (self._offset + begins) / self._rate, (self._offset + ends) / self._rate)
                )

    def _give(self, until: int) -> Speech:
        pending = self._pending()
        given, self._samples = pending[: until - self._given], [pending[until - self._given :]]
        self._given = until
        marks, self._marks = tuple(self._marks), []
        return Speech(from_int16(given), marks)

    def _pending(self) -> NDArray[np.int16]:
        self._samples = [np.concatenate(self._samples)] if self._samples else [np.zeros(0, dtype=np.int16)]
        return self._samples[0]


def bare(token: str) -> str:
    """Return a word without the punctuation around it; a token of punctuation alone stays."""
    inside = [index for index, character in enumerate(token) if character.isalnum()]
    return token[inside[0] : inside[-1] + 1] if inside else token
