"""One transaction with the database: locks, writes that happen once, and failures in this package's own words."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, false, func, select, update
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from dao.errors import DaoConflict, DaoNotKept, DaoRejected, DaoUnavailable
from dao.tables import ConversationRow, GoalRow, Row, TaskRow, ToolCallRow, UserRow

RowT = TypeVar("RowT", bound=Row)
Key = Mapping[str, Any]
_DATA_EXCEPTION: Final = "22"
"""How PostgreSQL's codes of errors about values begin."""

REFERENCES: Mapping[str, type[Row]] = {
    "user_id": UserRow,
    "conversation_id": ConversationRow,
    "goal_id": GoalRow,
    "task_id": TaskRow,
    "linked_goal_id": GoalRow,
    "linked_task_id": TaskRow,
}


class Transaction:
    """One transaction on behalf of one tenant; nothing is kept before a write method of it returns.

    `in_doubt` tells that a commit was asked for: if the database is lost then, nobody knows whether it was done.
    """

    def __init__(self, session: AsyncSession, tenant: str) -> None:
        self.session = session
        self.in_doubt = False
        self._tenant = tenant

    async def alone(self, conversation_id: UUID, call_id: str) -> None:
        """Wait until no other transaction is about this tool call, and keep them out until this one ends."""
        if self._postgres:
            key = self._lock(conversation_id, call_id)
            await self.session.execute(select(func.pg_advisory_xact_lock(key)))
        else:
            await self._become_the_writer()

    async def writing(self, *subjects: UUID) -> None:
        """Write for these conversations and users: whoever deletes one of them waits until this transaction ends."""
        if self._postgres:
            for subject in subjects:
                await self.session.execute(select(func.pg_advisory_xact_lock_shared(self._lock(subject))))
        else:
            await self._become_the_writer()

    async def deleting(self, *subjects: UUID) -> None:
        """Wait until nobody writes for these conversations and users, and keep them out until this ends."""
        if self._postgres:
            for subject in sorted(subjects):
                await self.session.execute(select(func.pg_advisory_xact_lock(self._lock(subject))))
        else:
            await self._become_the_writer()

    async def one(self, kind: type[RowT], key: Key) -> RowT | None:
        """Read the row with this key, if there is one."""
        return (await self.session.scalars(select(kind).where(*self._matches(kind, key)))).one_or_none()

    async def locked(self, kind: type[RowT], key: Key) -> RowT | None:
        """Read the row with this key and keep all others from changing it until the transaction ends.

        The lock is an update that changes nothing: it works on every database, where SELECT FOR UPDATE does not.
        """
        column = "status" if hasattr(kind, "status") else "created_at"
        touch = update(kind).where(*self._matches(kind, key)).values({column: getattr(kind, column)})
        await self.session.execute(touch.execution_options(synchronize_session=False))
        return await self.one(kind, key)

    async def insert_once(self, row: RowT, key: Key, same: Callable[[RowT], bool]) -> RowT:
        """Keep `row`, or give the row kept before under its key if it is the `same`; else raise `DaoConflict`."""
        kept = await self.one(type(row), key)
        if kept is None:
            if await self._inserted(row):
                return row
            kept = await self._must_be_there(row, key)
        if not same(kept):
            raise DaoConflict(f"this key was used before for another record in {row.__tablename__}")
        return kept

    async def upsert(self, row: RowT, key: Key, change: Callable[[RowT], None]) -> RowT:
        """Keep `row`, or let `change` bring the row kept before under its key up to date."""
        kept = await self.locked(type(row), key)
        if kept is None:
            if await self._inserted(row):
                return row
            await self.locked(type(row), key)
            kept = await self._must_be_there(row, key)
        change(kept)
        await self._commit()
        return kept

    async def commit(self, values: Key, *added: Row) -> None:
        """Keep what was changed, with the rows `added`.

        Raises `DaoRejected` when one of `values` names a record that does not exist, `DaoConflict` when a key of the
        rows was taken in the meantime; nothing is kept then.
        """
        self.session.add_all(added)
        try:
            await self._commit()
        except IntegrityError:
            await self._roll_back()
            await self._check_references(values)
            raise DaoConflict("this key was used before for something else") from None

    @property
    def _postgres(self) -> bool:
        return self.session.get_bind().dialect.name == "postgresql"

    async def _become_the_writer(self) -> None:
        """Keep all other writers out, for SQLite has one at a time."""
        await self.session.execute(update(ToolCallRow).where(false()).values(status=ToolCallRow.status))

    def _lock(self, *names: object) -> ColumnElement[int]:
        return func.hashtextextended("/".join(map(str, (self._tenant, *names))), 0)

    async def _inserted(self, row: Row) -> bool:
        self.session.add(row)
        try:
            await self._commit()
        except IntegrityError:
            await self._roll_back()
            await self._check_references({name: getattr(row, name, None) for name in REFERENCES})
            return False
        return True

    async def _commit(self) -> None:
        await self.session.flush()  # what is refused, or lost until here, was not kept
        self.in_doubt = True
        await self.session.commit()

    async def _roll_back(self) -> None:
        await self.session.rollback()
        self.in_doubt = False

    async def _must_be_there(self, row: RowT, key: Key) -> RowT:
        kept = await self.one(type(row), key)
        if kept is None:
            # Not under this key, so another key of the row is taken.
            raise DaoConflict(f"a key of this record is taken in {row.__tablename__}")
        return kept

    async def _check_references(self, values: Key) -> None:
        """Find out which reference was broken, for not every database tells."""
        wrong = {}
        for name, kind in REFERENCES.items():
            value = values.get(name)
            if value is not None and await self.one(kind, {"id": value}) is None:
                wrong[name] = f"there is no such record in {kind.__tablename__}"
        if wrong:
            raise DaoRejected("the record refers to something that is not there", wrong)

    def _matches(self, kind: type[Row], key: Key) -> list[ColumnElement[bool]]:
        return [kind.tenant_id == self._tenant, *(getattr(kind, name) == value for name, value in key.items())]


@asynccontextmanager
async def begin(sessions: async_sessionmaker[AsyncSession], tenant: str) -> AsyncIterator[Transaction]:
    """Open a transaction; whatever was not committed at its end is undone.

    Raises `DaoNotKept` when the database does not answer or fails, `DaoUnavailable` when it does so at a commit, and
    `DaoRejected` when it cannot hold a value.
    """
    transaction: Transaction | None = None
    try:
        async with sessions() as session:
            transaction = Transaction(session, tenant)
            yield transaction
    except DataError as error:
        raise DaoRejected("the database cannot hold one of the values") from error
    except (DBAPIError, PoolTimeoutError, OSError) as error:
        if _is_about_a_value(error):  # asyncpg has no class of its own for these
            raise DaoRejected("the database cannot hold one of the values") from error
        if transaction is not None and transaction.in_doubt:
            raise DaoUnavailable("the database went away at the last moment; this may have been kept or not") from error
        raise DaoNotKept("the database does not answer or is damaged; nothing was kept") from error
    except StatementError as error:  # a value failed before it reached the database
        raise DaoRejected(f"the database cannot hold one of the values ({error.orig})") from error


def _is_about_a_value(error: Exception) -> bool:
    state = getattr(getattr(error, "orig", None), "sqlstate", None) or ""
    return bool(state.startswith(_DATA_EXCEPTION))
