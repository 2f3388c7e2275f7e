import asyncio
from collections.abc import AsyncIterator

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
    async with engine.connect() as connection:
        assert await words(connection) == []


async def test_a_closed_connection_says_so() -> None:
    connection = connect(":memory:")
    await connection
    await connection.close()
    await connection.close()
    with pytest.raises(ValueError, match="no active connection"):
        await connection.execute("SELECT 1")


async def test_a_write_waits_for_nobody(sqlite_url: str) -> None:
    async with Store.open(sqlite_url) as store:
        await store.put_user(TENANT, samples.user())
        await store.put_conversation(TENANT, samples.conversation())
        write = asyncio.create_task(store.put_message(TENANT, samples.message()))
        for _ in range(10):  # of the loop's turns; aiosqlite's thread was asked sixteen times
            await asyncio.sleep(0)
        assert write.done()
        await write
