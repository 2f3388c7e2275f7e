"""One operation of the REST interface as data, and the two that every collection has."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from dao.queries import Listing, Page, RecordT
from dao.records import Wire
from dao.store import Store


@dataclass(frozen=True, slots=True)
class Call:
    """One validated request: `body` and `query` are what the operation says, `id` is the UUID in its path."""

    tenant: str
    id: Any = None
    body: Any = None
    query: Any = None


@dataclass(frozen=True, slots=True)
class Operation:
    """One method on one path."""

    method: str
    path: str
    summary: str
    run: Callable[[Store, Call], Awaitable[Wire]]
    answer: type[BaseModel]
    body: type[Wire] | None = None
    query: type[Wire] | None = None

    @property
    def has_id(self) -> bool:
        """Whether the path names a record."""
        return "{id}" in self.path


def reading(path: str, kind: type[RecordT], query: type[Page]) -> tuple[Operation, Operation]:
    """Make the two reads that every collection has."""

    async def find(store: Store, call: Call) -> Listing[RecordT]:
        return await store.find(call.tenant, kind, call.query)

    async def get(store: Store, call: Call) -> RecordT:
        return await store.get(call.tenant, kind, call.id)

    order = (query.__doc__ or "").rstrip(".")
    return (
        Operation("GET", path, f"List {order[0].lower()}{order[1:]}.", find, Listing[kind], query=query),  # type: ignore[valid-type]
        Operation("GET", f"{path}/{{id}}", f"Read one record of {path}.", get, kind),
    )
