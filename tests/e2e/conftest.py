"""The real server, as `flux-voice serve` starts it, one for all tests of a process that ask for no other."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from benchmarks.own_server import OwnServer, own_server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OwnServer]:
    """Run a server with a fresh database."""
    async with own_server(tmp_path_factory.mktemp("server")) as server:
        yield server
