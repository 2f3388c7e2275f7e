"""Records as the console shows them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from dao.found import FoundConversation, FoundGoal, FoundTask
from dao.records import AGAIN, Conversation, Deletion, Message, ToolCall, Turn, User
from web.console_bodies import (
    ConversationItem,
    GoalItem,
    MessageShown,
    Moment,
    PersonShown,
    Receipt,
    TaskItem,
    ToolCallShown,
    TurnShown,
)

Made = Mapping[str, UUID]
"""Call ids → what was made on their behalf."""


def item(found: FoundConversation, held: Collection[UUID]) -> ConversationItem:
    """Show a conversation in a list; `held` are those whose call is held now."""
    names = ConversationItem.model_fields.keys() - {"tenant", "live"}
    said = {name: getattr(found, name) for name in names}
    return ConversationItem(**said, tenant=found.tenant_id, live=found.id in held)


def person(user: User) -> PersonShown:
    """Show who called."""
    said = user.model_dump(include={"id", "name", "phone", "timezone", "created_at"})
    return PersonShown(**said, tenant=user.tenant_id)


def goal(found: FoundGoal) -> GoalItem:
    """Show a goal, and where it was asked for as far as that is still there."""
    said = found.model_dump(exclude={"tenant_id", "origin", "origin_state"})
    return GoalItem(**said, tenant=found.tenant_id, **_origin(found))


def task(found: FoundTask) -> TaskItem:
    """Show a task, and where it was asked for as far as that is still there."""
    said = found.model_dump(exclude={"tenant_id", "origin", "origin_state"})
    return TaskItem(**said, tenant=found.tenant_id, **_origin(found))


def message(kept: Message) -> MessageShown:
    """Show what was said."""
    turn = kept.metadata.get("turn")
    return MessageShown(
        **kept.model_dump(exclude={"tenant_id", "conversation_id"}),
        turn=turn if isinstance(turn, int) else None,
        interrupted=kept.metadata.get("interrupted") is True,
    )


def turn(kept: Turn) -> TurnShown:
    """Show how long the stages of a turn took."""
    said = kept.model_dump(exclude={"tenant_id", "conversation_id"})
    return TurnShown(**said, voice_to_voice_ms=kept.marks.get("audio_out"))


def tool_call(kept: ToolCall, goals: Made, tasks: Made) -> ToolCallShown:
    """Show a run of a tool, with what it made."""
    took = None if kept.ended_at is None else (kept.ended_at - kept.started_at).total_seconds() * 1000
    ids = (kept.call_id, f"{kept.call_id}{AGAIN}")
    return ToolCallShown(
        **kept.model_dump(exclude={"tenant_id", "conversation_id"}),
        duration_ms=took,
        goal_id=next((goals[key] for key in ids if key in goals), None),
        task_id=next((tasks[key] for key in ids if key in tasks), None),
    )


def receipt(kept: Deletion) -> Receipt:
    """Show the receipt of a deletion."""
    return Receipt(**kept.model_dump(exclude={"tenant_id"}), tenant=kept.tenant_id)


def timeline(
    call: Conversation, messages: Sequence[Message], tools: Sequence[ToolCall], turns: Sequence[Turn]
) -> list[Moment]:
    """Put all that happened in the order of time."""

    def moment(kind: str, at: datetime, id: UUID | None = None) -> Moment:
        return Moment.model_validate(
            {"kind": kind, "at": at, "seconds": (at - call.started_at).total_seconds(), "id": id}
        )

    told = [moment("message", one.created_at, one.id) for one in messages]
    told += [moment("tool_call", one.started_at, one.id) for one in tools]
    told += [moment("turn", one.created_at, one.id) for one in turns]
    ends = [(kind, at) for kind, at in (("ended", call.ended_at), ("closed", call.closed_at)) if at is not None]
    told += [moment(kind, at) for kind, at in ends]
    return [moment("started", call.started_at), *sorted(told, key=lambda one: one.at)]


def _origin(found: FoundGoal | FoundTask) -> dict[str, Any]:
    there = found.origin_state == "there"
    return {
        "conversation_id": found.origin.conversation_id if there else None,
        "conversation_deleted": found.origin_state == "deleted",
    }
