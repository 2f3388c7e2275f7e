"""Opens the database that the settings name, and says plainly why it cannot be opened."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Dialect, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import ArgumentError, InvalidRequestError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.util import await_only

from dao.errors import DaoError
from dao.postgres import DELETING_TIMEOUT, SETTING, connect_options, no_connection, with_driver_options
from dao.sqlite import connect

# The usual names of a database, and the driver that is async.
ASYNC_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
}
# One connection: SQLite lets one writer in at a time, and its own wait for the lock is a raffle that some never win on
# a busy machine. The pool's queue is fair.
SQLITE_OPTIONS = {"pool_size": 1, "max_overflow": 0, "connect_args": {"async_creator_fn": connect}}
# In order: wait for another writer (milliseconds) before anything that may need the lock.
SQLITE_PRAGMAS = (
    "busy_timeout=4000",
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "foreign_keys=ON",
    "secure_delete=ON",  # what is deleted is overwritten, for it was deleted by somebody's wish
)
# Seconds: to wait for a connection that another request holds; then one is opened anew, for proxies cut old ones.
POOL_TIMEOUT = 4.0
POOL_RECYCLE = 1800.0
FOLD = "flux_fold"
"""A function that SQLite gets from us: it knows the case of ASCII letters only."""
BUSY_START = 60.0
"""Seconds to wait for another server that migrates the same file: SQLite itself does not wait to change the journal."""


def database_address(database_url: str) -> URL:
    """Read a database URL; raises `DaoError` when it is none, or names a database that no two parts could share."""
    try:
        url = make_url(database_url)
    except (ArgumentError, ValueError):  # the latter for a port that is no number
        raise DaoError(f"{SETTING} is not a database URL; one looks like sqlite+aiosqlite:///data/flux.db") from None
    url = url.set(drivername=ASYNC_DRIVERS.get(url.drivername, url.drivername))
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise DaoError(f"{SETTING} names no file; records in memory would be lost: use sqlite+aiosqlite:///PATH")
    return with_driver_options(url) if url.get_backend_name() == "postgresql" else url


def open_engine(url: URL, *, pool_size: int = 1, statement_timeout: float = 0.0) -> AsyncEngine:
    """Prepare connections to the database; nothing is connected yet, but SQLite's folder is made.

    Of PostgreSQL at most `pool_size` are open at once, and no statement may take longer than `statement_timeout`
    seconds; 0 is for ever. Raises `DaoError` when the folder cannot be made or the driver is not installed, not async,
    or refuses an option.
    """
    is_sqlite = url.get_backend_name() == "sqlite"
    if is_sqlite and url.database and not url.database.startswith("file:"):
        folder = Path(url.database).expanduser().absolute().parent
        try:
            # Private from the start: everything that callers said lies here.
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise DaoError(f"the database's folder {folder} cannot be made ({error}); check {SETTING}") from error
        url = url.set(database=str(Path(url.database).expanduser()))
    try:
        # Parameters hold what callers said, so they stay out of every error text and log.
        options = SQLITE_OPTIONS if is_sqlite else _server_options(pool_size, statement_timeout)
        engine = create_async_engine(url, hide_parameters=True, pool_timeout=POOL_TIMEOUT, **options)
    except (ImportError, NoSuchModuleError) as error:
        extra = "; install flux-voice[postgres]" if url.get_backend_name() == "postgresql" else ""
        raise DaoError(f"no driver for {SETTING} ({error}){extra}") from error
    except InvalidRequestError as error:
        raise DaoError(f"{SETTING} names a driver that is not async ({error}); name none: sqlite:///PATH") from error
    except ValueError as error:
        raise _wrong_option(error) from error
    event.listen(engine.sync_engine, "do_connect", partial(_connect, url))
    if is_sqlite:
        event.listen(engine.sync_engine, "connect", _set_pragmas)
    return engine


def deleting_engine(url: URL, statement_timeout: float) -> AsyncEngine | None:
    """Prepare the connection for deletions to a PostgreSQL server; None where the other connections do."""
    if url.get_backend_name() != "postgresql":
        return None
    return open_engine(url, statement_timeout=max(statement_timeout, DELETING_TIMEOUT))


@asynccontextmanager
async def opening(url: URL) -> AsyncIterator[None]:
    """Turn whatever goes wrong while a database is opened into one `DaoError` that names it, without its password."""
    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        cause = getattr(error, "orig", None) or error
        raise DaoError(
            f"the database {url.render_as_string()} cannot be opened ({cause}); check {SETTING}, and that the file or "
            "server is there, whole and writable"
        ) from error


def _server_options(pool_size: int, statement_timeout: float) -> dict[str, Any]:
    """Give the pool of a database server: as many connections as were allowed, tried before they are used."""
    return {
        "pool_pre_ping": True,
        "pool_size": pool_size,
        "max_overflow": 0,
        "pool_recycle": POOL_RECYCLE,
        "connect_args": connect_options(statement_timeout),
    }


def _connect(
    url: URL, dialect: Dialect, _: ConnectionPoolEntry, args: list[Any], options: dict[str, Any]
) -> DBAPIConnection:
    """Connect as SQLAlchemy does, but say what an operator can do where that fails."""
    try:
        return dialect.connect(*args, **options)
    except (TypeError, ValueError) as error:
        raise _wrong_option(error) from error
    except Exception as error:
        told = no_connection(url, error) if dialect.name == "postgresql" else None
        if told is None:
            raise
        raise told from error


def _wrong_option(error: Exception) -> DaoError:
    return DaoError(
        f"an option after the question mark of {SETTING} is wrong ({error}); "
        "for PostgreSQL, sslmode=require is written ssl=require"
    )


def _set_pragmas(connection: Any, _: ConnectionPoolEntry) -> None:
    connection.create_function(FOLD, 1, _fold, deterministic=True)
    cursor = connection.cursor()
    try:
        for pragma in SQLITE_PRAGMAS:
            _set(cursor, pragma)
    finally:
        cursor.close()


def _fold(text: object) -> str | None:
    return None if text is None else str(text).casefold()


def _set(cursor: DBAPICursor, pragma: str) -> None:
    deadline = time.monotonic() + BUSY_START
    while True:
        try:
            cursor.execute(f"PRAGMA {pragma}")
            return
        except sqlite3.OperationalError as error:
            if time.monotonic() > deadline or "locked" not in str(error):
                raise
            await_only(asyncio.sleep(0.1))
