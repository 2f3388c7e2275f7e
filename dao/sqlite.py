"""A connection to SQLite that works where it is asked, in the event loop's own thread.

aiosqlite hands each step of each statement to a thread of its own and waits for it: up to 34 times for one write. On a
busy machine each of them waits for the processor twice, while all other writes wait for the one connection. The DAO has
a thread for itself (`dao.apart`), so nobody else waits while SQLite works.
"""

import sqlite3
from collections.abc import Callable, Generator
from functools import partial
from typing import Any, Final

import aiosqlite

_CHUNK: Final = 64
"""Rows that aiosqlite's own iteration fetches at once."""


class InlineConnection(aiosqlite.Connection):
    """A connection of aiosqlite without its thread: whoever awaits one of its methods waits for nobody else."""

    def __await__(self) -> Generator[Any, None, aiosqlite.Connection]:
        return self._connect().__await__()

    async def close(self) -> None:
        """Close it; safe to call twice."""
        self.stop()

    def stop(self) -> None:
        """Close it at once."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    async def _connect(self) -> aiosqlite.Connection:
        if self._connection is None:
            self._connection = self._connector()
        return self

    # The one way of aiosqlite's methods, and of its cursors', to SQLite.
    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if self._connection is None:
            raise ValueError("Connection closed")
        return fn(*args, **kwargs)


def connect(database: str, **options: Any) -> InlineConnection:
    """Prepare a connection, opened when it is awaited; takes what `sqlite3.connect` takes."""
    return InlineConnection(partial(sqlite3.connect, database, **options), _CHUNK)
