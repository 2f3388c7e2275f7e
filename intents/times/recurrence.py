"""What comes again: "every other Tuesday", "the last Friday of every month", as RFC 5545 rules."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from dateutil.rrule import rrulestr

from intents.times.clock import PARTS, Part
from intents.times.dates import WEEKDAY, WEEKDAYS
from intents.times.periods import MONTH, MONTHS

Frequency = Literal["MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"]

DAY_CODES: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True, slots=True)
class Rule:
    """A recurrence in the few parts of RFC 5545 that callers can say."""

    frequency: Frequency
    interval: int = 1
    days: tuple[str, ...] = ()  # BYDAY: "MO", "1MO", "-1FR"
    month_day: int | None = None
    month: int | None = None

    @property
    def text(self) -> str:
        """The RRULE value."""
        parts = [f"FREQ={self.frequency}"]
        if self.interval > 1:
            parts.append(f"INTERVAL={self.interval}")
        if self.month is not None:
            parts.append(f"BYMONTH={self.month}")
        if self.month_day is not None:
            parts.append(f"BYMONTHDAY={self.month_day}")
        if self.days:
            parts.append(f"BYDAY={','.join(self.days)}")
        return ";".join(parts)

    @property
    def within_a_day(self) -> bool:
        """Whether it comes several times a day."""
        return self.frequency in ("MINUTELY", "HOURLY")

    @property
    def anchored(self) -> bool:
        """Whether the rule itself says on which days it comes."""
        return self.within_a_day or self.frequency == "DAILY" or bool(self.days) or self.month_day is not None

    def anchored_at(self, day: datetime) -> "Rule":
        """Return the rule that comes on the weekday, day of the month or date of `day`."""
        if self.anchored:
            return self
        if self.frequency == "WEEKLY":
            return replace(self, days=(DAY_CODES[day.weekday()],))
        if self.frequency == "MONTHLY":
            return replace(self, month_day=day.day)
        return replace(self, month=day.month, month_day=day.day)

    def first(self, start: datetime, after: datetime) -> datetime | None:
        """Return the first match from naive `start` on that is later than naive `after`, at the time of `start`.

        The interval does not count before the first one: "every other Tuesday" begins with the coming Tuesday.
        """
        text = self.text if self.within_a_day else replace(self, interval=1).text
        found = rrulestr(text, dtstart=start).after(max(after, start), inc=start > after)
        return found if isinstance(found, datetime) else None


RulePieces = tuple[Rule | Part, ...]

_EVERY: Final = r"(?:every|each)"
_STEP: Final = r"(?:(?P<step>other|[0-9]{1,3}(?:th)?) )?"
_OTHER: Final = r"(?:(?P<step>other|2th) )?"  # "every third Tuesday" may be one of the month
_PART: Final = r"(?P<part>morning|afternoon|evening|night)"
_WEEKDAY_LIST: Final = rf"{WEEKDAY}(?: (?:and )?{WEEKDAY})*"
_PLURAL_DAY: Final = rf"(?:{WEEKDAY}s)"
_NTH: Final = r"(?P<nth>[1-5]th|last)"
_ADVERBS: Final[dict[str, Rule]] = {
    "hourly": Rule("HOURLY"), "daily": Rule("DAILY"), "weekly": Rule("WEEKLY"), "fortnightly": Rule("WEEKLY", 2),
    "monthly": Rule("MONTHLY"), "yearly": Rule("YEARLY"), "annually": Rule("YEARLY"),
}  # fmt: skip
_UNITS: Final[dict[str, Rule]] = {
    "minute": Rule("MINUTELY"), "hour": Rule("HOURLY"), "day": Rule("DAILY"), "week": Rule("WEEKLY"),
    "fortnight": Rule("WEEKLY", 2), "month": Rule("MONTHLY"), "year": Rule("YEARLY"),
}  # fmt: skip
_UNIT: Final = rf"(?P<unit>{'|'.join(_UNITS)})s?"


def _step(match: re.Match[str]) -> int:
    said = match.groupdict().get("step")
    return 1 if said is None else 2 if said == "other" else int(said.removesuffix("th"))


def _units(match: re.Match[str]) -> RulePieces | None:
    rule, step = _UNITS[match["unit"]], _step(match)
    return (replace(rule, interval=rule.interval * step),) if step else None


def _weekdays(match: re.Match[str]) -> RulePieces:
    listed = {WEEKDAYS[found] for found in re.findall(rf"\b({WEEKDAY})s?\b", match["days"])}
    rule = Rule("WEEKLY", _step(match), tuple(DAY_CODES[index] for index in sorted(listed)))
    part = match.groupdict().get("part")
    return (rule, PARTS[part]) if part else (rule,)


def _nth_weekday(match: re.Match[str]) -> RulePieces:
    nth = "-1" if match["nth"] == "last" else match["nth"][0]
    return (Rule("MONTHLY", days=(f"{nth}{DAY_CODES[WEEKDAYS[match['day']]]}",)),)


def _month_day(match: re.Match[str]) -> RulePieces | None:
    number = int(match["number"])
    return (Rule("MONTHLY", month_day=number),) if 1 <= number <= 31 else None


def _year_day(match: re.Match[str]) -> RulePieces | None:
    month, number = MONTHS[match["month"]], int(match["number"])
    return (Rule("YEARLY", month=month, month_day=number),) if _exists(month, number) else None


def _exists(month: int, number: int) -> bool:
    return 1 <= number <= (29 if month == 2 else 30 if month in (4, 6, 9, 11) else 31)


def _fixed(*pieces: Rule | Part) -> Callable[[re.Match[str]], RulePieces]:
    return lambda _: pieces


_WORKDAYS: Final = Rule("WEEKLY", days=DAY_CODES[:5])
_WEEKENDS: Final = Rule("WEEKLY", days=DAY_CODES[5:])

RECURRENCE_RULES: Final[tuple[tuple[str, Callable[[re.Match[str]], RulePieces | None]], ...]] = (
    (rf"{_EVERY} single day|every day of the week", _fixed(Rule("DAILY"))),
    (rf"{_EVERY} (?:weekday|workday|working day)|weekdays|workdays", _fixed(_WORKDAYS)),
    (rf"(?:{_EVERY} (?:day )?)?(?:from )?(?:monday|mon) (?:to|through|till) (?:friday|fri)", _fixed(_WORKDAYS)),
    (rf"{_EVERY} weekend|weekends", _fixed(_WEEKENDS)),
    (rf"{_EVERY} half (?:an )?hour", _fixed(Rule("MINUTELY", 30))),
    (rf"{_EVERY} {_STEP}{_UNIT}", _units),
    (r"once (?:a|every|each) (?P<unit>day|week|month|year)", _units),
    (rf"(?P<adverb>{'|'.join(_ADVERBS)})", lambda match: (_ADVERBS[match["adverb"]],)),
    (rf"{_EVERY} {_PART}|(?:in the )?(?P<parts>morning|afternoon|evening|night)s",
     lambda match: (Rule("DAILY"), PARTS[match["part"] or match["parts"]])),
    (rf"{_EVERY} {_OTHER}(?P<days>{_WEEKDAY_LIST})", _weekdays),
    (rf"(?P<days>{_PLURAL_DAY}(?: (?:and )?{_PLURAL_DAY})*)", _weekdays),
    (rf"(?P<days>{WEEKDAY}) {_PART}s", _weekdays),
    (rf"(?:the )?{_NTH} (?P<day>{WEEKDAY}) (?:of|in) {_EVERY} month", _nth_weekday),
    (rf"{_EVERY} {_NTH} (?P<day>{WEEKDAY}) (?:of|in) the month", _nth_weekday),
    (rf"{_EVERY} month on the {_NTH} (?P<day>{WEEKDAY})", _nth_weekday),
    (rf"(?:the )?(?:last day|end) of {_EVERY} month", _fixed(Rule("MONTHLY", month_day=-1))),
    (rf"(?:the )?(?P<number>[0-9]{{1,2}})th (?:day )?of {_EVERY} month", _month_day),
    (rf"{_EVERY} (?!2th$)(?P<number>[0-9]{{1,2}})th(?: of the month)?", _month_day),
    (rf"{_EVERY} (?P<month>{MONTH}) (?:the )?(?P<number>[0-9]{{1,2}})(?:th)?", _year_day),
    (rf"{_EVERY} (?P<number>[0-9]{{1,2}})(?:th)? (?:of )?(?P<month>{MONTH})", _year_day),
)  # fmt: skip
"""How recurrences are said: a pattern for normalised text and its pieces; None refuses the match."""
