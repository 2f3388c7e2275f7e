"""What happens in a conversation, handed to the DAO in order and off the call's path."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

import structlog

from dao.client import DaoClient
from dao.errors import DaoError, DaoUnavailable
from dao.records import ConversationUpdate, MessageDraft, ToolCallDraft, TurnDraft
from pipeline.events import EndReason, Event, MessageKept, ToolInProgress, ToolStopped, TurnLatency
from web.client_clock import OPEN_TURNS
from web.conversations import CallOptions
from web.milestones import ending, keep_opening, taken
from web.minutes import Minutes

MAX_WAITING: Final = 1_000
BACK_OFF: Final = (0.2, 0.5, 1.0, 2.0, 5.0)
DRAIN_TIMEOUT: Final = 10.0

Write = Callable[[], Awaitable[object]]

log = structlog.get_logger()


class Recorder:
    """Watches one conversation and keeps it; `run` owns the writing.

    A write that finds no DAO is tried again until it is kept, the others wait behind it, so that the order stays.
    What a call said is never logged, not even when it cannot be kept. `minutes` know what the client itself told of the
    conversation; `started_at` is when that began, if it was before the call.
    """

    def __init__(
        self,
        dao: DaoClient,
        options: CallOptions,
        *,
        agent: str,
        session_id: str,
        routes: Mapping[str, str] | None = None,
        minutes: Minutes | None = None,
        started_at: datetime | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._dao = dao
        self._options = options
        self._agent = agent
        self._session_id = session_id
        self._routes = routes or {}
        self._now = now
        self._writes: asyncio.Queue[tuple[str, Write] | None] = asyncio.Queue()
        self._lost = 0
        self._started_at = started_at or now()
        self._minutes = minutes or Minutes()
        self._minutes.begin()
        self._tool_started: dict[str, datetime] = {}
        self._turns: deque[TurnDraft] = deque(maxlen=OPEN_TURNS)
        self._put("conversation", self._begin)

    def watch(self, event: Event) -> None:
        """Take one event of the conversation; never blocks."""
        match event:
            case MessageKept():
                self._keep_message(event)
            case ToolInProgress():
                self._tool_started[event.call_id] = self._now()
            case ToolStopped():
                self._keep_tool(event)
            case TurnLatency():
                turn = TurnDraft(
                    conversation_id=self._options.conversation_id,
                    index=event.turn,
                    marks=dict(event.marks),
                    created_at=self._now(),
                )
                self._turns.append(turn)
                self._put("turn", lambda: self._dao.put_turn(turn))

    def heard(self, turn: int, milliseconds: float) -> None:
        """Keep what the client measured of one answer, with the turn that it belongs to."""
        draft = next((draft for draft in self._turns if draft.index == turn), None)
        if draft is not None:
            whole = draft.model_copy(update={"client_voice_to_voice_ms": milliseconds})
            self._put("turn", lambda: self._dao.put_turn(whole))

    def finish(self, reason: EndReason) -> None:
        """Keep the end of the conversation; `run` returns once everything waiting is kept."""
        self._minutes.end()
        update = ending(self._started_at, self._now(), failed=reason == "error")
        self._put("end", lambda: self._update(update))
        self._writes.put_nowait(None)

    async def run(self) -> None:
        """Write until `finish` was called and nothing waits."""
        while (item := await self._writes.get()) is not None:
            await self._write(*item)

    async def _write(self, what: str, write: Write) -> None:
        tries = 0
        while True:
            try:
                await write()
                return
            except DaoUnavailable:
                if tries == 0:
                    log.warning("the DAO does not answer; the record waits", record=what)
                await asyncio.sleep(BACK_OFF[min(tries, len(BACK_OFF) - 1)])
                tries += 1
            except DaoError as error:
                log.error("a record was not kept", record=what, error=type(error).__name__)
                return
            except Exception as error:  # a fault of ours in one record must not lose the ones behind it
                log.error("a record was not kept", record=what, error=type(error).__name__)
                return

    def _put(self, what: str, write: Write) -> None:
        if self._writes.qsize() < MAX_WAITING or what in ("conversation", "end"):
            self._writes.put_nowait((what, write))
            return
        self._lost += 1
        if self._lost == 1:
            log.error("too many records wait for the DAO; newer ones are lost", waiting=MAX_WAITING)

    async def _begin(self) -> None:
        await keep_opening(self._dao, self._options, self._agent, self._session_id, self._started_at)

    async def _update(self, update: ConversationUpdate) -> None:
        await self._dao.update_conversation(self._options.conversation_id, update)

    def _keep_message(self, event: MessageKept) -> None:
        message = MessageDraft(
            id=uuid4(),
            conversation_id=self._options.conversation_id,
            role=event.role,
            content=event.content,
            input_modality=event.modality,
            metadata={"turn": event.turn} | ({"interrupted": True} if event.interrupted else {}),
            created_at=self._now(),
        )
        if self._minutes.record(message):
            self._put("message", lambda: self._write_message(message))

    async def _write_message(self, message: MessageDraft) -> None:
        await self._dao.put_message(message)
        self._minutes.kept(message.id)

    def _keep_tool(self, event: ToolStopped) -> None:
        ended = self._now()
        call = ToolCallDraft(
            conversation_id=self._options.conversation_id,
            call_id=event.call_id,
            name=event.name,
            arguments=dict(event.arguments),
            result=event.result,
            status=event.status,
            started_at=self._tool_started.pop(event.call_id, ended),
            ended_at=ended,
        )
        self._put("tool call", lambda: self._dao.put_tool_call(call))
        if event.status == "done":
            update = taken(event.name, event.arguments, event.record, self._routes)
            self._put("intent", lambda: self._update(update))
