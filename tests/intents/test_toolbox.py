"""The toolbox: validation, dispatch, failures, and that nothing is done twice."""

import asyncio
from collections.abc import Mapping
from typing import Any
from unittest.mock import AsyncMock

import pytest
import structlog

from dao.client import DaoClient
from dao.errors import DaoConflict, DaoDeleted, DaoRejected, DaoUnavailable
from intents.agent import Agent
from intents.toolbox import GONE, Toolbox, ToolContext, ToolOutcome
from tests.intents.conftest import CALLER, NOW

GOAL = {"goal_statement": "learn guitar", "timeline": "3 months"}


@pytest.fixture
def offline(flux: Agent) -> Toolbox:
    """A toolbox whose DAO is never to be asked."""
    return Toolbox(flux, AsyncMock(spec=DaoClient), CALLER, lambda: NOW)


async def test_a_goal_as_in_the_contract(toolbox: Toolbox, dao: DaoClient) -> None:
    outcome = await toolbox.run("fc_123", "submit_goal_intent", GOAL)
    assert outcome.content == "Goal created: Learn guitar with a target of 3 months."
    assert outcome.status == "done" and outcome.record is not None
    (goal,) = await dao.goals(CALLER.user_id)
    assert outcome.record["id"] == str(goal.id)
    assert (goal.origin.conversation_id, goal.origin.call_id) == (CALLER.conversation_id, "fc_123")


async def test_the_same_call_is_done_once(toolbox: Toolbox, dao: DaoClient, flux: Agent) -> None:
    first, second = await asyncio.gather(*(toolbox.run("1:0:0", "submit_goal_intent", GOAL) for _ in range(2)))
    assert first == second
    # Another process, say after a restart: the DAO knows the origin.
    elsewhere = Toolbox(flux, dao, CALLER, lambda: NOW)
    assert (await elsewhere.run("1:0:0", "submit_goal_intent", GOAL)).record == first.record
    assert len(await dao.goals(CALLER.user_id)) == 1


async def test_a_call_id_is_not_used_for_something_else(toolbox: Toolbox, dao: DaoClient) -> None:
    await toolbox.run("1:0:0", "submit_goal_intent", GOAL)
    other = await toolbox.run("1:0:0", "submit_goal_intent", {"goal_statement": "swim"})
    assert other.status == "rejected" and "call id" in other.content
    assert len(await dao.goals(CALLER.user_id)) == 1


async def test_an_unknown_tool_is_rejected_with_the_known_ones(offline: Toolbox) -> None:
    outcome = await offline.run("1", "order_pizza", {})
    assert outcome.status == "rejected"
    assert "submit_goal_intent, submit_new_task_intent, submit_reschedule_intent" in outcome.content


WRONG: dict[str, tuple[str, dict[str, Any], list[str]]] = {
    "missing": ("submit_goal_intent", {}, ["The goal statement is missing."]),
    "blank": ("submit_goal_intent", {"goal_statement": "  "}, ["The goal statement is missing."]),
    "unknown field": (
        "submit_goal_intent",
        {**GOAL, "colour": "red"},
        ["There is no colour to be given: leave it out."],
    ),
    "wrong type": ("submit_goal_intent", {"goal_statement": ["guitar"]}, ["The goal statement must be a text."]),
    "too long": (
        "submit_new_task_intent",
        {"title": "x" * 501, "trigger_type": "time"},
        ["The title is too long: at most 500 characters."],
    ),
    "not in the enum": (
        "submit_new_task_intent",
        {"title": "call mom", "trigger_type": "mood"},
        ["The trigger type must be time or location."],
    ),
    "time without a time": (
        "submit_new_task_intent",
        {"title": "call mom", "trigger_type": "time"},
        ["The trigger time is missing: the trigger type time needs it."],
    ),
    "place without a place": (
        "submit_new_task_intent",
        {"title": "call mom", "trigger_type": "location", "trigger_time": "noon", "location": " "},
        ["The location is missing: the trigger type location needs it."],
    ),
    "several": (
        "submit_reschedule_intent",
        {"reason": 3},
        ["The task reference is missing. The new time is missing. The reason must be a text."],
    ),
}


@pytest.mark.parametrize(("name", "arguments", "told"), WRONG.values(), ids=WRONG.keys())
async def test_each_wrong_field_is_named_in_words_for_model_and_caller(
    name: str, arguments: Mapping[str, Any], told: list[str], offline: Toolbox
) -> None:
    outcome = await offline.run("1", name, arguments)
    assert outcome.status == "rejected"
    assert all(part in outcome.content for part in told), outcome.content
    assert "_" not in outcome.content and "string" not in outcome.content


async def test_blank_optional_arguments_are_absent(toolbox: Toolbox) -> None:
    arguments = {"goal_statement": " learn guitar ", "timeline": "", "context": None}
    assert (await toolbox.run("1", "submit_goal_intent", arguments)).content == "Goal created: Learn guitar."


async def test_a_time_that_is_not_understood_is_asked_back(toolbox: Toolbox, dao: DaoClient) -> None:
    arguments = {"title": "call mom", "trigger_type": "time", "trigger_time": "when pigs fly"}
    outcome = await toolbox.run("1", "submit_new_task_intent", arguments)
    assert outcome.status == "rejected" and outcome.content.endswith("When should it be?")
    assert not await dao.tasks(CALLER.user_id)


async def test_a_separate_recurrence_counts(toolbox: Toolbox, dao: DaoClient) -> None:
    arguments = {"title": "swim", "trigger_type": "time", "trigger_time": "at seven", "recurrence": "every Tuesday"}
    await toolbox.run("1", "submit_new_task_intent", arguments)
    (task,) = await dao.tasks(CALLER.user_id)
    assert task.recurrence == "FREQ=WEEKLY;BYDAY=TU"
    assert task.trigger_at is not None and task.trigger_at.astimezone(CALLER.timezone).hour == 7


@pytest.mark.parametrize("nothing", ["none", "None.", "once", "never", "no", "null"])
async def test_no_recurrence_in_words_is_none(nothing: str, toolbox: Toolbox, dao: DaoClient) -> None:
    arguments = {"title": "swim", "trigger_type": "time", "trigger_time": "at seven", "recurrence": nothing}
    outcome = await toolbox.run("1", "submit_new_task_intent", arguments)
    assert outcome.content == "Task created: Swim, today at 7 PM."
    (task,) = await dao.tasks(CALLER.user_id)
    assert task.recurrence is None


async def test_a_vague_timeline_is_kept_in_words(toolbox: Toolbox, dao: DaoClient) -> None:
    await toolbox.run("1", "submit_goal_intent", {"goal_statement": "learn guitar", "timeline": "someday"})
    (goal,) = await dao.goals(CALLER.user_id)
    assert (goal.timeline, goal.target_date) == ("someday", None)


async def test_what_the_dao_refuses_is_said(flux: Agent) -> None:
    dao = AsyncMock(spec=DaoClient)
    dao.create_goal.side_effect = DaoRejected("odd")
    toolbox = Toolbox(flux, dao, CALLER, lambda: NOW)
    outcome = await toolbox.run("1", "submit_goal_intent", GOAL)
    assert outcome == ToolOutcome("I could not save that just now. Please try again in a moment.", "failed")
    dao.create_goal.side_effect = DaoConflict("used")
    assert (await toolbox.run("2", "submit_goal_intent", GOAL)).status == "rejected"


async def test_what_is_refused_as_deleted_is_not_called_saved(flux: Agent) -> None:
    dao = AsyncMock(spec=DaoClient)
    toolbox = Toolbox(flux, dao, CALLER, lambda: NOW)
    for error in (DaoUnavailable("lost"), DaoDeleted("gone")):  # in doubt first, and then asked again
        dao.create_goal.side_effect = error
        outcome = await toolbox.run("1:0:0", "submit_goal_intent", GOAL)
    assert (outcome.content, outcome.status) == (GONE, "rejected")


async def test_a_bug_is_logged_without_the_callers_words(flux: Agent) -> None:
    async def broken(arguments: Any, context: ToolContext) -> ToolOutcome:
        raise ValueError(arguments.goal_statement)

    agent = Agent(flux.name, flux.greeting, flux.prompt, flux.intents, {**flux.handlers, "submit_goal_intent": broken})
    toolbox = Toolbox(agent, AsyncMock(spec=DaoClient), CALLER, lambda: NOW)
    with structlog.testing.capture_logs() as logs:
        outcome = await toolbox.run("1", "submit_goal_intent", {"goal_statement": "my secret"})
    assert outcome.status == "failed" and "secret" not in outcome.content
    assert [entry["error"] for entry in logs] == ["ValueError"]
    assert "secret" not in str(logs) and "test_toolbox.py" in str(logs)


async def test_cancellation_passes_through(flux: Agent) -> None:
    dao = AsyncMock(spec=DaoClient)
    dao.create_goal.side_effect = asyncio.CancelledError
    with pytest.raises(asyncio.CancelledError):
        await Toolbox(flux, dao, CALLER, lambda: NOW).run("1", "submit_goal_intent", GOAL)
