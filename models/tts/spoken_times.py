"""Dates and times of day as they are said in English."""

import re
from datetime import date
from typing import Final

from models.tts.spoken_numbers import NOT_WITHIN, Rules, cardinal, decade, ordinal, year

_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_SHORT_MONTHS: Final = {name[:3]: name for name in _MONTHS} | {"Sept": "September"}
_WEEKDAYS: Final = {
    **{"Mon": "Monday", "Tue": "Tuesday", "Tues": "Tuesday", "Wed": "Wednesday", "Thu": "Thursday"},
    **{"Thur": "Thursday", "Thurs": "Thursday", "Fri": "Friday", "Sat": "Saturday", "Sun": "Sunday"},
}
_MONTH: Final = rf"(?P<month>{'|'.join(_MONTHS)}|(?:{'|'.join(sorted(_SHORT_MONTHS, key=len, reverse=True))})\b\.?)"
_DAY: Final = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?(?!\w)"
_YEAR: Final = r"(?P<year>[12]\d{3})(?![\w:%°]|[.,]\d)"
_O_CLOCK: Final = " o'clock"
_NOON_SIDE: Final = r"(?P<side>[ap])(?:\.\s?m\.|\.?m\b\.?)(?!\w)"


def _month(text: str) -> int:
    text = text.rstrip(".")
    return _MONTHS.index(_SHORT_MONTHS.get(text, text)) + 1


def _said_date(month: int, day: int, year_: int | None = None) -> str | None:
    try:
        date(year_ or 2000, month, day)
    except ValueError:
        return None
    said = f"{_MONTHS[month - 1]} {ordinal(day)}"
    return f"{said}, {year(year_)}" if year_ else said


def _said_time(hour: int, minute: int, side: str = "") -> str | None:
    if hour > (12 if side else 24) or minute > 59:
        return None
    half = f" {side.upper()}M" if side else ""
    if minute:
        return f"{cardinal(hour)} {'oh ' if minute < 10 else ''}{cardinal(minute)}{half}"
    if hour in (0, 24) and not side:
        return "midnight"
    return f"{cardinal(hour)}{half or (_O_CLOCK if hour <= 12 else ' hundred')}"


def _iso(match: re.Match[str]) -> str | None:
    said = _said_date(int(match["month"]), int(match["day"]), int(match["year"]))
    if said and match["hour"]:
        time = _said_time(int(match["hour"]), int(match["minute"]))
        return f"{said}, {time}" if time else None
    return said


def _numeric(match: re.Match[str]) -> str | None:
    return _said_date(int(match["month"]), int(match["day"]), int(match["year"]))


def _named(match: re.Match[str]) -> str | None:
    return _said_date(_month(match["month"]), int(match["day"]), int(match["year"]) if match["year"] else None)


def _day_of_month(match: re.Match[str]) -> str | None:
    said = _named(match)
    if said is None or not match["nth"]:
        return said
    day, comma, rest = said.partition(",")
    month, _, nth = day.partition(" ")
    return f"{nth} of {month}{comma}{rest}"


def _month_and_year(match: re.Match[str]) -> str:
    return f"{_MONTHS[_month(match['month']) - 1]} {year(int(match['year']))}"


def _clock(match: re.Match[str]) -> str | None:
    groups = match.groupdict()
    said = _said_time(int(match["hour"]), int(groups.get("minute") or 0), (groups.get("side") or "").lower())
    if said and groups.get("second"):
        second = int(match["second"])
        return f"{said} and {cardinal(second)} second{'' if second == 1 else 's'}"
    return said


def _decade(match: re.Match[str]) -> str:
    return decade(int(match["decade"]))


def time_rules(day_first: bool = False) -> Rules:
    """Return what says dates and times; `day_first` reads 3/4/2026 as the third of April."""
    first, second = ("day", "month") if day_first else ("month", "day")
    numeric = rf"(?P<{first}>\d{{1,2}})/(?P<{second}>\d{{1,2}})/(?P<year>\d{{4}}){NOT_WITHIN}"
    dotted = rf"(?P<day>\d{{1,2}})\.(?P<month>\d{{1,2}})\.(?P<year>\d{{4}}){NOT_WITHIN}"
    hour = r"(?P<hour>\d{1,2})"
    minute = r":(?P<minute>\d{2})"
    return (
        (
            re.compile(
                rf"(?P<year>\d{{4}})-(?P<month>\d{{2}})-(?P<day>\d{{2}})"
                rf"(?:[T ](?P<hour>\d{{2}}){minute}(?::\d{{2}})?Z?)?{NOT_WITHIN}"
            ),
            _iso,
        ),
        (re.compile(numeric), _numeric),
        (re.compile(dotted), _numeric),
        (re.compile(rf"{_MONTH}\s+{_DAY}(?!:)(?:,?\s+{_YEAR})?"), _named),
        (
            re.compile(
                rf"(?P<day>\d{{1,2}})(?:(?P<nth>(?:st|nd|rd|th)\s+(?:of\s+)?|\s+of\s+)|\s+){_MONTH}(?!\w)(?:,?\s+{_YEAR})?"
            ),
            _day_of_month,
        ),
        (re.compile(rf"{_MONTH},?\s+{_YEAR}"), _month_and_year),
        (re.compile(r"(?P<weekday>Mon|Tues?|Wed|Thur?s?|Fri)\."), lambda match: _WEEKDAYS[match["weekday"]]),
        (
            re.compile(rf"(?P<weekday>Sat|Sun)\.?(?=,?\s(?:\d|{'|'.join(_SHORT_MONTHS)}))"),
            lambda match: _WEEKDAYS[match["weekday"]],
        ),
        (
            re.compile(rf"(?P<month>{'|'.join(_SHORT_MONTHS)})\."),
            lambda match: None if match["month"] == "May" else _SHORT_MONTHS[match["month"]],
        ),
        (re.compile(r"(?P<decade>[12]\d{2}0)['’]?s(?!\w)"), _decade),  # noqa: RUF001
        (re.compile(r"['’](?P<decade>[2-9]0)s(?!\w)"), _decade),  # noqa: RUF001
        (re.compile(rf"{hour}(?:{minute})?\s?{_NOON_SIDE}", re.IGNORECASE), _clock),
        (re.compile(rf"{hour}{minute}:(?P<second>\d{{2}}){NOT_WITHIN}"), _clock),
        (re.compile(rf"{hour}{minute}{NOT_WITHIN}"), _clock),
    )
