import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from dao.client import DaoClient
from dao.database import database_address, open_engine
from dao.migrations import migrate
from dao.service import DaoServer, serve_dao
from dao.settings import DaoSettings
from dao.store import Store
from tests.dao.postgres import Databases, databases


@pytest.fixture(scope="session")
def postgres() -> Iterator[Databases]:
    """A PostgreSQL server, one for all tests of this process."""
    with databases() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    """Which database a test runs on; each runs on both."""
    name: str = request.param
    return name


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A SQLite database that does not exist yet."""
    return f"sqlite+aiosqlite:///{tmp_path}/data/flux.db"


@pytest.fixture
def fresh_url(backend: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """A database without tables."""
    if backend == "sqlite":
        yield request.getfixturevalue("sqlite_url")
        return
    server: Databases = request.getfixturevalue("postgres")
    with server.fresh() as url:
        yield url


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database to copy from: migrating takes longer than most tests."""
    path = tmp_path_factory.mktemp("migrated") / "flux.db"
    _aside(migrate(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres: Databases) -> Iterator[str]:
    """The same on PostgreSQL."""
    with postgres.fresh() as url:
        _aside(migrate(url))
        yield url


@pytest.fixture
def database_url(backend: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """A migrated database without records."""
    if backend == "sqlite":
        url: str = request.getfixturevalue("sqlite_url")
        file = Path(database_address(url).database or "")
        file.parent.mkdir()
        shutil.copy(request.getfixturevalue("migrated_sqlite"), file)
        yield url
        return
    server: Databases = request.getfixturevalue("postgres")
    with server.fresh(request.getfixturevalue("migrated_postgres")) as url:
        yield url


Sql = Callable[..., Awaitable[None]]


@pytest.fixture
def sql(database_url: str) -> Sql:
    """Runs statements on the test's database, past the store."""

    async def run(*statements: str) -> None:
        await run_sql(database_url, *statements)

    return run


async def run_sql(database_url: str, *statements: str) -> None:
    engine = open_engine(database_address(database_url))
    try:
        async with engine.begin() as connection:
            for statement in statements:
                await connection.execute(text(statement))
    finally:
        await engine.dispose()


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    async with Store.open(database_url) as store:
        yield store


@pytest.fixture
async def server(database_url: str) -> AsyncIterator[DaoServer]:
    async with serve_dao(DaoSettings(database_url=database_url, port=0)) as server:
        yield server


@pytest.fixture
async def client(server: DaoServer) -> AsyncIterator[DaoClient]:
    async with DaoClient(server.url, timeout=20) as client:
        yield client


def _aside(work: Awaitable[object]) -> None:
    """Run `work` in a loop of its own: the test's stays untouched."""

    async def run() -> None:
        await work

    with ThreadPoolExecutor(1) as aside:
        aside.submit(lambda: asyncio.run(run())).result()
