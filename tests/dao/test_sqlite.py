import asyncio
import logging
import sqlite3
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from dao.database import database_address, open_engine
from dao.sqlite import connect
from dao.store import Store
from tests.dao import samples

TENANT = "default"


@pytest.fixture
async def engine(sqlite_url: str) -> AsyncIterator[AsyncEngine]:
    engine = open_engine(database_address(sqlite_url))
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE words (word TEXT UNIQUE)"))
    yield engine
    await engine.dispose()


async def words(connection: AsyncConnection) -> list[str]:
    return list(await connection.scalars(text("SELECT word FROM words ORDER BY word")))


async def test_rows_and_counts_are_those_of_sqlite(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        many = await connection.execute(text("INSERT INTO words VALUES (:word)"), [{"word": "a"}, {"word": "b"}])
        assert many.rowcount == 2
        back = await connection.execute(text("INSERT INTO words VALUES ('c') RETURNING word, rowid AS place"))
        assert [dict(row) for row in back.mappings()] == [{"word": "c", "place": 3}]
        assert (await connection.execute(text("DELETE FROM words WHERE word > 'a'"))).rowcount == 2
    async with engine.connect() as connection:
        assert await words(connection) == ["a"]


async def test_what_was_not_committed_is_undone(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await connection.execute(text("INSERT INTO words VALUES ('a')"))
    async with engine.connect() as connection:
        assert await words(connection) == []


async def test_what_came_before_a_refused_statement_is_undone(engine: AsyncEngine) -> None:
    with pytest.raises(IntegrityError):
        async with engine.connect() as connection:
            await connection.execute(text("INSERT INTO words VALUES ('a')"))
            await connection.execute(text("INSERT INTO words VALUES ('a')"))
    async with engine.begin() as connection:
        assert await words(connection) == []


async def test_a_statement_whose_caller_went_away_is_undone(tmp_path: Path) -> None:
    def slowly(word: str) -> str:
        time.sleep(0.1)
        return word

    connection = connect(str(tmp_path / "words.db"))
    await connection
    try:
        await connection.cursor().execute("CREATE TABLE words (word TEXT)")
        await connection.create_function("slowly", 1, slowly)
        insert = asyncio.create_task(connection.cursor().execute("INSERT INTO words VALUES (slowly('a'))"))
        await asyncio.sleep(0)  # it is on its way to the thread, where no transaction is open yet
        insert.cancel()
        await asyncio.wait([insert])
        await connection.rollback()
        await connection.commit()
        assert (await (await connection.cursor().execute("SELECT count(*) FROM words")).fetchall()) == [(0,)]
    finally:
        await connection.close()
    with sqlite3.connect(tmp_path / "words.db") as kept:
        assert kept.execute("SELECT count(*) FROM words").fetchone() == (0,)


async def test_a_write_takes_few_trips_to_the_thread(sqlite_url: str, caplog: pytest.LogCaptureFixture) -> None:
    async with Store.open(sqlite_url) as store:
        await store.put_user(TENANT, samples.user())
        await store.put_conversation(TENANT, samples.conversation())
        with caplog.at_level(logging.DEBUG, "aiosqlite"):
            await store.put_message(TENANT, samples.message())
    trips = [one for one in caplog.messages if one.startswith("executing") and "close" not in one]
    # To become the writer, to look for a deletion and for the message itself, to keep it, and to commit.
    assert len(trips) == 5
