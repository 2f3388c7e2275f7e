"""What the owner of a server does with the records of a tenant: looks for them, and deletes them."""

from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy import text

from dao.deleting import counted, delete_conversation, delete_user
from dao.errors import DaoError
from dao.found import Counts, FoundConversation, FoundGoal, FoundTask, Tenants
from dao.operations import Call
from dao.queries import Listing
from dao.records import Deletion
from dao.rows import record
from dao.searching import find_conversations, find_goals, find_tasks, tenants
from dao.store import Store
from dao.tables import DeletionRow
from dao.transactions import Transaction

log = structlog.get_logger(__name__)


async def search_conversations(store: Store, call: Call) -> Listing[FoundConversation]:
    """Find conversations."""
    async with store.begin(call.tenant) as transaction:
        return await find_conversations(transaction, call.tenant, call.query)


async def search_goals(store: Store, call: Call) -> Listing[FoundGoal]:
    """Find goals."""
    async with store.begin(call.tenant) as transaction:
        return await find_goals(transaction, call.tenant, call.query)


async def search_tasks(store: Store, call: Call) -> Listing[FoundTask]:
    """Find tasks."""
    async with store.begin(call.tenant) as transaction:
        return await find_tasks(transaction, call.tenant, call.query)


async def list_tenants(store: Store, call: Call) -> Tenants:
    """Name all tenants, whoever asks: only the owner of the server reaches this service."""
    async with store.begin(call.tenant) as transaction:
        return Tenants(tenants=tuple(await tenants(transaction)))


async def count_user(store: Store, call: Call) -> Counts:
    """Count what is kept of a user."""
    async with store.begin(call.tenant) as transaction:
        return Counts(counts=await counted(transaction, call.tenant, call.id))


async def remove_conversation(store: Store, call: Call) -> Deletion:
    """Delete a conversation."""
    return await _remove(store, call, lambda one: delete_conversation(one, call.tenant, call.id, call.body, store.now))


async def remove_user(store: Store, call: Call) -> Deletion:
    """Delete a user with everything."""
    return await _remove(store, call, lambda one: delete_user(one, call.tenant, call.id, call.body, store.now))


async def _remove(store: Store, call: Call, delete: Callable[[Transaction], Awaitable[DeletionRow]]) -> Deletion:
    async with store.begin(call.tenant) as transaction:
        receipt = record(Deletion, await delete(transaction))
    await _empty_journal(store)
    return receipt


async def _empty_journal(store: Store) -> None:
    """Let SQLite forget the pages as they were: its write-ahead journal would have them for a while yet."""
    try:
        async with store.begin("") as transaction:
            if transaction.session.get_bind().dialect.name != "sqlite":
                return
            told = (await transaction.session.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))).one()
        busy = bool(told[0])
    except DaoError:
        busy = True
    if busy:
        log.warning("the database's journal is emptied later: somebody reads it; it still has what was deleted")
