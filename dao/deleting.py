"""Deletes one conversation, or all that is kept of a user, in one transaction, and gives a receipt.

Whoever writes for a conversation holds a lock that others can share (`enter`), whoever deletes it holds it alone. So a
write comes before the deletion, and is deleted, or after it, and is refused.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, CursorResult, delete, func, select, text, union, update

from dao.deleting_old import delete_old_conversations, delete_old_user
from dao.errors import DaoDeleted, DaoNotFound
from dao.records import DeletionDraft, DeletionKind
from dao.tables import (
    ConversationRow,
    DeletedConversationRow,
    DeletionRow,
    GoalRow,
    MessageRow,
    RescheduleRow,
    Row,
    TaskRow,
    ToolCallRow,
    TurnRow,
    UserRow,
)
from dao.transactions import Transaction

PATIENCE: Final = 60
"""Seconds that one statement of a deletion may take on a PostgreSQL server: a user may have years of calls."""

PARTS: Final = (MessageRow, TurnRow, ToolCallRow)
"""What belongs to a conversation and goes with it."""

AT_ONCE: Final = 500
"""Conversations of one statement: databases take only so many parameters."""

Counts = dict[str, int]


async def enter(transaction: Transaction, conversation_id: UUID) -> None:
    """Begin to write for a conversation; raises `DaoDeleted` where that was deleted."""
    await transaction.writing(conversation_id)
    if await transaction.one(DeletedConversationRow, {"id": conversation_id}) is not None:
        raise DaoDeleted(f"conversation {conversation_id} was deleted; nothing is written for it any more")


async def enter_for(transaction: Transaction, tenant: str, user_id: UUID, as_of: datetime | None) -> DeletionRow | None:
    """Begin to write for a user what was said at `as_of`; return the deletion that came after it, if one did."""
    await transaction.writing(user_id)
    if as_of is None:
        return None
    kept = await _latest(transaction, tenant, "user", user_id)
    return kept if kept is not None and kept.deleted_at >= as_of else None


async def refuse_for(transaction: Transaction, later: DeletionRow, conversation_id: UUID) -> None:
    """Refuse a conversation that began before its user was deleted, and so all that is still to come of it."""
    await transaction.writing(conversation_id)
    gone = DeletedConversationRow(tenant_id=later.tenant_id, id=conversation_id, deletion_id=later.id)
    await transaction.insert_once(gone, {"id": conversation_id}, lambda _: True)
    raise DaoDeleted(f"the user of conversation {conversation_id} was deleted; nothing of it is written any more")


async def delete_conversation(
    transaction: Transaction, tenant: str, conversation_id: UUID, draft: DeletionDraft, now: Callable[[], datetime]
) -> DeletionRow:
    """Delete one conversation with all that was said and done in it; goals and tasks stay. A repeat changes nothing.

    Raises `DaoNotFound` where nothing of it is kept, nor waits.
    """
    await _take_time(transaction)
    await transaction.deleting(conversation_id)
    if (earlier := await _latest(transaction, tenant, "conversation", conversation_id)) is not None:
        return earlier
    if (gone := await transaction.one(DeletedConversationRow, {"id": conversation_id})) is not None:
        receipt = await transaction.one(DeletionRow, {"id": gone.deletion_id})
        assert receipt is not None  # the row refers to it
        return receipt
    kept = await transaction.one(ConversationRow, {"id": conversation_id})
    if kept is None and not draft.waiting:
        raise DaoNotFound(f"there is no conversation {conversation_id}")
    counts = await _delete_conversations(transaction, tenant, [conversation_id])
    return await _receipt(transaction, tenant, "conversation", conversation_id, [conversation_id], draft, counts, now)


async def delete_user(
    transaction: Transaction, tenant: str, user_id: UUID, draft: DeletionDraft, now: Callable[[], datetime]
) -> DeletionRow:
    """Delete a user with all that is kept of them. A repeat changes nothing, unless the user has called again since.

    Raises `DaoNotFound` where nothing of the user is kept, nor waits.
    """
    await _take_time(transaction)
    await transaction.deleting(user_id)
    kept = await transaction.one(UserRow, {"id": user_id})
    if kept is None:
        if (earlier := await _latest(transaction, tenant, "user", user_id)) is not None:
            return earlier
        if not draft.waiting:
            raise DaoNotFound(f"there is no user {user_id}")
    its_calls = select(ConversationRow.id).where(
        ConversationRow.tenant_id == tenant, ConversationRow.user_id == user_id
    )
    calls = list(await transaction.session.scalars(its_calls))
    # What was asked for in a call whose beginning is not kept yet refers to the user all the same.
    asked = [
        select(kind.origin_conversation_id).where(kind.tenant_id == tenant, kind.user_id == user_id)
        for kind in (GoalRow, TaskRow)
    ]
    origins = list(await transaction.session.scalars(union(*asked)))
    await transaction.deleting(*{*calls, *origins})
    calls = list(await transaction.session.scalars(its_calls))
    counts = await _delete_conversations(transaction, tenant, calls)
    counts |= await _delete_wishes(transaction, tenant, user_id)
    counts["users"] = await _delete(transaction, UserRow, UserRow.tenant_id == tenant, UserRow.id == user_id)
    if old := await transaction.session.run_sync(lambda one: delete_old_user(one.connection(), tenant, user_id)):
        counts["earlier_flux"] = counts.get("earlier_flux", 0) + old
    return await _receipt(transaction, tenant, "user", user_id, calls, draft, counts, now)


async def counted(transaction: Transaction, tenant: str, user_id: UUID) -> Counts:
    """Return how much is kept of a user, by kind."""
    calls = select(ConversationRow.id).where(ConversationRow.tenant_id == tenant, ConversationRow.user_id == user_id)
    tasks = select(TaskRow.id).where(TaskRow.tenant_id == tenant, TaskRow.user_id == user_id)
    of_user: Sequence[tuple[type[Row], ColumnElement[bool]]] = (
        (ConversationRow, ConversationRow.user_id == user_id),
        *((part, part.conversation_id.in_(calls)) for part in PARTS),
        (GoalRow, GoalRow.user_id == user_id),
        (TaskRow, TaskRow.user_id == user_id),
        (RescheduleRow, RescheduleRow.task_id.in_(tasks)),
    )
    found = {}
    for kind, matches in of_user:
        asked = select(func.count()).select_from(kind).where(kind.tenant_id == tenant, matches)
        found[kind.__tablename__] = await transaction.session.scalar(asked) or 0
    return found


async def _delete_conversations(transaction: Transaction, tenant: str, calls: Sequence[UUID]) -> Counts:
    counts = dict.fromkeys([kind.__tablename__ for kind in (ConversationRow, *PARTS)], 0)
    if not calls:
        return counts
    for start in range(0, len(calls), AT_ONCE):
        some = calls[start : start + AT_ONCE]
        for part in PARTS:
            counts[part.__tablename__] += await _delete(
                transaction, part, part.tenant_id == tenant, part.conversation_id.in_(some)
            )
        counts["conversations"] += await _delete(
            transaction, ConversationRow, ConversationRow.tenant_id == tenant, ConversationRow.id.in_(some)
        )
    if old := await transaction.session.run_sync(
        lambda one: delete_old_conversations(one.connection(), tenant, set(calls))
    ):
        counts["earlier_flux"] = old
    return counts


async def _delete_wishes(transaction: Transaction, tenant: str, user_id: UUID) -> Counts:
    """Delete the goals and tasks of a user; what others have that refers to them does so no more."""
    goals = select(GoalRow.id).where(GoalRow.tenant_id == tenant, GoalRow.user_id == user_id)
    tasks = select(TaskRow.id).where(TaskRow.tenant_id == tenant, TaskRow.user_id == user_id)
    for kind, column, gone in (
        (ConversationRow, ConversationRow.linked_goal_id, goals),
        (ConversationRow, ConversationRow.linked_task_id, tasks),
        (TaskRow, TaskRow.goal_id, goals),
    ):
        loosen = update(kind).where(kind.tenant_id == tenant, column.in_(gone)).values({column.key: None})
        await transaction.session.execute(loosen.execution_options(synchronize_session=False))
    moves = (RescheduleRow.tenant_id == tenant, RescheduleRow.task_id.in_(tasks))
    return {
        "task_reschedules": await _delete(transaction, RescheduleRow, *moves),
        "tasks": await _delete(transaction, TaskRow, TaskRow.tenant_id == tenant, TaskRow.user_id == user_id),
        "goals": await _delete(transaction, GoalRow, GoalRow.tenant_id == tenant, GoalRow.user_id == user_id),
    }


async def _receipt(
    transaction: Transaction,
    tenant: str,
    kind: DeletionKind,
    subject: UUID,
    calls: Sequence[UUID],
    draft: DeletionDraft,
    counts: Mapping[str, int],
    now: Callable[[], datetime],
) -> DeletionRow:
    receipt = DeletionRow(
        tenant_id=tenant,
        id=uuid4(),
        kind=kind,
        subject_id=subject,
        deleted_at=now(),
        deleted_by=draft.deleted_by,
        counts={**counts, "waiting": draft.waiting},
    )
    transaction.session.add(receipt)
    await transaction.session.flush()  # before what refers to it
    gone = [DeletedConversationRow(tenant_id=tenant, id=call, deletion_id=receipt.id) for call in calls]
    await transaction.commit({}, *gone)
    return receipt


async def _latest(transaction: Transaction, tenant: str, kind: DeletionKind, subject: UUID) -> DeletionRow | None:
    row = DeletionRow
    wanted = (row.tenant_id == tenant, row.subject_id == subject, row.kind == kind)
    found = select(row).where(*wanted).order_by(row.deleted_at.desc()).limit(1)
    return (await transaction.session.scalars(found)).one_or_none()


async def _delete(transaction: Transaction, kind: type[Row], *matches: ColumnElement[bool]) -> int:
    done = await transaction.session.execute(delete(kind).where(*matches).execution_options(synchronize_session=False))
    assert isinstance(done, CursorResult)
    return int(done.rowcount)


async def _take_time(transaction: Transaction) -> None:
    if transaction.session.get_bind().dialect.name == "postgresql":
        await transaction.session.execute(text(f"SET LOCAL statement_timeout = '{PATIENCE}s'"))
