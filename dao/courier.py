"""Brings what waits in the spool to the DAO, in order, and waits with it while the DAO is away."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Final

import structlog

from dao.client import DaoClient
from dao.entries import Entry, Kind
from dao.errors import DaoConflict, DaoDeleted, DaoError, DaoNotFound, DaoRejected, DaoUnavailable
from dao.records import ConversationDraft, ConversationUpdate, MessageDraft, ToolCallDraft, TurnDraft, UserDraft
from dao.spool import Spool

BACK_OFF: Final = (0.2, 0.5, 1.0, 2.0)
DEFECT_TRIES: Final = 5
"""How often a record is tried that the service fails on without saying why: then those behind it have their turn."""

Client = Callable[[str], DaoClient]
Delivery = Callable[[DaoClient, Entry], Awaitable[object]]

log = structlog.get_logger(__name__)

DELIVERIES: Final[Mapping[Kind, Delivery]] = {
    "user": lambda dao, entry: dao.put_user(UserDraft.model_validate(entry.body), _known_at(entry)),
    "conversation": lambda dao, entry: dao.put_conversation(ConversationDraft.model_validate(entry.body)),
    "message": lambda dao, entry: dao.put_message(MessageDraft.model_validate(entry.body)),
    "turn": lambda dao, entry: dao.put_turn(TurnDraft.model_validate(entry.body)),
    "tool_call": lambda dao, entry: dao.put_tool_call(ToolCallDraft.model_validate(entry.body)),
    "settle": lambda dao, entry: dao.settle(ToolCallDraft.model_validate(entry.body)),
    "update": lambda dao, entry: _update(dao, entry),
    "end": lambda dao, entry: _update(dao, entry),
    "close": lambda dao, entry: dao.close_conversation(entry.conversation),
}


def _known_at(entry: Entry) -> datetime:
    return datetime.fromtimestamp(entry.at, UTC)


def _update(dao: DaoClient, entry: Entry) -> Awaitable[object]:
    return dao.update_conversation(entry.conversation, ConversationUpdate.model_validate(entry.body))


class Courier:
    """Delivers a spool; `client` gives the client of a tenant. What a record says is never logged.

    A record that the service refuses is written to `refused.txt` in the spool's folder and counted in `refused`.
    """

    def __init__(self, spool: Spool, client: Client) -> None:
        self.refused = 0
        self._spool, self._client = spool, client

    async def run(self) -> None:
        """Deliver whatever waits; never returns."""
        while True:
            entry = await self._spool.next()
            await self._deliver(entry)
            self._spool.done()

    async def _deliver(self, entry: Entry) -> None:
        tries = 0
        while True:
            try:
                await DELIVERIES[entry.kind](self._client(entry.tenant), entry)
                if tries:
                    log.info("the DAO answers again", waiting=self._spool.depth)
                return
            except DaoDeleted:  # it is to be nowhere, neither here
                log.info("a record is dropped: what it belongs to was deleted", record=entry.kind)
                return
            except (DaoRejected, DaoConflict, DaoNotFound) as error:
                return self._set_aside(entry, error)
            except DaoError as error:
                if not isinstance(error, DaoUnavailable) and tries >= DEFECT_TRIES:
                    return self._set_aside(entry, error)
                if tries == 0:
                    log.warning("the DAO does not take a record; it waits", record=entry.kind, error=str(error))
                await asyncio.sleep(BACK_OFF[min(tries, len(BACK_OFF) - 1)])
                tries += 1
            except Exception as error:  # a fault of ours in one record must not hold up the ones behind it
                return self._set_aside(entry, error)

    def _set_aside(self, entry: Entry, error: Exception) -> None:
        self.refused += 1
        why = list(error.fields) if isinstance(error, DaoRejected) else None
        log.error("a record was not kept", record=entry.kind, error=type(error).__name__, fields=why)
        self._spool.set_aside(entry, type(error).__name__)


@asynccontextmanager
async def delivering(spool: Spool, client: Client, *, patience: float) -> AsyncIterator[Courier]:
    """Deliver the spool while the context is open, and at its end for `patience` seconds more; the rest stays there."""
    courier = Courier(spool, client)
    tasks = [asyncio.create_task(work, name="spool") for work in (courier.run(), spool.keep_synced())]
    try:
        yield courier
    finally:
        _, late = await asyncio.wait([emptied := asyncio.create_task(spool.empty())], timeout=patience)
        if late:
            log.warning("the DAO does not answer; what waits is delivered at the next start", waiting=spool.depth)
        for task in (*tasks, emptied):
            task.cancel()
        await asyncio.wait([*tasks, emptied])
