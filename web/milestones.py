"""The records of a conversation's beginning, of what was asked for in it, and of its end."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from dao.records import Conversation, ConversationDraft, ConversationUpdate, Goal, Task, UserDraft
from web.conversations import CallOptions


def calling(caller: CallOptions) -> UserDraft:
    """Return who calls."""
    if caller.keep_timezone:
        return UserDraft(id=caller.user_id, timezone=caller.timezone.key)
    return UserDraft(id=caller.user_id)


def opening(
    caller: CallOptions, agent: str, session_id: str, started_at: datetime
) -> tuple[UserDraft, ConversationDraft]:
    """Return who calls, and the conversation as it begins: to be kept in this order."""
    conversation = ConversationDraft(
        id=caller.conversation_id,
        user_id=caller.user_id,
        agent=agent,
        voice_session_id=session_id,
        started_at=started_at,
    )
    return calling(caller), conversation


def ending(started_at: datetime, ended_at: datetime, *, failed: bool = False) -> ConversationUpdate:
    """Return the end of a conversation."""
    return ConversationUpdate(
        ended_at=ended_at,
        duration_seconds=(ended_at - started_at).total_seconds(),
        status="failed" if failed else "ended",
    )


def closing(conversation: Conversation, closed_at: datetime) -> ConversationUpdate:
    """Return that a client closed its session, which is its conversation's end where that has none."""
    if conversation.ended_at is not None:
        return ConversationUpdate(closed_at=closed_at)
    return ending(conversation.started_at, closed_at).model_copy(update={"closed_at": closed_at})


def taken(
    name: str, arguments: Mapping[str, Any], record: Mapping[str, Any] | None, routes: Mapping[str, str]
) -> ConversationUpdate:
    """Return the intent that took effect and what it made; `routes` maps names of tools to those of records."""
    return ConversationUpdate(
        extracted_intent=routes.get(name, name),
        intent_payload=dict(arguments),
        linked_goal_id=_linked(record, "goal", Goal),
        linked_task_id=_linked(record, "task", Task),
    )


def _linked(record: Mapping[str, Any] | None, kind: str, shape: type[Goal] | type[Task]) -> UUID | None:
    """Return the id in `{"kind": kind, "id": ...}` or in a whole record of that shape; None for anything else."""
    if record is None:
        return None
    try:
        if "kind" in record:
            return UUID(str(record["id"])) if record["kind"] == kind else None
        return shape.model_validate(record).id
    except (KeyError, ValueError):
        return None
