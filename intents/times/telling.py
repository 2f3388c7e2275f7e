"""Instants and recurrences as they are said back to the caller."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from intents.errors import IntentError
from intents.times.dates import WEEKDAY_NAMES
from intents.times.recurrence import DAY_CODES

_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_UNITS: Final = {
    "MINUTELY": "minute", "HOURLY": "hour", "DAILY": "day", "WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year",
}  # fmt: skip
_NTH: Final = {"1": "first", "2": "second", "3": "third", "4": "fourth", "5": "fifth", "-1": "last"}


def describe(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Say an instant as seen at `now` in `zone`: "tomorrow at noon", "Tuesday, December 1 at 10 AM"."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    days = (local.date() - today).days
    if days == 1 and local.hour == local.minute == 0:
        return "tonight at midnight"
    clock = "noon" if (local.hour, local.minute) == (12, 0) else _clock(local)
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}
    if days in near:
        return f"{near[days]} at {clock}"
    year = "" if local.year == today.year else f", {local.year}"
    return f"{WEEKDAY_NAMES[local.weekday()]}, {_MONTHS[local.month - 1]} {local.day}{year} at {clock}"


def describe_recurrence(rule: str) -> str:
    """Say an RRULE: "every Monday", "every other week on Tuesday and Thursday", "the last Friday of every month".

    Raises `IntentError` for a rule with parts this assistant never writes: saying it would leave something out.
    """
    try:
        parts = dict(part.split("=", 1) for part in rule.removeprefix("RRULE:").upper().split(";"))
        unit, interval = _UNITS[parts.pop("FREQ")], int(parts.pop("INTERVAL", "1"))
        days = [day for day in parts.pop("BYDAY", "").split(",") if day]
        month, month_day = int(parts.pop("BYMONTH", "0")), int(parts.pop("BYMONTHDAY", "0"))
        said = None if parts else _recurrence(unit, interval, days, month, month_day)
    except (KeyError, ValueError, IndexError):
        said = None
    if said is None:
        raise IntentError(f"The recurrence '{rule}' is not one that can be said; write it as a simple RRULE.")
    return said


def _recurrence(unit: str, interval: int, days: list[str], month: int, month_day: int) -> str | None:
    every = (
        f"every {unit}" if interval == 1 else f"every other {unit}" if interval == 2 else f"every {interval} {unit}s"
    )
    match (unit, bool(days), month > 0, month_day != 0):
        case (_, False, False, False):
            return every
        case ("week", True, False, False):
            return _weekdays(every, interval, days)
        case ("month", True, False, False) if len(days) == 1 and interval == 1:
            return f"the {_NTH[days[0][:-2]]} {WEEKDAY_NAMES[DAY_CODES.index(days[0][-2:])]} of {every}"
        case ("month", False, False, True):
            if interval > 1:
                return f"{every} on the {ordinal(month_day)}" if month_day > 0 else None
            return f"the {'last day' if month_day == -1 else ordinal(month_day)} of {every}"
        case ("year", False, True, True):
            return f"{every} on {_MONTHS[month - 1]} {month_day}"
        case _:
            return None


def _weekdays(every: str, interval: int, days: list[str]) -> str:
    if interval == 1 and tuple(days) == DAY_CODES[:5]:
        return "every weekday"
    if interval == 1 and tuple(days) == DAY_CODES[5:]:
        return "every weekend"
    names = [WEEKDAY_NAMES[DAY_CODES.index(day)] for day in days]
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    if interval <= 2:
        return f"{every.removesuffix('week')}{listed}"
    return f"{every} on {listed}"


def ordinal(number: int) -> str:
    """Write "1st", "22nd", "13th"."""
    if number < 1:
        raise ValueError(number)
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


_HALVES: Final = ("AM", "PM")


def _clock(local: datetime) -> str:
    minutes = f":{local.minute:02d}" if local.minute else ""
    return f"{local.hour % 12 or 12}{minutes} {_HALVES[local.hour // 12]}"
