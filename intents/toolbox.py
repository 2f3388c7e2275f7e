"""Runs the tools a chat model asks for: dispatch, validation, handlers."""

import asyncio
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog

from dao.errors import DaoConflict, DaoError, DaoNotOpen
from dao.records import Origin
from intents.errors import IntentError
from models.llm import ToolSpec

if TYPE_CHECKING:
    from dao.client import DaoClient
    from intents.agent import Agent

log = structlog.get_logger(__name__)

NOT_SAVED: Final = "I could not save that just now. Please try again in a moment."
BROKEN: Final = "Something went wrong while I did that. Please try again in a moment."
NOT_OPEN: Final = "That task is not open any more, so it cannot be moved."
REUSED: Final = "This call id was used before for something else; use a new one."


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


@dataclass(frozen=True, slots=True)
class ToolContext:
    """What a handler works with; `now` is the aware instant at which its run began."""

    dao: "DaoClient"
    caller: Caller
    call_id: str
    now: datetime

    @property
    def origin(self) -> Origin:
        """The key that keeps a write from happening twice."""
        return Origin(conversation_id=self.caller.conversation_id, call_id=self.call_id)


@dataclass(slots=True)
class _Run:
    """One call id: what it was first used for, and its outcome once it took effect."""

    name: str
    arguments: Mapping[str, Any]
    lock: asyncio.Lock
    outcome: ToolOutcome | None = None


class Toolbox:
    """The tools of one agent for one caller. `run` never raises but for cancellation."""

    def __init__(self, agent: "Agent", dao: "DaoClient", caller: Caller, now: Callable[[], datetime]) -> None:
        self._intents = {intent.name: intent for intent in agent.intents}
        self._handlers = agent.handlers
        self._dao = dao
        self._caller = caller
        self._now = now
        self._runs: dict[str, _Run] = {}
        self._specs = tuple(intent.spec for intent in agent.intents)

    @property
    def specs(self) -> Sequence[ToolSpec]:
        """The tools the model is told of; the same objects for every caller of the agent."""
        return self._specs

    async def run(self, call_id: str, name: str, arguments: Mapping[str, Any]) -> ToolOutcome:
        """Run one tool and return how it ended.

        The same `call_id` with the same name and arguments gives the first outcome once that was `done`, and the
        writes of a run carry its call id, so that a repeat after a lost answer is not kept twice either.
        """
        if name not in self._intents:
            return ToolOutcome(f"There is no tool {name!r}. The tools are: {', '.join(self._intents)}.", "rejected")
        run = self._runs.setdefault(call_id, _Run(name, dict(arguments), asyncio.Lock()))
        async with run.lock:
            same = run.name == name and run.arguments == arguments
            if run.outcome is not None:
                return run.outcome if same else ToolOutcome(REUSED, "rejected")
            run.name, run.arguments = name, dict(arguments)
            outcome = await self._attempt(call_id, name, arguments)
            if outcome.status == "done":
                run.outcome = outcome
            return outcome

    async def _attempt(self, call_id: str, name: str, arguments: Mapping[str, Any]) -> ToolOutcome:
        # Arguments are the caller's own words: they never go to a log, nor does a message that may quote them.
        bound = log.bind(conversation=str(self._caller.conversation_id), tool=name, call_id=call_id)
        try:
            checked = self._intents[name].validate(arguments)
            context = ToolContext(self._dao, self._caller, call_id, self._now())
            outcome = self._handlers[name](checked, context)
            outcome = await outcome if inspect.isawaitable(outcome) else outcome
            if not isinstance(outcome, ToolOutcome):
                raise TypeError(f"the handler returned {type(outcome).__name__}, not ToolOutcome")
        except IntentError as error:
            return ToolOutcome(str(error), "rejected")
        except DaoNotOpen:
            return ToolOutcome(NOT_OPEN, "rejected")
        except DaoConflict:
            return ToolOutcome(REUSED, "rejected")
        except DaoError as error:
            bound.warning("tool could not be kept", error=type(error).__name__)
            return ToolOutcome(NOT_SAVED, "failed")
        except Exception as error:
            bound.error("tool handler failed", error=type(error).__name__, where=_where(error))
            return ToolOutcome(BROKEN, "failed")
        return outcome


def _where(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "unknown"
