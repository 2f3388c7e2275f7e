"""The REST interface as data: the service is built and described from this one table."""

from dao.errors import DaoRejected
from dao.found import UserPut
from dao.operations import Call, Operation, reading
from dao.owner_routes import OWNER_OPERATIONS
from dao.queries import (
    ConversationQuery,
    GoalQuery,
    MessageQuery,
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
)
from dao.store import Store


async def _put_user(store: Store, call: Call) -> User:
    if call.body.id != call.id:
        raise DaoRejected("the body is not valid", {"id": "must be the id in the path"})
    return await store.put_user(call.tenant, call.body, call.query.as_of)


OPERATIONS: tuple[Operation, ...] = (
    *reading("/v1/users", User, UserQuery),
    Operation(
        "PUT", "/v1/users/{id}", "Create a user, or change what the body names.", _put_user, User, UserDraft, UserPut
    ),
    *reading("/v1/conversations", Conversation, ConversationQuery),
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
    *reading("/v1/messages", Message, MessageQuery),
    Operation(
        "POST",
        "/v1/messages",
        "Keep something said or typed, once per id.",
        lambda store, call: store.put_message(call.tenant, call.body),
        Message,
        MessageDraft,
    ),
    *reading("/v1/goals", Goal, GoalQuery),
    Operation(
        "POST",
        "/v1/goals",
        "Keep a goal, once per origin.",
        lambda store, call: store.create_goal(call.tenant, call.body),
        Goal,
        GoalDraft,
    ),
    *reading("/v1/tasks", Task, TaskQuery),
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
    *reading("/v1/tool_calls", ToolCall, ToolCallQuery),
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
    *reading("/v1/turns", Turn, TurnQuery),
    Operation(
        "POST",
        "/v1/turns",
        "Keep the latency marks of a turn, by conversation and index.",
        lambda store, call: store.put_turn(call.tenant, call.body),
        Turn,
        TurnDraft,
    ),
    *OWNER_OPERATIONS,
)
