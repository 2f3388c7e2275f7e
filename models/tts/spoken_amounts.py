"""Money, measures, phone numbers and other numbers as they are said in English."""

import re
from typing import Final

from models.tts.spoken_numbers import (
    NOT_WITHIN,
    NUMBER,
    Rules,
    cardinal,
    decimal,
    digits,
    is_one,
    ordinal,
    part,
    vulgar,
    year,
)

_CURRENCIES: Final = {
    "$": ("dollar", "dollars", "cent", "cents"),
    "US$": ("US dollar", "US dollars", "cent", "cents"),
    "€": ("euro", "euros", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"),
    "¥": ("yen", "yen", "", ""),
    "₹": ("rupee", "rupees", "paisa", "paise"),
    "CHF": ("Swiss franc", "Swiss francs", "rappen", "rappen"),
}
_CURRENCIES_BY_CODE: Final = {"USD": "US$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "CHF": "CHF"}
_CURRENCY: Final = rf"(?P<currency>{'|'.join(map(re.escape, (*_CURRENCIES_BY_CODE, 'US$', *'$€£¥₹')))})"
_SIGN: Final = r"(?P<sign>(?<![\w.)])[-+\u2212])?"
_VALUE: Final = rf"(?P<value>{NUMBER})"
_LARGE: Final = {
    **{"k": "thousand", "K": "thousand", "m": "million", "M": "million", "bn": "billion", "B": "billion"},
    **{"tn": "trillion", "T": "trillion"},
}
_TIMES: Final = rf"(?:\s?(?P<times>(?:hundred|thousand|million|billion|trillion)\b|(?:{'|'.join(_LARGE)})(?![\w])))?"
_MEASURES: Final = {
    **{"km": "kilometer", "cm": "centimeter", "mm": "millimeter", "m": "meter", "mi": "mile", "yd": "yard"},
    **{"kg": "kilogram", "g": "gram", "mg": "milligram", "lb": "pound", "lbs": "pound", "oz": "ounce", "t": "ton"},
    **{"l": "liter", "L": "liter", "ml": "milliliter", "mL": "milliliter", "gal": "gallon"},
    **{"ms": "millisecond", "s": "second", "sec": "second", "secs": "second", "min": "minute", "mins": "minute"},
    **{"h": "hour", "hr": "hour", "hrs": "hour", "yr": "year", "yrs": "year"},
    **{"W": "watt", "kW": "kilowatt", "MW": "megawatt", "kWh": "kilowatt hour", "V": "volt", "mAh": "milliamp hour"},
    **{"KB": "kilobyte", "kB": "kilobyte", "MB": "megabyte", "GB": "gigabyte", "TB": "terabyte", "kcal": "kilocalorie"},
}
_UNCHANGED: Final = {
    **{"Hz": "hertz", "kHz": "kilohertz", "MHz": "megahertz", "GHz": "gigahertz", "dB": "decibels", "ft": "feet"},
    **{"kbps": "kilobits per second", "Mbps": "megabits per second", "Gbps": "gigabits per second"},
    **{"mph": "miles per hour", "kph": "kilometers per hour", "rpm": "revolutions per minute"},
}
"""Measures that are said the same way for one and for many."""
_BY_LENGTH: Final = sorted((*_MEASURES, *_UNCHANGED), key=len, reverse=True)
_MEASURE: Final = rf"(?P<unit>{'|'.join(_BY_LENGTH)})(?P<power>[²³])?(?:/(?P<per>[a-z]+))?\b\.?(?![\w²³])"
_PLAIN_YEARS: Final = range(1900, 2100)
_BEFORE_YEARS: Final = re.compile(
    r"\b(?:in|since|until|till|by|of|from|before|after|year|circa|around)\s+$", re.IGNORECASE
)


def _signed(match: re.Match[str], said: str) -> str:
    return f"{'plus' if match['sign'] == '+' else 'minus'} {said}" if match["sign"] else said


def _money(match: re.Match[str]) -> str:
    one, many, small_one, small_many = _CURRENCIES[_CURRENCIES_BY_CODE.get(match["currency"], match["currency"])]
    value, times = match["value"], match["times"]
    if times:
        return _signed(match, f"{decimal(value)} {_LARGE.get(times, times)} {many}")
    whole, point, behind = value.replace(",", "").partition(".")
    if not point or len(behind) != 2 or not small_many:
        return _signed(match, f"{decimal(value)} {one if is_one(value) else many}")
    pounds, pence = int(whole or 0), int(behind)
    said = [f"{cardinal(pounds)} {one if pounds == 1 else many}"] if pounds or not pence else []
    if pence:
        said.append(f"{cardinal(pence)} {small_one if pence == 1 else small_many}")
    return _signed(match, " and ".join(said))


def _cents(match: re.Match[str]) -> str:
    return f"{decimal(match['value'])} {'cent' if is_one(match['value']) else 'cents'}"


def _measure(match: re.Match[str]) -> str | None:
    unit, per = match["unit"], match["per"]
    if per and per not in _MEASURES and len(per) < 3:
        return None
    one = is_one(match["value"])
    if unit == "ft" and one:
        said = "foot"
    elif unit in _UNCHANGED:
        said = _UNCHANGED[unit]
    else:
        said = f"{_MEASURES[unit]}{'' if one else 's'}"
    power = {"²": "square ", "³": "cubic "}.get(match["power"] or "", "")
    behind = f" per {_MEASURES.get(per, per)}" if per else ""
    return _signed(match, f"{decimal(match['value'])} {power}{said}{behind}")


def _degrees(match: re.Match[str]) -> str:
    scale = {"C": " Celsius", "F": " Fahrenheit"}.get(match["scale"] or "", "")
    return _signed(match, f"{decimal(match['value'])} degree{'' if is_one(match['value']) else 's'}{scale}")


def _feet_and_inches(match: re.Match[str]) -> str:
    return f"{cardinal(int(match['feet']))} feet {cardinal(int(match['inches']))}"


def _percent(match: re.Match[str]) -> str:
    return _signed(match, f"{decimal(match['value'])} percent")


def _phone(match: re.Match[str]) -> str | None:
    groups = re.findall(r"\d+", match[0])
    if not 7 <= sum(map(len, groups)) <= 15:
        return None
    return f"{'plus ' if match[0].startswith('+') else ''}{', '.join(digits(group) for group in groups)}"


def _long_digits(match: re.Match[str]) -> str:
    text = match[0]
    cuts = (3, 6) if len(text) == 10 else tuple(range(3, len(text) - 1, 3))
    return ", ".join(digits(text[start:end]) for start, end in zip((0, *cuts), (*cuts, len(text)), strict=True))


def _fraction(match: re.Match[str]) -> str | None:
    said = part(int(match["count"]), int(match["of"]))
    if said is None:
        return None if match["whole"] else f"{cardinal(int(match['count']))} over {cardinal(int(match['of']))}"
    if match["whole"]:
        said = f"{cardinal(int(match['whole']))} and {said.replace('one half', 'a half')}"
    return said


def _vulgar(match: re.Match[str]) -> str | None:
    said = vulgar(match["fraction"])
    if said and match["whole"]:
        return f"{cardinal(int(match['whole']))} and {said.replace('one half', 'a half')}"
    return said


def _version(match: re.Match[str]) -> str:
    numbers = match["numbers"].split(".")
    joint = " dot " if len(numbers) == 4 else " point "
    return ("version " if match["version"] else "") + joint.join(cardinal(int(number)) for number in numbers)


def _number(match: re.Match[str]) -> str:
    value = match["value"]
    if value == "911" or (len(value) > 1 and value.isdecimal() and value.startswith("0")):
        return _signed(match, digits(value))
    if value.isdecimal() and len(value) == 4 and not match["sign"]:
        number = int(value)
        before = _BEFORE_YEARS.search(match.string, max(0, match.start() - 10), match.start())
        if number in _PLAIN_YEARS or (before and 1000 <= number < 2100):
            return year(number)
    return _signed(match, decimal(value))


_COUNT: Final = r"(?P<count>\d{1,3})/(?P<of>\d{1,3})"

AMOUNT_RULES: Final[Rules] = (
    (re.compile(rf"\+\d{{1,3}}(?:[ .-]?\(?\d{{1,4}}\)?){{2,5}}{NOT_WITHIN}"), _phone),
    (re.compile(rf"(?:1[ .-])?(?:\(\d{{3}}\)[ .-]?|\d{{3}}[ .-])\d{{3}}[ .-]\d{{4}}{NOT_WITHIN}"), _phone),
    (re.compile(rf"\(\d{{2,5}}\)[ .-]?\d{{3,5}}[ .-]?\d{{3,5}}{NOT_WITHIN}"), _phone),
    (re.compile(rf"\d{{3}}-\d{{4}}{NOT_WITHIN}"), _phone),
    (re.compile(rf"\d{{10,20}}{NOT_WITHIN}"), _long_digits),
    (re.compile(rf"{_SIGN}{_CURRENCY}\s?{_VALUE}{_TIMES}{NOT_WITHIN}"), _money),
    (re.compile(rf"{_SIGN}{_VALUE}{_TIMES}\s?{_CURRENCY}(?!\w)"), _money),
    (re.compile(rf"{_VALUE}\s?¢"), _cents),
    (re.compile(rf"{_SIGN}{_VALUE}\s?%"), _percent),
    (re.compile(rf"{_SIGN}{_VALUE}\s?[°º]\s?(?P<scale>[CF])?(?!\w)"), _degrees),
    (re.compile(r"(?P<feet>\d)['′]\s?(?P<inches>1?\d)(?:[\"″”]|'')"), _feet_and_inches),  # noqa: RUF001
    (re.compile(rf"{_SIGN}{_VALUE}\s?{_MEASURE}"), _measure),
    (
        re.compile(r"(?P<number>\d{1,3}(?:,\d{3})+|\d{1,18})(?:st|nd|rd|th)(?!\w)"),
        lambda match: ordinal(int(match["number"].replace(",", ""))),
    ),
    (re.compile(rf"24/7{NOT_WITHIN}"), lambda _: "twenty-four seven"),
    (re.compile(rf"(?:(?P<whole>\d{{1,3}})\s+)?{_COUNT}(?!/){NOT_WITHIN}"), _fraction),
    (re.compile(r"(?:(?P<whole>\d{1,3})\s?)?(?P<fraction>[¼-¾⅐-⅞])"), _vulgar),
    (
        re.compile(rf"(?P<one>\d{{1,3}}):(?P<other>\d{{1,3}}){NOT_WITHIN}"),
        lambda match: f"{cardinal(int(match['one']))} to {cardinal(int(match['other']))}",
    ),
    (re.compile(rf"(?P<version>v)?(?P<numbers>\d{{1,9}}(?:\.\d{{1,9}}){{2,5}}){NOT_WITHIN}"), _version),
    (re.compile(r"#\s?(?P<number>\d{1,18})(?!\w)"), lambda match: f"number {cardinal(int(match['number']))}"),
    (re.compile(rf"{_VALUE}\s?[x×]\s?(?=\d)"), lambda match: f"{decimal(match['value'])} by"),  # noqa: RUF001
    (
        re.compile(rf"{_SIGN}{_VALUE}(?P<times>k|M|bn|tn)(?!\w)"),
        lambda match: _signed(match, f"{decimal(match['value'])} {_LARGE[match['times']]}"),
    ),
    (re.compile(rf"{_VALUE}[x×](?![\w])"), lambda match: f"{decimal(match['value'])} times"),  # noqa: RUF001
    (re.compile(rf"{_SIGN}{_VALUE}(?![^\W_])"), _number),
)
"""What says amounts, the more particular before the more general; stands behind the rules for times."""
