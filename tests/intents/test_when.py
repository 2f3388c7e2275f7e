"""What callers say, and the instants it means on Saturday, November 21, 2026, at 10:00 in New York."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from intents.errors import IntentError
from intents.when import NotUnderstood, When, horizon, understand

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 21, 10, tzinfo=NEW_YORK)

ONCE = {
    # clock times, the next one
    "at 5 am": "2026-11-22 05:00",
    "five p m": "2026-11-21 17:00",
    "5 p.m.": "2026-11-21 17:00",
    "5PM": "2026-11-21 17:00",
    "530 PM": "2026-11-21 17:30",
    "5.30 pm": "2026-11-21 17:30",
    "five thirty": "2026-11-21 17:30",
    "half past three": "2026-11-21 15:30",
    "quarter to six": "2026-11-21 17:45",
    "a quarter to seven": "2026-11-21 18:45",
    "quarter to one": "2026-11-21 12:45",
    "twenty past four": "2026-11-21 16:20",
    "five to six": "2026-11-21 17:55",
    "ten fifteen": "2026-11-21 10:15",
    "ten oh five": "2026-11-21 10:05",
    "17:30": "2026-11-21 17:30",
    "07:30": "2026-11-22 07:30",
    "7:30": "2026-11-21 19:30",
    "seventeen thirty": "2026-11-21 17:30",
    "0:30": "2026-11-22 00:30",
    "noon": "2026-11-21 12:00",
    "twelve thirty": "2026-11-21 12:30",
    "half past twelve": "2026-11-21 12:30",
    "midnight": "2026-11-22 00:00",
    "tonight at midnight": "2026-11-22 00:00",
    "one o'clock": "2026-11-21 13:00",
    "at nine": "2026-11-21 21:00",
    "at seven": "2026-11-21 19:00",
    "today at nine": "2026-11-21 21:00",
    "at three": "2026-11-21 15:00",
    "at eleven": "2026-11-21 11:00",
    "end of the day": "2026-11-21 17:00",
    # days and times, in either order
    "tomorrow at five": "2026-11-22 17:00",
    "at five tomorrow": "2026-11-22 17:00",
    "tomorrow five": "2026-11-22 17:00",
    "tomorrow at nine": "2026-11-22 09:00",
    "tomorrow at seven": "2026-11-22 07:00",
    "tomorrow at six": "2026-11-22 18:00",
    "tomorrow at five in the morning": "2026-11-22 05:00",
    "tomorrow afternoon at three": "2026-11-22 15:00",
    "tomorrow evening at eight": "2026-11-22 20:00",
    "the day after tomorrow at noon": "2026-11-23 12:00",
    "noon on Friday": "2026-11-27 12:00",
    "Friday around five": "2026-11-27 17:00",
    "um, tomorrow at like five, please": "2026-11-22 17:00",
    "for tomorrow at five": "2026-11-22 17:00",
    "5 p.m. December first": "2026-12-01 17:00",
    "at 5 december 1": "2026-12-01 17:00",
    # parts of the day
    "tonight": "2026-11-21 20:00",
    "tonight at nine": "2026-11-21 21:00",
    "tonight at one": "2026-11-22 01:00",
    "tomorrow night at two": "2026-11-23 02:00",
    "this evening": "2026-11-21 19:00",
    "this afternoon": "2026-11-21 15:00",
    "in the morning": "2026-11-22 09:00",
    "tomorrow": "2026-11-22 09:00",
    "tomorrow morning": "2026-11-22 09:00",
    "tomorrow afternoon": "2026-11-22 15:00",
    # weekdays
    "next Tuesday at ten": "2026-11-24 10:00",
    "this Friday": "2026-11-27 09:00",
    "on Friday": "2026-11-27 09:00",
    "Friday": "2026-11-27 09:00",
    "Friday at three": "2026-11-27 15:00",
    "Saturday": "2026-11-28 09:00",
    "this Saturday at noon": "2026-11-21 12:00",
    "next Sunday": "2026-11-29 09:00",
    "Tuesday next week": "2026-11-24 09:00",
    "next week on Tuesday at ten": "2026-11-24 10:00",
    "monday of next week at eleven": "2026-11-23 11:00",
    "a week from Monday": "2026-11-30 09:00",
    "two weeks from Monday": "2026-12-07 09:00",
    "Monday in two weeks": "2026-12-07 09:00",
    "the day after Friday": "2026-11-28 09:00",
    # lengths
    "in an hour": "2026-11-21 11:00",
    "in half an hour": "2026-11-21 10:30",
    "in an hour and a half": "2026-11-21 11:30",
    "in two and a half hours": "2026-11-21 12:30",
    "in 1.5 hours": "2026-11-21 11:30",
    "in a quarter of an hour": "2026-11-21 10:15",
    "in 1 hour and 20 minutes": "2026-11-21 11:20",
    "ninety minutes from now": "2026-11-21 11:30",
    "in a couple of days": "2026-11-23 09:00",
    "in two weeks": "2026-12-05 09:00",
    "in two weeks at ten": "2026-12-05 10:00",
    "in three months": "2027-02-21 09:00",
    "three months from now": "2027-02-21 09:00",
    "in half a year": "2027-05-21 09:00",
    "in a day and two hours": "2026-11-22 12:00",
    # dates
    "first of December": "2026-12-01 09:00",
    "the first of December at ten": "2026-12-01 10:00",
    "December the third": "2026-12-03 09:00",
    "December 3rd": "2026-12-03 09:00",
    "march 5th at 2": "2027-03-05 14:00",
    "November 20": "2027-11-20 09:00",
    "December first twenty twenty seven at noon": "2027-12-01 12:00",
    "February 29": "2028-02-29 09:00",
    "Tuesday, December 1 at 10 AM": "2026-12-01 10:00",
    "tuesday the first": "2026-12-01 09:00",
    "on the fifteenth": "2026-12-15 09:00",
    "the 21st at noon": "2026-11-21 12:00",
    "the thirty first": "2026-12-31 09:00",
    "the fifteenth of next month": "2026-12-15 09:00",
    "12/24": "2026-12-24 09:00",
    "24/12": "2026-12-24 09:00",
    "12/24/2027 at noon": "2027-12-24 12:00",
    "2026-12-01": "2026-12-01 09:00",
    "2026-12-01 at ten": "2026-12-01 10:00",
    "Christmas Eve at 6": "2026-12-24 18:00",
    "three days before Christmas": "2026-12-22 09:00",
    "Easter": "2027-03-28 09:00",
    "Thanksgiving": "2026-11-26 09:00",
    # periods
    "next week": "2026-11-23 09:00",
    "next month": "2026-12-01 09:00",
    "next weekend": "2026-11-28 09:00",
    "end of the month": "2026-11-30 09:00",
    "end of next week": "2026-11-27 09:00",
    "the last Friday of the month": "2026-11-27 09:00",
    "the first Monday of next month at nine": "2026-12-07 09:00",
    "mid December": "2026-12-15 09:00",
    # ISO 8601
    "2026-12-01T10:00": "2026-12-01 10:00",
    "2026-12-01 10:00:00": "2026-12-01 10:00",
    "2026-12-01T10:00:00Z": "2026-12-01 05:00",
    "2026-12-01T10:00+02:00": "2026-12-01 03:00",
    # misheard
    "at for p m": "2026-11-21 16:00",
    "tomorrow at for": "2026-11-22 16:00",
    "in to hours": "2026-11-21 12:00",
    "to morrow at noon": "2026-11-22 12:00",
}

RECURRING = {
    "every Monday morning": ("2026-11-23 09:00", "FREQ=WEEKLY;BYDAY=MO"),
    "Monday mornings at eight": ("2026-11-23 08:00", "FREQ=WEEKLY;BYDAY=MO"),
    "every day at eight": ("2026-11-22 08:00", "FREQ=DAILY"),
    "every day at eleven": ("2026-11-21 11:00", "FREQ=DAILY"),
    "daily at ten oh five": ("2026-11-21 10:05", "FREQ=DAILY"),
    "every day at midnight": ("2026-11-22 00:00", "FREQ=DAILY"),
    "every night at ten": ("2026-11-21 22:00", "FREQ=DAILY"),
    "every day at eight starting Thursday": ("2026-11-26 08:00", "FREQ=DAILY"),
    "every third day": ("2026-11-22 09:00", "FREQ=DAILY;INTERVAL=3"),
    "every weekday at nine": ("2026-11-23 09:00", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
    "every day from Monday to Friday at nine": ("2026-11-23 09:00", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
    "Monday through Friday at nine": ("2026-11-23 09:00", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
    "on weekends at eleven": ("2026-11-21 11:00", "FREQ=WEEKLY;BYDAY=SA,SU"),
    "Mondays and Wednesdays at six": ("2026-11-23 18:00", "FREQ=WEEKLY;BYDAY=MO,WE"),
    "every Friday, Monday and Wednesday at 7 a.m.": ("2026-11-23 07:00", "FREQ=WEEKLY;BYDAY=MO,WE,FR"),
    "every other week on Tuesday": ("2026-11-24 09:00", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"),
    "every other Tuesday": ("2026-11-24 09:00", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"),
    "every week on Saturday at noon": ("2026-11-21 12:00", "FREQ=WEEKLY;BYDAY=SA"),
    "tomorrow at nine weekly": ("2026-11-22 09:00", "FREQ=WEEKLY;BYDAY=SU"),
    "every Monday starting next month": ("2026-12-07 09:00", "FREQ=WEEKLY;BYDAY=MO"),
    "every fifteenth": ("2026-12-15 09:00", "FREQ=MONTHLY;BYMONTHDAY=15"),
    "every month on the tenth at noon": ("2026-12-10 12:00", "FREQ=MONTHLY;BYMONTHDAY=10"),
    "the first of every month": ("2026-12-01 09:00", "FREQ=MONTHLY;BYMONTHDAY=1"),
    "the last day of every month": ("2026-11-30 09:00", "FREQ=MONTHLY;BYMONTHDAY=-1"),
    "every first Monday of the month": ("2026-12-07 09:00", "FREQ=MONTHLY;BYDAY=1MO"),
    "the last Friday of every month": ("2026-11-27 09:00", "FREQ=MONTHLY;BYDAY=-1FR"),
    "every December first": ("2026-12-01 09:00", "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=1"),
    "every year on Christmas": ("2026-12-25 09:00", "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25"),
    "every two hours": ("2026-11-21 12:00", "FREQ=HOURLY;INTERVAL=2"),
    "every two hours starting at nine": ("2026-11-21 11:00", "FREQ=HOURLY;INTERVAL=2"),
    "every half hour": ("2026-11-21 10:30", "FREQ=MINUTELY;INTERVAL=30"),
}

ASKED_BACK = {
    "": "When should it be?",
    "um": "I did not understand",
    "whenever": "I did not understand the time 'whenever'. When should it be?",
    "soon": "I did not understand",
    "may I": "I did not understand",
    "a banana": "I did not understand",
    "not tomorrow": "I did not understand",
    "sometime tomorrow": "I did not understand",
    "tomorrow at": "I did not understand",  # cut off
    "tomorrow and Friday": "I did not understand",
    "at five or six": "I did not understand",
    "from five to six": "I did not understand",
    "at eight and at six": "I did not understand",
    "two hours": "I did not understand",
    "two hours later": "I did not understand",  # later than what?
    "in a few days": "I did not understand",
    "in half a week": "I did not understand",
    "in zero minutes": "I did not understand",
    "in -5 minutes": "I did not understand",
    "in 9999 years": "I did not understand",
    "5/6": "I did not understand",  # May 6 or June 5
    "31/31": "I did not understand",
    "February 30": "I did not understand",
    "Monday 15": "I did not understand",  # the fifteenth, or an hour
    "Monday five": "I did not understand",
    "Monday, December 1": "I did not understand",  # it is a Tuesday
    "nine in the afternoon": "I did not understand",
    "twelve in the morning": "I did not understand",
    "tomorrow morning at 5 pm": "I did not understand",
    "quarter to twelve p m": "I did not understand",
    "twenty five thirty": "I did not understand",
    "the day after": "I did not understand",
    "Monday nine days from": "I did not understand",
    "two weeks from noon": "I did not understand",
    "Monday week": "I did not understand",  # a week later to some
    "tomorrow the twelve": "I did not understand",
    "in five": "I did not understand",
    "tomorrow from 3 to 4": "I did not understand",
    "3-4 pm": "I did not understand",
    "tomorrow at 5 p.m. Eastern": "I did not understand",
    "every Tuesday at 4 and Thursday at 5": "I did not understand",
    "next December": "On which day",
    "every second": "I did not understand",
    "every third Tuesday": "I did not understand",
    "every Monday on Friday": "I did not understand",
    "every Friday night at one": "I did not understand",
    "twice a week": "I did not understand",
    "2026-13-01T10:00": "I did not understand",
    "every week": "On which day",
    "every month": "On which day",
    "in December": "On which day",
    "the weekend": "On which day",  # it has begun
    "today": "At what time",
    "this morning": "At what time",
    "November 21": "At what time",
    "Friday at midnight": "Is that midnight at the start or at the end",
    "every Friday at midnight": "Is that midnight",
    "yesterday": "has already passed",
    "today at 8 am": "has already passed",
    "November 20 2026": "has already passed",
    "2020-01-01T10:00": "The time '2020-01-01T10:00' has already passed. When should it be?",
    "the day before yesterday": "has already passed",
}

HORIZONS = {
    "three months": "2027-02-21 23:59",
    "3 months": "2027-02-21 23:59",
    "in three months": "2027-02-21 23:59",
    "within a year": "2027-11-21 23:59",
    "over the next six weeks": "2027-01-02 23:59",
    "in the next year": "2027-11-21 23:59",
    "half a year": "2027-05-21 23:59",
    "a year and a half": "2028-05-21 23:59",
    "within two hours": "2026-11-21 12:00",
    "by next summer": "2027-06-01 23:59",
    "this summer": "2027-08-31 23:59",
    "by the end of the year": "2026-12-31 23:59",
    "before the end of next month": "2026-12-31 23:59",
    "end of March": "2027-03-31 23:59",
    "before Christmas": "2026-12-24 23:59",
    "by Christmas": "2026-12-25 23:59",
    "before my birthday": None,
    "by June": "2027-06-01 23:59",
    "before June": "2027-05-31 23:59",
    "in June": "2027-06-30 23:59",
    "by next June": "2027-06-01 23:59",
    "in five": None,
    "by 2028": "2028-01-01 23:59",
    "in 2028": "2028-12-31 23:59",
    "in 2020": None,
    "next year": "2027-12-31 23:59",
    "next month": "2026-12-31 23:59",
    "by Friday": "2026-11-27 23:59",
    "before Friday": "2026-11-26 23:59",
    "by Friday at five": "2026-11-27 17:00",
    "tomorrow": "2026-11-22 23:59",
    "today": "2026-11-21 23:59",
    "by March 5th": "2027-03-05 23:59",
    "2027-03-01": "2027-03-01 23:59",
    "three to six months": None,
    "every Monday": None,
    "someday": None,
    "no rush": None,
    "yesterday": None,
    "9999 years": None,
    "": None,
}


def _local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


@pytest.mark.parametrize(("text", "meant"), ONCE.items())
def test_once(text: str, meant: str) -> None:
    assert understand(text, NOW, NEW_YORK) == When(_local(meant), None)


@pytest.mark.parametrize(("text", "meant"), RECURRING.items())
def test_recurring(text: str, meant: tuple[str, str]) -> None:
    assert understand(text, NOW, NEW_YORK) == When(_local(meant[0]), meant[1])


@pytest.mark.parametrize(("text", "question"), ASKED_BACK.items())
def test_asked_back_never_guessed(text: str, question: str) -> None:
    with pytest.raises(NotUnderstood) as asked:
        understand(text, NOW, NEW_YORK)
    assert question in str(asked.value)
    assert isinstance(asked.value, IntentError)


@pytest.mark.parametrize(("text", "target"), HORIZONS.items())
def test_horizon(text: str, target: str | None) -> None:
    assert horizon(text, NOW, NEW_YORK) == (None if target is None else _local(target))


@pytest.mark.parametrize(
    ("now", "text", "meant"),
    [
        ("2026-11-21 16:00", "at three", "2026-11-22 15:00"),
        ("2026-11-21 22:30", "at nine", "2026-11-22 09:00"),
        ("2026-11-21 14:00", "at eleven", "2026-11-22 11:00"),  # not at eleven at night
        ("2026-11-21 00:30", "tonight at two", "2026-11-21 02:00"),
        ("2026-11-21 08:00", "today", "2026-11-21 09:00"),
        ("2026-11-16 10:00", "next Tuesday", "2026-11-24 09:00"),  # on a Monday: not tomorrow
        ("2026-11-16 10:00", "Tuesday", "2026-11-17 09:00"),
        ("2026-11-16 10:00", "Monday", "2026-11-23 09:00"),
        ("2026-11-16 10:00", "Monday in two weeks", "2026-11-30 09:00"),
        ("2026-11-18 10:00", "the weekend", "2026-11-21 09:00"),
        ("2026-11-18 10:00", "next weekend", "2026-11-28 09:00"),
        ("2026-11-18 10:00", "end of the week", "2026-11-20 09:00"),
        ("2026-12-31 10:00", "the thirty first at noon", "2026-12-31 12:00"),
        ("2027-01-31 10:00", "in a month", "2027-02-28 09:00"),
        ("2026-12-25 10:00", "Christmas at noon", "2026-12-25 12:00"),
        ("2026-12-26 10:00", "Christmas at noon", "2027-12-25 12:00"),
        ("2027-01-10 10:00", "by this winter", None),
    ],
)
def test_depends_on_the_day(now: str, text: str, meant: str | None) -> None:
    if meant is None:
        assert horizon(text, _local(now), NEW_YORK) is None
    else:
        assert understand(text, _local(now), NEW_YORK).at == _local(meant)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Friday", "2026-11-27 18:00"),
        ("the 25th", "2026-11-25 18:00"),
        ("April 9th", "2027-04-09 18:00"),
        ("in two days", "2026-11-23 18:00"),
        ("next week", "2026-11-23 18:00"),
        ("today", "2026-11-21 18:00"),
        ("2026-12-01", "2026-12-01 18:00"),
        ("Friday morning", "2026-11-27 09:00"),
        ("tomorrow at nine", "2026-11-22 09:00"),
        ("in two hours", "2026-11-21 12:00"),
        ("tonight", "2026-11-21 20:00"),
        ("2026-12-01T09:00", "2026-12-01 09:00"),
    ],
)
def test_the_usual_time_counts_only_where_none_was_said(text: str, meant: str) -> None:
    assert understand(text, NOW, NEW_YORK, usual=time(18)).at == _local(meant)


def test_of_a_usual_time_that_has_passed_the_hour_is_asked() -> None:
    with pytest.raises(NotUnderstood, match="At what time should it be, for 'today'"):
        understand("today", NOW, NEW_YORK, usual=time(7))


@pytest.mark.parametrize(
    ("now", "text", "target"),
    [
        ("2026-12-10 10:00", "by December", "2027-12-01 23:59"),
        ("2026-12-01 10:00", "by December", "2027-12-01 23:59"),
        ("2026-12-10 10:00", "before December", "2027-11-30 23:59"),
        ("2026-12-10 10:00", "until winter", "2027-12-01 23:59"),
        ("2026-12-10 10:00", "in December", "2026-12-31 23:59"),
        ("2026-12-10 10:00", "by December 2026", None),
    ],
)
def test_a_month_that_runs_is_the_next_one_where_its_start_counts(now: str, text: str, target: str | None) -> None:
    assert horizon(text, _local(now), NEW_YORK) == (None if target is None else _local(target))


@pytest.mark.parametrize("name", ["UTC", "Asia/Tokyo", "Asia/Kolkata", "Pacific/Auckland", "America/Los_Angeles"])
def test_the_callers_zone_counts_not_the_servers(name: str) -> None:
    zone = ZoneInfo(name)
    at = understand("tomorrow at five", datetime(2026, 11, 21, 10, tzinfo=UTC), zone).at
    today = datetime(2026, 11, 21, 10, tzinfo=UTC).astimezone(zone)
    assert at.tzinfo is zone
    assert (at.day, at.hour, at.minute) == (today.day + 1, 17, 0)
