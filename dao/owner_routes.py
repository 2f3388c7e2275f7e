"""The operations for the owner of a server: searches over a tenant's records, and deletions."""

from typing import Final

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
from dao.operations import Operation, reading
from dao.owner import (
    count_user,
    list_tenants,
    remove_conversation,
    remove_user,
    search_conversations,
    search_goals,
    search_tasks,
)
from dao.queries import Listing
from dao.records import Deletion, DeletionDraft

OWNER_OPERATIONS: Final[tuple[Operation, ...]] = (
    Operation("GET", "/v1/tenants", "Name all tenants that have records.", list_tenants, Tenants),
    Operation(
        "GET",
        "/v1/searches/conversations",
        "Find conversations by words, user and time, the latest first.",
        search_conversations,
        Listing[FoundConversation],
        query=ConversationSearch,
    ),
    Operation(
        "GET",
        "/v1/searches/goals",
        "Find goals by words, user and conversation, the latest first.",
        search_goals,
        Listing[FoundGoal],
        query=GoalSearch,
    ),
    Operation(
        "GET",
        "/v1/searches/tasks",
        "Find tasks by words, user and conversation, the latest first.",
        search_tasks,
        Listing[FoundTask],
        query=TaskSearch,
    ),
    Operation("GET", "/v1/users/{id}/counts", "Count what is kept of a user, by kind.", count_user, Counts),
    Operation(
        "POST",
        "/v1/conversations/{id}/deletion",
        "Delete a conversation with all that was said and done in it; a repeat gives the same receipt.",
        remove_conversation,
        Deletion,
        DeletionDraft,
    ),
    Operation(
        "POST",
        "/v1/users/{id}/deletion",
        "Delete a user with everything; a repeat gives the same receipt.",
        remove_user,
        Deletion,
        DeletionDraft,
    ),
    *reading("/v1/deletions", Deletion, DeletionQuery),
)
