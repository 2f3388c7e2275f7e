"""Where everything that callers said lies is for its owner alone, however the server is started."""

from contextlib import AsyncExitStack
from pathlib import Path

from web.assembly import _dao
from web.settings import load_settings


async def test_the_data_folder_that_a_server_makes_is_private(tmp_path: Path) -> None:
    settings = load_settings(dao={"database_url": f"sqlite+aiosqlite:///{tmp_path}/data/flux.db", "port": 0})
    async with AsyncExitStack() as stack:
        await _dao(settings, stack)
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700
