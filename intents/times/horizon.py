"""The target date of a timeline: "three months", "by next summer", "before Christmas"."""

import re
from datetime import date, datetime, timedelta
from typing import Final

from intents.times.clock import Clock, Part
from intents.times.durations import DURATION, read_duration
from intents.times.errors import NotUnderstood
from intents.times.periods import EDGE, MONTH, PERIOD, SEASON, read_edge, read_period
from intents.times.phrase import Later, read_phrase
from intents.times.recurrence import Rule
from intents.times.resolve import at_minute, day_of, later, resolve, zone_of

_END_OF_DAY: Final = 23 * 60 + 59
_TO_ITS_START: Final = ("by", "until", "till", "before")

_LENGTH: Final = re.compile(
    rf"(?:(?:by|within|in|over|during|for) )?(?:the )?(?:next |coming )?(?P<length>{DURATION})(?: from now)?"
)
_NEXT_ONE: Final = re.compile(r"(?:in|within|over|during) the (?:next|coming) (?P<length>week|month|year)")
_BOUND: Final = re.compile(
    rf"(?:(?P<way>by|before|until|till|within|in|during|over) )?(?:the )?(?P<period>{PERIOD})"
)  # fmt: skip
_YEARLY: Final = re.compile(rf"{MONTH}|{SEASON}")
_EDGE: Final = re.compile(rf"(?:(?:by|before|until|till|at|in|within) )?(?:{EDGE})")
_WAY: Final = re.compile(r"(?:(?P<before>before)|by|until|till|on) ")


def target(said: str, now: datetime) -> datetime | None:
    """Return the target of a timeline in normalised text, or None; `now` is in the caller's zone.

    A day as a target lasts until it ends. "By June" is June's first day and "before June" the day before, of next
    year once June has begun; "in June" and "this summer" last until they end.
    """
    today = now.date()
    if match := _EDGE.fullmatch(said):
        return _end_of(read_edge(match, today).day, now)
    one = _NEXT_ONE.fullmatch(said)
    if match := one or _LENGTH.fullmatch(said):
        length = read_duration(f"1 {match['length']}" if one else match["length"])
        if length is None:
            return None
        at = later(now, length, zone_of(now))
        return at if length.seconds else _end_of(at.date(), now)
    if match := _BOUND.fullmatch(said):
        period = read_period(match["period"], today)
        if match["way"] not in _TO_ITS_START:
            return _end_of(period.last, now)
        if period.first <= today and _YEARLY.fullmatch(match["period"]):
            period = read_period(f"next {match['period']}", today)
        return _end_of(period.first - timedelta(days=match["way"] == "before"), now)
    return _named(said, now)


def _named(said: str, now: datetime) -> datetime | None:
    match = _WAY.match(said)
    before = match is not None and match["before"] is not None
    phrase = read_phrase(said[match.end() :] if match else said, now.date())
    if phrase is None or phrase.has(Rule) or phrase.has(Later):
        return None
    try:
        if phrase.has(Clock) or phrase.has(Part):
            return None if before else resolve(phrase, said, now)[0]
        day = day_of(phrase, said, now.date())
    except NotUnderstood:
        return None
    return None if day is None else _end_of(day - timedelta(days=before), now)


def _end_of(day: date, now: datetime) -> datetime | None:
    return at_minute(day, _END_OF_DAY, zone_of(now)) if day >= now.date() else None
