"""Migrations on real databases."""

import asyncio
import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from dao.database import database_address, open_engine
from dao.errors import DaoError
from dao.migrations import migrate, roll_back
from dao.store import Store
from dao.tables import Row
from tests.dao.conftest import run_sql

TABLES = {
    "deletions",
    "deleted_conversations",
    "conversations",
    "goals",
    "messages",
    "task_reschedules",
    "tasks",
    "tool_calls",
    "turns",
    "users",
}


async def on_database(database_url: str, read: Callable[[Connection], Any]) -> Any:
    engine = open_engine(database_address(database_url))
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(read)
    finally:
        await engine.dispose()


async def tables(database_url: str) -> set[str]:
    def names(connection: Connection) -> set[str]:
        return set(inspect(connection).get_table_names())

    found: set[str] = await on_database(database_url, names)
    return found - {"alembic_version"}


async def test_the_migrated_schema_is_the_declared_one(fresh_url: str) -> None:
    await migrate(fresh_url)

    def differences(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return list(compare_metadata(context, Row.metadata))

    assert await on_database(fresh_url, differences) == []


async def test_up_down_up(fresh_url: str) -> None:
    await migrate(fresh_url)
    assert await tables(fresh_url) == TABLES
    await roll_back(fresh_url, "base")
    assert await tables(fresh_url) == set()
    await migrate(fresh_url)
    assert await tables(fresh_url) == TABLES


async def test_turns_of_an_older_version_are_kept_on_the_way_up_and_down(fresh_url: str) -> None:
    await migrate(fresh_url, "0001")
    user, call, turn = ("'" + "0" * 31 + f"{digit}'" for digit in (1, 2, 3))  # UUIDs on both databases
    at = "'2026-03-01 12:00:00'"
    await run_sql(
        fresh_url,
        "INSERT INTO users (tenant_id, id, timezone, preferences, created_at) "
        f"VALUES ('t', {user}, 'UTC', '{{}}', {at})",
        "INSERT INTO conversations (tenant_id, id, user_id, agent, voice_session_id, started_at, status) "
        f"VALUES ('t', {call}, {user}, 'flux', 'vs', {at}, 'ended')",
        'INSERT INTO turns (tenant_id, id, conversation_id, "index", marks, created_at) '
        f"VALUES ('t', {turn}, {call}, 1, '{{\"endpoint\"\\: 210.5}}', {at})",
    )
    for revision in ("0002", "0001", "0002"):
        await (roll_back if revision == "0001" else migrate)(fresh_url, revision)
        rows = await on_database(fresh_url, lambda one: one.exec_driver_sql("SELECT * FROM turns").mappings().all())
        (row,) = rows
        marks = row["marks"] if isinstance(row["marks"], dict) else json.loads(row["marks"])
        assert (row["index"], marks) == (1, {"endpoint": 210.5})
        assert ("client_voice_to_voice_ms" in row) == (revision == "0002")
        assert row.get("client_voice_to_voice_ms") is None


async def test_tool_calls_of_an_older_version_are_kept_on_the_way_up_and_down(fresh_url: str) -> None:
    await migrate(fresh_url, "0003")
    user, call, tool = ("'" + "0" * 31 + f"{digit}'" for digit in (1, 2, 3))
    at = "'2026-03-01 12:00:00'"
    await run_sql(
        fresh_url,
        "INSERT INTO users (tenant_id, id, timezone, preferences, created_at) "
        f"VALUES ('t', {user}, 'UTC', '{{}}', {at})",
        "INSERT INTO conversations (tenant_id, id, user_id, agent, voice_session_id, started_at, status) "
        f"VALUES ('t', {call}, {user}, 'flux', 'vs', {at}, 'ended')",
        "INSERT INTO tool_calls (tenant_id, id, conversation_id, call_id, name, arguments, status, started_at) "
        f"VALUES ('t', {tool}, {call}, 'fc_1', 'submit_goal_intent', '{{}}', 'done', {at})",
    )
    for revision in ("0004", "0003", "0004"):
        await (roll_back if revision == "0003" else migrate)(fresh_url, revision)
        rows = await on_database(
            fresh_url, lambda one: one.exec_driver_sql("SELECT * FROM tool_calls").mappings().all()
        )
        (row,) = rows
        assert (row["call_id"], row["status"], row.get("intent")) == ("fc_1", "done", None)
        assert ("intent" in row) == (revision == "0004")


async def test_conversations_of_an_older_version_are_kept_on_the_way_up_and_down(fresh_url: str) -> None:
    await migrate(fresh_url, "0004")
    user, call = ("'" + "0" * 31 + f"{digit}'" for digit in (1, 2))
    at = "'2026-03-01 12:00:00'"
    await run_sql(
        fresh_url,
        "INSERT INTO users (tenant_id, id, timezone, preferences, created_at) "
        f"VALUES ('t', {user}, 'UTC', '{{}}', {at})",
        "INSERT INTO conversations (tenant_id, id, user_id, agent, voice_session_id, started_at, status) "
        f"VALUES ('t', {call}, {user}, 'flux', 'vs', {at}, 'ended')",
    )

    def look(connection: Connection) -> tuple[Any, Any, Any]:
        (row,) = connection.exec_driver_sql("SELECT * FROM conversations").mappings().all()
        inspector = inspect(connection)
        keys = sorted(str(key["constrained_columns"]) for key in inspector.get_foreign_keys("conversations"))
        return dict(row), sorted(str(one["name"]) for one in inspector.get_indexes("conversations")), keys

    before = await on_database(fresh_url, look)
    for revision in ("0005", "0004", "0005"):
        await (roll_back if revision == "0004" else migrate)(fresh_url, revision)
        row, indexes, keys = await on_database(fresh_url, look)
        assert row == (before[0] | {"closed_at": None} if revision == "0005" else before[0])
        assert (indexes, keys) == before[1:]


async def test_many_starts_at_once_migrate_once(fresh_url: str) -> None:
    await asyncio.gather(*(migrate(fresh_url) for _ in range(4)))
    assert await tables(fresh_url) == TABLES


async def test_a_start_waits_for_a_server_that_migrates_for_long(sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with closing(sqlite3.connect(tmp_path / "data/flux.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("CREATE TABLE theirs (x)")
        starting = asyncio.create_task(migrate(sqlite_url))
        done, _ = await asyncio.wait([starting], timeout=6.0)  # longer than any writer is waited for
        assert not done
        other.execute("COMMIT")
    await starting
    assert await tables(sqlite_url) == {*TABLES, "theirs"}


async def test_a_migration_that_fails_leaves_nothing_behind(fresh_url: str) -> None:
    await run_sql(fresh_url, "CREATE TABLE turns (x INTEGER)")  # the last of the tables is in the way
    with pytest.raises(DaoError, match="already exists"):
        await migrate(fresh_url)
    assert await tables(fresh_url) == {"turns"}


async def test_a_database_from_a_newer_version_is_left_alone(fresh_url: str) -> None:
    await migrate(fresh_url)
    await run_sql(fresh_url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DaoError, match="newer version"):
        await migrate(fresh_url)


async def test_the_database_runs_with_wal_and_references(sqlite_url: str, tmp_path: Path) -> None:
    async with Store.open(sqlite_url):
        pass
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700

    def pragmas(connection: Connection) -> list[Any]:
        names = ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
        return [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]

    assert await on_database(sqlite_url, pragmas) == ["wal", 1, 1, 4000]


async def test_a_damaged_file_stops_the_start_with_a_clear_error(sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/flux.db").write_bytes(b"this is no database " * 100)
    with pytest.raises(DaoError, match=r"flux\.db cannot be opened .*not a database.*FLUX_DAO__DATABASE_URL"):
        async with Store.open(sqlite_url):
            pass


async def test_a_folder_that_cannot_be_made_stops_the_start_with_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DaoError, match=r"folder .* cannot be made .*FLUX_DAO__DATABASE_URL"):
        await migrate(f"sqlite:///{tmp_path}/file/flux.db")


@pytest.mark.parametrize(
    "database_url",
    [
        "nonsense",
        "",
        "sqlite+aiosqlite://",
        "sqlite:///:memory:",
        "foo://bar/baz",
        "postgresql://user:hush@localhost:1/flux",
        "postgresql://user:hush@localhost:port/flux",
        "sqlite+pysqlite:///PATH",
        "sqlite:///PATH?timeout=soon",
    ],
)
async def test_a_url_that_cannot_work_is_named_without_its_password(database_url: str, tmp_path: Path) -> None:
    with pytest.raises(DaoError, match="FLUX_DAO__DATABASE_URL") as error:
        await migrate(database_url.replace("PATH", f"{tmp_path}/flux.db"))
    assert "hush" not in str(error.value)


async def test_an_option_that_the_driver_does_not_know_is_named(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def connect(*args: object, **options: object) -> None:
        raise TypeError("connect() got an unexpected keyword argument 'sslmode'")

    monkeypatch.setattr(sqlite3, "connect", connect)
    with pytest.raises(DaoError, match=r"FLUX_DAO__DATABASE_URL is wrong .*'sslmode'.*ssl=require"):
        await migrate(sqlite_url)


@pytest.mark.parametrize("command", ["dao", "serve"])
def test_the_command_line_says_it_in_one_line(command: str) -> None:
    wrong = {"FLUX_DAO__DATABASE_URL": "postgresql://user:hush@localhost:port/flux"}
    environment = {**os.environ, **wrong, "FLUX_DAO__PORT": "0", "FLUX_PORT": "0"}
    run = [sys.executable, "-c", f"from web.cli import main; main([{command!r}])"]
    ended = subprocess.run(run, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert re.fullmatch(r"Error: FLUX_DAO__DATABASE_URL .*\n", ended.stderr)


async def test_servers_that_start_together_migrate_once(fresh_url: str) -> None:
    script = f"import asyncio; from dao.migrations import migrate; asyncio.run(migrate({fresh_url!r}))"
    servers = [await asyncio.create_subprocess_exec(sys.executable, "-c", script) for _ in range(4)]
    assert [await server.wait() for server in servers] == [0] * 4
    assert await tables(fresh_url) == TABLES


def test_every_table_starts_its_keys_with_the_tenant() -> None:
    for table in Row.metadata.sorted_tables:
        assert next(column.name for column in table.primary_key) == "tenant_id"
        for index in table.indexes:
            assert next(column.name for column in index.columns) == "tenant_id"
        for constraint in table.constraints:
            columns = getattr(constraint, "columns", None)
            assert columns is None or next(iter(columns)).name == "tenant_id"


def test_the_tables_can_be_written_for_postgresql() -> None:
    for table in Row.metadata.sorted_tables:
        ddl = str(CreateTable(table).compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]
        assert "DATETIME" not in ddl and "WITHOUT TIME ZONE" not in ddl
