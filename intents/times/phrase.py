"""Cuts a spoken time into pieces; a word that no piece accounts for makes the whole of it not understood."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Final, TypeVar

from intents.times.clock import CLOCK_RULES, PARTS, Clock, Part
from intents.times.dates import (
    HOLIDAY,
    MONTH_DAY_RULES,
    WEEKDAY,
    WEEKDAYS,
    Ahead,
    DatePiece,
    MonthDay,
    Named,
    NthWeekday,
    Shift,
    Weekday,
    Weekend,
    read_holiday,
    read_iso_day,
    read_month_day,
    read_slashes,
)
from intents.times.durations import DURATION, Duration, read_duration
from intents.times.periods import EDGE, PERIOD, Period, read_edge, read_period
from intents.times.recurrence import RECURRENCE_RULES, Rule, RulePieces


@dataclass(frozen=True, slots=True)
class Later:
    """A length from this very moment: "in two hours"."""

    length: Duration


Piece = Clock | Part | Period | Rule | Later | DatePiece
Pieces = tuple[Piece, ...]
_T = TypeVar("_T", bound=Piece)
_Reader = Callable[[re.Match[str], date], "Pieces | None"]


@dataclass(slots=True)
class Phrase:
    """The pieces of one spoken time, each kind at most once; `take` removes what it returns."""

    pieces: dict[type, Piece] = field(default_factory=dict)

    def put(self, pieces: Pieces) -> bool:
        """Add pieces; False if one of a kind is there already and says something else."""
        return all(self.pieces.setdefault(type(piece), piece) == piece for piece in pieces)

    def take(self, kind: type[_T]) -> _T | None:
        """Remove and return the piece of this kind."""
        piece = self.pieces.pop(kind, None)
        return piece if isinstance(piece, kind) else None

    def has(self, kind: type[Piece]) -> bool:
        """Tell whether a piece of this kind is there."""
        return kind in self.pieces


def read_phrase(said: str, today: date) -> Phrase | None:
    """Read normalised text; None if a word is left over or two pieces contradict each other.

    Where several patterns fit, the longest wins, so that "december 1th 10 30" is a day and a time.
    """
    phrase = Phrase()
    shifting = False  # after "a week from", where only a day can follow
    at = 0
    while at < len(said):
        longest: tuple[int, Pieces] | None = None
        for start in _starts(said, at):
            for pattern, reader in _RULES:
                match = pattern.match(said, start)
                if match and (longest is None or match.end() > longest[0]):
                    pieces = reader(match, today)
                    if pieces is not None:
                        longest = match.end(), pieces
        if longest is None or (shifting and isinstance(longest[1][0], Clock | Part | Rule)):
            return None
        if not phrase.put(longest[1]):
            return None
        shifting = isinstance(longest[1][0], Shift)
        at = longest[0] + 1
    return phrase if phrase.pieces and not shifting else None


_LINK: Final = re.compile(r"(?:at|on|by|of|the|starting|beginning) ")
_LEAD: Final = re.compile(r"(?:to|for) ")  # "to Friday"; elsewhere "for" and "to" may be misheard numbers


def _starts(said: str, at: int) -> list[int]:
    """Return where a piece may begin: here, or after linking words, which never end a phrase."""
    starts = [at]
    if at == 0 and (lead := _LEAD.match(said)):
        starts.append(lead.end())
    while match := _LINK.match(said, starts[-1]):
        starts.append(match.end())
    return starts


def _piece(read: Callable[[re.Match[str], date], Piece | None]) -> _Reader:
    def reader(match: re.Match[str], today: date) -> Pieces | None:
        piece = read(match, today)
        return None if piece is None else (piece,)

    return reader


def _clock(read: Callable[[re.Match[str]], Clock | None]) -> _Reader:
    return _piece(lambda match, _: read(match))


def _rule(read: Callable[[re.Match[str]], RulePieces | None]) -> _Reader:
    return lambda match, _: read(match)


def _day_from_today(days: int) -> _Reader:
    return lambda _, today: (Named(date.fromordinal(today.toordinal() + days)),)


def _this_part(match: re.Match[str], today: date) -> Pieces:
    return Named(today), PARTS[match["part"]]


def _in(match: re.Match[str], today: date) -> Pieces | None:
    length = read_duration(match["length"])
    if length is None:
        return None
    return (Later(length) if length.seconds else Ahead(length),)


def _shift(match: re.Match[str], today: date) -> Pieces | None:
    length = read_duration(match["length"])
    if length is None or length.seconds:
        return None
    return (Shift(length, backwards=match["way"] == "before"),)


def _weekday(match: re.Match[str], today: date) -> Pieces:
    index = WEEKDAYS[match["day"]]
    match match["which"]:
        case "next":
            return (Weekday(index, "next"),)
        case "this" | "this coming":
            return (Weekday(index, "this"),)
        case _:
            return (Weekday(index),)


def _nth_weekday(match: re.Match[str], today: date) -> Pieces:
    nth = -1 if match["nth"] == "last" else int(match["nth"][0])
    return (NthWeekday(nth, WEEKDAYS[match["day"]]), read_period(match["month"], today))


def _month_day(match: re.Match[str], today: date) -> Pieces | None:
    number = int(match["number"])
    return (MonthDay(number),) if 1 <= number <= 31 else None


_PART: Final = r"(?P<part>morning|afternoon|evening|night)"
_OF_MONTH: Final = rf"(?P<month>{PERIOD})"

_RULES: Final[tuple[tuple[re.Pattern[str], _Reader], ...]] = tuple(
    (re.compile(rf"(?:{pattern})(?= |$)"), reader)
    for pattern, reader in (
        (r"today", _day_from_today(0)),
        (r"tomorrow", _day_from_today(1)),
        (r"yesterday", _day_from_today(-1)),
        (r"tonight", lambda _, today: (Named(today), PARTS["night"])),
        (rf"this {_PART}", _this_part),
        (rf"(?:in the |during the |in |at )?{_PART}", lambda match, _: (PARTS[match["part"]],)),
        (rf"(?:(?P<which>this coming|this|next|coming) )?(?P<day>{WEEKDAY})", _weekday),
        (r"(?:this |the |this coming )?weekend", lambda _, today: (Weekend(following=False),)),
        (r"next weekend", lambda _, today: (Weekend(following=True),)),
        *((pattern, _piece(read_month_day)) for pattern in MONTH_DAY_RULES),
        (r"(?P<first>[0-9]{1,2})/(?P<second>[0-9]{1,2})(?:/(?P<year>[0-9]{4}))?", _piece(read_slashes)),
        (r"[0-9]{4}-[0-9]{2}-[0-9]{2}", _piece(lambda match, _: read_iso_day(match))),
        (HOLIDAY, _piece(lambda match, today: read_holiday(match[0], today))),
        (r"(?P<number>[0-9]{1,2})th", _month_day),
        (rf"(?P<nth>[1-5]th|last) (?P<day>{WEEKDAY}) (?:of|in) {_OF_MONTH}", _nth_weekday),
        (rf"last day of {_OF_MONTH}", lambda match, today: (Named(read_period(match["month"], today).last),)),
        (rf"(?:in )?(?:{PERIOD})", _piece(lambda match, today: read_period(match[0].removeprefix("in "), today))),
        (EDGE, _piece(read_edge)),
        (rf"in (?P<length>{DURATION})", _in),
        (rf"(?P<length>{DURATION}) from (?:now|today)", _in),
        (rf"(?P<length>{DURATION}) (?P<way>from|after|before)(?! now| today| [0-9])", _shift),
        (r"day (?P<way>after|before)", lambda match, _: (Shift(Duration(days=1), match["way"] == "before"),)),
        *((pattern, _clock(read)) for pattern, read in CLOCK_RULES),
        *((pattern, _rule(read)) for pattern, read in RECURRENCE_RULES),
    )
)
