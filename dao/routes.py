"""The REST interface as data: the service is built and described from this one table."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from dao.errors import DaoRejected
from dao.queries import (
    ConversationQuery,
    GoalQuery,
    Listing,
    MessageQuery,
    Page,
    RecordT,
    TaskQuery,
    ToolCallQuery,
    TurnQuery,
    UserQuery,
)
from dao.records import (
    Conversation,
    ConversationDraft,
    ConversationUpdate,
    Goal,
    GoalDraft,
    Message,
    MessageDraft,
    RescheduleDraft,
    Task,
    TaskDraft,
    ToolCall,
    ToolCallDraft,
    Turn,
    TurnDraft,
    User,
    UserDraft,
    Wire,
)
from dao.store import Store


@dataclass(frozen=True, slots=True)
class Call:
    """One validated request: `body` and `query` are what the operation says, `id` is the UUID in its path."""

    tenant: str
    id: Any = None
    body: Any = None
    query: Any = None


@dataclass(frozen=True, slots=True)
class Operation:
    """One method on one path."""

    method: str
    path: str
    summary: str
    run: Callable[[Store, Call], Awaitable[Wire]]
    answer: type[BaseModel]
    body: type[Wire] | None = None
    query: type[Page] | None = None

    @property
    def has_id(self) -> bool:
        """Whether the path names a record."""
        return "{id}" in self.path


async def _put_user(store: Store, call: Call) -> User:
    if call.body.id != call.id:
        raise DaoRejected("the body is not valid", {"id": "must be the id in the path"})
    return await store.put_user(call.tenant, call.body)


def _reading(path: str, kind: type[RecordT], query: type[Page]) -> tuple[Operation, Operation]:
    """Make the two reads that every collection has."""

    async def find(store: Store, call: Call) -> Listing[RecordT]:
        return await store.find(call.tenant, kind, call.query)

    async def get(store: Store, call: Call) -> RecordT:
        return await store.get(call.tenant, kind, call.id)

    order = (query.__doc__ or "").rstrip(".")
    return (
        Operation("GET", path, f"List {order[0].lower()}{order[1:]}.", find, Listing[kind], query=query),  # type: ignore[valid-type]
        Operation("GET", f"{path}/{{id}}", f"Read one record of {path}.", get, kind),
    )


OPERATIONS: tuple[Operation, ...] = (
    *_reading("/v1/users", User, UserQuery),
    Operation("PUT", "/v1/users/{id}", "Create a user, or change what the body names.", _put_user, User, UserDraft),
    *_reading("/v1/conversations", Conversation, ConversationQuery),
    Operation(
        "POST",
        "/v1/conversations",
        "Keep the start of a call, once per id.",
        lambda store, call: store.put_conversation(call.tenant, call.body),
        Conversation,
        ConversationDraft,
    ),
    Operation(
        "PATCH",
        "/v1/conversations/{id}",
        "Keep what became of a call; fields that are null stay as they are.",
        lambda store, call: store.update_conversation(call.tenant, call.id, call.body),
        Conversation,
        ConversationUpdate,
    ),
    Operation(
        "POST",
        "/v1/conversations/{id}/close",
        "End a call that was cut off, at the last that is known of it, its tool calls settled; others stay.",
        lambda store, call: store.close_conversation(call.tenant, call.id),
        Conversation,
    ),
    *_reading("/v1/messages", Message, MessageQuery),
    Operation(
        "POST",
        "/v1/messages",
        "Keep something said or typed, once per id.",
        lambda store, call: store.put_message(call.tenant, call.body),
        Message,
        MessageDraft,
    ),
    *_reading("/v1/goals", Goal, GoalQuery),
    Operation(
        "POST",
        "/v1/goals",
        "Keep a goal, once per origin.",
        lambda store, call: store.create_goal(call.tenant, call.body),
        Goal,
        GoalDraft,
    ),
    *_reading("/v1/tasks", Task, TaskQuery),
    Operation(
        "POST",
        "/v1/tasks",
        "Keep a task, once per origin.",
        lambda store, call: store.create_task(call.tenant, call.body),
        Task,
        TaskDraft,
    ),
    Operation(
        "POST",
        "/v1/tasks/{id}/reschedules",
        "Move an open task in time, once per origin.",
        lambda store, call: store.reschedule_task(call.tenant, call.id, call.body),
        Task,
        RescheduleDraft,
    ),
    *_reading("/v1/tool_calls", ToolCall, ToolCallQuery),
    Operation(
        "POST",
        "/v1/tool_calls",
        "Keep the run of a tool or its outcome, by conversation and call id.",
        lambda store, call: store.put_tool_call(call.tenant, call.body),
        ToolCall,
        ToolCallDraft,
    ),
    Operation(
        "POST",
        "/v1/settlements",
        "Find out whether the write of a tool call was kept whose end is not known, and note it.",
        lambda store, call: store.settle(call.tenant, call.body),
        ToolCall,
        ToolCallDraft,
    ),
    *_reading("/v1/turns", Turn, TurnQuery),
    Operation(
        "POST",
        "/v1/turns",
        "Keep the latency marks of a turn, by conversation and index.",
        lambda store, call: store.put_turn(call.tenant, call.body),
        Turn,
        TurnDraft,
    ),
)
