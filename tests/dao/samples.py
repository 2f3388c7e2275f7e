"""Records for tests: valid unless a test changes a field."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from dao.records import (
    ConversationDraft,
    GoalDraft,
    MessageDraft,
    Origin,
    RescheduleDraft,
    TaskDraft,
    ToolCallDraft,
    TurnDraft,
    UserDraft,
)

NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
ALICE = UUID("00000000-0000-4000-8000-00000000a11c")
CALL = UUID("00000000-0000-4000-8000-0000000000ca")


def user(**changes: Any) -> UserDraft:
    return UserDraft(**{"id": ALICE, "name": "Alice", "timezone": "Europe/Berlin", **changes})


def conversation(**changes: Any) -> ConversationDraft:
    fields = {"id": CALL, "user_id": ALICE, "agent": "flux", "voice_session_id": "vs-1", "started_at": NOON}
    return ConversationDraft(**{**fields, **changes})


def message(second: int = 0, **changes: Any) -> MessageDraft:
    fields = {"id": uuid4(), "conversation_id": CALL, "role": "user", "content": "hello", "input_modality": "voice"}
    return MessageDraft(**{**fields, "created_at": NOON + timedelta(seconds=second), **changes})


def origin(call_id: str = "1:0:0", conversation_id: UUID = CALL) -> Origin:
    return Origin(conversation_id=conversation_id, call_id=call_id)


def goal(call_id: str = "1:0:0", **changes: Any) -> GoalDraft:
    return GoalDraft(**{"user_id": ALICE, "statement": "Learn guitar", "origin": origin(call_id), **changes})


def task(call_id: str = "1:0:0", **changes: Any) -> TaskDraft:
    fields = {"user_id": ALICE, "title": "Call mom", "trigger_type": "time", "trigger_at": NOON}
    return TaskDraft(**{**fields, "origin": origin(call_id), **changes})


def move(hours: int = 1, call_id: str = "2:0:0", **changes: Any) -> RescheduleDraft:
    return RescheduleDraft(**{"new_time": NOON + timedelta(hours=hours), "origin": origin(call_id), **changes})


def tool_call(**changes: Any) -> ToolCallDraft:
    fields = {"conversation_id": CALL, "call_id": "1:0:0", "name": "submit_goal_intent", "status": "running"}
    return ToolCallDraft(**{**fields, "arguments": {"goal_statement": "Learn guitar"}, "started_at": NOON, **changes})


def turn(index: int = 0, **changes: Any) -> TurnDraft:
    return TurnDraft(**{"conversation_id": CALL, "index": index, "marks": {}, "created_at": NOON, **changes})
