"""What an existing Flux database looks like, as far as is known, and what its columns are called.

The names that it shares with ours are fixed: those of conversations and messages. Of users, goals and tasks it may have
tables or not, with columns by any of several names; what is in none of them stays in the old tables.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID, uuid5

import sqlalchemy as sa

PREFIX: Final = "old_flux_"
"""How the tables of an existing Flux database are called once they were set aside."""

PAGE: Final = 1000
_FLUX_IDS: Final = UUID("2f3b0c52-6a53-5d8e-9f0e-6f6a1d7b8c11")

NAMES: Final[Mapping[str, Mapping[str, Sequence[str]]]] = {
    "users": {
        "phone": ("phone", "phone_number"),
        "name": ("name", "full_name", "display_name"),
        "timezone": ("timezone", "time_zone"),
        "preferences": ("preferences", "settings"),
        "created_at": ("created_at",),
    },
    "goals": {
        "user_id": ("user_id",),
        "statement": ("statement", "goal_statement", "title", "name", "description"),
        "timeline": ("timeline", "timeframe"),
        "target_date": ("target_date", "deadline", "due_date"),
        "context": ("context", "notes"),
        "status": ("status",),
        "created_at": ("created_at",),
    },
    "tasks": {
        "user_id": ("user_id",),
        "goal_id": ("goal_id",),
        "title": ("title", "name", "description"),
        "trigger_type": ("trigger_type",),
        "trigger_at": ("trigger_at", "trigger_time", "scheduled_for", "scheduled_at", "due_at", "due_date"),
        "recurrence": ("recurrence", "recurrence_rule", "rrule"),
        "location": ("location",),
        "notes": ("notes", "description"),
        "priority": ("priority",),
        "status": ("status",),
        "created_at": ("created_at",),
    },
    "conversations": {
        "user_id": ("user_id",),
        "agent": ("agent",),
        "voice_session_id": ("voice_session_id",),
        "extracted_intent": ("extracted_intent",),
        "intent_payload": ("intent_payload",),
        "linked_goal_id": ("linked_goal_id",),
        "linked_task_id": ("linked_task_id",),
        "started_at": ("started_at", "created_at"),
        "ended_at": ("ended_at",),
        "duration_seconds": ("duration_seconds",),
        "status": ("status",),
    },
    "messages": {
        "conversation_id": ("conversation_id",),
        "role": ("role",),
        "content": ("content",),
        "input_modality": ("input_modality",),
        "metadata": ("metadata",),
        "created_at": ("created_at",),
    },
}
"""For each of our columns the names that it may have there, the likeliest first; tables in the order of references."""


def tables_of(connection: sa.Connection) -> list[str]:
    """Return which tables of an existing Flux database are in the way of ours; none if this is not one."""
    inspector = sa.inspect(connection)
    columns = {
        name: {column["name"] for column in inspector.get_columns(name)}
        for name in inspector.get_table_names()
        if name in NAMES
    }
    calls = columns.get("conversations", set())
    if not {"id", "voice_session_id"} <= calls or "tenant_id" in calls:
        return []
    return [name for name in NAMES if name in columns and "tenant_id" not in columns[name]]


def set_aside(connection: sa.Connection) -> list[str]:
    """Return the tables that were set aside, by the names that they had."""
    there = set(sa.inspect(connection).get_table_names())
    return [name for name in NAMES if f"{PREFIX}{name}" in there]


def old_rows(connection: sa.Connection, name: str) -> Iterator[Mapping[str, Any]]:
    """Read all rows of a table that was set aside, by its own names, a page at a time."""
    key: sa.ColumnClause[Any] = sa.column("id")
    page = sa.select(sa.text("*")).select_from(sa.table(f"{PREFIX}{name}")).order_by(key).limit(PAGE)
    rows = connection.execute(page).mappings().all()
    while rows:
        yield from map(dict, rows)
        rows = connection.execute(page.where(key > rows[-1]["id"])).mappings().all()


def identity(table: str, value: object) -> UUID | None:
    """Return the id of a record: the one that it had, or one made of it where that was no UUID."""
    if value is None or isinstance(value, UUID):
        return value
    try:
        return UUID(str(value))
    except ValueError:
        return uuid5(_FLUX_IDS, f"{table}:{value}")
