"""The records as they travel over the wire: what a caller wanted, said and was answered.

Names of columns follow the existing Flux schema. Drafts are what a client sends;
records are what is kept. Every instant carries its offset. What a draft says is checked when it is made; a record
is read as it was kept, so that one odd row never hides the others.
"""

from typing import Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from dao.values import Count, Instant, Recurrence, TimeZone, Words

Status = Literal["open", "done", "cancelled"]
TriggerType = Literal["time", "location"]
ConversationStatus = Literal["active", "ended", "failed"]
Role = Literal["user", "assistant"]
Modality = Literal["voice", "text"]
DeletionKind = Literal["conversation", "user"]
ToolStatus = Literal["running", "done", "rejected", "failed", "cancelled"]

AGAIN: Final = "~2"
"""Ends the call id under which a tool call is tried once more that was noted to have kept nothing."""

TENANT_PATTERN = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"


class Wire(BaseModel):
    """Base of every shape on the wire: unknown fields are errors, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True)


class UserDraft(Wire):
    """A person as a client introduces them; of somebody who is known, only the fields that it names change."""

    id: UUID
    phone: str | None = Field(default=None, max_length=32)
    name: str | None = Field(default=None, max_length=200)
    timezone: TimeZone = "UTC"
    preferences: dict[str, Any] = Field(default_factory=dict)


class User(UserDraft):
    """A person who calls."""

    tenant_id: str
    timezone: str
    created_at: Instant


class ConversationDraft(Wire):
    """A call that begins."""

    id: UUID
    user_id: UUID
    agent: str = Field(max_length=64)
    voice_session_id: str = Field(max_length=128)
    started_at: Instant


class ConversationUpdate(Wire):
    """What became of a call; fields that are None stay as they are."""

    extracted_intent: str | None = None
    intent_payload: dict[str, Any] | None = None
    linked_goal_id: UUID | None = None
    linked_task_id: UUID | None = None
    ended_at: Instant | None = None
    closed_at: Instant | None = None
    duration_seconds: float | None = None
    status: ConversationStatus | None = None


class Conversation(ConversationDraft):
    """One call; `closed_at` is when its client closed the session, after which nothing is added."""

    tenant_id: str
    extracted_intent: str | None = None
    intent_payload: dict[str, Any] | None = None
    linked_goal_id: UUID | None = None
    linked_task_id: UUID | None = None
    ended_at: Instant | None = None
    closed_at: Instant | None = None
    duration_seconds: float | None = None
    status: ConversationStatus = "active"


class MessageDraft(Wire):
    """Something said or typed; `id` is minted by the sender, so that a repeat is not a second message."""

    id: UUID
    conversation_id: UUID
    role: Role
    content: str = Field(max_length=20_000)
    input_modality: Modality
    metadata: dict[str, Any] = Field(default_factory=dict)
    created_at: Instant


class Message(MessageDraft):
    """Something said or typed, as kept."""

    tenant_id: str
    content: str


class Origin(Wire):
    """The tool call that asks for a write: the same origin never writes twice."""

    conversation_id: UUID
    call_id: str = Field(min_length=1, max_length=128)


class GoalDraft(Wire):
    """A goal as a caller states it."""

    user_id: UUID
    statement: Words = Field(max_length=2_000)
    timeline: str | None = Field(default=None, max_length=500)
    target_date: Instant | None = None
    context: str | None = Field(default=None, max_length=2_000)
    origin: Origin


class Goal(GoalDraft):
    """A goal that is kept."""

    id: UUID
    tenant_id: str
    statement: str
    context: str | None = None
    status: Status
    created_at: Instant


class TaskDraft(Wire):
    """A task as a caller states it; a time trigger has `trigger_at`, a location trigger `location`."""

    user_id: UUID
    goal_id: UUID | None = None
    title: Words = Field(max_length=500)
    trigger_type: TriggerType
    trigger_at: Instant | None = None
    recurrence: Recurrence | None = None
    location: Words | None = Field(default=None, max_length=500)
    notes: str | None = Field(default=None, max_length=2_000)
    priority: Literal["low", "normal", "high"] = "normal"
    origin: Origin


class Reschedule(Wire):
    """One move of a task in time."""

    from_at: Instant | None
    to_at: Instant
    reason: str | None
    at: Instant


class RescheduleDraft(Wire):
    """A move of a task as a caller asks for it."""

    new_time: Instant
    reason: str | None = Field(default=None, max_length=500)
    origin: Origin


class Task(TaskDraft):
    """A task that is kept, with every move it has made."""

    id: UUID
    tenant_id: str
    title: str
    recurrence: str | None = None
    location: str | None = None
    notes: str | None = None
    status: Status
    reschedules: tuple[Reschedule, ...] = ()
    created_at: Instant


class ToolCallDraft(Wire):
    """One run of a tool; sent again with the same conversation and call id, it updates the first.

    `intent` is what its conversation calls it once it took effect: its `extracted_intent`, such as GOAL.
    """

    conversation_id: UUID
    call_id: str = Field(min_length=1, max_length=128)
    name: str = Field(max_length=128)
    intent: str | None = Field(default=None, max_length=128)
    arguments: dict[str, Any]
    result: str | None = None
    status: ToolStatus
    started_at: Instant
    ended_at: Instant | None = None


class ToolCall(ToolCallDraft):
    """One run of a tool, as kept."""

    id: UUID
    tenant_id: str


class TurnDraft(Wire):
    """The latency marks of one turn, in milliseconds from `speech_end`; None is unknown.

    `client_voice_to_voice_ms` is the wait for the answer's first sound as the caller's client measured it.
    """

    conversation_id: UUID
    index: Count
    marks: dict[str, float | None]
    client_voice_to_voice_ms: float | None = Field(default=None, ge=0)
    created_at: Instant


class Turn(TurnDraft):
    """One turn, as kept."""

    id: UUID
    tenant_id: str


class DeletionDraft(Wire):
    """Who deletes; `waiting` counts what is deleted of it that no database has yet."""

    deleted_by: str = Field(min_length=1, max_length=64)
    waiting: Count = 0


class Deletion(Wire):
    """The receipt of what was deleted, by kind and count; it has no content and is kept."""

    id: UUID
    tenant_id: str
    kind: DeletionKind
    subject_id: UUID
    deleted_at: Instant
    deleted_by: str
    counts: dict[str, int]
