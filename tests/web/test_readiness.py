"""What `/health` asks: everything without which no call could be served, each time, in bounded time."""

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest
from aiohttp import web

from dao.client import DaoClient
from dao.errors import DaoUnavailable
from dao.service import serve_dao
from dao.settings import DaoSettings
from dao.spool import Spool
from models.engines import Engines
from models.errors import EngineError
from tests.dao.test_client import something_else
from tests.web.api_server import AGENT
from web import readiness
from web.assembly import Assembly, answers
from web.metrics import Metrics
from web.readiness import Readiness
from web.settings import load_settings
from web.tokens import Tokens


class Engine:
    """Stands for any engine; it is as well as it is told to be."""

    failure: Exception | None = None

    async def check(self) -> None:
        if self.failure is not None:
            raise self.failure


async def states(asked: Readiness) -> dict[str, str]:
    return {part.name: part.state for part in await asked.parts()}


async def test_every_part_is_asked_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away() -> None:
        raise DaoUnavailable("the database is away")

    settings = load_settings()
    stt, llm, tts = Engine(), Engine(), Engine()
    engines = Engines(cast(Any, object()), cast(Any, stt), cast(Any, llm), cast(Any, tts))
    database = DaoSettings(database_url=f"sqlite+aiosqlite:///{tmp_path}/flux.db", port=0)
    with Spool.open(tmp_path / "spool") as spool:

        def asked(dao: DaoClient) -> Readiness:
            return Assembly(settings, AGENT, engines, dao, "", spool, Tokens(None, 60), {}, Metrics()).readiness()

        async with serve_dao(database) as server, DaoClient(server.url, timeout=2.0) as dao:
            well = dict.fromkeys(("vad", "stt", "llm", "tts", "dao", "database", "spool"), "ok")
            assert await states(asked(dao)) == well
            for name, engine in (("stt", stt), ("llm", llm), ("tts", tts)):
                engine.failure = EngineError("http://10.0.0.1 is down")
                assert await states(asked(dao)) == well | {name: "unavailable"}
                (part,) = (part for part in await asked(dao).parts() if part.name == name)
                assert part.detail == f"{getattr(settings, name).engine}: EngineError"
                engine.failure = None
            monkeypatch.setattr(server.store, "check", away)
            assert await states(asked(dao)) == well | {"database": "unavailable"}
        async with DaoClient(server.url, timeout=0.5) as dao:
            assert await states(asked(dao)) == well | {"dao": "unavailable", "database": "unavailable"}


async def test_another_server_at_its_address_is_no_dao(tmp_path: Path) -> None:
    async def well(_: web.Request) -> web.StreamResponse:
        return web.json_response({"status": "ok"})

    async with something_else(well) as url:
        assert not await answers(url)
    async with serve_dao(DaoSettings(database_url=f"sqlite+aiosqlite:///{tmp_path}/flux.db", port=0)) as server:
        assert await answers(server.url)


async def test_a_part_that_hangs_is_unavailable_in_bounded_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "CHECK_TIMEOUT", 0.05)

    async def hang() -> bool:
        await asyncio.Event().wait()
        return True

    asked = Readiness({"llm": "ollama"}, {"llm": hang, "tts": hang})
    assert [(part.name, part.state, part.detail) for part in await asked.parts()] == [
        ("llm", "unavailable", "ollama: TimeoutError"),
        ("tts", "unavailable", "TimeoutError"),
    ]
