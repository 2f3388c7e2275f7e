"""What is said back: instants and recurrences, and that both are understood again."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from intents.errors import IntentError
from intents.when import describe, describe_recurrence, understand

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 21, 10, tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("2026-11-21 17:00", "today at 5 PM"),
        ("2026-11-22 12:00", "tomorrow at noon"),
        ("2026-11-22 00:00", "tonight at midnight"),
        ("2026-11-22 00:05", "tomorrow at 12:05 AM"),
        ("2026-11-20 17:30", "yesterday at 5:30 PM"),
        ("2026-12-01 10:00", "Tuesday, December 1 at 10 AM"),
        ("2027-12-01 12:30", "Wednesday, December 1, 2027 at 12:30 PM"),
        ("2026-12-01 00:00", "Tuesday, December 1 at 12 AM"),
    ],
)
def test_describe(at: str, said: str) -> None:
    assert describe(datetime.fromisoformat(at).replace(tzinfo=NEW_YORK), NOW, NEW_YORK) == said


def test_describe_speaks_in_the_callers_zone() -> None:
    at = datetime(2026, 11, 22, 0, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    assert describe(at, NOW, NEW_YORK) == "today at 6:30 PM"


RULES = {
    "FREQ=DAILY": "every day",
    "FREQ=DAILY;INTERVAL=3": "every 3 days",
    "FREQ=HOURLY": "every hour",
    "FREQ=MINUTELY;INTERVAL=30": "every 30 minutes",
    "FREQ=WEEKLY;BYDAY=MO": "every Monday",
    "FREQ=WEEKLY;BYDAY=MO,WE,FR": "every Monday, Wednesday and Friday",
    "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR": "every weekday",
    "FREQ=WEEKLY;BYDAY=SA,SU": "every weekend",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU": "every other Tuesday",
    "FREQ=WEEKLY;INTERVAL=3;BYDAY=TU": "every 3 weeks on Tuesday",
    "FREQ=MONTHLY;BYMONTHDAY=22": "the 22nd of every month",
    "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=13": "every 3 months on the 13th",
    "FREQ=MONTHLY;BYMONTHDAY=-1": "the last day of every month",
    "FREQ=MONTHLY;BYDAY=1MO": "the first Monday of every month",
    "FREQ=MONTHLY;BYDAY=-1FR": "the last Friday of every month",
    "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=1": "every year on December 1",
}


@pytest.mark.parametrize(("rule", "said"), RULES.items())
def test_recurrence_is_told_and_understood_again(rule: str, said: str) -> None:
    assert describe_recurrence(rule) == said
    assert describe_recurrence(f"RRULE:{rule}") == said
    assert understand(said, NOW, NEW_YORK).recurrence == rule


@pytest.mark.parametrize(
    "rule",
    ["", "nonsense", "FREQ=SECONDLY", "FREQ=DAILY;COUNT=3", "FREQ=MONTHLY;BYDAY=XX", "FREQ=MONTHLY;BYDAY=MO",
     "FREQ=DAILY;BYDAY=MO", "FREQ=MONTHLY;BYMONTHDAY=-3", "FREQ=YEARLY;BYMONTH=13;BYMONTHDAY=1"],
)  # fmt: skip
def test_a_rule_that_cannot_be_said_whole_is_not_said(rule: str) -> None:
    with pytest.raises(IntentError):
        describe_recurrence(rule)
