"""A write whose answer was lost: nobody may know whether it was kept, but it is never kept twice."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import AsyncMock

import pytest

from dao.client import DaoClient
from dao.errors import DaoGivenUp, DaoNotKept, DaoUnavailable
from intents.agent import Agent
from intents.toolbox import NOT_SAVED, REMEMBERED, REUSED, SAVED_BEFORE, UNKNOWN, Toolbox
from tests.intents.conftest import CALLER, NOW

TASK = {"title": "stretch", "trigger_type": "time", "trigger_time": "in two hours"}
MOVE = {"task_reference": "stretch", "new_time": "tomorrow"}


class Clock:
    now = NOW

    def __call__(self) -> datetime:
        return self.now

    def passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def toolbox(flux: Agent, dao: DaoClient, clock: Clock) -> Toolbox:
    return Toolbox(flux, dao, CALLER, clock)


Lose = Callable[..., None]


@pytest.fixture
def lose(dao: DaoClient, monkeypatch: pytest.MonkeyPatch) -> Lose:
    """Let the next call of a method get no answer, after it was done or before."""

    def lose_next(name: str, *, kept: bool = True, error: BaseException | None = None) -> None:
        method: Callable[..., Awaitable[Any]] = getattr(dao, name)

        async def lost(*args: Any, **options: Any) -> Any:
            monkeypatch.setattr(dao, name, method)
            if kept:
                await method(*args, **options)
            raise error or DaoUnavailable("no answer")

        monkeypatch.setattr(dao, name, lost)

    return lose_next


@pytest.mark.parametrize("call_id", ["1:0:0", "2:0:0"], ids=["same call id", "said again"])
@pytest.mark.parametrize("kept", [True, False])
async def test_a_retry_is_the_first_request(
    call_id: str, kept: bool, toolbox: Toolbox, dao: DaoClient, clock: Clock, lose: Lose
) -> None:
    lose("create_task", kept=kept)
    first = await toolbox.run("1:0:0", "submit_new_task_intent", TASK)
    assert (first.content, first.status) == (UNKNOWN, "failed")
    clock.passes(3)
    again = await toolbox.run(call_id, "submit_new_task_intent", TASK)
    assert (again.content, again.status) == ("Task created: Stretch, today at noon.", "done")
    (task,) = await dao.tasks(CALLER.user_id)
    assert task.trigger_at == NOW + timedelta(hours=2) and task.origin.call_id == "1:0:0"
    assert await toolbox.run(call_id, "submit_new_task_intent", TASK) == again


async def test_much_later_the_time_counts_from_then_on(
    toolbox: Toolbox, dao: DaoClient, clock: Clock, lose: Lose
) -> None:
    lose("create_task", kept=False)
    await toolbox.run("1:0:0", "submit_new_task_intent", TASK)
    clock.passes(600)
    again = await toolbox.run("2:0:0", "submit_new_task_intent", TASK)
    assert again.content == "Task created: Stretch, today at 12:10 PM."


async def test_much_later_what_was_kept_is_not_kept_again(
    toolbox: Toolbox, dao: DaoClient, clock: Clock, lose: Lose
) -> None:
    lose("create_task")
    await toolbox.run("1:0:0", "submit_new_task_intent", TASK)
    clock.passes(600)
    again = await toolbox.run("2:0:0", "submit_new_task_intent", TASK)
    assert (again.content, again.status) == (SAVED_BEFORE, "done")
    assert len(await dao.tasks(CALLER.user_id)) == 1


async def test_a_move_is_retried_too(toolbox: Toolbox, dao: DaoClient, clock: Clock, lose: Lose) -> None:
    await toolbox.run("1:0:0", "submit_new_task_intent", TASK)
    lose("reschedule_task")
    assert (await toolbox.run("2:0:0", "submit_reschedule_intent", MOVE)).content == UNKNOWN
    clock.passes(3)
    again = await toolbox.run("3:0:0", "submit_reschedule_intent", MOVE)
    assert again.content == "Task moved: Stretch, now tomorrow at noon."
    (task,) = await dao.tasks(CALLER.user_id)
    assert len(task.reschedules) == 1


async def test_a_run_that_was_cut_off_is_retried_too(toolbox: Toolbox, dao: DaoClient, lose: Lose) -> None:
    lose("create_task", error=asyncio.CancelledError())
    with pytest.raises(asyncio.CancelledError):
        await toolbox.run("1:0:0", "submit_new_task_intent", TASK)
    assert (await toolbox.run("2:0:0", "submit_new_task_intent", TASK)).status == "done"
    assert len(await dao.tasks(CALLER.user_id)) == 1


async def test_before_a_write_nothing_is_in_doubt(toolbox: Toolbox, lose: Lose) -> None:
    lose("tasks")
    assert (await toolbox.run("1:0:0", "submit_reschedule_intent", MOVE)).content == NOT_SAVED


async def test_the_same_asked_twice_on_purpose_is_kept_twice(toolbox: Toolbox, dao: DaoClient) -> None:
    for call_id in ("1:0:0", "2:0:0"):
        await toolbox.run(call_id, "submit_new_task_intent", TASK)
    assert len(await dao.tasks(CALLER.user_id)) == 2


async def test_in_doubt_a_call_id_is_not_used_for_something_else(toolbox: Toolbox, dao: DaoClient, lose: Lose) -> None:
    lose("create_task")
    await toolbox.run("1:0:0", "submit_new_task_intent", TASK)
    assert (await toolbox.run("1:0:0", "submit_new_task_intent", {**TASK, "title": "swim"})).content == REUSED
    assert (await toolbox.run("1:0:0", "submit_new_task_intent", TASK)).status == "done"
    assert len(await dao.tasks(CALLER.user_id)) == 1


async def test_a_failure_that_is_certain_is_told_as_one(toolbox: Toolbox, dao: DaoClient, lose: Lose) -> None:
    lose("create_task", kept=False, error=DaoNotKept("refused"))
    assert (await toolbox.run("1:0:0", "submit_new_task_intent", TASK)).content == NOT_SAVED
    assert (await toolbox.run("2:0:0", "submit_new_task_intent", TASK)).status == "done"
    (task,) = await dao.tasks(CALLER.user_id)
    assert task.origin.call_id == "2:0:0"


@pytest.mark.parametrize(("call_id", "used"), [("2:0:0", "2:0:0"), ("1:0:0", "1:0:0~2")], ids=["said again", "same id"])
async def test_what_was_found_not_to_be_kept_is_asked_for_under_another_id(
    call_id: str, used: str, toolbox: Toolbox, dao: DaoClient, clock: Clock, lose: Lose
) -> None:
    """Meanwhile the truth about the first attempt was looked up, and its call id given up."""
    lose("create_task", kept=False)
    assert (await toolbox.run("1:0:0", "submit_new_task_intent", TASK)).content == UNKNOWN
    clock.passes(30)
    lose("create_task", kept=False, error=DaoGivenUp("1:0:0"))
    again = await toolbox.run(call_id, "submit_new_task_intent", TASK)
    assert (again.content, again.status) == ("Task created: Stretch, today at noon.", "done")
    (task,) = await dao.tasks(CALLER.user_id)
    assert task.origin.call_id == used
    assert await toolbox.run(call_id, "submit_new_task_intent", TASK) == again


async def test_a_call_id_that_is_given_up_twice_is_a_failure(toolbox: Toolbox, dao: DaoClient, lose: Lose) -> None:
    lose("create_task", kept=False)
    await toolbox.run("1:0:0", "submit_new_task_intent", TASK)
    create = dao.create_task
    dao.create_task = AsyncMock(side_effect=DaoGivenUp("1:0:0"))  # type: ignore[method-assign]
    assert (await toolbox.run("1:0:0", "submit_new_task_intent", TASK)).content == NOT_SAVED
    dao.create_task = create  # type: ignore[method-assign]
    assert await dao.tasks(CALLER.user_id) == []


async def test_settled_runs_are_not_remembered_for_ever_but_those_in_doubt_are(
    toolbox: Toolbox, dao: DaoClient, lose: Lose
) -> None:
    lose("create_task")
    assert (await toolbox.run("0", "submit_new_task_intent", TASK)).content == UNKNOWN
    for number in range(REMEMBERED + 50):
        assert (await toolbox.run(f"n{number}", "submit_goal_intent", {})).status == "rejected"
    assert len(toolbox._runs) == REMEMBERED + 1
    assert (await toolbox.run("again", "submit_new_task_intent", TASK)).status == "done"
    assert len(await dao.tasks(CALLER.user_id)) == 1
