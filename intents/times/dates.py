"""Days as they are named: "tomorrow", "next Tuesday", "the third of December", "the fifteenth"."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from dateutil.easter import easter
from dateutil.relativedelta import relativedelta

from intents.times.durations import Duration
from intents.times.periods import MONTH, MONTHS, Edge, Period

WEEKDAY_NAMES: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WEEKDAYS: Final = {name.lower(): index for index, name in enumerate(WEEKDAY_NAMES)} | {
    "mon": 0, "tue": 1, "tues": 1, "wed": 2, "thu": 3, "thur": 3, "thurs": 3, "fri": 4, "sat": 5, "sun": 6,
}  # fmt: skip
WEEKDAY: Final = rf"(?:{'|'.join(sorted(WEEKDAYS, key=len, reverse=True))})"

_HOLIDAYS: Final = {
    "new years eve": (12, 31), "new years day": (1, 1), "new years": (1, 1), "new year": (1, 1),
    "valentines day": (2, 14), "halloween": (10, 31), "christmas eve": (12, 24), "christmas day": (12, 25),
    "christmas": (12, 25),
}  # fmt: skip
HOLIDAY: Final = rf"(?:{'|'.join(_HOLIDAYS)}|easter(?: sunday)?|thanksgiving(?: day)?)"


@dataclass(frozen=True, slots=True)
class Named:
    """One day; `moving` if it falls on another date each year."""

    day: date
    moving: bool = False


@dataclass(frozen=True, slots=True)
class Weekday:
    """A day of the week; `which` is "this", "next" or nothing."""

    index: int
    which: Literal["this", "next", ""] = ""


@dataclass(frozen=True, slots=True)
class MonthDay:
    """The nth of a month that was not named."""

    number: int


@dataclass(frozen=True, slots=True)
class NthWeekday:
    """The nth such weekday of a month still to be named; -1 is the last."""

    nth: int
    index: int


@dataclass(frozen=True, slots=True)
class Ahead:
    """A calendar length from today: "in two weeks"."""

    length: Duration


@dataclass(frozen=True, slots=True)
class Shift:
    """A calendar length from the day named after it: "a week from ...", "the day before ..."."""

    length: Duration
    backwards: bool


@dataclass(frozen=True, slots=True)
class Weekend:
    """The coming weekend, or with `following` the one of next week."""

    following: bool


def next_month_day(month: int, day: int, today: date) -> date | None:
    """Return the next such day of the year, today included; None if the month never has it."""
    return next(
        (found for year in range(9) if (found := _valid(today.year + year, month, day)) and found >= today), None
    )


def read_month_day(match: re.Match[str], today: date) -> Named | None:
    """Read "december 3th", "3th of december 2027" or "december 3"."""
    month, number, year = MONTHS[match["month"]], int(match["day"]), match["year"]
    day = _valid(int(year.replace("20 ", "20")), month, number) if year else next_month_day(month, number, today)
    return Named(day) if day else None


def read_slashes(match: re.Match[str], today: date) -> Named | None:
    """Read "12/24": month first or day first is understood only where the other is impossible."""
    first, second, year = int(match["first"]), int(match["second"]), match["year"]
    if first <= 12 and second <= 12 and first != second:
        return None
    month, number = (first, second) if first <= 12 else (second, first)
    if not 1 <= month <= 12:
        return None
    day = _valid(int(year), month, number) if year else next_month_day(month, number, today)
    return Named(day) if day else None


def read_iso_day(match: re.Match[str]) -> Named | None:
    """Read "2026-12-01"."""
    day = _valid(*(int(part) for part in match[0].split("-")))
    return Named(day) if day else None


def read_holiday(name: str, today: date) -> Named | None:
    """Read a holiday: the next one, today included."""
    if fixed := _HOLIDAYS.get(name):
        day = next_month_day(*fixed, today)
        return Named(day) if day else None
    on = easter if name.startswith("easter") else _thanksgiving
    this_year = on(today.year)
    return Named(this_year if this_year >= today else on(today.year + 1), moving=True)


def weekday_after(today: date, index: int, which: str) -> date:
    """Return the weekday that is meant.

    Bare, it is the next one after today; "this" may be today; "next Tuesday" is the Tuesday of next week,
    weeks beginning on Monday.
    """
    if which == "next":
        return today + timedelta(days=7 - today.weekday() + index)
    return first_weekday(today if which == "this" else today + timedelta(days=1), index)


def first_weekday(start: date, index: int) -> date:
    """Return the first such weekday on or after `start`."""
    return start + timedelta(days=(index - start.weekday()) % 7)


def nth_weekday(month: Period, nth: int, index: int) -> date | None:
    """Return the nth such weekday of the month, -1 for the last; None if the month has no such day."""
    if nth < 0:
        return first_weekday(month.last - timedelta(days=6), index)
    day = first_weekday(month.first, index) + timedelta(days=7 * (nth - 1))
    return day if day <= month.last else None


def next_number(number: int, today: date) -> date | None:
    """Return the next day that is the nth of its month, today included."""
    months = (today.replace(day=1) + relativedelta(months=n) for n in range(13))
    return next((day for m in months if (day := _valid(m.year, m.month, number)) and day >= today), None)


def _valid(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _thanksgiving(year: int) -> date:
    return first_weekday(date(year, 11, 22), 3)


_YEAR: Final = r"(?: (?P<year>20[0-9]{2}|20 2[4-9]))?"
MONTH_DAY_RULES: Final = (
    rf"(?P<month>{MONTH}) (?:the )?(?P<day>[0-9]{{1,2}})(?:th)?(?![:0-9]){_YEAR}",
    rf"(?:the )?(?P<day>[0-9]{{1,2}})th (?:of |day of )?(?P<month>{MONTH}){_YEAR}",
    # not after "at": in "at 5 december 1" the five is the hour
    rf"(?<!\bat )(?<!\bby )(?P<day>[0-9]{{1,2}}) (?P<month>{MONTH}){_YEAR}",
)

DatePiece = Named | Weekday | MonthDay | NthWeekday | Ahead | Shift | Weekend | Edge
