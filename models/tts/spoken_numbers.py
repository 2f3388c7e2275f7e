"""Numbers as English words, by the rules of Unicode CLDR (`unicode-rbnf`)."""

import re
import unicodedata
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from typing import Final

from unicode_rbnf import FormatPurpose, RbnfEngine

Rules = tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str | None]], ...]
"""What is written, and how it is said; None where it is something else after all."""

NUMBER: Final = r"(?:\d{1,3}(?:,\d{3}){1,5}(?:\.\d{1,18})?|\d{1,18}(?:\.\d{1,18})?|\.\d{1,18})"
"""A number as it is written in English, without a sign; longer ones are said digit by digit."""
NOT_WITHIN: Final = r"(?![^\W_]|[.,:]?\d)"
"""What is written must end here: no letter and no digit of the same number follows."""

_LARGEST: Final = 10**18
"""From here on CLDR has no words."""
_DIGITS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_PARTS: Final = {2: ("half", "halves"), 4: ("quarter", "quarters"), 100: ("hundredth", "hundredths")}


@cache
def _engine() -> RbnfEngine:
    return RbnfEngine.for_language("en")


def _words(number: int, purpose: FormatPurpose) -> str:
    return str(_engine().format_number(number, purpose).text)


def cardinal(number: int) -> str:
    """Say how many: "twenty-one"; what CLDR has no words for is said digit by digit."""
    if abs(number) >= _LARGEST:
        return digits(str(number))
    return _words(number, FormatPurpose.CARDINAL)


def ordinal(number: int) -> str:
    """Say which one: "twenty-first"."""
    if abs(number) >= _LARGEST:
        return f"{digits(str(number))}th"
    return _words(number, FormatPurpose.ORDINAL)


def year(number: int) -> str:
    """Say a year: "nineteen ninety-nine", "two thousand one"."""
    return _words(number, FormatPurpose.YEAR)


def decade(first: int) -> str:
    """Say the ten years from `first` on: "nineteen nineties", "two thousands"."""
    said = year(first)
    return f"{said[:-1]}ies" if said.endswith("y") else f"{said}s"


def digits(text: str) -> str:
    """Say the digits in `text` one by one."""
    return " ".join(_DIGITS[digit] for character in text if (digit := unicodedata.digit(character, None)) is not None)


def decimal(text: str) -> str:
    """Say a number as it is written, like 1,234.50: every digit behind the point is said. `text` is a NUMBER."""
    whole, point, behind = text.replace(",", "").partition(".")
    said = cardinal(int(whole)) if whole else ""
    return f"{said} point {digits(behind)}".strip() if point else said


def is_one(text: str) -> bool:
    """Tell whether a NUMBER takes the singular: "1 euro", but "1.0 euros"."""
    return text == "1"


def part(count: int, of: int) -> str | None:
    """Say a fraction: "one half", "three quarters"; None where it would not be said as one."""
    if not 0 < count < of or of < 2:
        return None
    if of not in _PARTS and of > 20:
        return None
    one, many = _PARTS.get(of, (ordinal(of), f"{ordinal(of)}s"))
    return f"{cardinal(count)} {one if count == 1 else many}"


def vulgar(character: str) -> str | None:
    """Say a character such as ½; None for one that is no fraction."""
    value = unicodedata.numeric(character, None)
    if value is None or not 0 < value < 1:
        return None
    fraction = Fraction(value).limit_denominator(16)
    return part(fraction.numerator, fraction.denominator)
