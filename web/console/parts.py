"""What the console works with."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic

from pydantic import BaseModel

from dao.client import DaoClient
from dao.owner_client import OwnerRecords
from dao.spool import Spool
from web.console_state import EngineState


@dataclass(frozen=True, slots=True)
class ConsoleParts:
    """The settings in force, the records, and how the engines stand; `models` names what hears, thinks and speaks.

    `tenants` are those that have keys here.
    """

    settings: BaseModel
    agent: str
    models: dict[str, str]
    dao: DaoClient
    spool: Spool
    tenants: Sequence[str]
    engines: Callable[[], Awaitable[list[EngineState]]]
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    started: float = field(default_factory=monotonic)

    def records(self, tenant: str) -> OwnerRecords:
        """Return the records of a tenant."""
        return OwnerRecords(self.dao.of(tenant))
