"""The DAO as the rest of the box sees it: one method per write or read, over HTTP.  (skeleton: being built)"""

from collections.abc import Sequence
from types import TracebackType
from uuid import UUID

from dao.records import (
    Conversation,
    ConversationDraft,
    ConversationUpdate,
    Goal,
    GoalDraft,
    Message,
    MessageDraft,
    RescheduleDraft,
    Status,
    Task,
    TaskDraft,
    ToolCall,
    ToolCallDraft,
    Turn,
    TurnDraft,
    User,
    UserDraft,
)


class DaoClient:
    """Talks to the DAO service for one tenant. Methods raise DaoError (see dao/errors.py)."""

    def __init__(self, base_url: str, *, tenant_id: str = "default", timeout: float = 5.0) -> None: ...
    async def __aenter__(self) -> "DaoClient":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    async def close(self) -> None: ...
    async def healthy(self) -> bool: ...
    async def put_user(self, draft: UserDraft) -> User: ...  # create or update
    async def put_conversation(self, draft: ConversationDraft) -> Conversation: ...  # idempotent by id
    async def update_conversation(self, conversation_id: UUID, update: ConversationUpdate) -> Conversation: ...
    async def conversation(self, conversation_id: UUID) -> Conversation: ...
    async def put_message(self, draft: MessageDraft) -> Message: ...  # idempotent by id
    async def messages(self, conversation_id: UUID) -> Sequence[Message]: ...  # in order
    async def create_goal(self, draft: GoalDraft) -> Goal: ...  # idempotent by draft.origin; DaoConflict if reused
    async def goals(self, user_id: UUID, *, status: Status | None = None) -> Sequence[Goal]: ...
    async def create_task(self, draft: TaskDraft) -> Task: ...  # idempotent by draft.origin
    async def tasks(self, user_id: UUID, *, status: Status | None = None) -> Sequence[Task]: ...
    async def reschedule_task(self, task_id: UUID, draft: RescheduleDraft) -> Task: ...  # idempotent by draft.origin
    async def put_tool_call(self, draft: ToolCallDraft) -> ToolCall: ...  # upsert by (conversation_id, call_id)
    async def tool_calls(self, conversation_id: UUID) -> Sequence[ToolCall]: ...
    async def put_turn(self, draft: TurnDraft) -> Turn: ...  # upsert by (conversation_id, index)
    async def turns(self, conversation_id: UUID) -> Sequence[Turn]: ...
