"""A server, its data service and its database as three processes of their own, any of which can be killed."""

import asyncio
import contextlib
import os
import re
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp

from benchmarks.own_server import OwnServer, free_ports, own_server
from dao.client import DaoClient
from tests.dao.postgres import OwnPostgres, own_postgres
from tests.e2e.peer import Peer

PATIENCE = 60.0


class Box:
    """All three on fresh data. Once started, each may be killed and started again."""

    def __init__(self, folder: Path, postgres: OwnPostgres) -> None:
        self.postgres = postgres
        self._folder = folder
        (self._port,) = free_ports(1)
        self.dao_url = f"http://127.0.0.1:{self._port}"
        self._dao: asyncio.subprocess.Process | None = None
        self._voice = AsyncExitStack()
        self._server: OwnServer | None = None

    @property
    def url(self) -> str:
        assert self._server is not None
        return self._server.url

    async def start(self, what: str) -> None:
        """Start `database`, `dao` or `voice`, and wait until it can be used."""
        if what == "database":
            await asyncio.to_thread(self.postgres.start)
        elif what == "dao":
            await self._start_dao()
        else:
            settings = {"FLUX_DAO__URL": self.dao_url, "FLUX_DAO__SPOOL": str(self._folder / "spool")}
            self._server = await self._voice.enter_async_context(own_server(self._folder, settings=settings))

    async def kill(self, what: str) -> None:
        """Kill it without a word."""
        if what == "database":
            self.postgres.kill()
        elif what == "dao":
            assert self._dao is not None
            self._dao.kill()
            await self._dao.wait()
        else:
            assert self._server is not None
            os.kill(self._server.pid, signal.SIGKILL)
            await self._voice.aclose()

    async def stop(self) -> None:
        await self._voice.aclose()
        if self._dao is not None and self._dao.returncode is None:
            self._dao.terminate()
            await self._dao.wait()

    async def delivered(self) -> None:
        """Wait until nothing waits in the spool."""
        async with aiohttp.ClientSession() as http, asyncio.timeout(PATIENCE):
            while True:
                async with http.get(f"{self.url}/metrics") as answer:
                    found = re.search(r"^flux_voice_spool_records (\S+)", await answer.text(), re.MULTILINE)
                if found and float(found[1]) == 0:
                    return
                await asyncio.sleep(0.2)

    async def _start_dao(self) -> None:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("FLUX_")} | {
            "FLUX_DAO__PORT": str(self._port),
            "FLUX_DAO__DATABASE_URL": self.postgres.url,
        }
        with (self._folder / "dao.log").open("a") as log:
            self._dao = await asyncio.create_subprocess_exec(
                str(Path(sys.executable).with_name("flux-voice")), "dao", env=environment, stdout=log, stderr=log
            )
        async with DaoClient(self.dao_url, timeout=2) as dao, asyncio.timeout(PATIENCE):
            while not await dao.healthy():
                assert self._dao.returncode is None, (self._folder / "dao.log").read_text()
                await asyncio.sleep(0.1)


@contextlib.asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Box]:
    """Start all three."""
    with own_postgres() as postgres:
        box = Box(folder, postgres)
        try:
            await box.start("dao")
            await box.start("voice")
            yield box
        finally:
            await box.stop()


class Told:
    """What one caller was told before any kill could take it back: messages that were shown, tasks that were made."""

    def __init__(self, user: UUID) -> None:
        self.user = user
        self.messages: Counter[tuple[str, str]] = Counter()
        self.tasks: set[str] = set()

    def hear(self, peer: Peer) -> None:
        """Take what a client was told in one call."""
        self.messages += Counter((one["role"], one["content"]) for one in peer.own_messages("message"))
        self.tasks |= {tool["record"]["title"] for tool in ended_tools(peer) if tool["status"] == "done"}


def ended_tools(peer: Peer) -> list[dict[str, Any]]:
    """Return the tool calls of which a client was told the end."""
    return [tool for tool in peer.own_messages("tool_call") if tool["status"] not in ("started", "running")]


async def check(box: Box, told: Told) -> None:
    """Hold what was told against what is kept: all of it, once, and every record true."""
    await box.delivered()
    async with DaoClient(box.dao_url) as dao, aiohttp.ClientSession() as http:
        tasks = await dao.tasks(told.user)
        async with http.get(f"{box.dao_url}/v1/conversations", params={"user_id": str(told.user)}) as answer:
            calls = (await answer.json())["items"]
        kept: Counter[tuple[str, str]] = Counter()
        done: set[tuple[UUID, str]] = set()
        for call in calls:
            assert call["status"] != "active" and call["ended_at"] is not None, call
            kept += Counter((message.role, message.content) for message in await dao.messages(UUID(call["id"])))
            for tool in await dao.tool_calls(UUID(call["id"])):
                assert tool.status != "running", tool
                if tool.status == "done":
                    done.add((tool.conversation_id, tool.call_id))
    titles = Counter(task.title for task in tasks)
    assert told.tasks <= titles.keys()
    assert set(titles.values()) <= {1}, titles
    assert {(task.origin.conversation_id, task.origin.call_id) for task in tasks} == done
    assert not told.messages - kept, told.messages - kept
    asked = [count for (role, _), count in kept.items() if role == "user"]
    assert set(asked) <= {1}, kept
