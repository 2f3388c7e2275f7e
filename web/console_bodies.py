"""The answers and queries of `/api/v1/console` about records; what is told of the server is in `console_state.py`."""

from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from dao.records import (
    TENANT_PATTERN,
    ConversationStatus,
    Modality,
    Reschedule,
    Role,
    Status,
    ToolStatus,
    TriggerType,
)
from dao.requests import DEFAULT_TENANT
from dao.values import Count, Instant

ItemT = TypeVar("ItemT")
MOST = 200
"""Items of one page, at most."""

Words = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\u0000]*$")]


class TenantQuery(BaseModel):
    """Whose records."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tenant: str = Field(default=DEFAULT_TENANT, pattern=f"^{TENANT_PATTERN}$", description="Whose records.")


class PageQuery(TenantQuery):
    """One page; `limit` and `offset` count items."""

    limit: int = Field(default=50, ge=1, le=MOST)
    offset: Count = 0


class ConversationsQuery(PageQuery):
    """Conversations, the latest first."""

    text: Words | None = Field(
        default=None, description="Words in what was said, in the intent or in a tool call; case does not matter."
    )
    user_id: UUID | None = None
    status: ConversationStatus | None = None
    since: Instant | None = Field(default=None, description="Begun at this instant or later.")
    until: Instant | None = Field(default=None, description="Begun before this instant.")


class GoalsQuery(PageQuery):
    """Goals, the latest first."""

    text: Words | None = Field(default=None, description="Words in the statement or its context.")
    user_id: UUID | None = None
    conversation_id: UUID | None = Field(default=None, description="Those that were asked for in it.")
    status: Status | None = None


class TasksQuery(PageQuery):
    """Tasks, the latest first."""

    text: Words | None = Field(default=None, description="Words in the title, the notes or the place.")
    user_id: UUID | None = None
    conversation_id: UUID | None = Field(default=None, description="Those that were asked for in it.")
    goal_id: UUID | None = None
    status: Status | None = None


class ItemPage(BaseModel, Generic[ItemT]):
    """One page of what was asked for; `total` counts what matches on all pages."""

    items: list[ItemT]
    total: int
    limit: int
    offset: int


class ConversationItem(BaseModel):
    """A conversation in a list."""

    id: UUID
    tenant: str
    user_id: UUID
    user_name: str | None
    agent: str
    status: ConversationStatus
    live: bool = Field(description="Its call is held now, by this server.")
    started_at: datetime
    ended_at: datetime | None
    duration_seconds: float | None
    extracted_intent: str | None
    linked_goal_id: UUID | None
    linked_task_id: UUID | None
    messages: int
    turns: int
    tool_calls: int
    excerpt: str | None = Field(description="The first message with the words that were searched, else the first one.")


class PersonShown(BaseModel):
    """A person who called."""

    id: UUID
    tenant: str
    name: str | None
    phone: str | None
    timezone: str
    created_at: datetime


class MessageShown(BaseModel):
    """Something said or typed."""

    id: UUID
    role: Role
    content: str
    input_modality: Modality
    created_at: datetime
    turn: int | None = Field(description="Number of its turn, where the server itself recorded it.")
    interrupted: bool
    metadata: dict[str, Any]


class TurnShown(BaseModel):
    """The latency of one turn, in milliseconds from the end of speech; null is unknown."""

    id: UUID
    index: int
    marks: dict[str, float | None]
    voice_to_voice_ms: float | None
    client_voice_to_voice_ms: float | None
    created_at: datetime


class ToolCallShown(BaseModel):
    """One run of a tool, and what it made."""

    id: UUID
    call_id: str
    name: str
    intent: str | None
    arguments: dict[str, Any]
    result: str | None
    status: ToolStatus
    started_at: datetime
    ended_at: datetime | None
    duration_ms: float | None
    goal_id: UUID | None
    task_id: UUID | None


class GoalItem(BaseModel):
    """A goal; `conversation_id` is null where its conversation is gone or was never kept."""

    id: UUID
    tenant: str
    user_id: UUID
    statement: str
    timeline: str | None
    target_date: datetime | None
    context: str | None
    status: Status
    created_at: datetime
    conversation_id: UUID | None
    conversation_deleted: bool


class TaskItem(BaseModel):
    """A task; `conversation_id` is null where its conversation is gone or was never kept."""

    id: UUID
    tenant: str
    user_id: UUID
    goal_id: UUID | None
    title: str
    trigger_type: TriggerType
    trigger_at: datetime | None
    recurrence: str | None
    location: str | None
    notes: str | None
    priority: Literal["low", "normal", "high"]
    status: Status
    created_at: datetime
    reschedules: list[Reschedule]
    conversation_id: UUID | None
    conversation_deleted: bool


class Moment(BaseModel):
    """One entry of a conversation's timeline."""

    kind: Literal["started", "message", "tool_call", "turn", "ended", "closed"]
    at: datetime
    seconds: float = Field(description="Since the conversation began.")
    id: UUID | None = Field(description="Of the message, tool call or turn.")


class ConversationShown(ConversationItem):
    """One conversation with all that is kept of it; no audio is ever kept."""

    closed_at: datetime | None
    intent_payload: dict[str, Any] | None
    user: PersonShown | None
    transcript: list[MessageShown]
    latency: list[TurnShown]
    tools: list[ToolCallShown]
    goals: list[GoalItem] = Field(description="Those that were asked for in it.")
    tasks: list[TaskItem] = Field(description="Those that were asked for in it.")
    timeline: list[Moment] = Field(description="Messages, tool calls and turns in the order of time.")


class UserShown(PersonShown):
    """A person, and how much is kept of them by kind: what their deletion deletes."""

    counts: dict[str, int]
    live_calls: int


class Receipt(BaseModel):
    """What was deleted, when and by whom; it has no content and is kept."""

    id: UUID
    tenant: str
    kind: Literal["conversation", "user"]
    subject_id: UUID = Field(description="The conversation or person that was deleted.")
    deleted_at: datetime
    deleted_by: str = Field(description="`loopback`, or `admin_key` with the first digits of the key's hash.")
    counts: dict[str, int] = Field(
        description="Records by kind: conversations, messages, turns, tool_calls, goals, tasks, task_reschedules, "
        "users, earlier_flux (rows of a Flux database that was taken over) and waiting (not yet in the database)."
    )
