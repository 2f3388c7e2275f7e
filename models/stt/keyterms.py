"""An agent's vocabulary as Deepgram's keyterms: phrases that its recognition is told to expect."""

import re
from collections.abc import Sequence
from typing import Final

MOST: Final = 100
"""Terms; what they may hold all in all is 500 tokens, for which `_CHARACTERS` is on the safe side."""
_CHARACTERS: Final = 1_500
_WORDS: Final = 6
"""Longest term: a whole sentence is none."""
_SEPARATORS: Final = re.compile(r"[\s,;]+")


def keyterms(vocabulary: Sequence[str], model: str) -> list[str]:
    """Return the short phrases of `vocabulary`, the first ones first; none for a `model` that takes none."""
    if not model.startswith("nova-3"):
        return []
    terms: dict[str, str] = {}
    room = _CHARACTERS
    for phrase in vocabulary:
        term = _SEPARATORS.sub(" ", phrase).strip()
        if not term or term.casefold() in terms or term.count(" ") >= _WORDS:
            continue
        room -= len(term)
        if room < 0 or len(terms) == MOST:
            break
        terms[term.casefold()] = term
    return list(terms.values())
