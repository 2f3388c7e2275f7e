"""One conversation or one person with all that is kept of them."""

import asyncio
from collections.abc import Collection
from uuid import UUID

from dao.errors import DaoNotFound
from dao.found import FoundConversation, GoalSearch, TaskSearch
from dao.owner_client import OwnerRecords
from dao.queries import MAX_PAGE
from dao.records import Message, User
from web.console import shown
from web.console_bodies import ConversationShown, UserShown


async def conversation(records: OwnerRecords, conversation_id: UUID, held: Collection[UUID]) -> ConversationShown:
    """Read one conversation; raises `DaoNotFound`."""
    dao = records.dao
    call = await dao.conversation(conversation_id)
    user, messages, turns, tools, goals, tasks = await asyncio.gather(
        _user(records, call.user_id),
        dao.messages(conversation_id),
        dao.turns(conversation_id),
        dao.tool_calls(conversation_id),
        records.goals(GoalSearch(conversation_id=conversation_id, limit=MAX_PAGE)),
        records.tasks(TaskSearch(conversation_id=conversation_id, limit=MAX_PAGE)),
    )
    found = FoundConversation(
        **dict(call),
        user_name=user.name if user else None,
        messages=len(messages),
        turns=len(turns),
        tool_calls=len(tools),
        excerpt=_excerpt(messages),
    )
    made = {one.origin.call_id: one.id for one in goals.items}, {one.origin.call_id: one.id for one in tasks.items}
    return ConversationShown(
        **dict(shown.item(found, held)),
        closed_at=call.closed_at,
        intent_payload=call.intent_payload,
        user=shown.person(user) if user else None,
        transcript=[shown.message(one) for one in messages],
        latency=[shown.turn(one) for one in turns],
        tools=[shown.tool_call(one, *made) for one in tools],
        goals=[shown.goal(one) for one in goals.items],
        tasks=[shown.task(one) for one in tasks.items],
        timeline=shown.timeline(call, messages, tools, turns),
    )


async def person(records: OwnerRecords, user_id: UUID, live: int) -> UserShown:
    """Read who somebody is, and count what is kept of them; raises `DaoNotFound`."""
    user, counts = await asyncio.gather(records.dao.user(user_id), records.counts(user_id))
    return UserShown(**dict(shown.person(user)), counts=counts, live_calls=live)


async def _user(records: OwnerRecords, user_id: UUID) -> User | None:
    try:
        return await records.dao.user(user_id)
    except DaoNotFound:  # deleted just now
        return None


def _excerpt(messages: Collection[Message]) -> str | None:
    return next((one.content[:160] for one in messages), None)
