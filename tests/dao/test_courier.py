"""What waits is delivered in order, once, when the DAO is back; what it refuses holds nobody up."""

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from dao.client import DaoClient
from dao.courier import DEFECT_TRIES, Courier, delivering
from dao.errors import DaoError, DaoRejected, DaoUnavailable
from dao.records import ConversationUpdate, UserDraft
from dao.refused import REFUSED
from dao.service import DaoServer, serve_dao
from dao.settings import DaoSettings
from dao.spool import Spool
from tests.clock import run_on_fake_clock
from tests.dao import samples
from tests.dao.samples import ALICE, CALL, NOON


class ScriptedDao:
    """Notes every write; fails as often as it is told to."""

    def __init__(self, failures: dict[str, list[Exception]] | None = None) -> None:
        self.writes: list[str] = []
        self.failures = failures or {}

    def __getattr__(self, name: str) -> Any:
        async def write(*values: Any) -> None:
            if waiting := self.failures.get(name):
                raise waiting.pop(0)
            self.writes.append(name)

        return write


def fill(spool: Spool) -> None:
    spool.put("default", "user", CALL, samples.user())
    spool.put("default", "conversation", CALL, samples.conversation())
    spool.put("default", "message", CALL, samples.message())
    spool.put("default", "tool_call", CALL, samples.tool_call())
    spool.put("default", "settle", CALL, samples.tool_call(status="failed", ended_at=NOON))
    spool.put("default", "update", CALL, ConversationUpdate(extracted_intent="GOAL"))
    spool.put("default", "turn", CALL, samples.turn())
    spool.put("default", "end", CALL, ConversationUpdate(status="ended"))


ALL = [
    "put_user",
    "put_conversation",
    "put_message",
    "put_tool_call",
    "settle",
    "update_conversation",
    "put_turn",
    "update_conversation",
]


def deliver(folder: Path, dao: ScriptedDao) -> Courier:
    async def run() -> Courier:
        with Spool.open(folder) as spool:
            courier = Courier(spool, lambda _: cast(DaoClient, dao))
            fill(spool)
            running = asyncio.create_task(courier.run())
            await spool.empty()
            running.cancel()
            return courier

    return run_on_fake_clock(run())


def test_everything_comes_in_order(tmp_path: Path) -> None:
    dao = ScriptedDao()
    assert deliver(tmp_path, dao).refused == 0
    assert dao.writes == ALL


@pytest.mark.parametrize("times", [1, 50])
def test_it_waits_for_a_dao_that_is_away(tmp_path: Path, times: int) -> None:
    dao = ScriptedDao({"put_message": [DaoUnavailable("away")] * times})
    with capture_logs() as logs:
        deliver(tmp_path, dao)
    assert dao.writes == ALL
    assert [log["event"] for log in logs] == ["the DAO does not take a record; it waits", "the DAO answers again"]


def test_a_refused_record_is_set_aside_and_does_not_hold_up_the_others(tmp_path: Path) -> None:
    dao = ScriptedDao({"put_message": [DaoRejected("wrong", {"content": "is wrong"})]})
    with capture_logs() as logs:
        assert deliver(tmp_path, dao).refused == 1
    assert dao.writes == [name for name in ALL if name != "put_message"]
    assert "hello" in (tmp_path / REFUSED).read_text()
    assert "hello" not in str(logs)


def test_a_defect_of_the_service_holds_the_others_up_for_a_while_only(tmp_path: Path) -> None:
    passing = ScriptedDao({"put_turn": [DaoError("500")] * DEFECT_TRIES})
    assert deliver(tmp_path / "1", passing).refused == 0
    assert passing.writes == ALL
    lasting = ScriptedDao({"put_turn": [DaoError("500")] * (DEFECT_TRIES + 1)})
    assert deliver(tmp_path / "2", lasting).refused == 1
    assert lasting.writes == [name for name in ALL if name != "put_turn"]


async def test_what_a_dead_server_left_is_delivered_to_the_real_service(database_url: str, tmp_path: Path) -> None:
    settings = DaoSettings(database_url=database_url, port=0)
    async with serve_dao(settings) as server:
        port = server.port
    async with DaoClient(f"http://127.0.0.1:{port}", timeout=0.5) as dao:
        with Spool.open(tmp_path / "spool") as spool:
            async with delivering(spool, dao.of, patience=0.1):
                fill(spool)
                spool.put("other", "user", CALL, UserDraft(id=ALICE, timezone="Asia/Tokyo"))
            assert spool.depth == 9
        async with serve_dao(settings.model_copy(update={"port": port})):
            for _ in range(2):  # and again what was delivered before, as after a kill: it changes nothing
                with Spool.open(tmp_path / "spool") as spool:
                    async with delivering(spool, dao.of, patience=20) as courier:
                        fill_again = spool.depth == 0
                        if fill_again:
                            spool.put("default", "conversation", CALL, samples.conversation())
                            spool.put("default", "tool_call", CALL, samples.tool_call())
                    assert courier.refused == 0
            call = await dao.conversation(CALL)
            assert (call.status, call.extracted_intent) == ("ended", "GOAL")
            assert [message.content for message in await dao.messages(CALL)] == ["hello"]
            assert [tool.status for tool in await dao.tool_calls(CALL)] == ["failed"]
            assert len(await dao.turns(CALL)) == 1
            (kept,) = [await dao.of("other").put_user(UserDraft(id=ALICE))]
            assert (kept.timezone, kept.name, kept.tenant_id) == ("Asia/Tokyo", None, "other")


async def test_it_stops_at_once_where_nothing_waits(server: DaoServer, tmp_path: Path) -> None:
    async with DaoClient(server.url) as dao, asyncio.timeout(10):
        with Spool.open(tmp_path / "spool") as spool:
            async with delivering(spool, dao.of, patience=60):
                spool.put("default", "user", CALL, samples.user())
        assert (await dao.put_user(UserDraft(id=ALICE))).name == "Alice"
