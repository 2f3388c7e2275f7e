"""A connection to SQLite that asks its thread once for each statement.

aiosqlite asks it four times: to make a cursor, to run the statement, to fetch the rows, to close the cursor. Each waits
for a turn of the event loop, and all writes wait in line for the one connection: on a busy machine that made seconds.
"""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import aiosqlite

_CHUNK: Final = 64
"""Rows that aiosqlite's own iteration fetches at once; nobody iterates here."""


@dataclass(frozen=True, slots=True)
class _Ran:
    """All that a statement gave; `open` tells whether a transaction is left open."""

    description: Any
    rowcount: int
    lastrowid: int | None
    rows: Sequence[Any]
    open: bool


class _Cursor:
    """The part of a DBAPI cursor, made awaitable, that SQLAlchemy's adapter needs; it holds rows and nothing else."""

    def __init__(self, connection: "OneTripConnection") -> None:
        self.arraysize = 1
        self._connection = connection
        self._ran = _Ran(None, -1, None, (), False)

    async def __aenter__(self) -> "_Cursor":
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    @property
    def description(self) -> Any:
        return self._ran.description

    @property
    def rowcount(self) -> int:
        return self._ran.rowcount

    @property
    def lastrowid(self) -> int | None:
        return self._ran.lastrowid

    async def execute(self, statement: str, values: Any = ()) -> "_Cursor":
        self._ran = await self._connection.run(lambda cursor: cursor.execute(statement, values))
        return self

    async def executemany(self, statement: str, values: Any) -> "_Cursor":
        self._ran = await self._connection.run(lambda cursor: cursor.executemany(statement, values))
        return self

    async def fetchall(self) -> Sequence[Any]:
        return self._ran.rows

    async def close(self) -> None:
        pass


class OneTripConnection(aiosqlite.Connection):
    """A connection of aiosqlite whose cursors run a statement, fetch its rows and close in one trip to the thread."""

    _open = False

    def cursor(self) -> Any:
        """Make a cursor, with no trip at all."""
        return _Cursor(self)

    async def run(self, statement: Callable[[sqlite3.Cursor], object]) -> _Ran:
        """Run a statement on a cursor of its own; raises what sqlite3 raises."""
        self._open = True  # until it is known: who is cancelled while waiting leaves the statement running
        ran = await self._in_thread(partial(self._run, statement))
        self._open = ran.open
        return ran

    async def rollback(self) -> None:
        """Undo what was not committed; nothing to do where no transaction is open."""
        if self._open:
            await super().rollback()
            self._open = False

    async def commit(self) -> None:
        """Keep what was done."""
        self._open = True
        await super().commit()
        self._open = False

    def _run(self, statement: Callable[[sqlite3.Cursor], object]) -> _Ran:
        with closing(self._conn.cursor()) as cursor:
            statement(cursor)
            rows = cursor.fetchall() if cursor.description else ()
            return _Ran(cursor.description, cursor.rowcount, cursor.lastrowid, rows, self._conn.in_transaction)

    async def _in_thread(self, function: Callable[[], _Ran]) -> _Ran:
        # The one way into aiosqlite's thread, which its own methods use.
        return await self._execute(function)  # type: ignore[no-any-return,no-untyped-call]


def connect(database: str, **options: Any) -> OneTripConnection:
    """Prepare a connection, opened when it is awaited; takes what `sqlite3.connect` takes."""
    connection = OneTripConnection(partial(sqlite3.connect, database, **options), _CHUNK)
    connection._thread.daemon = True  # as SQLAlchemy has it: a connection that was never closed keeps no process
    return connection
