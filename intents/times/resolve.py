"""From the pieces of a phrase to the one instant they mean, or to the question that is left."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from dateutil import tz

from intents.times.clock import DAY, USUAL_MINUTE, Clock, DayKind, Part, readings
from intents.times.dates import (
    Ahead,
    MonthDay,
    Named,
    NthWeekday,
    Shift,
    Weekday,
    Weekend,
    first_weekday,
    next_number,
    nth_weekday,
    weekday_after,
)
from intents.times.durations import Duration
from intents.times.errors import passed, unclear, which_day, which_hour, which_midnight
from intents.times.periods import Edge, Period
from intents.times.phrase import Later, Phrase, Piece
from intents.times.recurrence import Rule


def at_minute(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """Return the instant a wall clock in `zone` shows this minute of the day.

    A time the clocks skip moves forward by the gap; of a time they show twice, the first is meant.
    """
    return in_zone(datetime.combine(day, time()) + timedelta(minutes=minute), zone)


def in_zone(wall: datetime, zone: ZoneInfo) -> datetime:
    """Give a naive wall-clock time its zone, as `at_minute` does."""
    return tz.resolve_imaginary(wall.replace(tzinfo=zone))


def is_after(one: datetime, other: datetime) -> bool:
    """Compare instants; Python compares wall clocks where both have the same zone, wrongly when clocks go back."""
    return one.astimezone(UTC) > other.astimezone(UTC)


def later(now: datetime, length: Duration, zone: ZoneInfo) -> datetime:
    """Return `now` moved on: days by the calendar, hours as they really pass."""
    wall = now.replace(tzinfo=None, microsecond=0)
    start = now.replace(microsecond=0)
    if length.months or length.days:
        start = in_zone(datetime.combine(length.after(wall.date()), wall.time()), zone)
    return (start.astimezone(UTC) + timedelta(seconds=length.seconds)).astimezone(zone)


def resolve(phrase: Phrase, text: str, now: datetime, usual: int = USUAL_MINUTE) -> tuple[datetime, Rule | None]:
    """Return the instant and the recurrence of a phrase.

    `now` is in the caller's zone, `text` for questions, `usual` the minute of a day without a time.
    """
    zone = zone_of(now)
    if (length := phrase.take(Later)) is not None:
        if phrase.pieces:
            raise unclear(text)
        return later(now, length.length, zone), None
    clock, part, rule = phrase.take(Clock), phrase.take(Part), phrase.take(Rule)
    if clock is not None and clock.bare and not _stands_alone(phrase, rule, now.date()):
        raise unclear(text)
    if rule is not None:
        return _recurring(phrase, rule, clock, part, text, now, usual)
    return _once(day_of(phrase, text, now.date()), clock, part, text, now, usual), None


def zone_of(now: datetime) -> ZoneInfo:
    """Return the zone that `now` was brought into."""
    if not isinstance(now.tzinfo, ZoneInfo):
        raise TypeError("now must be in a ZoneInfo zone")
    return now.tzinfo


def day_of(phrase: Phrase, text: str, today: date) -> date | None:
    """Take the day out of a phrase, and be sure that nothing is left; None if it names no day."""
    if not phrase.pieces:
        return None
    shift = phrase.take(Shift)
    day = _named_day(phrase, text, today)
    weekday = phrase.take(Weekday)
    if day is None or phrase.pieces or (weekday is not None and weekday.index != day.weekday()):
        raise unclear(text)
    return day if shift is None else shift.length.after(day, -1 if shift.backwards else 1)


def _named_day(phrase: Phrase, text: str, today: date) -> date | None:
    if (named := phrase.take(Named)) is not None:
        return named.day
    if (edge := phrase.take(Edge)) is not None:
        return edge.day
    if (ahead := phrase.take(Ahead)) is not None:
        day = ahead.length.after(today)
        if ahead.length.whole_weeks and (weekday := phrase.take(Weekday)) is not None:
            return first_weekday(day, weekday.index)  # "Monday in two weeks"
        return day
    if (weekend := phrase.take(Weekend)) is not None:
        if weekend.following:
            return weekday_after(today, 5, "next")
        if today.weekday() >= 5:
            raise which_day(text)
        return first_weekday(today, 5)
    if (period := phrase.take(Period)) is not None:
        return _day_in(period, phrase, text)
    if (number := phrase.take(MonthDay)) is not None:
        return next_number(number.number, today)
    if (weekday := phrase.take(Weekday)) is not None:
        return weekday_after(today, weekday.index, weekday.which)
    return None


def _day_in(period: Period, phrase: Phrase, text: str) -> date:
    day: date | None
    if period.kind == "week" and (weekday := phrase.take(Weekday)) is not None:
        day = period.first + timedelta(days=weekday.index)
    elif period.kind == "month" and (number := phrase.take(MonthDay)) is not None:
        day = period.first + timedelta(days=number.number - 1)
        day = day if day <= period.last else None
    elif period.kind == "month" and (nth := phrase.take(NthWeekday)) is not None:
        day = nth_weekday(period, nth.nth, nth.index)
    elif period.ahead and period.kind != "season" and (period.first.day == 1 or period.kind == "week"):
        day = period.first
    else:
        raise which_day(text)
    if day is None:
        raise unclear(text)
    return day


def _stands_alone(phrase: Phrase, rule: Rule | None, today: date) -> bool:
    """Tell whether a lone number is surely an hour: "tomorrow five" is, "Monday five" may be the fifth."""
    if rule is not None or any(phrase.has(kind) for kind in _DAYS if kind is not Named):
        return False
    named = phrase.pieces.get(Named)
    return not isinstance(named, Named) or (named.day - today).days <= 1


_DAYS: Final[tuple[type[Piece], ...]] = (
    Named, Edge, Ahead, Weekend, Period, MonthDay, NthWeekday, Weekday, Shift,
)  # fmt: skip


def _once(day: date | None, clock: Clock | None, part: Part | None, text: str, now: datetime, usual: int) -> datetime:
    today = now.date()
    kind: DayKind = "unnamed" if day is None else "today" if day == today else "named"
    if clock is not None and clock.midnight and kind == "named" and part is None:
        raise which_midnight()
    minutes = readings(clock, part, kind, usual)
    if not minutes:
        raise unclear(text)
    candidates = [(day or today, minute) for minute in minutes]
    if day is None:
        candidates.append((today + timedelta(days=1), minutes[0]))
    for on, minute in candidates:
        at = at_minute(on, minute, zone_of(now))
        if is_after(at, now):
            return at
    rest = part.minutes[-1].stop if part is not None else DAY
    if clock is None and is_after(at_minute(day or today, rest, zone_of(now)), now):
        raise which_hour(text)
    raise passed(text)


# What may say on which day an open rule comes: "every other week on Tuesday", "every month on the fifteenth".
_ANCHORS: Final[dict[str, frozenset[type]]] = {
    "WEEKLY": frozenset((Named, Weekday, Ahead, Period, Shift)),
    "MONTHLY": frozenset((Named, MonthDay)),
    "YEARLY": frozenset((Named,)),
}
_STARTS: Final[frozenset[type]] = frozenset((Named, Ahead, Period, Shift))


def _recurring(
    phrase: Phrase, rule: Rule, clock: Clock | None, part: Part | None, text: str, now: datetime, usual: int
) -> tuple[datetime, Rule]:
    allowed = _STARTS if rule.anchored else _ANCHORS[rule.frequency]
    if rule.frequency == "DAILY":
        allowed = _STARTS | {Weekday, MonthDay}
    named, weekday = phrase.pieces.get(Named), phrase.pieces.get(Weekday)
    moves = isinstance(named, Named) and named.moving and rule.frequency == "YEARLY"
    if moves or not allowed.issuperset(phrase.pieces) or (rule.within_a_day and part is not None):
        raise unclear(text)
    if isinstance(weekday, Weekday) and not weekday.which and not phrase.has(Period):
        phrase.pieces[Weekday] = Weekday(weekday.index, "this")  # "every week on Saturday" may begin today
    day = day_of(phrase, text, now.date())
    if rule.within_a_day and clock is None and day is None:
        step = timedelta(minutes=rule.interval) if rule.frequency == "MINUTELY" else timedelta(hours=rule.interval)
        start = now.replace(second=0, microsecond=0).astimezone(UTC) + step
        return start.astimezone(zone_of(now)), rule
    if day is None and not rule.anchored:
        raise which_day(text)
    minute = _recurring_minute(rule, clock, part, text, usual)
    start_at = datetime.combine(day or now.date(), time()) + timedelta(minutes=minute)
    rule = rule.anchored_at(start_at)
    after = now.replace(tzinfo=None, fold=0)
    while (first := rule.first(start_at, after)) is not None:
        at = in_zone(first, zone_of(now))
        if is_after(at, now):
            return at, rule
        after = first  # shown twice as the clocks went back, and the first time is over
    raise unclear(text)


def _recurring_minute(rule: Rule, clock: Clock | None, part: Part | None, text: str, usual: int) -> int:
    daily = rule.frequency == "DAILY" or rule.within_a_day
    if clock is not None and clock.midnight and not daily:
        raise which_midnight()
    minutes = readings(clock, part, "named", usual)
    if not minutes or (minutes[0] >= DAY and not daily):
        raise unclear(text)  # one o'clock on every Friday night is a Saturday's
    return minutes[0] % DAY
