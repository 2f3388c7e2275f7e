"""Brings a database to the schema of `dao/tables.py`, step by step and without losing a row."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import Connection, event, func, select
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import ConnectionPoolEntry

from dao.database import BUSY_START, database_address, open_engine, opening
from dao.errors import DaoError
from dao.postgres import SETTING

_LOCK: Final = int.from_bytes(b"fluxdao")
"""Names the lock among all that a PostgreSQL server may hold."""


async def migrate(database_url: str, revision: str = "head") -> None:
    """Upgrade the database to `revision`, all steps or none; does nothing when it is there already.

    Raises `DaoError` when the database cannot be opened or was made by a newer version.
    """
    await _run(database_url, lambda config: command.upgrade(config, revision))


async def roll_back(database_url: str, revision: str) -> None:
    """Downgrade the database to `revision`; `base` removes every table. Raises `DaoError` like `migrate`."""
    await _run(database_url, lambda config: command.downgrade(config, revision))


def alembic_config() -> Config:
    """Build the Alembic configuration; there is no alembic.ini, so that the wheel needs none."""
    config = Config()
    # Config is an ini parser: a percent sign in a path must be doubled.
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


async def _run(database_url: str, step: Callable[[Config], None]) -> None:
    url = database_address(database_url)
    engine = open_engine(url)
    if url.get_backend_name() == "sqlite":
        _make_schema_changes_atomic(engine)

    def on(connection: Connection) -> None:
        _wait_for_others(connection)
        config = alembic_config()
        config.attributes["connection"] = connection
        step(config)

    try:
        async with opening(url), engine.begin() as connection:
            await connection.run_sync(on)
    except CommandError as error:
        raise DaoError(
            f"the database {url.render_as_string()} cannot be migrated ({error}); it may come from a newer version: "
            f"update flux-voice or check {SETTING}"
        ) from error
    finally:
        await engine.dispose()


def _wait_for_others(connection: Connection) -> None:
    """Let one server at a time migrate a PostgreSQL database; the lock goes with the transaction.

    SQLite has its own in `BEGIN IMMEDIATE`.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def _make_schema_changes_atomic(engine: AsyncEngine) -> None:
    """Let SQLite do all of a migration or nothing, one process at a time.

    Its Python driver opens no transaction before a schema change by itself. References are not enforced meanwhile,
    since a table that changes is made anew and swapped in.
    """

    def take_over(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys=OFF")
        cursor.execute(f"PRAGMA busy_timeout={round(1000 * BUSY_START)}")
        cursor.close()

    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    event.listen(engine.sync_engine, "connect", take_over)
    event.listen(engine.sync_engine, "begin", begin)
