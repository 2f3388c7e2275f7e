"""Sessions: a caller's unguessable ticket to one call, and the tasks of all calls."""

import asyncio
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Final
from uuid import uuid4
from zoneinfo import ZoneInfo

import structlog
from structlog.contextvars import bound_contextvars

from web.calls import Call
from web.conversations import CallOptions
from web.errors import RequestError
from web.minutes import Minutes
from web.offer import Offer
from web.own_settings import zone
from web.owner import ANYBODY, Owner, known_user
from web.posted_calls import PostedCalls
from web.start_options import StartOptions

UNUSED_LIFE: Final = 600.0
"""Seconds that a session waits for its first offer, and that an ended one is remembered."""

MAX_SESSIONS: Final = 1_000
SHUTDOWN_TIMEOUT: Final = 15.0
GOODBYE_TIMEOUT: Final = 10.0
"""Longest wait in s for what is said and done when the agent is told to take its leave."""

log = structlog.get_logger()


@dataclass(slots=True, eq=False, weakref_slot=True)
class Session:
    """A ticket; `call` is there once its first offer came.

    A `guarded` one has a token, which its first offer needs and uses up. `started_at` is when its conversation began,
    None while nothing of that is kept.
    """

    id: str
    caller: CallOptions
    since: float
    owner: Owner = field(default_factory=Owner)
    guarded: bool = False
    started_at: datetime | None = None
    minutes: Minutes = field(default_factory=Minutes)
    posted: PostedCalls = field(default_factory=PostedCalls)
    call: Call | None = None
    ended: bool = False
    closed: bool = False
    problem: str | None = None
    over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def state(self) -> str:
        """Return `waiting` (no offer yet), `connecting`, `connected` or `ended`."""
        if self.ended or (self.call is not None and self.call.ended):
            return "ended"
        if self.call is None:
            return "waiting"
        return "connected" if self.call.linked else "connecting"

    def begin(self) -> datetime:
        """Return when the conversation began: now, the first time this is asked."""
        if self.started_at is None:
            self.started_at = datetime.now(UTC)
        return self.started_at


CallFactory = Callable[[Session], Call]


class Sessions:
    """All sessions of the server; an async context manager that owns every call's task.

    Leaving the context ends each call with reason `shutdown`, in bounded time.
    """

    def __init__(self, make_call: CallFactory, *, timezone: str = "UTC", max_calls: int = 20) -> None:
        self._make_call = make_call
        self._timezone = zone(timezone)
        self._max_calls = max_calls
        self._sessions: dict[str, Session] = {}
        self._live: set[Call] = set()
        self._tasks: asyncio.TaskGroup | None = None
        self._opened = asyncio.Event()
        self._closing = asyncio.Event()
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._draining = False
        self._supervisor: asyncio.Task[None] | None = None

    @property
    def live(self) -> int:
        """How many calls are held."""
        return len(self._live)

    @property
    def draining(self) -> bool:
        """Whether no more calls are taken, for the server is about to stop."""
        return self._draining

    @property
    def known(self) -> int:
        """How many sessions are remembered: those that wait, those with a call, and those that ended just now."""
        return len(self._sessions)

    @property
    def max_calls(self) -> int:
        """How many calls can be held at once."""
        return self._max_calls

    @property
    def all(self) -> list[Session]:
        """Every session that is remembered."""
        return list(self._sessions.values())

    async def __aenter__(self) -> "Sessions":
        self._supervisor = asyncio.create_task(self._supervise(), name="calls")
        await self._opened.wait()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        for call in self._live:
            call.conversation.end("shutdown")
        if self._supervisor is None:
            return
        _, late = await asyncio.wait([self._supervisor], timeout=SHUTDOWN_TIMEOUT)
        if late:
            log.error("calls did not end in time; breaking them off", calls=self.live)
            self._supervisor.cancel()
            await asyncio.wait([self._supervisor])

    def start(
        self, options: StartOptions, owner: Owner = ANYBODY, *, guarded: bool = False, home: ZoneInfo | None = None
    ) -> Session:
        """Mint a session; costs nothing until its first offer.

        `home` is the time zone of a user who has one already, for a client that names none.
        """
        named = ZoneInfo(options.timezone) if options.timezone else None
        caller = CallOptions(
            conversation_id=uuid4(),
            user_id=known_user(options, owner) or uuid4(),
            timezone=named or home or self._timezone,
            tenant_id=owner.tenant_id,
            keep_timezone=named is not None or home is None,
        )
        session = Session(secrets.token_urlsafe(16), caller, self._now(), owner, guarded)
        return self.take_up(session)

    def take_up(self, session: Session) -> Session:
        """Remember a session: one just minted, or one that was forgotten and is read from its records."""
        self._forget(self._now())
        if len(self._sessions) >= MAX_SESSIONS:
            self._forget_oldest()
        return self._sessions.setdefault(session.id, session)

    def drop(self, session: Session) -> None:
        """Forget a session that came to nothing."""
        self._sessions.pop(session.id, None)

    def session(self, session_id: str) -> Session:
        """Return the session, or raise a 404."""
        session = self.find(session_id)
        if session is None:
            raise RequestError(404, "unknown_session", "this session is not known; start a new one")
        return session

    def find(self, session_id: str) -> Session | None:
        """Return the session, if it is remembered; who asks for it uses it."""
        session = self._sessions.get(session_id)
        if session is not None and not session.closed:
            session.since = self._now()
        return session

    def linked(self, pc_id: str) -> Session:
        """Return the session whose current link is `pc_id`, or raise a 404."""
        for call in self._live:
            if call.pc_id == pc_id:
                return next(session for session in self._sessions.values() if session.call is call)
        raise RequestError(404, "unknown_connection", "this connection is gone; start a new call")

    def call(self, session: Session, offer: Offer) -> Call:
        """Return the session's call, begun if `offer` is its first one."""
        if session.closed or session.ended or (session.call is not None and session.call.ended):
            raise RequestError(409, "call_ended", "this call is over; start a new one")
        if session.call is not None:
            if session.guarded and offer.pc_id is None:
                raise RequestError(409, "token_used", "this session's token was used; come back with the pc_id")
            if offer.pc_id is not None and offer.pc_id != session.call.pc_id:
                raise RequestError(404, "unknown_connection", "another client has taken over this call")
            return session.call
        if offer.pc_id is not None:
            raise RequestError(404, "unknown_connection", "this connection is gone; start a new call")
        return self.begin(session, self._make_call)

    def check_room(self, session: Session) -> None:
        """Raise a RequestError where no call of `session` can begin now."""
        if session.closed or session.ended or session.call is not None:
            raise RequestError(409, "call_ended", "this session has had its call; start a new one")
        if self._tasks is None or self._draining or self._closing.is_set():
            raise RequestError(503, "stopping", "the server is stopping")
        if self.live >= self._max_calls:
            raise RequestError(503, "busy", f"all {self._max_calls} lines are taken; try again in a moment")
        lines = session.owner.max_calls
        if lines is not None and self.live_of(session.owner) >= lines:
            raise RequestError(503, "busy", f"all {lines} lines of this key are taken; try again in a moment")

    def begin(self, session: Session, make: CallFactory) -> Call:
        """Begin the call of a session that has had none; `make` builds it."""
        self.check_room(session)
        assert self._tasks is not None  # narrows the type: there is room
        call = session.call = make(session)
        self._live.add(call)
        self._quiet.clear()
        self._tasks.create_task(self._hold(session, call), name=f"call {session.caller.conversation_id}")
        return call

    def live_of(self, owner: Owner) -> int:
        """How many calls are held for sessions of one key."""
        sessions = self._sessions.values()
        return sum(one.call is not None and not one.ended and one.owner.key == owner.key for one in sessions)

    async def hang_up(self, session: Session) -> None:
        """End the session's call, if it has one, and wait until everything of it is kept, in bounded time."""
        if session.call is None:
            return
        session.call.conversation.end("caller")
        with suppress(TimeoutError):
            async with asyncio.timeout(SHUTDOWN_TIMEOUT):
                await session.over.wait()

    async def drain(self, patience: float) -> None:
        """Take no new calls and wait `patience` s for those that are held; then have their agents take their leave.

        Returns when no call is left, or when the goodbyes have had their time.
        """
        self._draining = True
        if await self._quiet_within(patience):
            return
        log.info("saying goodbye", calls=self.live)
        for call in self._live:
            call.conversation.take_leave("shutdown")
        if not await self._quiet_within(GOODBYE_TIMEOUT):
            log.warning("not every goodbye came to its end", calls=self.live)

    async def _quiet_within(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._quiet.wait()
        return self._quiet.is_set()

    def release(self) -> None:
        """Let go the messages that wait for records: the server is about to stop and would break them off."""
        for session in self._sessions.values():
            session.minutes.release()

    def give_up(self, session: Session, *, forget: bool) -> None:
        """End the call that an offer began and that came to nothing, unless another client was answered meanwhile.

        Only for the one whose offer it was: a call that others hold is not theirs to end. `forget` the session too
        where its client was never told of it.
        """
        if session.call is not None and not session.call.used:
            session.call.conversation.end("error")
        elif session.call is None and forget:
            self.drop(session)

    async def _supervise(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            self._opened.set()
            await self._closing.wait()

    async def _hold(self, session: Session, call: Call) -> None:
        with bound_contextvars(conversation_id=str(session.caller.conversation_id)):
            log.info("the call begins")
            try:
                reason = await call.run()
                log.info("the call is over", reason=reason)
            except Exception as error:  # one call's fault must not end the others in the group
                log.error("the call broke off", error=repr(error), exc_info=True)
            finally:
                self._live.discard(call)
                if not self._live:
                    self._quiet.set()
                session.ended, session.call, session.since = True, None, self._now()
                session.problem = call.problem
                session.over.set()

    def _forget(self, now: float) -> None:
        old = [key for key, one in self._sessions.items() if one.call is None and now - one.since > UNUSED_LIFE]
        for key in old:
            del self._sessions[key]

    def _forget_oldest(self) -> None:
        """Make room: to refuse instead would let whoever asks for a thousand sessions lock all callers out."""
        oldest = next((key for key, one in self._sessions.items() if one.call is None), None)
        if oldest is not None:
            del self._sessions[oldest]

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
