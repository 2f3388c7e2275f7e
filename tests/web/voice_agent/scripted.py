"""A server of the protocol around conversations that only note what is done to them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse

from models.llm import Message
from pipeline.events import EndReason
from pipeline.history import History
from tests.pipeline.scripted import ScriptedTools
from tests.web import scripted
from tests.web.scripted import ScriptedConversation
from web.app import create_app, make_runner
from web.calls import Call
from web.metrics import Metrics
from web.own_settings import WebSettings
from web.readiness import Readiness
from web.rtc import PeerOptions
from web.sessions import Session
from web.voice_agent.conversation import AgentCall
from web.voice_agent.settings_message import Settings
from web.voice_agent.tools import CallTools

SETTINGS: dict[str, Any] = {"type": "Settings", "audio": {}, "agent": {}}


class AgentScripted(ScriptedConversation):
    """Has as much voice ready as anybody reads."""

    caller_speaking = agent_busy = False
    ready = 1_000_000

    def __init__(self, id: str) -> None:
        super().__init__(id)
        self.history = History("", 10)
        self.history.remember([Message("user", "hello")])

    def say(self, text: str, *, interrupt: bool = False, ends_call: EndReason | None = None) -> bool:
        self.calls.append(("say", text, interrupt))
        return True

    def end_turn(self) -> None:
        self.calls.append(("end_turn",))


class AgentServer(scripted.Server):
    """Also knows its conversations as the socket does."""

    agents: list[AgentScripted]


@asynccontextmanager
async def serve(settings: WebSettings | None = None) -> AsyncIterator[AgentServer]:
    """Serve scripted conversations over the protocol on a free port."""

    def make(session: Session, wishes: Settings) -> AgentCall:
        conversation = AgentScripted(str(session.caller.conversation_id))
        server.agents.append(conversation)
        return AgentCall(
            Call(conversation, None, session.caller, PeerOptions()), conversation, CallTools(ScriptedTools())
        )

    def none(session: Session) -> Call:
        raise AssertionError("nobody calls over WebRTC here")

    settings = settings or WebSettings()
    server = AgentServer("", create_app(settings, none, Readiness(), Metrics(), make_agent_call=make))
    server.agents = []
    runner = make_runner(server.app, settings)
    await runner.setup()
    try:
        from aiohttp import web

        await web.TCPSite(runner, "127.0.0.1", 0).start()
        server.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1/agent/converse"
        yield server
    finally:
        await runner.cleanup()


@asynccontextmanager
async def connected(
    server: AgentServer, *, settings: bool = True, **options: Any
) -> AsyncIterator[ClientWebSocketResponse]:
    """Open a socket and, with `settings`, a call."""
    async with ClientSession() as client, client.ws_connect(server.url, **options) as socket:
        assert (await socket.receive_json(timeout=5))["type"] == "Welcome"
        if settings:
            await socket.send_json(SETTINGS)
            assert (await socket.receive_json(timeout=5))["type"] == "SettingsApplied"
        yield socket


async def told(socket: ClientWebSocketResponse) -> tuple[list[dict[str, Any]], int | None]:
    """Return every message until the socket closes, and the code it closes with."""
    messages = [message.json() async for message in socket if message.type.name == "TEXT"]
    return messages, socket.close_code
