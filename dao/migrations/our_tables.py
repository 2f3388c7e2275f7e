"""The tables that the rows of an existing Flux database go to, as they were at that step."""

from typing import Any, Final

import sqlalchemy as sa

_JSON: Final = sa.JSON(none_as_null=True)
_INSTANT: Final = sa.DateTime(timezone=True)


def _table(name: str, /, **columns: sa.types.TypeEngine[Any] | type[sa.types.TypeEngine[Any]]) -> sa.TableClause:
    keys = (sa.column("tenant_id", sa.String), sa.column("id", sa.Uuid))
    return sa.table(name, *keys, *(sa.column(column, kind) for column, kind in columns.items()))


_ORIGIN: Final = {"origin_conversation_id": sa.Uuid, "origin_call_id": sa.String, "origin_digest": sa.String}

TABLES: Final = {
    "users": _table(
        "users", phone=sa.String, name=sa.String, timezone=sa.String, preferences=_JSON, created_at=_INSTANT
    ),
    "goals": _table(
        "goals",
        user_id=sa.Uuid,
        statement=sa.Text,
        timeline=sa.String,
        target_date=_INSTANT,
        context=sa.Text,
        status=sa.String,
        created_at=_INSTANT,
        **_ORIGIN,
    ),
    "tasks": _table(
        "tasks",
        user_id=sa.Uuid,
        goal_id=sa.Uuid,
        title=sa.String,
        trigger_type=sa.String,
        trigger_at=_INSTANT,
        recurrence=sa.String,
        location=sa.String,
        notes=sa.Text,
        priority=sa.String,
        status=sa.String,
        created_at=_INSTANT,
        **_ORIGIN,
    ),
    "conversations": _table(
        "conversations",
        user_id=sa.Uuid,
        agent=sa.String,
        voice_session_id=sa.String,
        extracted_intent=sa.Text,
        intent_payload=_JSON,
        linked_goal_id=sa.Uuid,
        linked_task_id=sa.Uuid,
        started_at=_INSTANT,
        ended_at=_INSTANT,
        duration_seconds=sa.Float,
        status=sa.String,
    ),
    "messages": _table(
        "messages",
        conversation_id=sa.Uuid,
        role=sa.String,
        content=sa.Text,
        input_modality=sa.String,
        metadata=_JSON,
        created_at=_INSTANT,
    ),
}
