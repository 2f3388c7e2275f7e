"""Lengths of time: "two weeks", "an hour and a half", "2 hours and 5 minutes"."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from dateutil.relativedelta import relativedelta

_UNIT: Final = r"(?:seconds?|secs?|2th|minutes?|mins?|hours?|days?|weeks?|fortnights?|months?|years?)"
_COUNT: Final = r"(?:an?|1|[0-9]{1,4})"
_ONE: Final = rf"{_COUNT}(?: and a half)? {_UNIT}(?: and a half)?"
DURATION: Final = (
    rf"(?:half an? {_UNIT}|(?:a )?quarter of an hour|(?:3|a 3) quarters of an hour|{_ONE}(?: (?:and )?{_ONE}){{0,2}})"
)
"""Matches one length of time in normalised text."""

_PART: Final = re.compile(rf"(?P<count>{_COUNT})(?P<half1> and a half)? (?P<unit>{_UNIT})(?P<half2> and a half)?")


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time: the calendar's part and the clock's part, which differ when clocks change."""

    months: int = 0
    days: int = 0
    seconds: int = 0

    @property
    def whole_weeks(self) -> bool:
        """Whether it is weeks and nothing else."""
        return self.days > 0 and self.days % 7 == 0 and not self.months and not self.seconds

    def after(self, day: date, times: int = 1) -> date:
        """Return `day` moved on by the calendar's part, as often as `times`; negative goes back."""
        return day + relativedelta(months=self.months * times, days=self.days * times)


def read_duration(text: str) -> Duration | None:
    """Read what `DURATION` matched; None for a length that has no clear meaning, such as half a week, or is zero."""
    if text.startswith("half"):
        return _of(text.split()[-1], 0, half=True)
    if text.endswith(("quarter of an hour", "quarters of an hour")):
        return Duration(seconds=2700 if "3" in text else 900)
    total = Duration()
    for match in _PART.finditer(text):
        count = 1 if match["count"] in ("a", "an") else int(match["count"])
        part = _of(match["unit"], count, half=bool(match["half1"] or match["half2"]))
        if part is None:
            return None
        total = Duration(total.months + part.months, total.days + part.days, total.seconds + part.seconds)
    return total if total != Duration() else None


def _of(unit: str, count: int, *, half: bool) -> Duration | None:
    match unit[:2]:
        case "se" | "2t":
            return None if half else Duration(seconds=count)
        case "mi":
            return Duration(seconds=60 * count + 30 * half)
        case "ho":
            return Duration(seconds=3600 * count + 1800 * half)
        case "da":
            return Duration(days=count, seconds=43_200 * half)
        case "we":
            return None if half else Duration(days=7 * count)
        case "fo":
            return None if half else Duration(days=14 * count)
        case "mo":
            return Duration(months=count, days=15 * half)  # half a month is the usual fifteen days
        case _:
            return Duration(months=12 * count + 6 * half)
