"""A task that was done or cancelled while its move was talked about: what the model, and so the caller, is told."""

from datetime import UTC, datetime
from unittest.mock import AsyncMock
from uuid import uuid4
from zoneinfo import ZoneInfo

from dao.client import DaoClient
from dao.errors import DaoNotOpen
from dao.records import Task
from intents.agent import load_agent
from intents.toolbox import Caller, Toolbox
from tests.dao import samples


async def test_a_move_that_comes_too_late_is_not_called_a_reused_call_id() -> None:
    dao = AsyncMock(spec=DaoClient)
    kept = {"id": uuid4(), "tenant_id": "default", "status": "open", "created_at": samples.NOON}
    dao.tasks.return_value = [Task.model_validate(dict(samples.task()) | kept)]
    dao.reschedule_task.side_effect = DaoNotOpen("it is done")
    caller = Caller("default", samples.ALICE, samples.CALL, ZoneInfo("UTC"))
    toolbox = Toolbox(load_agent("flux"), dao, caller, lambda: datetime(2026, 3, 1, 8, tzinfo=UTC))
    asked = {"task_reference": "call mom", "new_time": "tomorrow at five"}
    outcome = await toolbox.run("1", "submit_reschedule_intent", asked)
    assert (outcome.status, outcome.content) == ("rejected", "That task is not open any more, so it cannot be moved.")
