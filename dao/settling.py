"""Tool calls whose end nobody knows, and calls that were cut off: what became of them is found out and noted.

Whoever writes on behalf of a tool call, and whoever settles one, goes alone (`Transaction.alone`). So either the write
comes first and is found, or the note does and the write is refused: what was noted stays true.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import exists, func, or_, select

from dao.errors import DaoConflict, DaoGivenUp, DaoNotFound
from dao.records import AGAIN, ConversationStatus, ToolCallDraft
from dao.rows import columns
from dao.tables import (
    ConversationRow,
    GoalRow,
    MessageRow,
    RescheduleRow,
    TaskRow,
    ToolCallRow,
    TurnRow,
)
from dao.transactions import Transaction

_GIVEN_UP: Final = ("failed", "cancelled")
_SIGNS: Final = (MessageRow.created_at, ToolCallRow.started_at, ToolCallRow.ended_at, TurnRow.created_at)
"""When something was said or done in a call."""


async def refuse_given_up(transaction: Transaction, conversation_id: UUID, call_id: str) -> None:
    """Raise `DaoGivenUp` for a write whose tool call was noted to have kept nothing."""
    call = await transaction.one(ToolCallRow, {"conversation_id": conversation_id, "call_id": call_id})
    if call is not None and call.status in _GIVEN_UP:
        raise DaoGivenUp(f"tool call {call_id!r} was noted to have kept nothing; ask under another call id")


async def settle(transaction: Transaction, tenant: str, draft: ToolCallDraft) -> ToolCallRow:
    """Note what became of a tool call: `done` if a write of it is found, else what the draft says.

    One that is known to be done stays as it is, and a draft that is `running`, for it is about to be tried (again),
    undoes no outcome. Raises `DaoConflict` like any other write of a tool call.
    """
    await transaction.alone(draft.conversation_id, draft.call_id)
    key = {"conversation_id": draft.conversation_id, "call_id": draft.call_id}
    kept = await transaction.one(ToolCallRow, key)
    if kept is not None and (kept.name, kept.arguments) != (draft.name, draft.arguments):
        raise DaoConflict(f"call id {draft.call_id!r} was used before with another name or other arguments")
    if kept is not None and kept.status == "done":
        return kept
    said = columns(draft)
    if (written := await _written(transaction, draft)) is not None:
        said |= {"status": "done", "result": f"It was kept: {_named(written)}."}
        await _tell_conversation(transaction, draft, written)
    elif kept is not None and kept.status != "running" and draft.status == "running":
        return kept
    row = kept or ToolCallRow(tenant_id=tenant, id=uuid4(), **said)
    for name, value in said.items():
        setattr(row, name, value)
    await transaction.commit({"conversation_id": draft.conversation_id}, row)
    return row


async def unsettled(transaction: Transaction, tenant: str, conversation_id: UUID) -> list[ToolCallDraft]:
    """Return the tool calls of a call that were never heard of again, as they are to be noted if nothing is found."""
    running = select(ToolCallRow).where(
        ToolCallRow.tenant_id == tenant,
        ToolCallRow.conversation_id == conversation_id,
        ToolCallRow.status == "running",
    )
    fields = ToolCallDraft.model_fields
    return [
        ToolCallDraft(**{name: getattr(row, name) for name in fields} | {"status": "cancelled", "ended_at": None})
        for row in await transaction.session.scalars(running)
    ]


async def abandoned(transaction: Transaction, since: datetime, most: int) -> Sequence[tuple[str, UUID]]:
    """Return tenants and ids of calls of all tenants without an end in which nothing was said or done since."""
    call = ConversationRow
    later = (
        exists().where(sign.class_.tenant_id == call.tenant_id, sign.class_.conversation_id == call.id, sign >= since)
        for sign in _SIGNS
    )
    found = select(call.tenant_id, call.id).where(call.status == "active", call.started_at < since, ~or_(*later))
    return [(tenant, key) for tenant, key in await transaction.session.execute(found.limit(most))]


async def close(
    transaction: Transaction, tenant: str, conversation_id: UUID, status: ConversationStatus
) -> ConversationRow:
    """End a call that nobody else will, at the last that is known of it; one that has ended stays as it is."""
    call = await transaction.locked(ConversationRow, {"id": conversation_id})
    if call is None:
        raise DaoNotFound(f"there is no conversation {conversation_id}")
    if call.status == "active":
        known = [call.started_at]
        for sign in _SIGNS:
            of_call = (sign.class_.tenant_id == tenant, sign.class_.conversation_id == conversation_id)
            known.append(await transaction.session.scalar(select(func.max(sign)).where(*of_call)) or call.started_at)
        call.ended_at = max(known)
        call.duration_seconds = (call.ended_at - call.started_at).total_seconds()
        call.status = status
        await transaction.commit({})
    return call


async def _written(transaction: Transaction, draft: ToolCallDraft) -> GoalRow | TaskRow | None:
    """Return what was created or moved on behalf of a tool call, the task for a move."""
    for call_id in _ids(draft.call_id):
        key = {"origin_conversation_id": draft.conversation_id, "origin_call_id": call_id}
        if (goal := await transaction.one(GoalRow, key)) is not None:
            return goal
        if (task := await transaction.one(TaskRow, key)) is not None:
            return task
        if (move := await transaction.one(RescheduleRow, key)) is not None:
            return await transaction.one(TaskRow, {"id": move.task_id})
    return None


def _ids(call_id: str) -> Iterable[str]:
    return (call_id, f"{call_id}{AGAIN}")


def _named(written: GoalRow | TaskRow) -> str:
    return f"goal {written.id}" if isinstance(written, GoalRow) else f"task {written.id}"


async def _tell_conversation(transaction: Transaction, draft: ToolCallDraft, written: GoalRow | TaskRow) -> None:
    """Note in the conversation what took effect, as it is noted of a tool call whose end was seen."""
    call = await transaction.locked(ConversationRow, {"id": draft.conversation_id})
    if call is None:
        return
    if draft.intent is not None:
        call.extracted_intent, call.intent_payload = draft.intent, dict(draft.arguments)
    if isinstance(written, GoalRow):
        call.linked_goal_id = written.id
    else:
        call.linked_task_id = written.id
