"""Brings a database to the schema of `dao/tables.py`, step by step and without losing a row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, event, func, select
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import ConnectionPoolEntry

from dao.database import BUSY_START, database_address, open_engine, opening
from dao.errors import DaoError
from dao.migrations.take_over import TAKEN
from dao.postgres import SETTING

_LOCK: Final = int.from_bytes(b"fluxdao")
"""Names the lock among all that a PostgreSQL server may hold."""

_READS: Final = ("SELECT", "PRAGMA", "BEGIN", "SHOW")


@dataclass(slots=True)
class Migration:
    """What a migration did, or would have done: `before` and `after` are revisions, None is an empty database.

    `taken` counts the rows of an existing Flux database by table, `statements` is the SQL that changed something.
    """

    before: str | None = None
    after: str | None = None
    taken: Mapping[str, int] = field(default_factory=dict)
    statements: list[str] = field(default_factory=list)


async def migrate(database_url: str, revision: str = "head", *, keep: bool = True) -> Migration:
    """Upgrade the database to `revision`, all steps or none; does nothing when it is there already.

    Without `keep` all is done and then undone, to learn what it would do. Raises `DaoError` when the database cannot be
    opened or was made by a newer version.
    """
    return await _run(database_url, lambda config: command.upgrade(config, revision), keep)


async def roll_back(database_url: str, revision: str, *, keep: bool = True) -> Migration:
    """Downgrade the database to `revision`; `base` removes every table of ours. Else like `migrate`."""
    return await _run(database_url, lambda config: command.downgrade(config, revision), keep)


async def revision_of(database_url: str) -> str | None:
    """Return the revision that a database is at, None where it holds nothing of ours; raises `DaoError`."""
    url = database_address(database_url)
    engine = open_engine(url)
    try:
        async with opening(url), engine.connect() as connection:
            return await connection.run_sync(_revision)
    finally:
        await engine.dispose()


def newest() -> str:
    """Return the revision that this version needs."""
    return ScriptDirectory.from_config(alembic_config()).get_current_head() or ""


def alembic_config() -> Config:
    """Build the Alembic configuration; there is no alembic.ini, so that the wheel needs none."""
    config = Config()
    # Config is an ini parser: a percent sign in a path must be doubled.
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


async def _run(database_url: str, step: Callable[[Config], None], keep: bool) -> Migration:
    url = database_address(database_url)
    engine = open_engine(url)
    if url.get_backend_name() == "sqlite":
        _make_schema_changes_atomic(engine)
    done = Migration()

    def on(connection: Connection) -> None:
        _wait_for_others(connection)
        config = alembic_config()
        config.attributes["connection"] = connection
        done.before = _revision(connection)
        event.listen(connection, "before_cursor_execute", partial(_note, done.statements))
        step(config)
        done.after = _revision(connection)
        done.taken = config.attributes.get(TAKEN, {})

    try:
        async with opening(url), engine.connect() as connection, connection.begin() as transaction:
            await connection.run_sync(on)
            if not keep:
                await transaction.rollback()
    except CommandError as error:
        raise DaoError(
            f"the database {url.render_as_string()} cannot be migrated ({error}); it may come from a newer version: "
            f"update flux-voice or check {SETTING}"
        ) from error
    finally:
        await engine.dispose()
    return done


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _note(
    statements: list[str], _: object, __: object, statement: str, values: object, ___: object, many: bool
) -> None:
    """Note a statement that changes something, once for all rows that it is run for."""
    if statement.split(maxsplit=1)[0].upper() not in _READS:
        rows = f"  -- {len(values)} rows" if many and isinstance(values, list | tuple) else ""
        statements.append(f"{statement.strip()};{rows}")


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
        connection.driver_connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys=OFF")
        cursor.execute(f"PRAGMA busy_timeout={round(1000 * BUSY_START)}")
        cursor.close()

    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    event.listen(engine.sync_engine, "connect", take_over)
    event.listen(engine.sync_engine, "begin", begin)
