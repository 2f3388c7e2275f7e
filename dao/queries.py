"""What a reader can ask a collection for: filters, one page, and the answer."""

from typing import Generic, TypeVar
from uuid import UUID

from pydantic import Field

from dao.records import ConversationStatus, Role, Status, ToolStatus, Wire
from dao.values import Count

RecordT = TypeVar("RecordT", bound=Wire)
MAX_PAGE = 500


class Page(Wire):
    """Which part of a collection; `limit` and `offset` count records."""

    limit: int = Field(default=100, ge=1, le=MAX_PAGE)
    offset: Count = 0


class UserQuery(Page):
    """Users, oldest first."""

    phone: str | None = None


class ConversationQuery(Page):
    """Conversations in the order in which they started."""

    user_id: UUID | None = None
    voice_session_id: str | None = None
    status: ConversationStatus | None = None


class MessageQuery(Page):
    """Messages in the order in which they were said."""

    conversation_id: UUID | None = None
    role: Role | None = None


class GoalQuery(Page):
    """Goals, oldest first."""

    user_id: UUID | None = None
    status: Status | None = None


class TaskQuery(Page):
    """Tasks, oldest first."""

    user_id: UUID | None = None
    goal_id: UUID | None = None
    status: Status | None = None


class ToolCallQuery(Page):
    """Tool calls in the order in which they started."""

    conversation_id: UUID | None = None
    status: ToolStatus | None = None


class TurnQuery(Page):
    """Turns by index."""

    conversation_id: UUID | None = None


class Listing(Wire, Generic[RecordT]):
    """One page of a collection; `total` counts what the filters match on all pages."""

    items: tuple[RecordT, ...]
    total: int
