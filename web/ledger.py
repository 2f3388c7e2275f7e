"""The records of one conversation: what was observed goes through the spool, what has to be answered to the DAO."""

import asyncio
from typing import Final

from dao.client import DaoClient
from dao.entries import Kind
from dao.errors import DaoUnavailable
from dao.records import Wire
from dao.spool import Spool
from web.conversations import CallOptions

PATIENCE: Final = 5.0
"""Seconds that records of a conversation which wait are waited for, before others of it are read or counted."""


class Ledger:
    """Keeps and reads the records of one conversation; `dao` is its tenant's client."""

    def __init__(self, dao: DaoClient, spool: Spool, caller: CallOptions) -> None:
        self.dao = dao.of(caller.tenant_id)
        self._spool = spool
        self._caller = caller

    async def keep(self, kind: Kind, draft: Wire) -> None:
        """Keep what was observed, whether the DAO answers or not; raises `DaoUnavailable` where nothing can hold it."""
        if not self._spool.put(self._caller.tenant_id, kind, self._caller.conversation_id, draft):
            raise DaoUnavailable("there is no room for more records")
        if self._spool.full:  # perhaps it is in memory only: then it is kept once the DAO has it
            await self.written()

    async def written(self) -> None:
        """Wait until the DAO has all that was kept of it so far; raises `DaoUnavailable` when that takes too long."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self._spool.delivered(self._caller.conversation_id)
        except TimeoutError as error:
            raise DaoUnavailable(f"what waits for the DAO was not delivered within {PATIENCE:g} s") from error
