"""What the Flux API does with sessions: opens them, keeps what is said, runs intents, closes them."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID, uuid4
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

from dao.client import DaoClient
from dao.errors import DaoNotFound, DaoUnavailable
from dao.records import Message, MessageDraft, Role
from dao.spool import Spool
from intents.agent import Agent
from intents.toolbox import Toolbox, ToolOutcome
from web.backends import Backend, BackendName, Grant
from web.conversations import CallOptions
from web.errors import RequestError
from web.function_calls import FunctionCalls
from web.home_zone import kept_zone, zone_for_call
from web.ledger import Ledger
from web.milestones import closing, opening
from web.owner import Owner, known_user
from web.sessions import Session, Sessions
from web.start_options import StartOptions
from web.tokens import Tokens
from web.voice_bodies import FunctionCall, NewSession

SILENCE: Final = 10.0
"""Seconds that what is being written may take once its session has ended."""

SESSION_ID: Final = re.compile(r"[\w-]{16,128}", re.ASCII)


@dataclass(frozen=True, slots=True)
class DeskParts:
    """What the desk works with; `toolbox` builds the tools of one caller, `backends` mint, `tokens` are read.

    `tenants` are all that have records here.
    """

    agent: Agent
    dao: DaoClient
    spool: Spool
    tenants: Sequence[str]
    tokens: Tokens
    backends: Mapping[BackendName, Backend]
    toolbox: Callable[[CallOptions], Toolbox]
    timezone: str = "UTC"
    deepgram_socket: str | None = None
    """Where clients of a session at Deepgram connect, if there are such sessions."""

    @property
    def routes(self) -> Mapping[str, str]:
        """Names of tools → names under which records have them."""
        return {intent.name: intent.route for intent in self.agent.intents}


class _File:
    """What the desk remembers of one session: its records, the calls it runs, and how many writes are under way."""

    def __init__(self, ledger: Ledger, functions: FunctionCalls) -> None:
        self.ledger = ledger
        self.functions = functions
        self.opened = False
        self.opening = asyncio.Lock()
        self._writes = 0
        self._quiet = asyncio.Event()
        self._quiet.set()

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        """Hold up the closing of the session until this is done."""
        self._writes += 1
        self._quiet.clear()
        try:
            yield
        finally:
            self._writes -= 1
            if not self._writes:
                self._quiet.set()

    async def quiet(self) -> None:
        """Wait until nothing is being written."""
        await self._quiet.wait()


class Desk:
    """Serves the sessions of one server; `now` gives aware instants."""

    def __init__(
        self, parts: DeskParts, sessions: Sessions, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._parts = parts
        self._sessions = sessions
        self._now = now
        self._files: WeakKeyDictionary[Session, _File] = WeakKeyDictionary()

    async def open(self, asked: NewSession, owner: Owner, base_url: str) -> tuple[Session, Grant]:
        """Mint a session and what its client needs."""
        agent = self._parts.agent.name
        if asked.agent not in (None, agent):
            raise RequestError(422, "invalid", "the body is wrong", {"agent": f"there is only {agent} here"})
        backend = self._parts.backends.get(asked.backend)
        if backend is None:
            hint = "its operator has to set DEEPGRAM_API_KEY"
            raise RequestError(503, "no_backend", f"the backend {asked.backend} is not set up on this server; {hint}")
        options = StartOptions(user_id=asked.user_id, timezone=asked.timezone)
        home = None
        if options.timezone is None:
            home = await kept_zone(self._parts.dao.of(owner.tenant_id), asked.user_id)
        session = self._sessions.start(options, owner, guarded=True, home=home)
        try:
            grant = await backend.grant(session, base_url)
            await self._keep_opening(session)
        except BaseException:
            self._sessions.drop(session)
            raise
        return session, grant

    async def begin(self, options: StartOptions, owner: Owner) -> Session:
        """Mint a session of a client that may name no time zone, even while the records are away."""
        home, user_id = None, known_user(options, owner)
        if options.timezone is None and user_id is not None:
            default = ZoneInfo(self._parts.timezone)
            home = await zone_for_call(self._parts.dao.of(owner.tenant_id), user_id, default)
        return self._sessions.start(options, owner, home=home)

    async def session(self, session_id: str) -> Session:
        """Return a session that is remembered, or read it from its records; raises a 404."""
        session = self._sessions.find(session_id) or await self._read(session_id)
        if session is None:
            raise RequestError(404, "unknown_session", "this session is not known; start a new one")
        return session

    async def tell(self, session: Session, role: Role, content: str) -> UUID:
        """Keep a message of the client, unless the server itself records it; return its id."""
        _refuse_closed(session)
        file = self._file(session)
        async with file.writing():
            if session.call is None and not session.ended:  # a call keeps its beginning itself
                await self._keep_opening(session)
            told_at = self._now()  # not when its waiting is over: others may be said meanwhile
            try:
                recorded = await session.minutes.told(role, content)
            except TimeoutError as error:
                raise DaoUnavailable("what was recorded could not be written yet") from error
            if recorded is not None:
                return recorded
            message = MessageDraft(
                id=uuid4(),
                conversation_id=session.caller.conversation_id,
                role=role,
                content=content,
                input_modality="voice",
                metadata={},
                created_at=told_at,
            )
            with session.minutes.storing(role, content):
                await file.ledger.keep("message", message)
            return message.id

    async def messages(self, session: Session) -> Sequence[Message]:
        """Return all messages of the session, in order."""
        ledger = self._file(session).ledger
        await ledger.written()
        return await ledger.dao.messages(session.caller.conversation_id)

    async def run(self, session: Session, call: FunctionCall) -> ToolOutcome:
        """Run an intent, once for its id."""
        _refuse_closed(session)
        names = [intent.name for intent in self._parts.agent.intents]
        if call.function_name not in names:
            wrong = {"function_name": f"there are {', '.join(names)}"}
            raise RequestError(422, "invalid", "the body is wrong", wrong)
        file = self._file(session)
        async with file.writing():
            if session.call is None and not session.ended:
                await self._keep_opening(session)
            return await file.functions.run(call.function_call_id, call.function_name, call.input)

    async def close(self, session: Session) -> int:
        """End the session and its call; return how many messages it has."""
        _refuse_closed(session)
        file, conversation_id = self._file(session), session.caller.conversation_id
        session.closed = True  # from now on nothing new is taken
        try:
            await self._keep_opening(session)
            await self._sessions.hang_up(session)
            await file.quiet()
            await file.ledger.written()
            conversation = await file.ledger.dao.conversation(conversation_id)
            await file.ledger.keep("end", closing(conversation, self._now()))
            await file.ledger.written()
            return await file.ledger.dao.message_count(conversation_id)
        except BaseException:
            session.closed = False
            raise

    async def silence(self, session: Session) -> None:
        """End a session and its call, so that nothing more is written for it.

        Raises a 503 where its call does not end, or what is being written does not.
        """
        before, session.closed = session.closed, True
        try:
            await self._sessions.hang_up(session)
            if session.call is not None:
                raise TimeoutError
            async with asyncio.timeout(SILENCE):
                await self._file(session).quiet()
        except BaseException as error:
            session.closed = before
            if isinstance(error, TimeoutError):
                raise RequestError(503, "still_busy", "its call does not end; nothing was deleted") from error
            raise

    async def _keep_opening(self, session: Session) -> None:
        """Keep that the conversation began, once: all else that is kept refers to it."""
        file = self._file(session)
        async with file.opening:
            if not file.opened:
                user, conversation = opening(session.caller, self._parts.agent.name, session.id, session.begin())
                await file.ledger.dao.put_user(user, conversation.started_at)
                await file.ledger.dao.put_conversation(conversation)
                file.opened = True

    async def _read(self, session_id: str) -> Session | None:
        """Read a session that was forgotten, perhaps by a server that ran before, from whichever tenant has it."""
        if not SESSION_ID.fullmatch(session_id):
            return None
        for tenant_id in self._parts.tenants:
            dao = self._parts.dao.of(tenant_id)
            try:
                found = await dao.conversation_of(session_id)
            except DaoNotFound:
                continue
            home = await kept_zone(dao, found.user_id) or ZoneInfo(self._parts.timezone)
            caller = CallOptions(found.id, found.user_id, home, tenant_id, keep_timezone=False)
            over, closed = found.status != "active", found.closed_at is not None
            since = asyncio.get_running_loop().time()
            session = Session(session_id, caller, since, Owner(tenant_id), guarded=True, ended=over, closed=closed)
            session.started_at = found.started_at
            session.minutes.remember(await dao.messages(found.id))
            session = self._sessions.take_up(session)
            self._file(session).opened = True
            return session
        return None

    def _file(self, session: Session) -> _File:
        if session not in self._files:
            parts, caller = self._parts, session.caller
            ledger = Ledger(parts.dao, parts.spool, caller)
            calls = FunctionCalls(
                parts.toolbox(caller), ledger, caller, posted=session.posted, routes=parts.routes, now=self._now
            )
            self._files[session] = _File(ledger, calls)
        return self._files[session]


def _refuse_closed(session: Session) -> None:
    if session.closed:
        raise RequestError(409, "session_closed", "this session is closed; start a new one")
