"""How the records stand that wait for the DAO, as an operator sees it."""

import asyncio
from pathlib import Path
from typing import cast

from dao.client import DaoClient
from dao.courier import Courier
from dao.spool import Spool
from tests.dao import samples
from tests.dao.samples import CALL
from web.metrics import Metrics
from web.readiness import Part, Readiness, spool_part
from web.settings import load_settings


async def test_the_health_check_tells_what_waits_and_what_was_lost(tmp_path: Path) -> None:
    with Spool.open(tmp_path, limit=5_000) as spool:
        readiness = Readiness(own=[lambda: spool_part(spool)])
        assert await readiness.parts() == [Part("spool", "ok")]
        spool.put("home", "conversation", CALL, samples.conversation())
        assert await readiness.parts() == [Part("spool", "ok", "1 records wait, the oldest for 0 s")]
        while spool.put("home", "message", CALL, samples.message()):
            assert spool.depth < 100
        (part,) = await readiness.parts()
        assert (part.state, part.detail[-11:]) == ("unavailable", "1 were lost")
        while spool.depth:
            spool.done()
        assert await readiness.parts() == [Part("spool", "ok", "1 were lost")]


async def test_the_metrics_show_depth_age_and_losses(tmp_path: Path) -> None:
    now = 1000.0
    spool = Spool(tmp_path, 5_000, lambda: now)
    courier = Courier(spool, lambda _: cast(DaoClient, None))
    metrics = Metrics()
    metrics.watch_spool(spool, courier)
    spool.put("home", "user", CALL, samples.user())
    spool.put("home", "message", CALL, samples.message(content="x" * 6_000))
    now += 7
    text = metrics.text(0).decode()
    for line in ("records 1.0", "oldest_seconds 7.0", "lost 1.0", "refused 0.0"):
        assert f"flux_voice_spool_{line}\n" in text
    running = asyncio.create_task(courier.run())
    await spool.empty()  # no client could be had, which is a defect: the record is set aside
    running.cancel()
    assert "flux_voice_spool_refused 1.0\n" in metrics.text(0).decode()


def test_the_spool_lies_beside_its_database_unless_it_is_put_elsewhere() -> None:
    def folder(**dao: str) -> Path:
        return load_settings(dao=dao).dao.spool

    assert folder(database_url="sqlite+aiosqlite:////srv/box/flux.db?timeout=5") == Path("/srv/box/spool")
    assert folder(database_url="sqlite:///other/flux.db") == Path("other/spool")
    assert folder(database_url="postgresql://u@h/d") == Path("data/spool")
    assert folder(spool="/var/spool/flux") == Path("/var/spool/flux")
