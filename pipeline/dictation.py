"""Numbers that are dictated digit by digit: whether the last digit has been said."""

from collections.abc import Sequence
from typing import Final

_DIGITS: Final = frozenset(["zero", "oh", "o", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"])
# What recognition writes for a digit; believed only among digits.
_HEARD: Final = frozenset(["to", "too", "for", "fore", "won", "ate", "hate", "a"])
_WHOLE: Final = frozenset({7, 10})
"""Digits of a telephone number; with a 1 in front there is one more."""

_NAMED: Final = frozenset({"number", "phone", "telephone", "reach", "code", "digits"})
"""Words that announce a number."""

_SURELY_DICTATED: Final = 3
"""Digits in a row that are no time and no amount any more; where a number was announced, one less."""


def dictated(words: Sequence[str], *, expected: bool) -> bool | None:
    """Tell whether the number at the end of `words` is whole; None if none is being dictated.

    `expected` says that a number was asked for: then a single digit begins one.
    """
    run = _run(words)
    digits = sum(word not in _HEARD for word in run)  # "from two to five" holds only two
    if digits < (1 if expected else _SURELY_DICTATED - bool(_NAMED & set(words))):
        return None
    return len(run) in _WHOLE or (run[0] in ("one", "1") and len(run) - 1 in _WHOLE)


def _run(words: Sequence[str]) -> list[str]:
    """Return the digits at the end, one each."""
    run: list[str] = []
    for word in reversed(words):
        if word in _DIGITS:
            run.append(word)
        elif word.isdigit():
            run.extend(reversed(word))
        elif word in _HEARD and run:
            run.append(word)
        else:
            break
    run.reverse()
    while run and run[0] in _HEARD:
        del run[0]
    return run
