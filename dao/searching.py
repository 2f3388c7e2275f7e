"""Finds conversations, goals and tasks by words, people and time, the latest first."""

import json
from collections.abc import Sequence
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, ScalarSelect, Text, cast, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from dao.database import FOLD
from dao.found import (
    ConversationSearch,
    FoundConversation,
    FoundGoal,
    FoundTask,
    GoalSearch,
    TaskSearch,
)
from dao.queries import Listing
from dao.records import Conversation, Goal, Task
from dao.rows import record
from dao.tables import (
    ConversationRow,
    DeletedConversationRow,
    DeletionRow,
    GoalRow,
    MessageRow,
    TaskRow,
    ToolCallRow,
    TurnRow,
    UserRow,
)
from dao.transactions import Transaction

ESCAPE: Final = "\\"
AROUND: Final = 80
"""Characters that an excerpt has before and after what was found."""

_WishT = TypeVar("_WishT", type[GoalRow], type[TaskRow])
Texts = Sequence[InstrumentedAttribute[Any]]


async def find_conversations(
    transaction: Transaction, tenant: str, asked: ConversationSearch
) -> Listing[FoundConversation]:
    """Read one page of the conversations that match."""
    row, folds = ConversationRow, _folds(transaction)
    wanted = [row.tenant_id == tenant]
    for name in ("user_id", "status"):
        if (value := getattr(asked, name)) is not None:
            wanted.append(getattr(row, name) == value)
    if asked.since is not None:
        wanted.append(row.started_at >= asked.since)
    if asked.until is not None:
        wanted.append(row.started_at < asked.until)
    first: ColumnElement[Any] = _first_message(None)
    if asked.text is not None:
        wanted.append(_mentions(tenant, asked.text, folds))
        first = func.coalesce(_first_message(_has((MessageRow.content,), asked.text, folds)), first)
    person = select(UserRow.name).where(UserRow.tenant_id == row.tenant_id, UserRow.id == row.user_id)
    more: list[ColumnElement[Any]] = [person.scalar_subquery(), first]
    more += [_number(MessageRow), _number(TurnRow), _number(ToolCallRow)]
    page = select(row, *more).where(*wanted).order_by(row.started_at.desc(), row.id.desc())
    total = await transaction.session.scalar(select(func.count()).select_from(row).where(*wanted))
    rows = (await transaction.session.execute(page.limit(asked.limit).offset(asked.offset))).all()
    found = tuple(
        FoundConversation(
            **dict(record(Conversation, kept)),
            user_name=called,
            excerpt=None if said is None else excerpt(said, asked.text),
            messages=messages,
            turns=turns,
            tool_calls=tools,
        )
        for kept, called, said, messages, turns, tools in rows
    )
    return Listing(items=found, total=total or 0)


async def find_goals(transaction: Transaction, tenant: str, asked: GoalSearch) -> Listing[FoundGoal]:
    """Read one page of the goals that match."""
    texts = (GoalRow.statement, GoalRow.context)
    rows, total = await _wishes(transaction, tenant, GoalRow, asked, texts)
    found = (FoundGoal(**dict(record(Goal, kept)), origin_state=_state(there, gone)) for kept, there, gone in rows)
    return Listing(items=tuple(found), total=total)


async def find_tasks(transaction: Transaction, tenant: str, asked: TaskSearch) -> Listing[FoundTask]:
    """Read one page of the tasks that match."""
    texts = (TaskRow.title, TaskRow.notes, TaskRow.location)
    rows, total = await _wishes(transaction, tenant, TaskRow, asked, texts)
    found = (FoundTask(**dict(record(Task, kept)), origin_state=_state(there, gone)) for kept, there, gone in rows)
    return Listing(items=tuple(found), total=total)


async def tenants(transaction: Transaction) -> list[str]:
    """Return all tenants that have users, or had some who were deleted."""
    names = select(UserRow.tenant_id).union(select(DeletionRow.tenant_id))
    return sorted(await transaction.session.scalars(names))


def excerpt(text: str, wanted: str | None) -> str:
    """Return what is around the words that were searched, else the beginning."""
    at = text.casefold().find(wanted.casefold()) if wanted is not None else 0
    begin, end = max(0, at - AROUND), at + len(wanted or "") + AROUND
    return ("…" if begin else "") + text[begin:end] + ("…" if end < len(text) else "")


async def _wishes(
    transaction: Transaction, tenant: str, row: _WishT, asked: GoalSearch | TaskSearch, texts: Texts
) -> tuple[Sequence[Any], int]:
    wanted = [row.tenant_id == tenant]
    names = {
        "user_id": "user_id",
        "status": "status",
        "goal_id": "goal_id",
        "conversation_id": "origin_conversation_id",
    }
    for name, column in names.items():
        if (value := getattr(asked, name, None)) is not None:
            wanted.append(getattr(row, column) == value)
    if asked.text is not None:
        wanted.append(_has(texts, asked.text, _folds(transaction)))
    of_origin = [
        exists().where(kind.tenant_id == row.tenant_id, kind.id == row.origin_conversation_id)
        for kind in (ConversationRow, DeletedConversationRow)
    ]
    page = select(row, *of_origin).where(*wanted).order_by(row.created_at.desc(), row.id.desc())
    total = await transaction.session.scalar(select(func.count()).select_from(row).where(*wanted))
    return (await transaction.session.execute(page.limit(asked.limit).offset(asked.offset))).all(), total or 0


def _state(there: bool, gone: bool) -> Any:
    return "there" if there else "deleted" if gone else "unknown"


def _mentions(tenant: str, text: str, folds: bool) -> ColumnElement[bool]:
    """Whether a conversation has these words: said, in its intent, or in what was asked of a tool and came of it."""
    row, said, tool = ConversationRow, MessageRow, ToolCallRow
    in_messages = select(said.conversation_id).where(said.tenant_id == tenant, _has((said.content,), text, folds))
    in_tools = select(tool.conversation_id).where(
        tool.tenant_id == tenant,
        or_(_has((tool.name, tool.intent, tool.result), text, folds), _in_json(tool.arguments, text)),
    )
    own = _has((row.extracted_intent,), text, folds)
    return or_(own, _in_json(row.intent_payload, text), row.id.in_(in_messages), row.id.in_(in_tools))


def _has(columns: Texts, text: str, folds: bool) -> ColumnElement[bool]:
    """Whether one of the texts has these words, in capitals or not."""
    if folds and not text.isascii():  # our own function is slower, so only where SQLite's does not do
        fold = getattr(func, FOLD)
        return or_(*(fold(column).like(_pattern(text.casefold()), escape=ESCAPE) for column in columns))
    return or_(*(column.ilike(_pattern(text), escape=ESCAPE) for column in columns))


def _in_json(column: InstrumentedAttribute[Any], text: str) -> ColumnElement[bool]:
    """Whether free-form values have these words; they are kept as JSON with all but ASCII escaped."""
    forms = {json.dumps(form)[1:-1] for form in (text, text.lower(), text.upper(), text.capitalize())}
    return or_(*(cast(column, Text).ilike(_pattern(form), escape=ESCAPE) for form in sorted(forms)))


def _pattern(text: str) -> str:
    for special in (ESCAPE, "%", "_"):
        text = text.replace(special, ESCAPE + special)
    return f"%{text}%"


def _first_message(wanted: ColumnElement[bool] | None) -> ScalarSelect[str]:
    said, call = MessageRow, ConversationRow
    found = select(said.content).where(said.tenant_id == call.tenant_id, said.conversation_id == call.id)
    if wanted is not None:
        found = found.where(wanted)
    return found.order_by(said.created_at, said.id).limit(1).correlate(call).scalar_subquery()


def _number(part: type[MessageRow] | type[TurnRow] | type[ToolCallRow]) -> ScalarSelect[int]:
    call = ConversationRow
    found = select(func.count()).select_from(part)
    found = found.where(part.tenant_id == call.tenant_id, part.conversation_id == call.id)
    return found.correlate(call).scalar_subquery()


def _folds(transaction: Transaction) -> bool:
    return transaction.session.get_bind().dialect.name == "sqlite"
