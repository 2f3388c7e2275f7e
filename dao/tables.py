"""The tables. Every key, index and reference starts with the tenant, so no row can point into another tenant's data.

Only types that SQLite and PostgreSQL share are used here.
"""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

from dao.records import Origin


class UtcDateTime(TypeDecorator[datetime]):
    """An instant, kept in UTC and always read with its offset, also where the database forgets it (SQLite)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse an instant without an offset: nobody could tell when it was."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its offset")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the offset back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Row(DeclarativeBase):
    """A row of any table: its key is the tenant and an id."""

    metadata = MetaData(naming_convention={"pk": "pk_%(table_name)s"})
    type_annotation_map = {  # noqa: RUF012 - the name and the type are SQLAlchemy's
        datetime: UtcDateTime,
        UUID: Uuid,
        # `None` is SQL's NULL and never JSON's null: one way to say "nothing".
        dict[str, Any]: JSON(none_as_null=True),
        dict[str, float | None]: JSON(none_as_null=True),
        dict[str, int]: JSON(none_as_null=True),
    }

    tenant_id: Mapped[str] = mapped_column(String(64), primary_key=True, sort_order=-2)
    id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-1)


def _belongs_to(column: str, table: str, owner: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"], name=f"fk_{owner}_{column}"
    )


class OriginColumns:
    """The tool call that asked for a row; its unique constraint is what makes the write happen once."""

    # No reference to `conversations`: an accepted goal must be kept even if its conversation's row comes later.
    origin_conversation_id: Mapped[UUID]
    origin_call_id: Mapped[str] = mapped_column(String(128))
    # Tells a repeat from another request under the same key, also after the row has changed.
    origin_digest: Mapped[str] = mapped_column(String(64))

    @property
    def origin(self) -> Origin:
        """The tool call, as it travels."""
        return Origin(conversation_id=self.origin_conversation_id, call_id=self.origin_call_id)


def _once_per_origin(table: str) -> UniqueConstraint:
    return UniqueConstraint("tenant_id", "origin_conversation_id", "origin_call_id", name=f"uq_{table}_origin")


class UserRow(Row):
    """A person who calls."""

    __tablename__ = "users"
    __table_args__ = (Index("ix_users_phone", "tenant_id", "phone"),)

    phone: Mapped[str | None] = mapped_column(String(32))
    name: Mapped[str | None] = mapped_column(String(200))
    timezone: Mapped[str] = mapped_column(String(64))
    preferences: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class GoalRow(OriginColumns, Row):
    """What a caller wants to reach."""

    __tablename__ = "goals"
    __table_args__ = (
        _once_per_origin("goals"),
        _belongs_to("user_id", "users", "goals"),
        Index("ix_goals_user", "tenant_id", "user_id", "status"),
        Index("ix_goals_latest", "tenant_id", "created_at", "id"),
    )

    user_id: Mapped[UUID]
    statement: Mapped[str] = mapped_column(Text)
    timeline: Mapped[str | None] = mapped_column(String(500))
    target_date: Mapped[datetime | None]
    context: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime]


class TaskRow(OriginColumns, Row):
    """What a caller wants to be reminded of, at a time or a place."""

    __tablename__ = "tasks"
    __table_args__ = (
        _once_per_origin("tasks"),
        _belongs_to("user_id", "users", "tasks"),
        _belongs_to("goal_id", "goals", "tasks"),
        Index("ix_tasks_user", "tenant_id", "user_id", "status"),
        Index("ix_tasks_goal", "tenant_id", "goal_id"),
        Index("ix_tasks_latest", "tenant_id", "created_at", "id"),
    )

    user_id: Mapped[UUID]
    goal_id: Mapped[UUID | None]
    title: Mapped[str] = mapped_column(String(500))
    trigger_type: Mapped[str] = mapped_column(String(16))
    trigger_at: Mapped[datetime | None]
    recurrence: Mapped[str | None] = mapped_column(String(200))
    location: Mapped[str | None] = mapped_column(String(500))
    notes: Mapped[str | None] = mapped_column(Text)
    priority: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime]
    reschedules: Mapped[list["RescheduleRow"]] = relationship(
        lazy="selectin", order_by="RescheduleRow.position", viewonly=True
    )


class RescheduleRow(OriginColumns, Row):
    """One move of a task in time; `position` counts the moves of a task from 0."""

    __tablename__ = "task_reschedules"
    __table_args__ = (
        _once_per_origin("task_reschedules"),
        UniqueConstraint("tenant_id", "task_id", "position", name="uq_task_reschedules_position"),
        _belongs_to("task_id", "tasks", "task_reschedules"),
    )

    task_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(Integer)
    from_at: Mapped[datetime | None]
    to_at: Mapped[datetime]
    reason: Mapped[str | None] = mapped_column(String(500))
    at: Mapped[datetime]


class ConversationRow(Row):
    """One call."""

    __tablename__ = "conversations"
    __table_args__ = (
        _belongs_to("user_id", "users", "conversations"),
        _belongs_to("linked_goal_id", "goals", "conversations"),
        _belongs_to("linked_task_id", "tasks", "conversations"),
        Index("ix_conversations_user", "tenant_id", "user_id", "started_at"),
        Index("ix_conversations_voice_session", "tenant_id", "voice_session_id"),
        Index("ix_conversations_latest", "tenant_id", "started_at", "id"),
    )

    user_id: Mapped[UUID]
    agent: Mapped[str] = mapped_column(String(64))
    voice_session_id: Mapped[str] = mapped_column(String(128))
    extracted_intent: Mapped[str | None] = mapped_column(Text)
    intent_payload: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    linked_goal_id: Mapped[UUID | None]
    linked_task_id: Mapped[UUID | None]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    duration_seconds: Mapped[float | None] = mapped_column(Float)
    status: Mapped[str] = mapped_column(String(16))


class MessageRow(Row):
    """Something said or typed."""

    __tablename__ = "messages"
    __table_args__ = (
        _belongs_to("conversation_id", "conversations", "messages"),
        Index("ix_messages_conversation", "tenant_id", "conversation_id", "created_at", "id"),
    )

    conversation_id: Mapped[UUID]
    role: Mapped[str] = mapped_column(String(16))
    content: Mapped[str] = mapped_column(Text)
    input_modality: Mapped[str] = mapped_column(String(16))
    # SQLAlchemy keeps the attribute name `metadata` for itself; the column has the Flux schema's name.
    message_metadata: Mapped[dict[str, Any]] = mapped_column("metadata")
    created_at: Mapped[datetime]


class ToolCallRow(Row):
    """One run of a tool."""

    __tablename__ = "tool_calls"
    __table_args__ = (
        UniqueConstraint("tenant_id", "conversation_id", "call_id", name="uq_tool_calls_call"),
        _belongs_to("conversation_id", "conversations", "tool_calls"),
    )

    conversation_id: Mapped[UUID]
    call_id: Mapped[str] = mapped_column(String(128))
    name: Mapped[str] = mapped_column(String(128))
    intent: Mapped[str | None] = mapped_column(Text)
    arguments: Mapped[dict[str, Any]]
    result: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(16))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class TurnRow(Row):
    """The latency marks of one turn, in milliseconds from the end of speech, and what its client measured."""

    __tablename__ = "turns"
    __table_args__ = (
        UniqueConstraint("tenant_id", "conversation_id", "index", name="uq_turns_index"),
        _belongs_to("conversation_id", "conversations", "turns"),
    )

    conversation_id: Mapped[UUID]
    index: Mapped[int] = mapped_column(Integer)
    marks: Mapped[dict[str, float | None]]
    client_voice_to_voice_ms: Mapped[float | None] = mapped_column(Float)
    created_at: Mapped[datetime]


class DeletionRow(Row):
    """The receipt of what was deleted; it has ids and numbers, and nothing of what was said."""

    __tablename__ = "deletions"
    __table_args__ = (Index("ix_deletions_subject", "tenant_id", "subject_id", "deleted_at"),)

    kind: Mapped[str] = mapped_column(String(16))
    subject_id: Mapped[UUID]
    deleted_at: Mapped[datetime]
    deleted_by: Mapped[str] = mapped_column(String(64))
    counts: Mapped[dict[str, int]]


class DeletedConversationRow(Row):
    """A conversation that was deleted, alone or with its user: nothing is written for it any more."""

    __tablename__ = "deleted_conversations"
    __table_args__ = (_belongs_to("deletion_id", "deletions", "deleted_conversations"),)

    deletion_id: Mapped[UUID]
