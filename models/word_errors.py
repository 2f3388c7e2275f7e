"""How much of what was said was heard: the word error rate."""

import re
from collections.abc import Iterable, Sequence


def words(text: str) -> list[str]:
    """Return the words of a text without case and punctuation."""
    return re.findall(r"[\w']+", text.lower())


def edit_distances(said: Sequence[str], heard: Sequence[str]) -> list[int]:
    """Return Levenshtein's distance from `said` to each beginning of `heard`, the empty one first."""
    row = list(range(len(heard) + 1))
    for number, word in enumerate(said, 1):
        left, row[0] = row[0], number
        for place, other in enumerate(heard, 1):
            replaced = left + (word != other)
            left = row[place]
            row[place] = min(replaced, row[place] + 1, row[place - 1] + 1)
    return row


def word_errors(said: Sequence[str], heard: Sequence[str]) -> int:
    """Return the fewest words to replace, leave out or add that make `heard` of `said`."""
    return edit_distances(said, heard)[-1]


def word_error_rate(pairs: Iterable[tuple[str, str]]) -> float:
    """Return the errors of all pairs `(said, heard)` by the words said; 0.0 where none was."""
    errors = total = 0
    for said, heard in pairs:
        errors += word_errors(words(said), words(heard))
        total += len(words(said))
    return errors / total if total else 0.0
