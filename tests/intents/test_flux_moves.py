"""Moving a task: which hour it keeps, which tasks are named, and that none hides the others."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from unittest.mock import AsyncMock
from uuid import UUID

import pytest

from dao.client import DaoClient
from dao.records import Origin, RescheduleDraft, Task
from intents.agent import Agent
from intents.toolbox import Toolbox
from tests.intents.conftest import CALLER
from tests.intents.phone import Phone

NOW = datetime(2026, 3, 4, 10, 20, tzinfo=CALLER.timezone)
"""A Wednesday."""

Move = Callable[..., Awaitable[str]]


def task(title: str, at: str | None, number: int = 0, recurrence: str | None = None) -> Task:
    return Task(
        id=UUID(int=number),
        tenant_id="default",
        user_id=CALLER.user_id,
        title=title,
        trigger_type="time" if at else "location",
        trigger_at=datetime.fromisoformat(at).replace(tzinfo=CALLER.timezone) if at else None,
        location=None if at else "the store",
        recurrence=recurrence,
        status="open",
        created_at=NOW,
        origin=Origin(conversation_id=CALLER.conversation_id, call_id=str(number)),
    )


@pytest.fixture
def move(flux: Agent) -> Move:
    """Move one of these tasks; a double of the DAO, for the real one keeps no recurrence that cannot be said."""

    async def run(reference: str, new_time: str, *tasks: Task, now: datetime = NOW) -> str:
        async def reschedule(task_id: UUID, draft: RescheduleDraft) -> Task:
            moved = next(task for task in tasks if task.id == task_id)
            return moved.model_copy(update={"trigger_at": draft.new_time})

        dao = AsyncMock(spec=DaoClient)
        dao.tasks.return_value = tasks
        dao.reschedule_task.side_effect = reschedule
        toolbox = Toolbox(flux, dao, CALLER, lambda: now)
        arguments = {"task_reference": reference, "new_time": new_time}
        return (await toolbox.run("1", "submit_reschedule_intent", arguments)).content

    return run


HOURS = {
    "to friday": "Friday, March 6 at 6 PM",
    "to the 19th": "Thursday, March 19 at 6 PM",
    "april 9th": "Thursday, April 9 at 6 PM",
    "to today": "today at 6 PM",
    "in three days": "Saturday, March 7 at 6 PM",
    "to friday morning": "Friday, March 6 at 9 AM",
    "to the 9th at nine": "Monday, March 9 at 9 AM",
    "in two hours": "today at 12:20 PM",
}


@pytest.mark.parametrize(("said", "told"), HOURS.items())
async def test_a_task_keeps_its_hour_unless_one_is_said(said: str, told: str, move: Move) -> None:
    assert await move("call mom", said, task("Call mom", "2026-03-05 18:00")) == f"Task moved: Call mom, now {told}."


async def test_a_length_in_hours_that_ends_at_nine_is_no_guess(move: Move) -> None:
    early = NOW.replace(hour=7, minute=0, second=30)
    answer = await move("call mom", "in two hours", task("Call mom", "2026-03-05 18:00"), now=early)
    assert answer == "Task moved: Call mom, now today at 9 AM."


async def test_a_task_at_a_place_has_no_hour_to_keep(move: Move) -> None:
    assert await move("buy milk", "friday", task("Buy milk", None)) == (
        "Task moved: Buy milk, now Friday, March 6 at 9 AM."
    )


@pytest.mark.parametrize("rule", ["FREQ=WEEKLY;BYDAY=MO;COUNT=5", "weekly", "FREQ=SECONDLY"])
async def test_a_recurrence_without_words_hides_no_task(rule: str, move: Move) -> None:
    odd, other = task("Water the plants", "2026-03-09 18:00", 1, rule), task("Call mom", "2026-03-09 18:00", 2)
    assert await move("call mom", "friday", odd, other) == "Task moved: Call mom, now Friday, March 6 at 6 PM."
    assert await move("water the plants", "friday", odd, other) == (
        "Task moved: Water the plants, now Friday, March 6 at 6 PM, and it still repeats."
    )
    assert await move("plants", "friday", odd, task("Water the plants", "2026-03-10 18:00", 3)) == (
        "I found two: “Water the plants, repeating, first Monday, March 9 at 6 PM” and "
        "“Water the plants, Tuesday, March 10 at 6 PM”. Which one?"
    )


async def test_of_namesakes_the_coming_one_moves(move: Move) -> None:
    days = ("2026-01-07 18:00", "2026-02-04 18:00", "2026-03-05 19:00")
    tasks = [task("Call mom", day, number) for number, day in enumerate(days)]
    assert await move("call mom", "friday", *tasks) == "Task moved: Call mom, now Friday, March 6 at 7 PM."


async def test_who_names_no_task_hears_which_there_are(move: Move) -> None:
    answer = await move("dentist", "friday", task("Call mom", "2026-03-05 18:00"))
    assert answer == "I found no task like dentist. You have only “Call mom”. Do you mean that one?"
    old, place = task("Pay the rent", "2026-01-05 18:00", 1), task("Buy milk", None, 2)
    soon, later = task("Call mom", "2026-03-05 18:00", 3), task("Call dad", "2026-03-06 18:00", 4)
    assert await move("dentist", "friday", old, place, later, soon) == (
        "I found no task like dentist. You have “Call mom”, “Call dad”, “Buy milk” and 1 more. Which one do you mean?"
    )
    assert await move("dentist", "friday", old, later) == (
        "I found no task like dentist. You have “Call dad” and “Pay the rent”. Which one do you mean?"
    )


async def test_a_named_task_is_taken(phone: Phone) -> None:
    await phone.say("remind me to call mom on monday at nine")
    assert (await phone.say("move my dentist appointment to friday")).endswith("Do you mean that one?")
    assert await phone.say("yes") == "Task moved: Call mom, now Friday, March 13 at 9 AM."
    await phone.say("remind me to buy milk on sunday at nine")
    assert (await phone.say("move my dentist appointment to saturday")).endswith("Which one do you mean?")
    assert await phone.say("the second one") == "Task moved: Call mom, now tomorrow at 9 AM."
