"""Times of day: "half past three", "17:30", "five p m", "in the evening"."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

NOON: Final = 12 * 60
DAY: Final = 24 * 60
USUAL_MINUTE: Final = 9 * 60
"""When nothing is said but the day, it is nine in the morning, unless the caller has a time of their own for it."""

# A bare hour ("at five") is the reading people are about at; later today it may also be a late one.
_WAKING: Final = range(7 * 60, 19 * 60)
_STILL_UP: Final = range(7 * 60, 23 * 60)

DayKind = Literal["unnamed", "today", "named"]


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day as it was said.

    `minute` counts from midnight. With `face` it was read off a twelve-hour clock and may be either half of
    the day. `bare` is a lone number without "at" or "o'clock". `midnight` was said as that word.
    """

    minute: int
    face: bool = False
    bare: bool = False
    midnight: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the day: the minute taken when no clock time is said, and the minutes that belong to it.

    Minutes from `DAY` on are those of the next calendar day: one o'clock tonight is one o'clock tomorrow.
    """

    name: str
    default: int
    minutes: tuple[range, ...]

    def holds(self, minute: int) -> bool:
        """Tell whether `minute` belongs to this part of the day."""
        return any(minute in span for span in self.minutes)


PARTS: Final = {
    part.name: part
    for part in (
        Part("morning", 9 * 60, (range(0, NOON),)),
        Part("afternoon", 15 * 60, (range(NOON, 19 * 60),)),
        Part("evening", 19 * 60, (range(16 * 60, DAY),)),
        Part("night", 20 * 60, (range(17 * 60, DAY + 4 * 60),)),
    )
}


def readings(clock: Clock | None, part: Part | None, day: DayKind, usual: int) -> tuple[int, ...]:
    """Return the minutes of the day that can be meant, the likeliest first; empty if the parts contradict.

    `usual` is meant where neither a clock time nor a part of the day was said. A time that has passed falls through
    to the next reading only on the current day.
    """
    if clock is None:
        return (part.default if part else usual,)
    if clock.midnight:
        return (DAY,) if part is None or part.name == "night" else ()
    halves = (clock.minute, clock.minute + NOON) if clock.face else (clock.minute,)
    if part is not None:
        return _within(part, halves, day, face=clock.face)
    if not clock.face:
        return halves
    likely = [minute for minute in halves if minute in _WAKING]
    others = [minute for minute in halves if minute not in _WAKING]
    if day == "today":
        return (*likely, *others)
    if day == "unnamed":
        return (*likely, *(minute for minute in others if minute in _STILL_UP))
    return tuple(likely)


def _within(part: Part, halves: tuple[int, ...], day: DayKind, *, face: bool) -> tuple[int, ...]:
    if part.name == "morning" and face and halves[0] < 60:
        return ()  # "twelve in the morning" is heard both ways
    fitting: list[int] = []
    for minute in halves:
        if part.holds(minute):
            fitting.append(minute)
        elif part.holds(minute + DAY):
            # Shortly after midnight "tonight at two" is still to come today; a bare "two at night" is the next one.
            fitting += {"unnamed": [minute], "today": [minute, minute + DAY], "named": [minute + DAY]}[day]
    return tuple(fitting)


_HALF: Final = r"(?: (?P<half>am|pm))?"
_HOUR: Final = r"(?P<hour>[0-9]{1,2})"


def _told(match: re.Match[str], minutes: int, *, bare: bool = False) -> Clock | None:
    """Build the clock time for the matched hour moved by `minutes`, which may be negative."""
    written = match["hour"]
    hour = int(written)
    half = match["half"]
    if hour > 23 or not -60 < minutes < 60 or (half == "am" and hour > 12) or (half and hour == 0):
        return None
    if minutes < 0 and (hour == 0 or (half and hour == 12)):
        return None  # "quarter to twelve p m" names both halves of the day
    if half and hour <= 12:
        return Clock((hour % 12 * 60 + (NOON if half == "pm" else 0) + minutes) % DAY)
    if hour > 12 or hour == 0 or written.startswith("0"):
        return Clock((hour * 60 + minutes) % DAY, bare=bare)
    return Clock((hour % 12 * 60 + minutes) % NOON, face=True, bare=bare)


def _compact(match: re.Match[str]) -> Clock | None:
    return _told(match, int(match["minute"]))


def _past(match: re.Match[str]) -> Clock | None:
    return _told(match, _count(match["count"]))


def _to(match: re.Match[str]) -> Clock | None:
    return _told(match, -_count(match["count"]))


def _count(words: str) -> int:
    if words.endswith("half"):
        return 30
    return 15 if words.endswith("quarter") else int(words)


def _lone(match: re.Match[str]) -> Clock | None:
    lone = match["at"] is None and match["half"] is None
    if lone and int(match["hour"]) > 12:
        return None  # "Monday 15" is no hour
    return _told(match, 0, bare=lone)


CLOCK_RULES: Final[tuple[tuple[str, Callable[[re.Match[str]], Clock | None]], ...]] = (
    (r"(?:12 )?(?:noon|midday)", lambda _: Clock(NOON)),
    (r"(?:12 )?midnight", lambda _: Clock(0, midnight=True)),
    (r"(?:the )?end of (?:the |business )?day|eod|close of business", lambda _: Clock(17 * 60)),
    (rf"{_HOUR}:(?P<minute>[0-9]{{2}})(?: oclock)?{_HALF}", _compact),
    (rf"{_HOUR} (?P<minute>[0-9]{{2}}){_HALF}", _compact),
    (r"(?P<hour>[0-9]{1,2})(?P<minute>[0-9]{2}) (?P<half>am|pm)", _compact),
    (rf"{_HOUR} oclock{_HALF}", lambda match: _told(match, 0)),
    # "the twelve" and "on five" are days of the month, if anything
    (rf"(?<!\bthe )(?<!\bon )(?<!\bof )(?P<at>(?<=\bat )|(?<=\bby ))?{_HOUR}{_HALF}", _lone),
    (rf"(?P<count>half) past {_HOUR}(?: oclock)?{_HALF}", _past),
    (rf"(?P<count>(?:a )?quarter|[0-9]{{1,2}})(?: minutes?)? (?:past|after) {_HOUR}(?: oclock)?{_HALF}", _past),
    (rf"(?P<count>(?:a )?quarter|[0-9]{{1,2}})(?: minutes?)? (?:to|till|before) {_HOUR}(?: oclock)?{_HALF}", _to),
    (rf"(?P<count>(?:a )?quarter) of {_HOUR}(?: oclock)?{_HALF}", _to),
)
"""How clock times are said: a pattern for normalised text and what it means; None refuses the match."""
