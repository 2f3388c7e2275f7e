"""From records to rows and back."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute

from dao.queries import RecordT
from dao.records import (
    Conversation,
    Deletion,
    Goal,
    GoalDraft,
    Message,
    RescheduleDraft,
    Task,
    TaskDraft,
    ToolCall,
    Turn,
    User,
    Wire,
)
from dao.tables import ConversationRow, DeletionRow, GoalRow, MessageRow, Row, TaskRow, ToolCallRow, TurnRow, UserRow

# Where a record's field and its row's attribute differ in name.
ATTRIBUTES = {"metadata": "message_metadata"}


@dataclass(frozen=True, slots=True)
class Kind:
    """Where one kind of record is kept, and the order in which it is listed."""

    row: type[Row]
    order: tuple[ColumnElement[Any] | InstrumentedAttribute[Any], ...]


KINDS: Mapping[type[Wire], Kind] = {
    User: Kind(UserRow, (UserRow.created_at, UserRow.id)),
    Conversation: Kind(ConversationRow, (ConversationRow.started_at, ConversationRow.id)),
    Message: Kind(MessageRow, (MessageRow.created_at, MessageRow.id)),
    Goal: Kind(GoalRow, (GoalRow.created_at, GoalRow.id)),
    Task: Kind(TaskRow, (TaskRow.created_at, TaskRow.id)),
    ToolCall: Kind(ToolCallRow, (ToolCallRow.started_at, ToolCallRow.id)),
    Deletion: Kind(DeletionRow, (DeletionRow.deleted_at.desc(), DeletionRow.id)),
    Turn: Kind(TurnRow, (TurnRow.conversation_id, TurnRow.index)),
}


def record(kind: type[RecordT], row: Row) -> RecordT:
    """Read a record from its row."""
    return kind.model_validate({name: getattr(row, ATTRIBUTES.get(name, name)) for name in kind.model_fields})


def columns(draft: Wire, *, only_set: bool = False) -> dict[str, Any]:
    """Give what a draft says, by the attributes of its row; its origin has columns of its own.

    With `only_set`, fields that the draft was not given are left out instead of having their defaults.
    Instants are given in UTC, so that a fresh row reads the same as one that comes back from the database.
    """
    fields = draft.model_fields_set if only_set else type(draft).model_fields.keys()
    return {ATTRIBUTES.get(name, name): _in_utc(getattr(draft, name)) for name in fields if name != "origin"}


def origin_columns(draft: GoalDraft | TaskDraft | RescheduleDraft, target: UUID | None = None) -> dict[str, Any]:
    """Give the columns that make a write happen once; `target` is the record that the draft is about, if any."""
    return {
        "origin_conversation_id": draft.origin.conversation_id,
        "origin_call_id": draft.origin.call_id,
        "origin_digest": _digest(draft, target),
    }


def _digest(draft: Wire, target: UUID | None) -> str:
    """Sum up what a draft asks for, the same for the same instants in any time zone.

    Defaults are left out, so that a field added later does not turn a repeat into a conflict.
    """
    said = {"target": target, **draft.model_dump(exclude={"origin"}, exclude_defaults=True)}
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=_canonical).encode()).hexdigest()


def _in_utc(value: Any) -> Any:
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def _canonical(value: object) -> str:
    return _in_utc(value).isoformat() if isinstance(value, datetime) else str(value)
