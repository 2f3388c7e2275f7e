"""Spoken numbers as digits: "twenty first" is "21th", "ten oh five" is "10 05"."""

from collections.abc import Sequence
from typing import Final

_UNDER_TWENTY: Final = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_ROUND: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_NTH: Final = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
    "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth",
    "twentieth",
)  # fmt: skip
_UNITS: Final = {word: value for value, word in enumerate(_UNDER_TWENTY)}
_TENS: Final = {word: 10 * value for value, word in enumerate(_ROUND, 2)}
_ORDINALS: Final = {word: value for value, word in enumerate(_NTH, 1)} | {"thirtieth": 30}


def in_digits(words: Sequence[str]) -> list[str]:
    """Replace number words by digits. Every ordinal ends in "th", so that patterns need only one spelling."""
    result: list[str] = []
    at = 0
    while at < len(words):
        word = words[at]
        following = words[at + 1] if at + 1 < len(words) else ""
        if word in ("oh", "o") and result and result[-1].isdecimal() and 0 < _UNITS.get(following, 0) < 10:
            result.append(f"0{_UNITS[following]}")  # the minutes of "ten oh five"
            at += 2
        elif word == "a" and following == "hundred":
            result.append("100")
            at += 2
        elif (read := _large(words, at)) is not None:
            value, ordinal, at = read
            result.append(f"{value}th" if ordinal else str(value))
        else:
            result.append(word)
            at += 1
    return result


def _large(words: Sequence[str], at: int) -> tuple[int, bool, int] | None:
    read = _small(words, at)
    if read is None or read[1]:
        return read
    value, _, after = read
    for name, size in (("thousand", 1000), ("hundred", 100)):
        if 0 < value < 10 and words[after : after + 1] == [name]:
            rest = after + 1
            if words[rest : rest + 1] == ["and"]:
                rest += 1
            tail = _small(words, rest)
            if tail is None:
                return value * size, False, after + 1
            return value * size + tail[0], tail[1], tail[2]
    return read


def _small(words: Sequence[str], at: int) -> tuple[int, bool, int] | None:
    """Read a number below one hundred: its value, whether it is an ordinal, and where it ends."""
    word = words[at] if at < len(words) else ""
    if word in _UNITS:
        return _UNITS[word], False, at + 1
    if word in _ORDINALS:
        return _ORDINALS[word], True, at + 1
    if word not in _TENS:
        return None
    following = words[at + 1] if at + 1 < len(words) else ""
    if 0 < _UNITS.get(following, 0) < 10:
        return _TENS[word] + _UNITS[following], False, at + 2
    if 0 < _ORDINALS.get(following, 0) < 10:
        return _TENS[word] + _ORDINALS[following], True, at + 2
    return _TENS[word], False, at + 1
