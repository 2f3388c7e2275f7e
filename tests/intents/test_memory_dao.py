"""The data service in memory does what the real one does, as far as Flux needs it."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from dao.client import DaoClient
from dao.errors import DaoConflict, DaoNotFound
from dao.records import Goal, GoalDraft, Origin, RescheduleDraft, Task, TaskDraft
from tests.intents.conftest import CALLER, NOW
from tests.intents.memory_dao import MemoryDao

NOON = datetime(2026, 3, 7, 11, 0, tzinfo=UTC)
LATER = datetime(2026, 3, 9, 11, 0, tzinfo=UTC)
MINTED = {"id", "created_at"}


def origin(call_id: str) -> Origin:
    return Origin(conversation_id=CALLER.conversation_id, call_id=call_id)


def task(title: str, call_id: str) -> TaskDraft:
    return TaskDraft(user_id=CALLER.user_id, title=title, trigger_type="time", trigger_at=NOON, origin=origin(call_id))


def plain(records: list[Goal | Task]) -> list[dict[str, object]]:
    found = []
    for record in records:
        values = {name: value for name, value in dict(record).items() if name not in MINTED}
        if isinstance(record, Task):
            values["reschedules"] = [(move.from_at, move.to_at, move.reason) for move in record.reschedules]
        found.append(values)
    return found


async def everything(dao: DaoClient) -> list[dict[str, object]]:
    """Write, repeat and move, and return what is kept then."""
    await dao.create_goal(GoalDraft(user_id=CALLER.user_id, statement="Learn guitar", origin=origin("1")))
    first = await dao.create_task(task("Call mom", "2"))
    assert (await dao.create_task(task("Call mom", "2"))).id == first.id
    await dao.create_task(task("Call dad", "3"))
    with pytest.raises(DaoConflict):
        await dao.create_task(task("Call bob", "3"))
    move = RescheduleDraft(new_time=LATER, reason="busy", origin=origin("4"))
    await dao.reschedule_task(first.id, move)
    assert (await dao.reschedule_task(first.id, move)).trigger_at == LATER
    with pytest.raises(DaoNotFound):
        await dao.reschedule_task(uuid4(), RescheduleDraft(new_time=LATER, origin=origin("5")))
    assert not await dao.tasks(CALLER.user_id, status="done") and not await dao.tasks(uuid4())
    return plain([*await dao.goals(CALLER.user_id), *await dao.tasks(CALLER.user_id, status="open")])


async def test_it_keeps_what_the_service_keeps(dao: DaoClient) -> None:
    assert await everything(MemoryDao(lambda: NOW)) == await everything(dao)
