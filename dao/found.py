"""What an owner looks for in the records of a tenant, what is found, and what can be asked about deletions."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from dao.queries import Page
from dao.records import Conversation, ConversationStatus, DeletionKind, Goal, Status, Task, Wire
from dao.values import Instant

Words = Annotated[str, Field(min_length=1, max_length=200)]
OriginState = Literal["there", "deleted", "unknown"]
"""How the conversation stands in which something was asked for."""


class ConversationSearch(Page):
    """Conversations, the latest first, by words that were said or done in them."""

    text: Words | None = None
    user_id: UUID | None = None
    status: ConversationStatus | None = None
    since: Instant | None = None
    until: Instant | None = None


class GoalSearch(Page):
    """Goals, the latest first, by their words."""

    text: Words | None = None
    user_id: UUID | None = None
    conversation_id: UUID | None = None
    status: Status | None = None


class TaskSearch(Page):
    """Tasks, the latest first, by their words."""

    text: Words | None = None
    user_id: UUID | None = None
    conversation_id: UUID | None = None
    goal_id: UUID | None = None
    status: Status | None = None


class FoundConversation(Conversation):
    """A conversation that was found, with how much there is of it; `excerpt` has the words that were searched."""

    user_name: str | None
    messages: int
    turns: int
    tool_calls: int
    excerpt: str | None


class FoundGoal(Goal):
    """A goal that was found."""

    origin_state: OriginState


class FoundTask(Task):
    """A task that was found."""

    origin_state: OriginState


class DeletionQuery(Page):
    """Receipts of deletions, the latest first."""

    subject_id: UUID | None = None
    kind: DeletionKind | None = None


class UserPut(Wire):
    """When what is said of a user was known: what is older than their deletion is refused."""

    as_of: Instant | None = None


class Counts(Wire):
    """How much is kept of a user, by kind."""

    counts: dict[str, int]


class Tenants(Wire):
    """All tenants that have records."""

    tenants: tuple[str, ...]
