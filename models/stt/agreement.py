"""Which words of a growing transcript can be relied on: LocalAgreement-2.

Liu et al., "Low-Latency Sequence-to-Sequence Speech Recognition and Translation by Partial Hypothesis Selection"
(2020), applied to Whisper by Macháček et al., "Turning Whisper into Real-Time Transcription System" (arXiv 2307.14743).
"""

from collections.abc import Sequence
from itertools import takewhile

from models.word_errors import edit_distances


class LocalAgreement:
    """Commits a word once two hypotheses in a row begin with it; a committed word never changes again.

    Case and punctuation do not count as a difference.
    """

    def __init__(self) -> None:
        self._committed: tuple[str, ...] = ()
        self._tail: tuple[str, ...] = ()

    @property
    def committed(self) -> tuple[str, ...]:
        """The words that will not change."""
        return self._committed

    def hear(self, words: Sequence[str]) -> tuple[str, ...]:
        """Take the next hypothesis of the whole audio; return the words to show, the committed ones first."""
        tail = tuple(words[_after(self._committed, words) :])
        pairs = zip(tail, self._tail, strict=False)
        agreed = sum(1 for _ in takewhile(lambda pair: plain(pair[0]) == plain(pair[1]), pairs))
        committed = list(tail[:agreed])
        if agreed and agreed == len(tail):
            # The sentence seems to end only because the audio does.
            committed[-1] = committed[-1].rstrip(".,!?…") or committed[-1]
        self._committed += tuple(committed)
        self._tail = tail[agreed:]
        return self._committed + self._tail

    def settle(self, words: Sequence[str]) -> None:
        """Take words that are final: later hypotheses can only go on from them."""
        self._committed = tuple(words)
        self._tail = ()


def plain(word: str) -> str:
    """Return a word without case and punctuation; one that is nothing else, as it is."""
    return "".join(c for c in word.casefold() if c.isalnum()) or word


def _after(committed: Sequence[str], words: Sequence[str]) -> int:
    """Return how many of `words` say what `committed` says: those at the least edit distance from it."""
    said, heard = [plain(word) for word in committed], [plain(word) for word in words]
    if heard[: len(said)] == said:
        return len(said)
    distances = edit_distances(said, heard)
    return min(range(len(distances)), key=lambda at: (distances[at], abs(at - len(said))))
