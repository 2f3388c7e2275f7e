"""The binary trigram file of pocketsphinx (`en-us.lm.bin`) as arrays that can be read, changed and written.

pocketsphinx itself cannot write this model as text (it crashes at the trigrams), nor mix two models from
Python; so the packed file is read here. Its n-grams stand reversed, newest word first: under each word its
bigrams by the word before, under each bigram its trigrams by the word before that, all in order of word
number. A log weight (base 1.0001) is kept as an index into a table of 65 536 values.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.errors import EngineError

_MAGIC: Final = b"Trie Language Model"
_BINS: Final = 1 << 16
_CHUNK: Final = 1 << 16
_WORD_BITS: Final = 25
_UNIGRAM: Final = np.dtype([("prob", "<f4"), ("backoff", "<f4"), ("next", "<u4")])

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


def pair(word: Ints | int, before: Ints | int) -> Ints:
    """Return the sort key of bigrams: the later word first."""
    return np.asarray(word, dtype=np.int64) << _WORD_BITS | before


@dataclass(frozen=True, slots=True)
class TrigramModel:
    """A back-off model: log weights in base 1.0001, n-grams in the order of the file.

    A bigram (before, word) has the key `pair(word, before)`; a trigram (first, before, word) has the key of
    its last two words in `trigram_pair` and the word `first`. Weights are indices into the three tables.
    """

    words: tuple[str, ...]
    prob: Floats
    backoff: Floats
    bigram: Ints
    bigram_prob: Ints
    bigram_backoff: Ints
    trigram_pair: Ints
    trigram_first: Ints
    trigram_prob: Ints
    bigram_prob_table: Floats
    bigram_backoff_table: Floats
    trigram_prob_table: Floats

    @classmethod
    def read(cls, path: Path) -> "TrigramModel":
        """Read the file; raises EngineError where it is not a trigram file."""
        data = path.read_bytes()
        start = len(_MAGIC) + 1
        if not data.startswith(_MAGIC) or data[len(_MAGIC)] != 3:
            raise EngineError(f"{path} is not a trigram model of pocketsphinx: reinstall pocketsphinx")
        counts = np.frombuffer(data, "<u4", 3, start).astype(np.int64)
        words, bigrams, trigrams = (int(count) for count in counts)
        start += 12 + 4
        tables = np.frombuffer(data, "<f4", 3 * _BINS, start).reshape(3, _BINS)
        start += tables.nbytes
        unigrams = np.frombuffer(data, _UNIGRAM, words + 1, start)
        start += unigrams.nbytes
        widths = (_bits(words), 16, 16, _bits(trigrams))
        # The header counts the room for bigrams; the last unigram's end tells how many there are.
        before, bigram_backoff, bigram_prob, following = _unpack(data, start, int(unigrams["next"][-1]) + 1, widths)
        start += _size(bigrams, sum(widths))
        first, trigram_prob = _unpack(data, start, trigrams, (_bits(words), 16))
        start += _size(trigrams, _bits(words) + 16) + 4
        ends = unigrams["next"].astype(np.int64)
        bigram = pair(np.repeat(np.arange(words), ends[1:] - ends[:-1]), before[:-1])
        return cls(
            words=tuple(data[start:].decode().split("\0")[:words]),
            prob=unigrams["prob"][:-1].copy(),
            backoff=unigrams["backoff"][:-1].copy(),
            bigram=bigram,
            bigram_prob=bigram_prob[:-1],
            bigram_backoff=bigram_backoff[:-1],
            trigram_pair=np.repeat(bigram, following[1:] - following[:-1]),
            trigram_first=first,
            trigram_prob=trigram_prob,
            bigram_prob_table=tables[0],
            bigram_backoff_table=tables[1],
            trigram_prob_table=tables[2],
        )

    def write(self, path: Path) -> None:
        """Write the file; n-grams must be in order, with every trigram's last two words among the bigrams."""
        words, bigrams, trigrams = len(self.words), len(self.bigram), len(self.trigram_pair)
        unigrams = np.zeros(words + 1, _UNIGRAM)
        unigrams["prob"][:-1], unigrams["backoff"][:-1] = self.prob, self.backoff
        unigrams["next"] = np.searchsorted(self.bigram, pair(np.arange(words + 1), 0))
        following = np.append(np.searchsorted(self.trigram_pair, self.bigram), trigrams)
        before = self.bigram & ((1 << _WORD_BITS) - 1)
        middle = (
            (np.append(before, 0), _bits(words)),
            (np.append(self.bigram_backoff, 0), 16),
            (np.append(self.bigram_prob, 0), 16),
            (following, _bits(trigrams)),
        )
        longest = ((self.trigram_first, _bits(words)), (self.trigram_prob, 16))
        names = b"".join(word.encode() + b"\0" for word in self.words)
        with path.open("wb") as file:
            file.write(_MAGIC + b"\x03" + np.array([words, bigrams, trigrams, 1], "<u4").tobytes())
            for table in (self.bigram_prob_table, self.bigram_backoff_table, self.trigram_prob_table):
                file.write(table.tobytes())
            file.write(unigrams.tobytes())
            file.write(_pack(middle).ljust(_size(bigrams, sum(bits for _, bits in middle)), b"\0"))
            file.write(_pack(longest).ljust(_size(trigrams, sum(bits for _, bits in longest)), b"\0"))
            file.write(np.array(len(names), "<u4").tobytes() + names)

    def with_words(self, words: tuple[str, ...], prob: float) -> "TrigramModel":
        """Return the model with further `words`, each of log weight `prob`."""
        return replace(
            self,
            words=self.words + words,
            prob=np.append(self.prob, np.full(len(words), prob, np.float32)),
            backoff=np.append(self.backoff, np.zeros(len(words), np.float32)),
        )

    def with_bigrams(self, keys: Ints, prob: Floats) -> "TrigramModel":
        """Return the model with further bigrams of log weights `prob`; `keys` are sorted, and new to the model."""
        at = np.searchsorted(self.bigram, keys)
        return replace(
            self,
            bigram=np.insert(self.bigram, at, keys),
            bigram_prob=np.insert(self.bigram_prob, at, nearest(self.bigram_prob_table, prob)),
            bigram_backoff=np.insert(
                self.bigram_backoff, at, nearest(self.bigram_backoff_table, np.zeros(len(keys), np.float32))
            ),
        )

    def with_trigrams(self, pairs: Ints, first: Ints, prob: Floats) -> "TrigramModel":
        """Return the model with further trigrams of log weights `prob`, sorted and new to the model."""
        at = self.trigram_at(pairs, first)
        return replace(
            self,
            trigram_pair=np.insert(self.trigram_pair, at, pairs),
            trigram_first=np.insert(self.trigram_first, at, first),
            trigram_prob=np.insert(self.trigram_prob, at, nearest(self.trigram_prob_table, prob)),
        )

    def trigram_at(self, pairs: Ints, first: Ints) -> Ints:
        """Return where each trigram stands, or would have to be inserted."""
        low, high = np.searchsorted(self.trigram_pair, pairs), np.searchsorted(self.trigram_pair, pairs, "right")
        rows = zip(low, high, first, strict=True)
        return np.array([a + np.searchsorted(self.trigram_first[a:b], word) for a, b, word in rows], dtype=np.int64)


def nearest(table: Floats, weights: Floats) -> Ints:
    """Return for each log weight the index of the closest value of a table."""
    # The model's tables ascend only roughly: they were sorted by their whole parts.
    order = np.argsort(table, kind="stable")
    ascending = table[order]
    above = np.clip(np.searchsorted(ascending, weights), 1, len(table) - 1)
    return order[above - (weights - ascending[above - 1] < ascending[above] - weights)]


def _bits(largest: int) -> int:
    return largest.bit_length()


def _size(entries: int, bits: int) -> int:
    # One entry more than there are, for the last one's end, and eight bytes for readers of whole words.
    return ((1 + entries) * bits + 7) // 8 + 8


def _unpack(data: bytes, start: int, entries: int, widths: tuple[int, ...]) -> list[Ints]:
    columns = [np.empty(entries, np.int64) for _ in widths]
    row = sum(widths)
    for at in range(0, entries, _CHUNK):
        count = min(_CHUNK, entries - at)
        packed = np.frombuffer(data, np.uint8, (count * row + 7) // 8, start + at * row // 8)
        bits = np.unpackbits(packed, count=count * row, bitorder="little").reshape(count, row)
        offset = 0
        for column, width in zip(columns, widths, strict=True):
            field = np.zeros((count, 64), np.uint8)
            field[:, :width] = bits[:, offset : offset + width]
            column[at : at + count] = np.packbits(field, axis=1, bitorder="little").view("<i8")[:, 0]
            offset += width
    return columns


def _pack(columns: tuple[tuple[Ints, int], ...]) -> bytes:
    parts: list[bytes] = []
    # A chunk's rows are a multiple of eight, so each chunk ends on a whole byte.
    for at in range(0, len(columns[0][0]), _CHUNK):
        fields = [
            np.unpackbits(
                column[at : at + _CHUNK].astype("<i8").view(np.uint8).reshape(-1, 8), axis=1, bitorder="little"
            )[:, :width]
            for column, width in columns
        ]
        parts.append(np.packbits(np.hstack(fields), bitorder="little").tobytes())
    return b"".join(parts)
