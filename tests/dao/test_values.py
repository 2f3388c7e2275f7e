"""What drafts refuse, and what they leave as it is."""

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from dao.records import Wire
from tests.dao import samples

Draft = Callable[..., Wire]

REFUSED: list[tuple[Draft, str, str]] = [
    *((samples.user, "timezone", name) for name in ("Mars/Olympus", "", "America", "../etc/passwd", "Europe/Berlin ")),
    (samples.goal, "statement", " "),
    *((samples.task, "title", text) for text in ("", " ", "\n\t", "x" * 501)),
    *((samples.task, "location", text) for text in ("", " ", "x" * 501)),
    *(
        (samples.task, "recurrence", rule)
        for rule in (
            *("", "every Monday", "FREQ=SOMETIMES", "BYDAY=MO", "FREQ=WEEKLY;BYDAY=XX", "FREQ=DAILY;COLOUR=RED"),
            *("FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;INTERVAL=-1", "freq=daily;count=0", "FREQ=DAILY;UNTIL=20261231"),
            *("RRULE:FREQ=DAILY", "DTSTART:20260101T000000\nRRULE:FREQ=DAILY", " FREQ=DAILY", "FREQ=DAILY;" * 30),
        )
    ),
]


@pytest.mark.parametrize(("draft", "field", "value"), REFUSED)
def test_a_value_that_means_nothing_is_refused_by_its_field(draft: Draft, field: str, value: str) -> None:
    with pytest.raises(ValidationError) as refused:
        draft(**{field: value})
    assert [error["loc"] for error in refused.value.errors()] == [(field,)]


@pytest.mark.parametrize(
    ("draft", "field", "value"),
    [
        (samples.user, "timezone", "America/Argentina/Buenos_Aires"),
        (samples.task, "location", None),
        (samples.task, "recurrence", None),
        (samples.task, "recurrence", "FREQ=MONTHLY;INTERVAL=2;BYDAY=-1FR"),
        (samples.task, "recurrence", "FREQ=DAILY;INTERVAL=10;UNTIL=20261231T000000Z"),
        # It never comes, but to find that out could take for ever.
        (samples.task, "recurrence", "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30"),
    ],
)
def test_a_value_that_means_something_is_kept_as_it_is(draft: Draft, field: str, value: Any) -> None:
    assert getattr(draft(**{field: value}), field) == value


def test_words_lose_the_blanks_around_them() -> None:
    assert samples.task(title=" call  mom\n").title == "call  mom"
