"""Stretches of days: "next week", "December", "the end of the year", "next summer"."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from dateutil.relativedelta import relativedelta

MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            ("january", "jan"), ("february", "feb"), ("march", "mar"), ("april", "apr"), ("may",), ("june", "jun"),
            ("july", "jul"), ("august", "aug"), ("september", "sept", "sep"), ("october", "oct"),
            ("november", "nov"), ("december", "dec"),
        ),
        1,
    )
    for name in names
}  # fmt: skip
MONTH: Final = rf"(?:{'|'.join(MONTHS)})"

# The northern hemisphere's meteorological seasons: the month each begins in.
_SEASONS: Final = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
SEASON: Final = rf"(?:{'|'.join(_SEASONS)})"

# Without the article only at an edge ("end of year"): "Monday week" is a week later to some.
_WHICH: Final = r"(?:(?:the|this|next|the coming|the following) (?:week|month|year)|the week after next)"
PERIOD: Final = rf"(?:{_WHICH}|(?:next )?{MONTH}(?: 20[0-9]{{2}})?|(?:the |this |next )?{SEASON}|20[0-9]{{2}})"
"""Matches one period in normalised text."""

Kind = Literal["week", "month", "year", "season"]


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `first` to `last`, both included. `ahead`: it was named as one to come, as in "next week"."""

    kind: Kind
    first: date
    last: date
    ahead: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """One end of a period, as in "the end of the month"."""

    day: date


def read_period(text: str, today: date) -> Period:
    """Read what `PERIOD` matched. Weeks begin on Monday; "next" is the one after the current one."""
    words = text.split()
    ahead = any(word in words for word in ("next", "coming", "following"))
    noun = "week" if "week" in words else words[-1]
    if noun == "week":
        weeks = 2 if "after" in words else int(ahead)
        return _period("week", today + timedelta(days=7 * weeks - today.weekday()), relativedelta(days=7), ahead)
    if noun == "month":
        return _period("month", today.replace(day=1) + relativedelta(months=int(ahead)), relativedelta(months=1), ahead)
    if noun == "year":
        return _period("year", date(today.year + int(ahead), 1, 1), relativedelta(years=1), ahead)
    if noun in _SEASONS:
        return _season(_SEASONS[noun], today, next_one=ahead)
    month = next((MONTHS[word] for word in words if word in MONTHS), None)
    if month is None:
        return _period("year", date(int(noun), 1, 1), relativedelta(years=1), ahead=False)
    if noun.isdecimal():
        year = int(noun)
    elif ahead:
        year = today.year + (month <= today.month)
    else:
        year = today.year + (month < today.month)
    return _period("month", date(year, month, 1), relativedelta(months=1), ahead=False)


def read_edge(match: re.Match[str], today: date) -> Edge:
    """Read "the end of next month": a week ends on its Friday, and on a weekend the next one is meant."""
    period = read_period(match["period"], today)
    if match["edge"] in ("start", "beginning"):
        return Edge(period.first)
    if match["mid"] or match["edge"] == "middle":
        return Edge(period.first + timedelta(days=((period.last - period.first).days - 1) // 2))
    if period.kind == "week":
        friday = period.first + timedelta(days=4)
        return Edge(friday if friday >= today else friday + timedelta(days=7))
    return Edge(period.last)


EDGE: Final = rf"(?:the )?(?:(?P<edge>end|start|beginning|middle) of|(?P<mid>mid)) (?P<period>{PERIOD}|week|month|year)"


def _period(kind: Kind, first: date, length: relativedelta, ahead: bool) -> Period:
    return Period(kind, first, first + length - timedelta(days=1), ahead)


def _season(month: int, today: date, *, next_one: bool) -> Period:
    """Return the season that runs or comes; with `next_one` the nearest that has yet to begin."""
    seasons = (
        _period("season", date(today.year + years, month, 1), relativedelta(months=3), next_one) for years in (-1, 0, 1)
    )
    return next(season for season in seasons if (season.first > today if next_one else season.last >= today))
