import asyncio
import threading
from pathlib import Path

import pytest

from dao.apart import serve_dao_apart
from dao.client import DaoClient
from dao.errors import DaoError
from dao.settings import DaoSettings
from tests.dao import samples


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate()}


async def test_it_answers_from_another_thread_until_the_context_ends(tmp_path: Path) -> None:
    settings = DaoSettings(database_url=f"sqlite:///{tmp_path}/flux.db", port=0)
    async with serve_dao_apart(settings) as url, DaoClient(url) as dao:
        await dao.put_user(samples.user())
        assert "dao" in threads()
    assert "dao" not in threads()
    async with serve_dao_apart(settings) as url, DaoClient(url) as dao:
        assert (await dao.user(samples.user().id)).name == samples.user().name


async def test_what_keeps_it_from_starting_is_raised_here(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DaoError, match="cannot be made"):
        async with serve_dao_apart(DaoSettings(database_url=f"sqlite:///{tmp_path}/file/flux.db", port=0)):
            pass
    assert "dao" not in threads()


async def test_whoever_stops_waiting_for_the_start_leaves_nothing_running(tmp_path: Path) -> None:
    async def serve() -> None:
        async with serve_dao_apart(DaoSettings(database_url=f"sqlite:///{tmp_path}/flux.db", port=0)):
            pass

    serving = asyncio.create_task(serve())
    await asyncio.sleep(0)
    assert "dao" in threads()
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving
    assert "dao" not in threads()
