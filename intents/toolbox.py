"""Runs the tools a chat model asks for: dispatch, validation, handlers."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from pydantic import BaseModel

from dao.errors import (
    DaoConflict,
    DaoDeleted,
    DaoError,
    DaoGivenUp,
    DaoNotFound,
    DaoNotKept,
    DaoNotOpen,
    DaoRejected,
)
from dao.records import AGAIN, Origin
from intents.errors import IntentError
from models.llm import ToolSpec

if TYPE_CHECKING:
    from dao.client import DaoClient
    from intents.agent import Agent

log = structlog.get_logger(__name__)

NOT_SAVED: Final = "I could not save that just now. Please try again in a moment."
UNKNOWN: Final = "I could not confirm that it was saved. Please try again in a moment."
SAVED_BEFORE: Final = "That was saved already."
GONE: Final = "This conversation was deleted, so nothing more is saved in it."
BROKEN: Final = "Something went wrong while I did that. Please try again in a moment."
NOT_OPEN: Final = "That task is not open any more, so it cannot be moved."
REUSED: Final = "This call id was used before for something else; use a new one."

REMEMBERED: Final = 200
"""Settled runs: more than one conversation has, but a session that is kept open may go on for ever."""

# A retry means the time that was asked for at first; "in five minutes", said once more later, means from then on.
_SAME_MOMENT: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is on the line, for the handlers."""

    tenant_id: str
    user_id: UUID
    conversation_id: UUID
    timezone: ZoneInfo


@dataclass(frozen=True, slots=True)
class ToolOutcome:
    """How a tool run ended: `content` goes back to the model, `record` is what was kept (JSON).

    `done`: it took effect. `rejected`: arguments were wrong or something must be asked back, `content`
    says what. `failed`: it could not be done now, `content` is fit to be told to the caller.
    """

    content: str
    status: Literal["done", "rejected", "failed"]
    record: Mapping[str, Any] | None = None


@dataclass(slots=True)
class ToolContext:
    """What a handler works with; `now` is the aware instant at which its run began.

    `writes` tells that the handler asked for the `origin` of a write, and that it may have been kept.
    """

    dao: "DaoClient"
    caller: Caller
    call_id: str
    now: datetime
    writes: bool = field(default=False, init=False)

    @property
    def origin(self) -> Origin:
        """The key that keeps a write from happening twice; each write needs it."""
        self.writes = True
        return Origin(conversation_id=self.caller.conversation_id, call_id=self.call_id)


@dataclass(slots=True)
class _Run:
    """What is done under a call id, as of when, and its outcome once it took effect.

    While `unsettled`, nobody knows whether the write of an earlier attempt was kept.
    """

    call_id: str
    name: str
    arguments: Mapping[str, Any]
    began: datetime
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    unsettled: bool = False
    outcome: ToolOutcome | None = None

    def asks(self, name: str, arguments: Mapping[str, Any]) -> bool:
        """Tell whether it is about this."""
        return self.name == name and self.arguments == arguments


class Toolbox:
    """The tools of one agent for one caller. `run` never raises but for cancellation.

    `introduce` keeps who calls, whom writes refer to; it may raise `DaoError`.
    """

    def __init__(
        self,
        agent: "Agent",
        dao: "DaoClient",
        caller: Caller,
        now: Callable[[], datetime],
        introduce: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        self._intents = {intent.name: intent for intent in agent.intents}
        self._handlers = agent.handlers
        self._dao = dao
        self._caller = caller
        self._now = now
        self._introduce = introduce
        self._runs: dict[str, _Run] = {}
        self._specs = tuple(intent.spec for intent in agent.intents)

    @property
    def specs(self) -> Sequence[ToolSpec]:
        """The tools the model is told of; the same objects for every caller of the agent."""
        return self._specs

    async def run(self, call_id: str, name: str, arguments: Mapping[str, Any]) -> ToolOutcome:
        """Run one tool and return how it ended.

        The same `call_id` with the same name and arguments gives the first outcome once that was `done`, and the
        writes of a run carry its call id, so that a repeat after a lost answer is not kept twice either: not even
        under a new call id, as when the caller says "try again", or says it all once more.
        """
        if name not in self._intents:
            return ToolOutcome(f"There is no tool {name!r}. The tools are: {', '.join(self._intents)}.", "rejected")
        run = self._run(call_id, name, arguments)
        async with run.lock:
            if (run.outcome or run.unsettled) and not run.asks(name, arguments):
                return ToolOutcome(REUSED, "rejected")
            if run.outcome is not None:
                return run.outcome
            run.name, run.arguments = name, dict(arguments)
            if not run.unsettled or self._now() - run.began > _SAME_MOMENT:
                run.began = self._now()
            context = ToolContext(self._dao, self._caller, run.call_id, run.began)
            try:
                outcome = await self._attempt(run, context)
                if outcome is None:
                    # It was found out, and noted, that the attempt in doubt kept nothing. So this is the first one.
                    run.call_id = call_id if call_id != run.call_id else f"{call_id}{AGAIN}"
                    run.unsettled, run.began = False, self._now()
                    context = ToolContext(self._dao, self._caller, run.call_id, run.began)
                    outcome = await self._attempt(run, context) or ToolOutcome(NOT_SAVED, "failed")
            except asyncio.CancelledError:
                run.unsettled = run.unsettled or context.writes
                raise
            run.unsettled = outcome.status == "failed" and (run.unsettled or context.writes)
            if outcome.status == "done":
                run.outcome = outcome
            return outcome

    def _run(self, call_id: str, name: str, arguments: Mapping[str, Any]) -> _Run:
        """Return the run of a call id; a new one goes on with an unsettled run of the same."""
        if call_id not in self._runs:
            unsettled = (run for run in self._runs.values() if run.unsettled and run.asks(name, arguments))
            self._runs[call_id] = next(unsettled, None) or _Run(call_id, name, dict(arguments), self._now())
            self._forget()
        return self._runs[call_id]

    def _forget(self) -> None:
        """Let go the oldest runs of which all is known; where one may come again, the records remember it."""
        settled = [call_id for call_id, run in self._runs.items() if not (run.unsettled or run.lock.locked())]
        for call_id in settled[:-REMEMBERED]:
            del self._runs[call_id]

    async def _attempt(self, run: _Run, context: ToolContext) -> ToolOutcome | None:
        """Return how one attempt ended; None if its call id was given up."""
        # Arguments are the caller's own words: they never go to a log, nor does a message that may quote them.
        bound = log.bind(conversation=str(self._caller.conversation_id), tool=run.name, call_id=run.call_id)
        try:
            checked = self._intents[run.name].validate(run.arguments)
            outcome = await self._handle(run.name, checked, context)
        except IntentError as error:
            return ToolOutcome(str(error), "rejected")
        except DaoNotOpen:
            return ToolOutcome(NOT_OPEN, "rejected")
        except DaoGivenUp:
            return None
        except DaoDeleted:
            return ToolOutcome(GONE, "rejected")
        except DaoConflict:
            # The same asked again cannot be another thing: what it became the first time was kept.
            return ToolOutcome(SAVED_BEFORE, "done") if run.unsettled else ToolOutcome(REUSED, "rejected")
        except DaoError as error:
            bound.warning("tool could not be kept", error=type(error).__name__)
            if isinstance(error, DaoRejected | DaoNotFound | DaoNotKept):
                context.writes = False
            return ToolOutcome(UNKNOWN if context.writes or run.unsettled else NOT_SAVED, "failed")
        except Exception as error:
            bound.error("tool handler failed", error=type(error).__name__, where=_where(error))
            return ToolOutcome(BROKEN, "failed")
        return outcome

    async def _handle(self, name: str, checked: BaseModel, context: ToolContext) -> ToolOutcome:
        try:
            return await _ask(self._handlers[name], checked, context)
        except DaoRejected:
            # Nothing was kept. On a busy box the caller's own record may still be on its way to the DAO.
            context.writes = False
            if self._introduce is None:
                raise
            await self._introduce()
            return await _ask(self._handlers[name], checked, context)


async def _ask(handler: Callable[..., Any], checked: BaseModel, context: ToolContext) -> ToolOutcome:
    outcome = handler(checked, context)
    outcome = await outcome if inspect.isawaitable(outcome) else outcome
    if not isinstance(outcome, ToolOutcome):
        raise TypeError(f"the handler returned {type(outcome).__name__}, not ToolOutcome")
    return outcome


def _where(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "unknown"
