"""Spoken time to datetime: what is wholly understood becomes an instant, anything else a question back.

dateparser, parsedatetime and recurrent were tried and guess ("may I" is a date, "whenever" is now, "tomorrow at
five" is a night hour) or miss what callers say ("half past three"), so this is a small grammar of our own over
python-dateutil, which accounts for every word.

Conventions, all of which the answer to the caller reads back:

- A bare hour is the waking one, 7:00 to 18:59: "at five" is 17:00, "at nine" 9:00. If it has passed and no day was
  named, the other half of today counts until 22:59 ("at nine" at ten in the morning is 21:00), then tomorrow.
- A day without a time is 9:00, but a task that moves keeps its own; morning 9:00, noon 12:00, afternoon 15:00, evening
  19:00, night 20:00, end of day 17:00.
- "Friday" is the next one after today, "this Friday" may be today, "next Friday" is Friday of next week. Weeks begin on
  Monday; "next week" is its Monday, "next month" its first day, the end of a week its Friday.
- "In two hours" counts real hours, "in two days" calendar days. A wall-clock time that clocks skip moves forward by
  the gap; one that they show twice is the first.
- A date without a year is the next such date. What has passed by its own words, or has two meanings ("Friday at
  midnight", "5/6"), is asked back.
"""

import re
from dataclasses import dataclass
from datetime import datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from intents.times.errors import NotUnderstood, passed, unclear
from intents.times.horizon import target
from intents.times.phrase import read_phrase
from intents.times.resolve import in_zone, is_after, resolve
from intents.times.spoken import normalise
from intents.times.telling import describe, describe_recurrence

__all__ = ["NotUnderstood", "When", "describe", "describe_recurrence", "horizon", "understand"]

_ISO: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:?[0-9]{2}[^\s]*")
_MORNING: Final = time(9)
_LONGEST: Final = 200
"""No spoken time is longer; the rest would only cost time to refuse."""


@dataclass(frozen=True, slots=True)
class When:
    """An instant in the caller's zone, the first one if it comes again.

    `recurrence` is an RFC 5545 RRULE value such as "FREQ=WEEKLY;BYDAY=MO", None for once; `at` is its DTSTART.
    """

    at: datetime
    recurrence: str | None = None


def understand(text: str, now: datetime, zone: ZoneInfo, usual: time = _MORNING) -> When:
    """Return the instant that spoken English or ISO 8601 means at the aware time `now` in `zone`.

    `usual` is the time of a day of which nothing else was said: no clock time, part of the day or length in hours.
    Raises `NotUnderstood`, whose text is the question to ask the caller, rather than guess.
    """
    local = now.astimezone(zone)
    try:
        if _ISO.fullmatch(text.strip()):
            return _from_iso(text.strip(), local, zone)
        said = normalise(text[: _LONGEST + 1])
        phrase = read_phrase(said, local.date()) if len(text) <= _LONGEST else None
        if phrase is None:
            raise unclear(text)
        at, rule = resolve(phrase, text, local, usual.hour * 60 + usual.minute)
    except (OverflowError, ValueError):  # beyond the calendar: "in 9000 years"
        raise unclear(text) from None
    return When(at, rule.text if rule else None)


def horizon(text: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """Return the target date of a timeline such as "three months" or "by next summer"; None when there is none.

    A target that is a day is its last minute, 23:59 in `zone`. Seasons are the northern hemisphere's.
    """
    if len(text) > _LONGEST:
        return None
    try:
        return target(normalise(text), now.astimezone(zone))
    except (OverflowError, ValueError):
        return None


def _from_iso(text: str, now: datetime, zone: ZoneInfo) -> When:
    read = datetime.fromisoformat(text)
    at = in_zone(read, zone) if read.tzinfo is None else read.astimezone(zone)
    if not is_after(at, now):
        raise passed(text)
    return When(at)
