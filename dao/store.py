"""Reads and writes the records of one tenant at a time; every write may be repeated without harm."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker

from dao.database import database_address, open_engine, opening
from dao.deleting import enter, enter_for, refuse_for
from dao.errors import DaoConflict, DaoDeleted, DaoNotFound, DaoNotKept, DaoNotOpen, DaoRejected, DaoUnavailable
from dao.migrations import migrate
from dao.queries import Listing, Page, RecordT
from dao.records import (
    Conversation,
    ConversationDraft,
    ConversationStatus,
    ConversationUpdate,
    Goal,
    GoalDraft,
    Message,
    MessageDraft,
    RescheduleDraft,
    Task,
    TaskDraft,
    ToolCall,
    ToolCallDraft,
    Turn,
    TurnDraft,
    User,
    UserDraft,
)
from dao.rows import KINDS, columns, origin_columns, record
from dao.settling import abandoned, close, refuse_given_up, settle, unsettled
from dao.tables import (
    ConversationRow,
    GoalRow,
    MessageRow,
    RescheduleRow,
    Row,
    TaskRow,
    ToolCallRow,
    TurnRow,
    UserRow,
)
from dao.transactions import Transaction, begin

OriginT = TypeVar("OriginT", GoalRow, TaskRow)


def _now() -> datetime:
    return datetime.now(UTC)


class Store:
    """The records in one database.

    Methods take the tenant first and raise `DaoNotFound`, `DaoConflict`, `DaoNotOpen`, `DaoRejected` and, when the
    database does not answer, `DaoUnavailable`.
    """

    def __init__(self, engine: AsyncEngine, now: Callable[[], datetime] = _now) -> None:
        self._sessions = async_sessionmaker(engine, expire_on_commit=False)
        self._now = now

    @classmethod
    @asynccontextmanager
    async def open(
        cls, database_url: str, *, pool_size: int = 10, statement_timeout: float = 4.0
    ) -> AsyncIterator["Store"]:
        """Migrate the database and keep it open; raises `DaoError` that says what to do when it cannot be.

        The limits are those of `open_engine`.
        """
        await migrate(database_url)
        url = database_address(database_url)
        engine = open_engine(url, pool_size=pool_size, statement_timeout=statement_timeout)
        try:
            async with opening(url):
                store = cls(engine)
                await store.check()
            yield store
        finally:
            await engine.dispose()

    def begin(self, tenant: str) -> AbstractAsyncContextManager[Transaction]:
        """Open a transaction; see `dao.transactions.begin`."""
        return begin(self._sessions, tenant)

    def now(self) -> datetime:
        """Return the time by the store's clock."""
        return self._now()

    async def check(self) -> None:
        """Return if the database answers; raises `DaoUnavailable` if not."""
        async with begin(self._sessions, "") as transaction:
            await transaction.session.execute(select(UserRow.id).limit(1))

    async def get(self, tenant: str, kind: type[RecordT], record_id: UUID) -> RecordT:
        """Read one record."""
        async with begin(self._sessions, tenant) as transaction:
            row = await transaction.one(KINDS[kind].row, {"id": record_id})
        if row is None:
            raise DaoNotFound(f"there is no {kind.__name__.lower()} {record_id}")
        return record(kind, row)

    async def find(self, tenant: str, kind: type[RecordT], query: Page) -> Listing[RecordT]:
        """Read one page of the records that the query's filters match, in the collection's order."""
        row = KINDS[kind].row
        wanted = [row.tenant_id == tenant]
        for name in type(query).model_fields.keys() - Page.model_fields.keys():
            if (value := getattr(query, name)) is not None:
                wanted.append(getattr(row, name) == value)
        page = select(row).where(*wanted).order_by(*KINDS[kind].order).limit(query.limit).offset(query.offset)
        async with begin(self._sessions, tenant) as transaction:
            total = await transaction.session.scalar(select(func.count()).select_from(row).where(*wanted))
            rows = (await transaction.session.scalars(page)).all()
        return Listing(items=tuple(record(kind, row) for row in rows), total=total or 0)

    async def put_user(self, tenant: str, draft: UserDraft, as_of: datetime | None = None) -> User:
        """Create the user, or change what the draft names; fields that it was not given stay as they are.

        Raises `DaoDeleted` where the user was deleted after `as_of`.
        """
        row = UserRow(tenant_id=tenant, created_at=self._now(), **columns(draft))
        named = columns(draft, only_set=True)
        async with begin(self._sessions, tenant) as transaction:
            if await enter_for(transaction, tenant, draft.id, as_of) is not None:
                raise DaoDeleted(f"user {draft.id} was deleted since; nothing older is written of them")
            kept = await transaction.upsert(row, {"id": draft.id}, lambda kept: _set(kept, named))
        return record(User, kept)

    async def put_conversation(self, tenant: str, draft: ConversationDraft) -> Conversation:
        """Keep the start of a call, once per id."""
        row = ConversationRow(tenant_id=tenant, status="active", **columns(draft))
        async with begin(self._sessions, tenant) as transaction:
            later = await enter_for(transaction, tenant, draft.user_id, draft.started_at)
            if later is not None:
                await refuse_for(transaction, later, draft.id)
            await enter(transaction, draft.id)
            kept = await transaction.insert_once(row, {"id": draft.id}, lambda kept: _holds(kept, columns(draft)))
        return record(Conversation, kept)

    async def update_conversation(self, tenant: str, conversation_id: UUID, update: ConversationUpdate) -> Conversation:
        """Keep what became of a call; fields that are None stay as they are."""
        changes = {name: value for name, value in columns(update).items() if value is not None}
        async with begin(self._sessions, tenant) as transaction:
            await enter(transaction, conversation_id)
            kept = await transaction.locked(ConversationRow, {"id": conversation_id})
            if kept is None:
                raise DaoNotFound(f"there is no conversation {conversation_id}")
            _set(kept, changes)
            await transaction.commit(changes)
        return record(Conversation, kept)

    async def put_message(self, tenant: str, draft: MessageDraft) -> Message:
        """Keep something said or typed, once per id."""
        row = MessageRow(tenant_id=tenant, **columns(draft))
        async with begin(self._sessions, tenant) as transaction:
            await enter(transaction, draft.conversation_id)
            kept = await transaction.insert_once(row, {"id": draft.id}, lambda kept: _holds(kept, columns(draft)))
        return record(Message, kept)

    async def create_goal(self, tenant: str, draft: GoalDraft) -> Goal:
        """Keep a goal, once per origin."""
        row = GoalRow(**self._new(tenant), **columns(draft), **origin_columns(draft))
        return record(Goal, await self._once_per_origin(tenant, row))

    async def create_task(self, tenant: str, draft: TaskDraft) -> Task:
        """Keep a task, once per origin; a goal that it serves must be its own user's."""
        needed = "trigger_at" if draft.trigger_type == "time" else "location"
        if getattr(draft, needed) is None:
            raise DaoRejected("the task is not valid", {needed: f"a {draft.trigger_type} trigger needs it"})
        row = TaskRow(**self._new(tenant), **columns(draft), **origin_columns(draft))
        if draft.goal_id is not None:
            async with begin(self._sessions, tenant) as transaction:
                goal = await transaction.one(GoalRow, {"id": draft.goal_id})
            # A goal that is not there is found out, and named, when the task is kept.
            if goal is not None and goal.user_id != draft.user_id:
                raise DaoRejected("the task is not valid", {"goal_id": "is another user's goal"})
        kept = await self._once_per_origin(tenant, row)
        return await self._as_it_is_now(tenant, kept.id)

    async def reschedule_task(self, tenant: str, task_id: UUID, draft: RescheduleDraft) -> Task:
        """Move an open task in time, once per origin; its new time and the history of it are kept together or not.

        A task that waited for a place waits for the time from now on. A repeat answers with the task as it is now.
        """
        origin = origin_columns(draft, target=task_id)
        async with begin(self._sessions, tenant) as transaction:
            await enter(transaction, draft.origin.conversation_id)
            await transaction.alone(draft.origin.conversation_id, draft.origin.call_id)
            # Moves of one task queue up here, repeats of this one included.
            task = await transaction.locked(TaskRow, {"id": task_id})
            if task is None:
                raise DaoNotFound(f"there is no task {task_id}")
            earlier = await transaction.one(RescheduleRow, _origin_key(origin))
            if earlier is None:
                await refuse_given_up(transaction, draft.origin.conversation_id, draft.origin.call_id)
                await self._move(transaction, task, draft, origin)
            elif earlier.origin_digest != origin["origin_digest"]:
                raise DaoConflict(f"call id {draft.origin.call_id!r} was used before for another move")
        return await self._as_it_is_now(tenant, task_id)

    async def put_tool_call(self, tenant: str, draft: ToolCallDraft) -> ToolCall:
        """Keep the run of a tool, or its outcome; a repeated start never undoes an outcome."""

        def advance(kept: ToolCallRow) -> None:
            if (kept.name, kept.arguments) != (draft.name, draft.arguments):
                raise DaoConflict(f"call id {draft.call_id!r} was used before with another name or other arguments")
            if draft.status != "running" or kept.status == "running":
                _set(kept, columns(draft))

        row = ToolCallRow(tenant_id=tenant, id=uuid4(), **columns(draft))
        key = {"conversation_id": draft.conversation_id, "call_id": draft.call_id}
        async with begin(self._sessions, tenant) as transaction:
            await enter(transaction, draft.conversation_id)
            await transaction.alone(draft.conversation_id, draft.call_id)
            kept = await transaction.upsert(row, key, advance)
        return record(ToolCall, kept)

    async def settle(self, tenant: str, draft: ToolCallDraft) -> ToolCall:
        """Find out whether the write of a tool call was kept, and note it; see `dao.settling`."""
        async with begin(self._sessions, tenant) as transaction:
            await enter(transaction, draft.conversation_id)
            kept = await settle(transaction, tenant, draft)
        return record(ToolCall, kept)

    async def close_conversation(
        self, tenant: str, conversation_id: UUID, status: ConversationStatus = "failed"
    ) -> Conversation:
        """End a call that was cut off, its tool calls settled; a call that has ended stays as it is."""
        async with begin(self._sessions, tenant) as transaction:
            running = await unsettled(transaction, tenant, conversation_id)
        for draft in running:
            await self.settle(tenant, draft)
        async with begin(self._sessions, tenant) as transaction:
            await enter(transaction, conversation_id)
            kept = await close(transaction, tenant, conversation_id, status)
        return record(Conversation, kept)

    async def end_abandoned(self, quiet: timedelta, most: int = 100) -> int:
        """End up to `most` calls of all tenants in which nothing was said or done for so long; return how many."""
        async with begin(self._sessions, "") as transaction:
            found = await abandoned(transaction, self._now() - quiet, most)
        for tenant, conversation_id in found:
            await self.close_conversation(tenant, conversation_id, "ended")
        return len(found)

    async def put_turn(self, tenant: str, draft: TurnDraft) -> Turn:
        """Keep the marks of a turn, replacing those kept before; fields that it was not given stay as they are."""
        row = TurnRow(tenant_id=tenant, id=uuid4(), **columns(draft))
        named = columns(draft, only_set=True)
        key = {"conversation_id": draft.conversation_id, "index": draft.index}
        async with begin(self._sessions, tenant) as transaction:
            await enter(transaction, draft.conversation_id)
            kept = await transaction.upsert(row, key, lambda kept: _set(kept, named))
        return record(Turn, kept)

    def _new(self, tenant: str) -> dict[str, Any]:
        return {"tenant_id": tenant, "id": uuid4(), "status": "open", "created_at": self._now()}

    async def _once_per_origin(self, tenant: str, row: OriginT) -> OriginT:
        key = {"origin_conversation_id": row.origin_conversation_id, "origin_call_id": row.origin_call_id}
        digest = row.origin_digest
        async with begin(self._sessions, tenant) as transaction:
            await enter(transaction, row.origin_conversation_id)
            await transaction.alone(row.origin_conversation_id, row.origin_call_id)
            if await transaction.one(type(row), key) is None:
                await refuse_given_up(transaction, row.origin_conversation_id, row.origin_call_id)
            return await transaction.insert_once(row, key, lambda kept: kept.origin_digest == digest)

    async def _as_it_is_now(self, tenant: str, task_id: UUID) -> Task:
        try:
            return await self.get(tenant, Task, task_id)
        except DaoNotKept as error:  # that is true of this reading, but something was written before
            raise DaoUnavailable("the database went away at the last moment; this was probably kept") from error

    async def _move(
        self, transaction: Transaction, task: TaskRow, draft: RescheduleDraft, origin: Mapping[str, Any]
    ) -> None:
        if task.status != "open":
            raise DaoNotOpen(f"task {task.id} is {task.status}; only an open task can be moved")
        move = RescheduleRow(
            tenant_id=task.tenant_id,
            id=uuid4(),
            task_id=task.id,
            position=len(task.reschedules),
            from_at=task.trigger_at,
            to_at=draft.new_time,
            reason=draft.reason,
            at=self._now(),
            **origin,
        )
        task.trigger_at = draft.new_time
        task.trigger_type = "time"
        await transaction.commit({"task_id": task.id}, move)


def _origin_key(origin: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in origin.items() if name != "origin_digest"}


def _set(row: Row, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)


def _holds(row: Row, values: Mapping[str, Any]) -> bool:
    return all(getattr(row, name) == value for name, value in values.items())
