"""What stands in for another host: an app on a free port of loopback, and what may go wrong with it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from aiohttp import web

from models.llm import END_CALL, Delta, Message, ToolSpec
from models.llm.sentences import SentencesModel


@dataclass(frozen=True)
class Script:
    """One answer as it is to be: `lines` are sent with `status`, then the host ends, stalls or drops the line."""

    lines: Sequence[Any] = ()
    status: int = 200
    then: Literal["end", "stall", "drop"] = "end"


@dataclass
class RemoteSentences:
    """The `sentences` engine as what thinks on another host.

    Templates do not travel in JSON schemas, so it is given the tools beforehand and offered those that are named.
    """

    tools: Sequence[ToolSpec]
    engine: SentencesModel = field(init=False)

    def __post_init__(self) -> None:
        self.engine = SentencesModel(self.tools)

    async def answer(self, messages: Sequence[Message], offered: Sequence[dict[str, Any]]) -> list[Delta]:
        known = {tool.name: tool for tool in (*self.tools, END_CALL)}
        tools = []
        for tool in offered:
            spec = known[tool["function"]["name"]]
            assert tool == {
                "type": "function",
                "function": {"name": spec.name, "description": spec.description, "parameters": spec.parameters},
            }, "a part of the schema was lost on the way"
            tools.append(spec)
        return [delta async for delta in self.engine.stream(messages, tools)]


@asynccontextmanager
async def serving(app: web.Application, port: int = 0) -> AsyncIterator[str]:
    """Serve `app` on loopback and give its address; handlers are cancelled when their client goes."""
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def misbehave(request: web.Request, then: str, gone: asyncio.Event) -> None:
    """Stall until the client goes, which sets `gone`, or drop the connection; do nothing for `end`."""
    if then == "stall":
        try:
            await asyncio.Event().wait()
        finally:
            gone.set()
    elif then == "drop":
        assert request.transport is not None
        request.transport.abort()


def dead_address() -> str:
    """Return an address of loopback at which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"
