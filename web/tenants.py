"""The records of each tenant: one DAO client for each."""

from collections.abc import Iterable
from contextlib import AsyncExitStack
from types import TracebackType

from dao.client import DaoClient
from dao.requests import DEFAULT_TENANT


class Tenants:
    """Who has records on this box; an async context manager that closes every client.

    `timeout` is the seconds that one request to the data service may take.
    """

    def __init__(self, url: str, names: Iterable[str] = (), *, timeout: float = 5.0) -> None:
        wanted = dict.fromkeys((DEFAULT_TENANT, *names))
        self._clients = {name: DaoClient(url, tenant_id=name, timeout=timeout) for name in wanted}
        self._stack = AsyncExitStack()

    @property
    def names(self) -> tuple[str, ...]:
        """All tenants, the default one first."""
        return tuple(self._clients)

    def dao(self, tenant_id: str) -> DaoClient:
        """Return what reads and writes a tenant's records; KeyError for one that nobody named."""
        return self._clients[tenant_id]

    async def __aenter__(self) -> "Tenants":
        for client in self._clients.values():
            await self._stack.enter_async_context(client)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()
