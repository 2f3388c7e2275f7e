"""When each written word is heard, from the phonemes that an engine said and how long each took."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.audio import Pcm
from models.tts import WordMark
from models.tts.spoken_text import Token
from models.tts.words import bare

_PAUSES: Final = ",;:.!?"
_LENGTH_MARK: Final = "\u02d0"
_NO_SOUNDS: Final = ("Lm", "Mn", "Sk")
"""Unicode categories of accents and other marks, which belong to the phoneme beside them."""
_MOST_AS_ONE: Final = 5
"""Words that an engine says as one ("did not"), or sounds of one word ("e.g."), at most."""
_QUIET: Final = 0.05
"""Below this share of the loudest sample is no speech."""

# How long a phoneme takes where the voice does not tell, in lengths of a consonant.
_VOWELS: Final = frozenset("aeiouyæɐɑɒɔəɚɛɜɞɘɤɨɪɯɵøœɶʉʊʌʏᵻɝ")  # noqa: RUF001
_VOWEL, _CONSONANT, _LONGER, _SPACE, _PAUSE, _ACCENT = 1.3, 1.0, 0.8, 0.3, 3.0, 0.1


@dataclass(frozen=True, slots=True)
class Sound:
    """Phonemes between two spaces: from the sample `start` to `end`, `size` phonemes."""

    start: float
    end: float
    size: int


def estimated(phonemes: Sequence[str], pcm: Pcm) -> tuple[float, list[float]]:
    """Guess the first sample and how many samples each phoneme takes, where a voice does not tell."""
    loud = np.flatnonzero(np.abs(pcm) > _QUIET * float(np.abs(pcm).max(initial=0.0)))
    first, last = (int(loud[0]), int(loud[-1]) + 1) if loud.size else (0, pcm.size)
    last_sound = max((at for at, phoneme in enumerate(phonemes) if phoneme not in f" {_PAUSES}"), default=-1)
    weights = [_weight(phoneme) if at <= last_sound else 0.0 for at, phoneme in enumerate(phonemes)]
    each = (last - first) / (sum(weights) or 1.0)
    return first, [weight * each for weight in weights]


def _weight(phoneme: str) -> float:
    if phoneme == " ":
        return _SPACE
    if phoneme in _PAUSES:
        return _PAUSE
    if phoneme == _LENGTH_MARK:
        return _LONGER
    if unicodedata.category(phoneme[0]) in _NO_SOUNDS:
        return _ACCENT
    return _VOWEL if phoneme[0] in _VOWELS else _CONSONANT


def sounds(phonemes: Sequence[str], lengths: Sequence[float] | NDArray[np.int64], first: float = 0.0) -> list[Sound]:
    """Group phonemes by the spaces between them; `lengths` are in samples, `first` is the first phoneme's sample."""
    found: list[Sound] = []
    start = end = at = first
    size = 0
    for phoneme, length in zip((*phonemes, " "), (*lengths, 0.0), strict=True):
        at += float(length)
        if phoneme == " ":
            if size and end > start:
                found.append(Sound(start, end, size))
            start, size = at, 0
        elif phoneme not in _PAUSES:
            end = at
            size += unicodedata.category(phoneme[0]) not in _NO_SOUNDS
    return found


def spans(words: Sequence[str], heard: Sequence[Sound]) -> list[tuple[float, float]]:
    """Return from when to when each word is heard, in samples; both are in order, but need not be equally many.

    Words said as one share its time by their letters; a word said as several sounds has the time of all.
    """
    if not words or not heard:
        return [(0.0, 0.0)] * len(words)
    found: list[tuple[float, float]] = []
    for some, together in _matched([len(word) for word in words], [sound.size for sound in heard]):
        start, end = heard[together.start].start, heard[together.stop - 1].end
        letters = [len(words[index]) for index in some]
        edges = start + (end - start) * np.cumsum([0, *letters]) / max(1, sum(letters))
        found.extend(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))
    return found


def _matched(letters: Sequence[int], phonemes: Sequence[int]) -> list[tuple[range, range]]:
    """Pair words with sounds, one with one, several with one or one with several, by the least misfit of lengths."""
    words, count = len(letters), len(phonemes)
    if words == count:
        return [(range(index, index + 1), range(index, index + 1)) for index in range(words)]
    if not count * _MOST_AS_ONE >= words >= count / _MOST_AS_ONE:
        return [(range(words), range(count))]
    size = sum(letters) / max(1, sum(phonemes))
    steps = [(1, 1), *((n, 1) for n in range(2, _MOST_AS_ONE + 1)), *((1, n) for n in range(2, _MOST_AS_ONE + 1))]
    letters_to, phonemes_to = np.cumsum([0, *letters]).tolist(), np.cumsum([0, *phonemes]).tolist()
    best: dict[tuple[int, int], tuple[float, tuple[int, int]]] = {(0, 0): (0.0, (0, 0))}
    band = abs(words - count) + 2 * _MOST_AS_ONE
    for word in range(1, words + 1):
        for sound in range(max(1, word - band), min(count, word + band) + 1):
            for taken, said in steps:
                before = best.get((word - taken, sound - said))
                if before is None:
                    continue
                written = letters_to[word] - letters_to[word - taken]
                misfit = abs(written - size * (phonemes_to[sound] - phonemes_to[sound - said]))
                cost = before[0] + misfit + (taken + said - 2)
                if cost < best.get((word, sound), (float("inf"),))[0]:
                    best[word, sound] = cost, (word - taken, sound - said)
    if (words, count) not in best:
        return [(range(words), range(count))]
    pairs: list[tuple[range, range]] = []
    here = (words, count)
    while here != (0, 0):
        there = best[here][1]
        pairs.append((range(there[0], here[0]), range(there[1], here[1])))
        here = there
    return pairs[::-1]


def marks(text: str, tokens: Sequence[Token], heard: Sequence[Sound], rate: int, offset: int = 0) -> list[WordMark]:
    """Return the marks of the words of `text` that `tokens` say; the first sample of `heard` is number `offset`.

    A token of several written words ("3 p.m.") gives each of them a share of its time.
    """
    said = [token.said.split() for token in tokens]
    times = spans([word for words in said for word in words], heard)
    made: list[WordMark] = []
    at, last = 0, 0
    for token, words in zip(tokens, said, strict=True):
        start, end = times[at][0], times[at + len(words) - 1][1]
        at += len(words)
        written = [bare(word) for word in text[token.start : token.end].split()]
        edges = start + (end - start) * np.cumsum([0, *map(len, written)]) / max(1, sum(map(len, written)))
        for word, begins, ends in zip(written, edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            first, behind = max(last, round(begins)), round(ends)
            if behind > first:
                made.append(WordMark(word, (offset + first) / rate, (offset + behind) / rate))
                last = behind
    return made
