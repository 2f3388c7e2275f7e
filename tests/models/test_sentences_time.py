"""What looks like a time in a sentence, and what a corrected time becomes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.llm.spoken_time import MARKS, amended, is_time, marked, names_nothing, spelled, time_in, unmarked

TIMES = (
    """
tomorrow|tomorrow at noon|at five|five|on Friday at nine|next Tuesday at ten|in two weeks|every Monday morning
the day after tomorrow at noon|half past three|at half past eleven on wednesday|end of the month|the end of the year
by next summer|three months|in three months|two hours|next weekend|Thursday afternoon|5:30 pm|at 5 p.m.|17:00
on the 3rd of december|march 3|june first|the fifteenth|in the evening|tomorrow evening|six o'clock|noon
monday and wednesday at six|every other day at nine|later|2026-03-04T10:00|this year|may|by the end of march|christmas
in an hour and a half|half an hour|twenty minutes|at nine in the morning tomorrow|a week from friday|in the morning
first thing tomorrow|a couple of days|in a few minutes|seven thirty
quarter to nine tomorrow|daily|next month|tonight at eight|friday the 13th
""".replace("\n", "|")
    .strip("|")
    .split("|")
)
OTHER = ["banana", "mom", "the garage", "to the office", "my friend", "", "?", "a dozen eggs", "three friends", "Mayor"]


@pytest.mark.parametrize("text", TIMES)
def test_this_is_a_time(text: str) -> None:
    assert is_time(text)
    assert (time_in(f"{text}.") or "").rstrip(".") == text.rstrip(".")
    assert time_in(text.upper()) == text.upper()


@pytest.mark.parametrize("text", OTHER)
def test_this_is_none(text: str) -> None:
    assert not is_time(text) and time_in(text) is None


def test_a_time_is_found_in_an_answer() -> None:
    assert time_in("um I think maybe Friday at ten would be best") == "Friday at ten"


CORRECTIONS = [
    ("tomorrow at noon", "Friday", "Friday at noon"),
    ("tomorrow at noon", "at five", "tomorrow at five"),
    ("tomorrow", "five", "tomorrow at five"),
    ("friday", "saturday at ten", "saturday at ten"),
    ("every monday at six", "at seven", "every monday at seven"),
    ("friday the 13th", "at nine", "friday the 13th at nine"),
    ("in two hours", "friday", "friday"),
    ("next friday at nine", "in the morning", "next friday in the morning"),
    ("blursday", "at nine", "at nine"),
    ("in two hours", "three hours", "in three hours"),
    ("friday at midnight", "at the end of the day", "friday at 11:59 pm"),
    ("friday at midnight", "the start of the day", "friday at 12 am"),
]


@pytest.mark.parametrize(("old", "new", "meant"), CORRECTIONS)
def test_a_corrected_time_keeps_what_was_not_corrected(old: str, new: str, meant: str) -> None:
    assert amended(old, new) == meant


def test_of_two_times_in_an_answer_none_is_picked() -> None:
    assert time_in("either tomorrow or maybe friday") is None


@pytest.mark.parametrize("text", ["tomorrow", "Friday at three", "next", "the", "on", "next tuesday"])
def test_a_time_names_nothing(text: str) -> None:
    assert names_nothing(text)


@pytest.mark.parametrize("text", ["lunch", "christmas", "friday drinks", "two", "the meeting"])
def test_a_thing_may_sound_like_a_time(text: str) -> None:
    assert not names_nothing(text)


def test_misspelled_days_are_put_right() -> None:
    assert (
        spelled("Call me tomorow or on Wendesday, not on Mondays") == "Call me tomorrow or on wednesday, not on Mondays"
    )


@given(st.text(max_size=100))
def test_marks_come_and_go(text: str) -> None:
    assert unmarked(marked(unmarked(text), MARKS)) == unmarked(text)
    found = time_in(text)
    assert found is None or found in text
    assert isinstance(amended(text, text), str)
