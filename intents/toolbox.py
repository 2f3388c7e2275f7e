"""Runs the tools a chat model asks for: dispatch, validation, handlers.  (skeleton: being built)"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from models.llm import ToolSpec


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


class Toolbox:
    """The tools of one agent for one caller. `run` never raises but for cancellation."""

    def __init__(self, agent: "Agent", dao: "DaoClient", caller: Caller, now: Callable[[], datetime]) -> None: ...  # type: ignore # noqa

    @property
    def specs(self) -> Sequence[ToolSpec]: ...  # type: ignore

    async def run(self, call_id: str, name: str, arguments: Mapping[str, Any]) -> ToolOutcome: ...  # type: ignore
