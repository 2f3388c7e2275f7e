"""Deletes a conversation or a person: calls are ended, the records deleted, and what waits for them forgotten."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager
from uuid import UUID

import structlog

from dao.found import ConversationSearch
from dao.queries import MAX_PAGE
from dao.records import Deletion, DeletionDraft
from web.console.parts import ConsoleParts
from web.desk import Desk
from web.errors import RequestError
from web.sessions import Session, Sessions

Delete = Callable[[DeletionDraft], Awaitable[Deletion]]

log = structlog.get_logger(__name__)


class Deleting:
    """Deletes what a server and its records have, one deletion at a time."""

    def __init__(self, parts: ConsoleParts, desk: Desk, sessions: Sessions) -> None:
        self._parts = parts
        self._desk = desk
        self._sessions = sessions
        self._alone = asyncio.Lock()

    async def conversation(self, tenant: str, conversation_id: UUID, by: str) -> Deletion:
        """Delete a conversation; raises `DaoNotFound`, or another error where nothing was deleted."""
        records = self._parts.records(tenant)
        async with self._alone:
            mine = [one for one in self._of(tenant) if one.caller.conversation_id == conversation_id]
            await self._silence(mine)
            receipt = await self._delete(
                tenant, {conversation_id}, by, lambda draft: records.delete_conversation(conversation_id, draft)
            )
            self._drop(mine)
            return receipt

    async def user(self, tenant: str, user_id: UUID, by: str) -> Deletion:
        """Delete a person with everything; raises `DaoNotFound`, or another error where nothing was deleted."""
        records = self._parts.records(tenant)
        async with self._alone:
            mine = self._of_user(tenant, user_id)
            await self._silence(mine)
            kept = await self._kept(tenant, user_id)
            with _on_disk():
                waiting = self._parts.spool.conversations_of(tenant, user_id)
            calls = {*kept, *waiting, *(one.caller.conversation_id for one in mine)}
            receipt = await self._delete(tenant, calls, by, lambda draft: records.delete_user(user_id, draft))
            self._drop(mine)
            # Who called again while this was under way has lost that call's beginning.
            late = [one for one in self._of_user(tenant, user_id) if _began_before(one, receipt)]
            await self._silence(late)
            self._drop(late)
            return receipt

    async def _delete(self, tenant: str, calls: Collection[UUID], by: str, delete: Delete) -> Deletion:
        spool, meant = self._parts.spool, {(tenant, call) for call in calls}
        with _on_disk(), spool.withholding(meant) as waiting:
            receipt = await delete(DeletionDraft(deleted_by=by, waiting=waiting))
            spool.forget(meant)
        log.info("deleted", receipt=str(receipt.id), what=receipt.kind, by=by)
        return receipt

    async def _kept(self, tenant: str, user_id: UUID) -> set[UUID]:
        """Return all conversations of a user that the records have."""
        records, found = self._parts.records(tenant), set[UUID]()
        while True:
            search = ConversationSearch(user_id=user_id, limit=MAX_PAGE, offset=len(found))
            page = await records.conversations(search)
            found |= {one.id for one in page.items}
            if not page.items or len(found) >= page.total:
                return found

    async def _silence(self, sessions: Collection[Session]) -> None:
        await asyncio.gather(*(self._desk.silence(one) for one in sessions))

    def _drop(self, sessions: Collection[Session]) -> None:
        for one in sessions:
            self._sessions.drop(one)

    def _of(self, tenant: str) -> list[Session]:
        return [one for one in self._sessions.all if one.caller.tenant_id == tenant]

    def _of_user(self, tenant: str, user_id: UUID) -> list[Session]:
        return [one for one in self._of(tenant) if one.caller.user_id == user_id]


@contextmanager
def _on_disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        log.error("the spool's files cannot be read or changed", error=str(error))
        message = "the disk does not let go of what waits for the records; see to it and delete again"
        raise RequestError(503, "disk", message) from error


def _began_before(session: Session, receipt: Deletion) -> bool:
    return session.started_at is not None and session.started_at <= receipt.deleted_at
