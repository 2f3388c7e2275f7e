"""Whatever is heard: an instant ahead, or a question; never another exception, and what is told is understood."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from dateutil import tz
from hypothesis import given, settings
from hypothesis import strategies as st

from intents.when import NotUnderstood, When, describe, horizon, understand

ZONES = st.sampled_from(
    [ZoneInfo(name) for name in ("UTC", "America/New_York", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe")]
)
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2031, 1, 1), timezones=st.just(UTC))
VOCABULARY = """
    at on by in the of a an and every other each next this last to for from past after before half quarter one two
    three five nine twelve fifteen thirty first second third fifteenth 0 7 13 31 59 2027 5:30 17:45 12/24 am pm noon
    midnight oclock morning night tonight today tomorrow monday friday weekdays weekend mondays december may february
    hour hours day days week weeks month months year years end beginning now daily weekly starting couple christmas
    easter -1 2026-12-01 . , uh
"""
WORDS = st.sampled_from(VOCABULARY.split())
SAID = st.lists(WORDS, max_size=8).map(" ".join)


@settings(max_examples=300, deadline=None)
@given(text=st.one_of(st.text(), SAID), now=INSTANTS, zone=ZONES)
def test_any_text(text: str, now: datetime, zone: ZoneInfo) -> None:
    try:
        when = understand(text, now, zone)
    except NotUnderstood as asked:
        assert str(asked).endswith(("?", "."))
    else:
        assert when.at.tzinfo is zone
        assert when.at.astimezone(UTC) > now
    target = horizon(text, now, zone)
    assert target is None or target.astimezone(UTC) > now - timedelta(days=1)


@settings(max_examples=150, deadline=None)
@given(now=INSTANTS, ahead=st.timedeltas(timedelta(seconds=1), timedelta(days=900)), zone=ZONES)
def test_iso_round_trip(now: datetime, ahead: timedelta, zone: ZoneInfo) -> None:
    at = (now + ahead).astimezone(zone)
    assert understand(at.isoformat(), now, zone) == When(at, None)
    assert understand(at.astimezone(UTC).isoformat(), now, zone).at.astimezone(UTC) == at.astimezone(UTC)


@settings(max_examples=300, deadline=None)
@given(now=INSTANTS, minutes=st.integers(1, 900 * 24 * 60), zone=ZONES)
def test_what_is_told_is_understood(now: datetime, minutes: int, zone: ZoneInfo) -> None:
    at = (now.replace(second=0, microsecond=0) + timedelta(minutes=minutes)).astimezone(zone)
    if tz.datetime_ambiguous(at):
        return  # "1:30 AM" alone cannot tell the two apart
    assert understand(describe(at, now, zone), now, zone) == When(at, None)


@given(st.sampled_from(["1 hour and ", "the ", "every monday and ", "a hundred ", "in a day and a half "]))
@settings(max_examples=5, deadline=timedelta(seconds=5))
def test_a_babbling_recogniser_costs_no_time(phrase: str) -> None:
    now, zone = datetime(2026, 11, 21, 10, tzinfo=UTC), ZoneInfo("UTC")
    assert horizon(phrase * 10, now, zone) is None
    assert horizon(phrase * 1000, now, zone) is None
