"""`/api/v1/console`: the records as their owner sees them: found, shown, deleted."""

from typing import Final, TypeVar

from aiohttp import web

from dao.found import ConversationSearch, DeletionQuery, GoalSearch, TaskSearch
from web.bodies import id_in_path, queried
from web.console import records, shown
from web.console.live import held
from web.console_bodies import (
    ConversationItem,
    ConversationShown,
    ConversationsQuery,
    GoalItem,
    GoalsQuery,
    ItemPage,
    PageQuery,
    Receipt,
    TaskItem,
    TasksQuery,
    TenantQuery,
    UserShown,
)
from web.keys import CONSOLE, DELETING, SESSIONS
from web.operations import LET_IN, Operation, answer_of
from web.routes.console_server import ROOT, TAG

CONVERSATION: Final = f"{ROOT}/conversations/{{conversation_id}}"
USER: Final = f"{ROOT}/users/{{user_id}}"
ItemT = TypeVar("ItemT")


def operations() -> list[Operation]:
    """Return what the owner can do with records."""
    return [
        Operation(
            "GET",
            f"{ROOT}/conversations",
            "Find conversations by words, person and time, the latest first.",
            console_conversations,
            ItemPage[ConversationItem],
            TAG,
            "owner",
            query=ConversationsQuery,
            errors=(503,),
        ),
        Operation(
            "GET",
            CONVERSATION,
            "Show a conversation: transcript, tool calls, latency of each turn, and what came of it.",
            console_conversation,
            ConversationShown,
            TAG,
            "owner",
            query=TenantQuery,
            errors=(404, 503),
        ),
        Operation(
            "DELETE",
            CONVERSATION,
            "Delete a conversation, its call ended first; goals and tasks stay. A repeat gives the same receipt.",
            console_delete_conversation,
            Receipt,
            TAG,
            "owner",
            query=TenantQuery,
            errors=(404, 409, 503),
        ),
        Operation(
            "GET",
            f"{ROOT}/goals",
            "Find goals, the latest first.",
            console_goals,
            ItemPage[GoalItem],
            TAG,
            "owner",
            query=GoalsQuery,
            errors=(503,),
        ),
        Operation(
            "GET",
            f"{ROOT}/tasks",
            "Find tasks, the latest first.",
            console_tasks,
            ItemPage[TaskItem],
            TAG,
            "owner",
            query=TasksQuery,
            errors=(503,),
        ),
        Operation(
            "GET",
            USER,
            "Show who somebody is, and how much is kept of them.",
            console_user,
            UserShown,
            TAG,
            "owner",
            query=TenantQuery,
            errors=(404, 503),
        ),
        Operation(
            "DELETE",
            USER,
            "Delete a person with everything, their calls ended first. A repeat gives the same receipt.",
            console_delete_user,
            Receipt,
            TAG,
            "owner",
            query=TenantQuery,
            errors=(404, 409, 503),
        ),
        Operation(
            "GET",
            f"{ROOT}/deletions",
            "List the receipts of deletions, the latest first.",
            console_deletions,
            ItemPage[Receipt],
            TAG,
            "owner",
            query=PageQuery,
            errors=(503,),
        ),
    ]


async def console_conversations(request: web.Request) -> web.Response:
    """Find conversations."""
    asked = queried(request, ConversationsQuery)
    search = ConversationSearch(**asked.model_dump(exclude={"tenant"}))
    found = await request.app[CONSOLE].records(asked.tenant).conversations(search)
    live = held(request.app[SESSIONS].all, asked.tenant)
    return _page(asked, [shown.item(one, live) for one in found.items], found.total)


async def console_conversation(request: web.Request) -> web.Response:
    """Show one conversation."""
    tenant = queried(request, TenantQuery).tenant
    key = id_in_path(request, "conversation_id")
    live = held(request.app[SESSIONS].all, tenant)
    return answer_of(await records.conversation(request.app[CONSOLE].records(tenant), key, live))


async def console_delete_conversation(request: web.Request) -> web.Response:
    """Delete one conversation."""
    tenant = queried(request, TenantQuery).tenant
    key = id_in_path(request, "conversation_id")
    return answer_of(shown.receipt(await request.app[DELETING].conversation(tenant, key, request[LET_IN])))


async def console_goals(request: web.Request) -> web.Response:
    """Find goals."""
    asked = queried(request, GoalsQuery)
    search = GoalSearch(**asked.model_dump(exclude={"tenant"}))
    found = await request.app[CONSOLE].records(asked.tenant).goals(search)
    return _page(asked, [shown.goal(one) for one in found.items], found.total)


async def console_tasks(request: web.Request) -> web.Response:
    """Find tasks."""
    asked = queried(request, TasksQuery)
    search = TaskSearch(**asked.model_dump(exclude={"tenant"}))
    found = await request.app[CONSOLE].records(asked.tenant).tasks(search)
    return _page(asked, [shown.task(one) for one in found.items], found.total)


async def console_user(request: web.Request) -> web.Response:
    """Show one person."""
    tenant = queried(request, TenantQuery).tenant
    key = id_in_path(request, "user_id")
    live = [one.call for one in request.app[SESSIONS].all if one.caller.user_id == key]
    count = sum(call is not None and not call.ended for call in live)
    return answer_of(await records.person(request.app[CONSOLE].records(tenant), key, count))


async def console_delete_user(request: web.Request) -> web.Response:
    """Delete one person with everything."""
    tenant = queried(request, TenantQuery).tenant
    key = id_in_path(request, "user_id")
    return answer_of(shown.receipt(await request.app[DELETING].user(tenant, key, request[LET_IN])))


async def console_deletions(request: web.Request) -> web.Response:
    """List receipts."""
    asked = queried(request, PageQuery)
    query = DeletionQuery(limit=asked.limit, offset=asked.offset)
    found = await request.app[CONSOLE].records(asked.tenant).deletions(query)
    return _page(asked, [shown.receipt(one) for one in found.items], found.total)


def _page(asked: PageQuery, items: list[ItemT], total: int) -> web.Response:
    return answer_of(ItemPage(items=items, total=total, limit=asked.limit, offset=asked.offset))
