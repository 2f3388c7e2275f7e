"""Opens the database that the settings name, and says plainly why it cannot be opened."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import URL, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from dao.errors import DaoError

SETTING = "FLUX_DAO__DATABASE_URL"
# The usual names of a database, and the driver that is async.
ASYNC_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
}
# In order: wait for another writer (milliseconds) before anything that may need the lock.
SQLITE_PRAGMAS = ("busy_timeout=4000", "journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON")


def database_address(database_url: str) -> URL:
    """Read a database URL; raises `DaoError` when it is none, or names a database that no two parts could share."""
    try:
        url = make_url(database_url)
    except ArgumentError:
        raise DaoError(f"{SETTING} is not a database URL; one looks like sqlite+aiosqlite:///data/flux.db") from None
    url = url.set(drivername=ASYNC_DRIVERS.get(url.drivername, url.drivername))
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise DaoError(f"{SETTING} names no file; records in memory would be lost: use sqlite+aiosqlite:///PATH")
    return url


def open_engine(url: URL) -> AsyncEngine:
    """Prepare connections to the database; nothing is connected yet, but SQLite's folder is made.

    Raises `DaoError` when the folder cannot be made or the driver is not installed.
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
        engine = create_async_engine(url, hide_parameters=True, pool_pre_ping=not is_sqlite, pool_timeout=4.0)
    except (ImportError, NoSuchModuleError) as error:
        extra = "; install flux-voice[postgres]" if url.get_backend_name() == "postgresql" else ""
        raise DaoError(f"no driver for {SETTING} ({error}){extra}") from error
    if is_sqlite:
        event.listen(engine.sync_engine, "connect", _set_pragmas)
    return engine


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


def _set_pragmas(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    try:
        for pragma in SQLITE_PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
    finally:
        cursor.close()
