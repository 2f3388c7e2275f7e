"""Until when a goal is to be reached, from what is said to what is kept."""

import pytest

from dao.client import DaoClient
from tests.intents.conftest import CALLER
from tests.intents.phone import Phone

# On March 6, 2026: what is said behind "learn guitar", the timeline as it is kept, and the last day.
TIMELINES = {
    "by june": ("june", "2026-06-01"),
    "before june": ("june", "2026-05-31"),
    "in june": ("june", "2026-06-30"),
    "before christmas": ("christmas", "2026-12-24"),
    "by christmas": ("christmas", "2026-12-25"),
    "by march": ("march", "2027-03-01"),
    "by next summer": ("next summer", "2026-06-01"),
    "until the end of the year": ("the end of the year", "2026-12-31"),
    "in three months": ("three months", "2026-06-06"),
    "within a year": ("a year", "2027-03-06"),
    "this year": ("this year", "2026-12-31"),
}


@pytest.mark.parametrize(("said", "kept"), TIMELINES.items())
@pytest.mark.parametrize("sentence", ["I want to learn guitar {}", "{} I want to learn guitar"])
async def test_by_and_before_count(
    sentence: str, said: str, kept: tuple[str, str], phone: Phone, dao: DaoClient
) -> None:
    timeline, day = kept
    answer = await phone.say(sentence.format(said))
    assert answer == f"Goal created: Learn guitar with a target of {timeline}."
    (goal,) = await dao.goals(CALLER.user_id)
    assert goal.timeline == timeline and goal.target_date is not None
    assert goal.target_date.astimezone(CALLER.timezone).isoformat()[:16] == f"{day}T23:59"
