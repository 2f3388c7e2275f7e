"""Keeps every row of an existing Flux database as one of ours."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from dao.migrations import flux_values as values
from dao.migrations.existing_flux import NAMES, PAGE, identity, old_rows, set_aside
from dao.migrations.our_tables import TABLES

TENANT: Final = "default"
TAKEN: Final = "taken over"
"""Where a migration notes how many rows of each table it took over."""

NOBODY: Final = identity("users", "nobody")
Columns = dict[str, Any]


def take_over(connection: sa.Connection) -> Mapping[str, int]:
    """Keep the rows that were set aside, those already kept left alone; return how many there were of each table."""
    taking = _Taking(connection)
    return {name: taking.table(name) for name in set_aside(connection)}


def convert(name: str, row: Mapping[str, Any], now: datetime) -> Columns:
    """Return a row of an existing Flux database as the columns of ours; `now` is when what has no time began."""
    given = {
        column: next((row[there] for there in names if row.get(there) is not None), None)
        for column, names in NAMES[name].items()
    }
    made = {"tenant_id": TENANT, "id": identity(name, row["id"]), **_CONVERT[name](given, now)}
    if name in ("goals", "tasks"):
        # Nobody asks for it again under its own name; so a digest that no request has.
        made |= {"origin_conversation_id": made["id"], "origin_call_id": "existing-flux", "origin_digest": ""}
    return made


class _Taking:
    """One take-over: what refers to a record that is not there gets one, for no row may be lost."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._now = datetime.now(UTC)
        self._kept = {name: set(connection.scalars(sa.select(table.c.id))) for name, table in TABLES.items()}

    def table(self, name: str) -> int:
        """Keep the rows of one table; return how many it has."""
        count, page = 0, list[Columns]()
        for row in old_rows(self._connection, name):
            count += 1
            made = convert(name, row, self._now)
            if made["id"] not in self._kept[name]:
                self._kept[name].add(made["id"])
                page.append(made)
            if len(page) == PAGE:
                self._keep(name, page)
                page = []
        self._keep(name, page)
        return count

    def _keep(self, name: str, rows: Iterable[Columns]) -> None:
        """Keep rows, and before them whatever they refer to that is not there."""
        rows = list(rows)
        if not rows:
            return
        for kind in ("users", "goals", "tasks", "conversations"):
            missing = {made["id"]: made for row in rows for made in _references(kind, row, self._now)}
            absent = [made for key, made in missing.items() if key not in self._kept[kind]]
            self._kept[kind] |= {made["id"] for made in absent}
            self._keep(kind, absent)
        self._connection.execute(sa.insert(TABLES[name]), rows)


def _references(kind: str, row: Columns, now: datetime) -> list[Columns]:
    """Return records of a kind that a row refers to, with what the row itself tells of them."""
    if kind == "users" and "user_id" in row:
        return [convert("users", {"id": row["user_id"]}, now)]
    if kind == "conversations" and "conversation_id" in row:
        lost = {"id": row["conversation_id"], "started_at": row["created_at"]}
        return [convert("conversations", lost, now)]
    column = {"goals": ("linked_goal_id", "goal_id"), "tasks": ("linked_task_id",)}.get(kind, ())
    said = row.get("intent_payload") or {}
    return [
        # What nobody knows more of than that it was is not to be reminded of.
        convert(kind, {"status": "open" if _named(kind, said) else "cancelled"} | said | owner, now)
        for name in column
        if row.get(name) is not None
        and (owner := {"id": row[name], "user_id": row["user_id"], "created_at": row.get("started_at")})
    ]


def _named(kind: str, said: Mapping[str, Any]) -> bool:
    column = "statement" if kind == "goals" else "title"
    return any(said.get(name) for name in NAMES[kind][column])


def _user(given: Columns, now: datetime) -> Columns:
    return {
        "phone": values.text(given["phone"], 32),
        "name": values.text(given["name"], 200),
        "timezone": values.zone(given["timezone"]),
        "preferences": values.an_object(given["preferences"]) or {},
        "created_at": values.instant(given["created_at"]) or now,
    }


def _goal(given: Columns, now: datetime) -> Columns:
    return {
        "user_id": _owner(given),
        "statement": values.text(given["statement"]) or "A goal without words",
        "timeline": values.text(given["timeline"], 500),
        "target_date": values.instant(given["target_date"]),
        "context": values.text(given["context"]),
        "status": values.one_of(values.STATUS, given["status"]) or "open",
        "created_at": values.instant(given["created_at"]) or now,
    }


def _task(given: Columns, now: datetime) -> Columns:
    trigger_at = values.instant(given["trigger_at"])
    place = values.text(given["location"], 500)
    return {
        "user_id": _owner(given),
        "goal_id": identity("goals", given["goal_id"]),
        "title": values.text(given["title"], 500) or "A task without words",
        "trigger_type": "location" if place and trigger_at is None else "time",
        "trigger_at": trigger_at,
        "recurrence": values.text(given["recurrence"], 200),
        "location": place,
        "notes": values.text(given["notes"]),
        "priority": values.one_of(values.PRIORITY, given["priority"]) or "normal",
        "status": values.one_of(values.STATUS, given["status"]) or "open",
        "created_at": values.instant(given["created_at"]) or now,
    }


def _conversation(given: Columns, now: datetime) -> Columns:
    ended_at = values.instant(given["ended_at"])
    return {
        "user_id": _owner(given),
        "agent": values.text(given["agent"], 64) or "flux",
        "voice_session_id": values.text(given["voice_session_id"], 128) or "",
        "extracted_intent": values.text(given["extracted_intent"]),
        "intent_payload": values.an_object(given["intent_payload"]),
        "linked_goal_id": identity("goals", given["linked_goal_id"]),
        "linked_task_id": identity("tasks", given["linked_task_id"]),
        "started_at": values.instant(given["started_at"]) or ended_at or now,
        "ended_at": ended_at,
        "duration_seconds": values.number(given["duration_seconds"]),
        # Nobody talks to the old server any more: a call without an end was cut off.
        "status": "ended" if ended_at else "failed",
    }


def _message(given: Columns, now: datetime) -> Columns:
    role = values.one_of(values.ROLE, given["role"])
    modality = values.one_of(values.MODALITY, given["input_modality"])
    metadata = dict(values.an_object(given["metadata"]) or {})
    if role is None:
        metadata["flux_role"] = values.text(given["role"])
    if modality is None and given["input_modality"] is not None:
        metadata["flux_input_modality"] = values.text(given["input_modality"])
    return {
        "conversation_id": identity("conversations", given["conversation_id"]) or NOBODY,
        "role": role or "assistant",
        "content": values.text(given["content"]) or "",
        "input_modality": modality or "voice",
        "metadata": metadata,
        "created_at": values.instant(given["created_at"]) or now,
    }


def _owner(given: Columns) -> UUID | None:
    return identity("users", given["user_id"]) or NOBODY


_CONVERT: Final[Mapping[str, Callable[[Columns, datetime], Columns]]] = {
    "users": _user,
    "goals": _goal,
    "tasks": _task,
    "conversations": _conversation,
    "messages": _message,
}
