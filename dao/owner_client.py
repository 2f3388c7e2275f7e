"""The records as the owner of a server sees them, over HTTP: searched, counted and deleted."""

from typing import Final
from uuid import UUID

from dao.client import DaoClient
from dao.found import (
    ConversationSearch,
    Counts,
    DeletionQuery,
    FoundConversation,
    FoundGoal,
    FoundTask,
    GoalSearch,
    TaskSearch,
    Tenants,
)
from dao.queries import Listing, Page
from dao.records import Deletion, DeletionDraft

PATIENCE: Final = 60.0
"""Seconds that a deletion may take; it may be asked for again, which changes nothing."""


class OwnerRecords:
    """Looks and deletes for one tenant, by its `DaoClient`, whose errors it raises."""

    def __init__(self, dao: DaoClient) -> None:
        self.dao = dao

    async def tenants(self) -> tuple[str, ...]:
        """Name all tenants that have records."""
        return (await self.dao.call("GET", "/v1/tenants", Tenants)).tenants

    async def conversations(self, search: ConversationSearch) -> Listing[FoundConversation]:
        """Find conversations, the latest first."""
        path, query = "/v1/searches/conversations", _query(search)
        return await self.dao.call("GET", path, Listing[FoundConversation], query=query)

    async def goals(self, search: GoalSearch) -> Listing[FoundGoal]:
        """Find goals, the latest first."""
        return await self.dao.call("GET", "/v1/searches/goals", Listing[FoundGoal], query=_query(search))

    async def tasks(self, search: TaskSearch) -> Listing[FoundTask]:
        """Find tasks, the latest first."""
        return await self.dao.call("GET", "/v1/searches/tasks", Listing[FoundTask], query=_query(search))

    async def counts(self, user_id: UUID) -> dict[str, int]:
        """Count what is kept of a user, by kind."""
        return (await self.dao.call("GET", f"/v1/users/{user_id}/counts", Counts)).counts

    async def delete_conversation(self, conversation_id: UUID, draft: DeletionDraft) -> Deletion:
        """Delete a conversation; a repeat gives the same receipt, `DaoNotFound` where there is nothing of it."""
        path = f"/v1/conversations/{conversation_id}/deletion"
        return await self.dao.call("POST", path, Deletion, draft, patience=PATIENCE)

    async def delete_user(self, user_id: UUID, draft: DeletionDraft) -> Deletion:
        """Delete a user with everything; a repeat gives the same receipt, `DaoNotFound` where there is nothing."""
        return await self.dao.call("POST", f"/v1/users/{user_id}/deletion", Deletion, draft, patience=PATIENCE)

    async def deletions(self, query: DeletionQuery) -> Listing[Deletion]:
        """Read receipts, the latest first."""
        return await self.dao.call("GET", "/v1/deletions", Listing[Deletion], query=_query(query))


def _query(asked: Page) -> dict[str, str]:
    return {name: str(value) for name, value in asked.model_dump(mode="json", exclude_none=True).items()}
