"""The whole HTTP application over real records; only the conversations are scripted."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self
from uuid import uuid4

import aiohttp

from dao.client import DaoClient
from dao.courier import delivering
from dao.service import serve_dao
from dao.settings import DaoSettings
from dao.spool import Spool
from intents.agent import load_agent
from intents.toolbox import Caller, Toolbox
from tests.pipeline.scripted import ScriptedTools
from tests.web.openai_audio.scripted import engines
from tests.web.scripted import ScriptedConversation, Server, serve
from tests.web.voice_agent.scripted import AgentScripted
from web.auth import hash_of
from web.auth_settings import ApiKey, AuthSettings
from web.backends import Backend, LocalBackend
from web.calls import Call
from web.console.parts import ConsoleParts
from web.console_state import EngineState
from web.conversations import CallOptions
from web.desk import DeskParts
from web.own_settings import WebSettings
from web.recorder import Recorder
from web.rtc import PeerOptions
from web.sessions import Session
from web.tokens import Tokens
from web.voice_agent.conversation import AgentCall
from web.voice_agent.settings_message import Settings as AgentSettings
from web.voice_agent.tools import CallTools

AGENT = load_agent("flux")
MODELS = {"listen": "pocketsphinx", "think": "sentences", "speak": "espeak"}
V1 = "/api/v1/voice"
KEYS = {"acme": "fv_acme", "globex": "fv_globex"}
KEYED = AuthSettings(keys=tuple(ApiKey(sha256=hash_of(key), tenant=tenant) for tenant, key in KEYS.items()))


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def code(self) -> str:
        return str(self.body["error"]["code"])


@dataclass
class Api:
    """The running server and a client of it."""

    server: Server
    http: aiohttp.ClientSession
    client: DaoClient
    spool: Spool
    tokens: Tokens
    dao_url: str
    headers: dict[str, str] = field(default_factory=dict)

    async def call(
        self, method: str, path: str, body: Any = None, *, headers: Mapping[str, str] | None = None
    ) -> Answer:
        sent = {**self.headers, **(headers or {})}
        async with self.http.request(method, self.server.url + path, json=body, headers=sent) as response:
            text = await response.text()
            kind = response.headers.get("Content-Type", "")
            return Answer(response.status, json.loads(text) if "json" in kind else text, response.headers)

    async def mint(self, **more: Any) -> dict[str, Any]:
        headers = more.pop("headers", None)
        answer = await self.call("POST", f"{V1}/session", {"user_id": str(uuid4())} | more, headers=headers)
        assert answer.status == 200, answer.body
        opened: dict[str, Any] = answer.body
        return opened

    async def say(self, session_id: str, role: str, content: str) -> Answer:
        return await self.call("POST", f"{V1}/messages", {"session_id": session_id, "role": role, "content": content})

    async def said(self, session_id: str) -> list[dict[str, Any]]:
        answer = await self.call("GET", f"{V1}/sessions/{session_id}/messages")
        messages: list[dict[str, Any]] = answer.body["messages"]
        return messages

    async def intend(self, session_id: str, call_id: str, name: str, **arguments: Any) -> Answer:
        body = {"session_id": session_id, "function_call_id": call_id, "function_name": name, "input": arguments}
        answer = await self.call("POST", f"{V1}/intents", body)
        await self.spool.empty()
        return answer

    def dao(self, tenant: str = "default") -> DaoClient:
        return self.client.of(tenant)

    def using(self, **headers: str) -> Self:
        return type(self)(self.server, self.http, self.client, self.spool, self.tokens, self.dao_url, headers)


def toolbox(dao: DaoClient, caller: CallOptions) -> Toolbox:
    who = Caller(caller.tenant_id, caller.user_id, caller.conversation_id, caller.timezone)
    return Toolbox(AGENT, dao.of(caller.tenant_id), who, lambda: datetime.now(UTC))


async def no_engines() -> list[EngineState]:
    return []


@asynccontextmanager
async def serve_records(folder: Path) -> AsyncIterator[str]:
    """Serve empty records; yields where."""
    async with serve_dao(DaoSettings(database_url=f"sqlite+aiosqlite:///{folder}/flux.db", port=0)) as dao:
        yield dao.url


@asynccontextmanager
async def serve_api(
    dao_url: str,
    settings: WebSettings | None = None,
    *,
    tokens: Tokens | None = None,
    backends: Mapping[Any, Backend] | None = None,
    patience: float = 60.0,
) -> AsyncIterator[Api]:
    """Serve the API; its calls are scripted, but recorded, and records may take `patience` seconds."""
    settings = settings or WebSettings()
    tokens = tokens or Tokens(None, settings.auth.token_life)
    async with AsyncExitStack() as stack:
        dao = await stack.enter_async_context(DaoClient(dao_url, timeout=patience))
        folder = Path(stack.enter_context(TemporaryDirectory()))
        spool = stack.enter_context(Spool.open(folder))

        def hold(conversation: ScriptedConversation, session: Session) -> Call:
            server.conversations.append(conversation)
            server.sessions.append(session)
            recorder = Recorder(
                spool,
                session.caller,
                agent=AGENT.name,
                session_id=session.id,
                routes={intent.name: intent.route for intent in AGENT.intents},
                minutes=session.minutes,
                posted=session.posted,
                started_at=session.begin(),
            )
            return Call(conversation, recorder, session.caller, PeerOptions(ready_wait=0.5))

        def begin(session: Session) -> Call:
            return hold(ScriptedConversation(str(session.caller.conversation_id)), session)

        def begin_agent(session: Session, _: AgentSettings) -> AgentCall:
            conversation = AgentScripted(str(session.caller.conversation_id))
            return AgentCall(hold(conversation, session), conversation, CallTools(ScriptedTools()))

        desk = DeskParts(
            agent=AGENT,
            dao=dao,
            spool=spool,
            tenants=settings.auth.tenants,
            tokens=tokens,
            backends={"local": LocalBackend(AGENT, tokens, MODELS), **(backends or {})},
            toolbox=lambda caller: toolbox(dao, caller),
            timezone=settings.timezone,
        )
        console = ConsoleParts(settings, AGENT.name, MODELS, dao, spool, settings.auth.tenants, no_engines)
        async with (
            delivering(spool, dao.of, patience=5.0),
            serve(settings, call=begin, desk=desk, agent_call=begin_agent, audio=engines(), console=console) as server,
            aiohttp.ClientSession() as http,
        ):
            yield Api(server, http, dao, spool, tokens, dao_url)
