from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dao.client import DaoClient
from dao.service import DaoServer, serve_dao
from dao.settings import DaoSettings
from dao.store import Store


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path}/data/flux.db"


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
