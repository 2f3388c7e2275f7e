"""The DAO as the rest of the box sees it: one method per write or read, over HTTP."""

import asyncio
import itertools
import json
import random
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Literal, TypeVar
from uuid import UUID

import aiohttp
from pydantic import BaseModel, ValidationError

from dao.client_errors import as_error
from dao.errors import DaoError, DaoNotFound, DaoNotKept, DaoRejected, DaoUnavailable
from dao.queries import MAX_PAGE, Listing
from dao.records import (
    TENANT_PATTERN,
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
    Wire,
)

AnswerT = TypeVar("AnswerT", bound=BaseModel)
KeptT = TypeVar("KeptT", Message, Goal, Task, ToolCall, Turn)

# Waits between attempts, in seconds, the last one again and again. A repeat after a lost answer is safe: every write is
# idempotent.
BACK_OFF = (0.1, 0.2, 0.4, 0.8)


class DaoClient:
    """Talks to the DAO service for one tenant.

    `base_url` is where the service is, such as `http://127.0.0.1:8001`; `timeout` is the seconds that one request may
    take, its retries included.

    Every method tries until its time is up, then raises `DaoNotKept` when it is certain that nothing was kept, else
    `DaoUnavailable`: a write may or may not be kept, repeating it is safe. `DaoRejected` is raised when a field is
    wrong or names a record that does not exist; `DaoNotFound`, `DaoNotOpen` and `DaoConflict` say what they say.
    """

    def __init__(self, base_url: str, *, tenant_id: str = "default", timeout: float = 5.0) -> None:
        if not re.fullmatch(TENANT_PATTERN, tenant_id):
            raise DaoRejected("the DAO client cannot be made", {"tenant_id": f"must match {TENANT_PATTERN}"})
        self._base_url = base_url.rstrip("/")
        self._headers = {"X-Tenant-Id": tenant_id}
        self._timeout = timeout
        self._session: aiohttp.ClientSession | None = None
        self._others: dict[str, DaoClient] = {}
        self._closed = False

    async def __aenter__(self) -> "DaoClient":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def of(self, tenant_id: str) -> "DaoClient":
        """Return a client of the same service for a tenant; it is closed with this one."""
        if tenant_id == self._headers["X-Tenant-Id"]:
            return self
        if tenant_id not in self._others:
            self._others[tenant_id] = DaoClient(self._base_url, tenant_id=tenant_id, timeout=self._timeout)
        return self._others[tenant_id]

    async def close(self) -> None:
        """Close the connections; safe to call twice. The client cannot be used afterwards."""
        self._closed = True
        for other in self._others.values():
            await other.close()
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def healthy(self) -> bool:
        """Whether the service and its database answer now; never raises `DaoError`."""
        return await self.database() == "ok"

    async def database(self) -> Literal["ok", "unavailable"] | None:
        """Return how the service finds its database, None where no DAO answers; never raises `DaoError`."""
        try:
            async with asyncio.timeout(self._timeout):
                _, text = await self._attempt("GET", "/health", None, None)
            state = json.loads(text)["database"]
        except (DaoError, TimeoutError, ValueError, KeyError, TypeError):
            return None
        return state if state in ("ok", "unavailable") else None

    async def put_user(self, draft: UserDraft, as_of: datetime | None = None) -> User:
        """Create the user, or change what the draft names; fields that it was not given stay as they are.

        `DaoDeleted` when the user was deleted after `as_of`, at which this was known of them.
        """
        query = None if as_of is None else {"as_of": as_of.isoformat()}
        return await self.call("PUT", f"/v1/users/{draft.id}", User, draft, query)

    async def user(self, user_id: UUID) -> User:
        """Read one person."""
        return await self.call("GET", f"/v1/users/{user_id}", User)

    async def put_conversation(self, draft: ConversationDraft) -> Conversation:
        """Keep the start of a call; idempotent by `draft.id`."""
        return await self.call("POST", "/v1/conversations", Conversation, draft)

    async def update_conversation(self, conversation_id: UUID, update: ConversationUpdate) -> Conversation:
        """Keep what became of a call; fields that are None stay as they are."""
        return await self.call("PATCH", f"/v1/conversations/{conversation_id}", Conversation, update)

    async def conversation(self, conversation_id: UUID) -> Conversation:
        """Read one call."""
        return await self.call("GET", f"/v1/conversations/{conversation_id}", Conversation)

    async def close_conversation(self, conversation_id: UUID) -> Conversation:
        """End a call that was cut off at the last that is known of it, and settle its tool calls; others stay."""
        return await self.call("POST", f"/v1/conversations/{conversation_id}/close", Conversation)

    async def conversation_of(self, voice_session_id: str) -> Conversation:
        """Read the call of a voice session; raises `DaoNotFound` where there is none."""
        query = {"voice_session_id": voice_session_id, "limit": "1"}
        page = await self.call("GET", "/v1/conversations", Listing[Conversation], query=query)
        if not page.items:
            raise DaoNotFound("there is no conversation of this session")
        return page.items[0]

    async def put_message(self, draft: MessageDraft) -> Message:
        """Keep something said or typed; idempotent by `draft.id`."""
        return await self.call("POST", "/v1/messages", Message, draft)

    async def messages(self, conversation_id: UUID) -> Sequence[Message]:
        """Read all messages of a call, in the order in which they were said."""
        return await self._all("/v1/messages", Message, conversation_id=conversation_id)

    async def message_count(self, conversation_id: UUID) -> int:
        """Count the messages of a call."""
        query = {"conversation_id": str(conversation_id), "limit": "1"}
        return (await self.call("GET", "/v1/messages", Listing[Message], query=query)).total

    async def create_goal(self, draft: GoalDraft) -> Goal:
        """Keep a goal; idempotent by `draft.origin`, `DaoConflict` when that origin asked for another goal."""
        return await self.call("POST", "/v1/goals", Goal, draft)

    async def goals(self, user_id: UUID, *, status: Status | None = None) -> Sequence[Goal]:
        """Read a user's goals, oldest first."""
        return await self._all("/v1/goals", Goal, user_id=user_id, status=status)

    async def create_task(self, draft: TaskDraft) -> Task:
        """Keep a task; idempotent by `draft.origin`, `DaoConflict` when that origin asked for another task."""
        return await self.call("POST", "/v1/tasks", Task, draft)

    async def tasks(self, user_id: UUID, *, status: Status | None = None) -> Sequence[Task]:
        """Read a user's tasks, oldest first."""
        return await self._all("/v1/tasks", Task, user_id=user_id, status=status)

    async def reschedule_task(self, task_id: UUID, draft: RescheduleDraft) -> Task:
        """Move an open task in time, `DaoNotOpen` when it is done or cancelled; idempotent by `draft.origin`.

        A repeat answers with the task as it is now.
        """
        return await self.call("POST", f"/v1/tasks/{task_id}/reschedules", Task, draft)

    async def put_tool_call(self, draft: ToolCallDraft) -> ToolCall:
        """Keep the run of a tool, or its outcome; `DaoConflict` when its call id had another name or arguments."""
        return await self.call("POST", "/v1/tool_calls", ToolCall, draft)

    async def settle(self, draft: ToolCallDraft) -> ToolCall:
        """Find out whether the write of a tool call was kept whose end is not known, and note it.

        If so the tool call is `done`, else what the draft says; a write that is still under way is refused then. A
        draft that is `running` refuses none and undoes no outcome: it is what to ask before a try that may be another.
        """
        return await self.call("POST", "/v1/settlements", ToolCall, draft)

    async def tool_calls(self, conversation_id: UUID) -> Sequence[ToolCall]:
        """Read all tool calls of a call, in the order in which they started."""
        return await self._all("/v1/tool_calls", ToolCall, conversation_id=conversation_id)

    async def put_turn(self, draft: TurnDraft) -> Turn:
        """Keep the marks of a turn, replacing those kept before for the same conversation and index.

        Fields that the draft was not given stay as they are.
        """
        return await self.call("POST", "/v1/turns", Turn, draft)

    async def turns(self, conversation_id: UUID) -> Sequence[Turn]:
        """Read all turns of a call, by index."""
        return await self._all("/v1/turns", Turn, conversation_id=conversation_id)

    async def _all(self, path: str, kind: type[KeptT], **filters: UUID | str | None) -> Sequence[KeptT]:
        """Read every page of a collection. Keyed by id, for a record may slide onto the next page while we read."""
        asked = {name: str(value) for name, value in filters.items() if value is not None}
        found: dict[UUID, KeptT] = {}
        offset = 0
        while True:
            query = asked | {"limit": str(MAX_PAGE), "offset": str(offset)}
            page: Listing[KeptT] = await self.call("GET", path, Listing[kind], query=query)  # type: ignore[valid-type]
            found.update((item.id, item) for item in page.items)
            offset += len(page.items)
            if not page.items or offset >= page.total:
                return list(found.values())

    async def call(
        self,
        method: str,
        path: str,
        answer: type[AnswerT],
        body: Wire | None = None,
        query: Mapping[str, str] | None = None,
        patience: float | None = None,
    ) -> AnswerT:
        """Try until there is an answer, or raise at the deadline; once a request was sent, it may have been done.

        `patience` is for work that takes longer than others; it counts as `timeout` does.
        """
        within = patience or self._timeout
        failure: DaoUnavailable | None = None
        sent = asking = False
        try:
            async with asyncio.timeout(within):
                for pause in itertools.chain(BACK_OFF, itertools.repeat(BACK_OFF[-1])):
                    asking = True
                    try:
                        return self._read(*await self._attempt(method, path, body, query), answer)
                    except DaoUnavailable as error:
                        failure = error
                    asking = False
                    sent = sent or not isinstance(failure, DaoNotKept)
                    # Not all at once: a service that comes back has many callers.
                    await asyncio.sleep(pause * random.uniform(0.7, 1.0))
        except TimeoutError:
            pass
        why = str(failure) if failure else f"the DAO at {self._base_url} did not answer"
        kind = DaoUnavailable if sent or asking else DaoNotKept
        raise kind(f"{why} (within {within:g} s)") from failure

    def _read(self, status: int, text: bytes, answer: type[AnswerT]) -> AnswerT:
        if status != 200:
            raise as_error(status, text)
        try:
            return answer.model_validate_json(text)
        except ValidationError as error:
            fields = ", ".join(".".join(map(str, problem["loc"])) for problem in error.errors()) or "its body"
            raise DaoUnavailable(
                f"{self._base_url} does not answer like a DAO of this version ({fields}); check FLUX_DAO__URL"
            ) from None

    async def _attempt(
        self, method: str, path: str, body: Wire | None, query: Mapping[str, str] | None
    ) -> tuple[int, bytes]:
        if self._closed:
            raise DaoError("this DAO client is closed; make another one")
        if self._session is None:
            # Made here and not in the constructor: a session belongs to the running loop.
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None))
        try:
            # What was not set is not sent: only so can the service tell it from what was set to the default.
            data = None if body is None else body.model_dump_json(exclude_unset=True).encode()
        except ValueError as error:  # a value that JSON has no form for, inside a free-form field
            raise DaoRejected(f"this {type(body).__name__} cannot be sent: {error}") from None
        headers = self._headers if data is None else {**self._headers, "Content-Type": "application/json"}
        try:
            async with self._session.request(
                method, self._base_url + path, params=query, data=data, headers=headers, allow_redirects=False
            ) as response:
                return response.status, await response.read()
        except aiohttp.InvalidURL:
            raise DaoError(f"{self._base_url!r} is not a URL; check FLUX_DAO__URL") from None
        except (aiohttp.ClientError, OSError) as error:
            never_sent = isinstance(error, aiohttp.ClientConnectorError)
            raise (DaoNotKept if never_sent else DaoUnavailable)(
                f"the DAO at {self._base_url} cannot be reached ({error}); is it running, is FLUX_DAO__URL right?"
            ) from error
