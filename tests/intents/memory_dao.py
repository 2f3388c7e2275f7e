"""The data service in memory, for conversations on the fake clock, where there are no sockets and no threads."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from dao.client import DaoClient
from dao.errors import DaoConflict, DaoNotFound
from dao.records import Goal, GoalDraft, Origin, Reschedule, RescheduleDraft, Status, Task, TaskDraft


class MemoryDao(DaoClient):
    """Keeps goals and tasks as the service does: once per origin, oldest first.

    Each write takes `delay` seconds. `test_memory_dao.py` holds it against the real service. Everything else
    that a client can do would go to an address where nobody answers.
    """

    def __init__(self, now: Callable[[], datetime], delay: float = 0.0) -> None:
        super().__init__("http://nobody.invalid")
        self.delay = delay
        self._now = now
        self._goals: dict[UUID, Goal] = {}
        self._tasks: dict[UUID, Task] = {}
        self._origins: dict[Origin, tuple[object, UUID]] = {}

    async def create_goal(self, draft: GoalDraft) -> Goal:
        await asyncio.sleep(self.delay)
        if (kept := self._kept(draft.origin, draft)) is not None:
            return self._goals[kept]
        goal = Goal(**dict(draft), id=uuid4(), tenant_id="default", status="open", created_at=self._now())
        self._goals[goal.id] = goal
        self._origins[draft.origin] = draft, goal.id
        return goal

    async def goals(self, user_id: UUID, *, status: Status | None = None) -> Sequence[Goal]:
        return [goal for goal in self._goals.values() if goal.user_id == user_id and status in (None, goal.status)]

    async def create_task(self, draft: TaskDraft) -> Task:
        await asyncio.sleep(self.delay)
        if (kept := self._kept(draft.origin, draft)) is not None:
            return self._tasks[kept]
        task = Task(**dict(draft), id=uuid4(), tenant_id="default", status="open", created_at=self._now())
        self._tasks[task.id] = task
        self._origins[draft.origin] = draft, task.id
        return task

    async def tasks(self, user_id: UUID, *, status: Status | None = None) -> Sequence[Task]:
        return [task for task in self._tasks.values() if task.user_id == user_id and status in (None, task.status)]

    async def reschedule_task(self, task_id: UUID, draft: RescheduleDraft) -> Task:
        await asyncio.sleep(self.delay)
        task = self._tasks.get(task_id)
        if task is None:
            raise DaoNotFound(f"there is no task {task_id}")
        if self._kept(draft.origin, (task_id, draft)) is None:
            move = Reschedule(from_at=task.trigger_at, to_at=draft.new_time, reason=draft.reason, at=self._now())
            changes = {"trigger_at": draft.new_time, "trigger_type": "time", "reschedules": (*task.reschedules, move)}
            self._tasks[task_id] = task.model_copy(update=changes)
            self._origins[draft.origin] = (task_id, draft), task_id
        return self._tasks[task_id]

    def _kept(self, origin: Origin, asked: object) -> UUID | None:
        if origin not in self._origins:
            return None
        earlier, kept = self._origins[origin]
        if earlier != asked:
            raise DaoConflict(f"call id {origin.call_id!r} was used before for something else")
        return kept
