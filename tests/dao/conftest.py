import asyncio
import shutil
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dao.client import DaoClient
from dao.migrations import migrate
from dao.service import DaoServer, serve_dao
from dao.settings import DaoSettings
from dao.store import Store


@pytest.fixture
def fresh_url(tmp_path: Path) -> str:
    """A database that does not exist yet."""
    return f"sqlite+aiosqlite:///{tmp_path}/data/flux.db"


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database to copy from: migrating takes longer than most tests."""
    path = tmp_path_factory.mktemp("migrated") / "flux.db"
    with ThreadPoolExecutor(1) as aside:  # the test's own event loop stays untouched
        aside.submit(lambda: asyncio.run(migrate(f"sqlite:///{path}"))).result()
    return path


@pytest.fixture
def database_url(fresh_url: str, migrated: Path, tmp_path: Path) -> str:
    """A migrated database without records."""
    (tmp_path / "data").mkdir()
    shutil.copy(migrated, tmp_path / "data/flux.db")
    return fresh_url


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
