"""Spoken times around the change of clocks."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from intents.when import understand

NEW_YORK = ZoneInfo("America/New_York")
BERLIN = ZoneInfo("Europe/Berlin")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")  # changes by half an hour


@pytest.mark.parametrize(
    ("zone", "now", "text", "meant"),
    [
        # spring: 2:30 is skipped and moves forward by the gap
        (NEW_YORK, "2027-03-13 10:00", "tomorrow at 2:30 am", "2027-03-14 03:30"),
        (NEW_YORK, "2027-03-13 10:00", "2027-03-14T02:30", "2027-03-14 03:30"),
        (BERLIN, "2027-03-27 10:00", "tomorrow at 2:30 am", "2027-03-28 03:30"),
        (LORD_HOWE, "2026-10-03 10:00", "tomorrow at 2:15 am", "2026-10-04 02:45"),
        # the wall clock holds across the change
        (NEW_YORK, "2027-03-13 10:00", "tomorrow at noon", "2027-03-14 12:00"),
        (NEW_YORK, "2026-10-31 10:00", "in one week", "2026-11-07 09:00"),
    ],
)
def test_wall_clock(zone: ZoneInfo, now: str, text: str, meant: str) -> None:
    at = understand(text, datetime.fromisoformat(now).replace(tzinfo=zone), zone).at
    assert at.isoformat(sep=" ", timespec="minutes")[:16] == meant
    assert at == at.astimezone(UTC).astimezone(zone), "the instant exists"


def test_of_a_time_shown_twice_the_first_is_meant() -> None:
    now = datetime(2026, 10, 31, 10, tzinfo=NEW_YORK)
    at = understand("tomorrow at 1:30 am", now, NEW_YORK).at
    assert at.utcoffset() == timedelta(hours=-4)


def test_hours_really_pass() -> None:
    now = datetime(2027, 3, 14, 1, 0, tzinfo=NEW_YORK)
    assert understand("in two hours", now, NEW_YORK).at.astimezone(UTC) == now.astimezone(UTC) + timedelta(hours=2)
    before = datetime(2026, 11, 1, 0, 30, tzinfo=NEW_YORK)
    at = understand("in 90 minutes", before, NEW_YORK).at
    assert (at.hour, at.minute, at.fold) == (1, 0, 1)


def test_within_the_second_showing_the_first_has_passed() -> None:
    """Wall clocks compare wrongly here: 1:45 looks later than 1:30 but was half an hour ago."""
    now = datetime(2026, 11, 1, 1, 30, fold=1, tzinfo=NEW_YORK)
    assert understand("at 1:45 am", now, NEW_YORK).at.date().day == 2
    assert understand("every day at 1:45 am", now, NEW_YORK).at.date().day == 2
