"""What the twelve acceptance sentences ask for, computed apart from the code under test."""

import calendar
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final

Check = Callable[[Any, datetime], str | None]
"""Compares one kept field, given the caller's local time of the call; returns what is wrong, None when right."""


@dataclass(frozen=True, slots=True)
class Expected:
    """The intent of a sentence and the fields of the record that it must leave; `moves` names the task it moves."""

    intent: str
    fields: Mapping[str, Check]
    moves: str | None = None


def plain(text: str) -> str:
    """Reduce a text to its words, without articles, possessives, case and punctuation."""
    return " ".join(w for w in re.findall(r"[a-z0-9']+", text.lower()) if w not in ("a", "an", "the", "my"))


def words(expected: str) -> Check:
    """Expect exactly these words."""
    return lambda kept, now: None if plain(kept or "") == plain(expected) else f"“{kept}”, not “{expected}”"


def holds(expected: str) -> Check:
    """Expect these words among others."""
    return lambda kept, now: None if plain(expected) in plain(kept or "") else f"“{kept}” lacks “{expected}”"


def is_(expected: str) -> Check:
    """Expect this value."""
    return lambda kept, now: None if kept == expected else f"{kept}, not {expected}"


def between(first: Callable[[datetime], datetime], last: Callable[[datetime], datetime] | None = None) -> Check:
    """Expect an instant from `first` to `last`, in the caller's zone; without `last` exactly `first`."""

    def check(kept: datetime | None, now: datetime) -> str | None:
        start = first(now)
        end = last(now) if last else start
        if kept is None:
            return f"none, not {start:%a %d %b %H:%M}"
        local = kept.astimezone(now.tzinfo)
        if start <= local <= end:
            return None
        wanted = f"{start:%a %d %b %H:%M}" + (f" to {end:%a %d %b %H:%M}" if last else "")
        return f"{local:%a %d %b %Y %H:%M}, not {wanted}"

    return check


def at(now: datetime, days: int, hour: int, minute: int = 0) -> datetime:
    """Return a local time some days from `now`."""
    return datetime.combine(now.date() + timedelta(days=days), time(hour, minute), now.tzinfo)


def day(of: Callable[[datetime], datetime]) -> Check:
    """Expect any time of one day."""
    return between(lambda now: at(of(now), 0, 0), lambda now: at(of(now), 0, 23, 59) + timedelta(seconds=59.999999))


def months_ahead(now: datetime, months: int) -> datetime:
    """Return the same day some months later, or the last day of that month."""
    years, month = divmod(now.month - 1 + months, 12)
    year = now.year + years
    return now.replace(year=year, month=month + 1, day=min(now.day, calendar.monthrange(year, month + 1)[1]))


def next_summer(now: datetime) -> datetime:
    """Return the first of June of the summer that has yet to begin."""
    june = at(now.replace(month=6, day=1), 0, 0)
    return june if june > now else june.replace(year=june.year + 1)


def year_end(now: datetime) -> datetime:
    """Return New Year's Eve."""
    return now.replace(month=12, day=31)


def weekday(index: int, hour: int) -> Callable[[datetime], datetime]:
    """Return the first such day after today (Monday is 0)."""
    return lambda now: at(now, (index - now.weekday() - 1) % 7 + 1, hour)


def weekday_of_next_week(index: int, hour: int) -> Callable[[datetime], datetime]:
    """Return that day of the week that begins next Monday."""
    return lambda now: at(now, 7 - now.weekday() + index, hour)


def goal(statement: str, timeline: str, target: Check) -> Expected:
    """Expect a goal."""
    return Expected(
        "submit_goal_intent", {"statement": words(statement), "timeline": holds(timeline), "target_date": target}
    )


def timed(title: str, trigger_at: Check, recurrence: Check | None = None) -> Expected:
    """Expect a task with a time."""
    fields: dict[str, Check] = {"title": words(title), "trigger_type": is_("time"), "trigger_at": trigger_at}
    fields["recurrence"] = recurrence or (lambda kept, now: None if kept is None else f"{kept}, not none")
    return Expected("submit_new_task_intent", fields)


def moved(title: str, trigger_at: Check) -> Expected:
    """Expect an open task to be moved."""
    return Expected("submit_reschedule_intent", {"title": words(title), "trigger_at": trigger_at}, moves=title)


EXPECTED: Final[Mapping[str, Expected]] = {
    "goal_1": goal("learn guitar", "three months", day(lambda now: months_ahead(now, 3))),
    "goal_2": goal(
        "run a marathon", "next summer", between(next_summer, lambda now: months_ahead(next_summer(now), 3))
    ),
    "goal_3": goal("save five thousand dollars", "end of the year", day(year_end)),
    "goal_4": goal("read twenty books", "this year", day(year_end)),
    "task_1": timed("call mom", between(lambda now: at(now, 1, 12))),
    "task_2": Expected(
        "submit_new_task_intent",
        {"title": words("buy milk"), "trigger_type": is_("location"), "location": words("the store")},
    ),
    "task_3": timed("water the plants", between(weekday(0, 6), weekday(0, 11)), is_("FREQ=WEEKLY;BYDAY=MO")),
    "task_4": timed("pay the rent", between(weekday(4, 9))),
    "reschedule_1": moved("dentist appointment", between(weekday_of_next_week(1, 10))),
    "reschedule_2": moved("team meeting", between(weekday(4, 15))),
    "reschedule_3": moved("grocery shopping", between(lambda now: at(now, 1, 17), lambda now: at(now, 1, 21))),
    "reschedule_4": moved("piano lesson", between(lambda now: at(now, 2, 12))),
}
"""By the name of the sentence, such as `goal_1`."""
