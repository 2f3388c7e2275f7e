"""What happens in a conversation, handed to the spool in order: it is on disk before the client is told of it."""

from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID, uuid4

from dao.entries import Kind
from dao.records import MessageDraft, ToolCallDraft, TurnDraft, Wire
from pipeline.events import EndReason, Event, MessageKept, ToolInProgress, ToolStopped, TurnLatency
from web.client_clock import OPEN_TURNS
from web.conversations import CallOptions
from web.milestones import ending, opening, taken
from web.minutes import Minutes
from web.posted_calls import PostedCalls


class Sink(Protocol):
    """What takes records and never blocks: a `dao.spool.Spool`."""

    def put(self, tenant: str, kind: Kind, conversation: UUID, draft: Wire | None = None) -> bool:
        """Keep a record until it is delivered."""


class Recorder:
    """Watches one conversation and puts what is to be kept of it into the spool, from its start to its end.

    `minutes` know what the client itself told of the conversation, `posted` which tools it ran over HTTP; `started_at`
    is when the conversation began, if before the call.
    """

    def __init__(
        self,
        spool: Sink,
        options: CallOptions,
        *,
        agent: str,
        session_id: str,
        routes: Mapping[str, str] | None = None,
        minutes: Minutes | None = None,
        posted: PostedCalls | None = None,
        started_at: datetime | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._spool = spool
        self._options = options
        self._routes = routes or {}
        self._now = now
        self._started_at = started_at or now()
        self._ended = False
        self._minutes = minutes or Minutes()
        self._minutes.begin()
        self._posted = posted or PostedCalls()
        self._tool_started: dict[str, datetime] = {}
        self._turns: deque[TurnDraft] = deque(maxlen=OPEN_TURNS)
        user, conversation = opening(options, agent, session_id, self._started_at)
        self._put("user", user)
        self._put("conversation", conversation)

    def watch(self, event: Event) -> None:
        """Take one event of the conversation; never blocks."""
        match event:
            case MessageKept():
                self._keep_message(event)
            case ToolInProgress():
                self._start_tool(event)
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
                self._put("turn", turn)

    def heard(self, turn: int, milliseconds: float) -> None:
        """Keep what the client measured of one answer, with the turn that it belongs to."""
        draft = next((draft for draft in self._turns if draft.index == turn), None)
        if draft is not None:
            whole = draft.model_copy(update={"client_voice_to_voice_ms": milliseconds})
            self._put("turn", whole)

    def finish(self, reason: EndReason) -> None:
        """Keep the end of the conversation; nothing is kept after it."""
        if self._ended:
            return
        self._ended = True
        self._minutes.end()
        update = ending(self._started_at, self._now(), failed=reason == "error")
        self._put("end", update)

    def _put(self, kind: Kind, draft: Wire) -> bool:
        return self._spool.put(self._options.tenant_id, kind, self._options.conversation_id, draft)

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
        if self._minutes.record(message) and self._put("message", message):
            self._minutes.kept(message.id)

    def _start_tool(self, event: ToolInProgress) -> None:
        """Keep the key under which a tool will write before it does: whatever happens then, it can be looked up."""
        started = self._tool_started[event.call_id] = self._now()
        call = ToolCallDraft(
            conversation_id=self._options.conversation_id,
            call_id=event.call_id,
            name=event.name,
            intent=self._routes.get(event.name, event.name),
            arguments=dict(event.arguments),
            status="running",
            started_at=started,
        )
        self._put("tool_call", call)

    def _keep_tool(self, event: ToolStopped) -> None:
        ended = self._now()
        started = self._tool_started.pop(event.call_id, ended)
        if self._posted.kept(event.call_id):
            return  # by its run, which knows what came of it; the client only says what it made of that
        status = event.status
        if status == "done" and event.call_id in self._posted:
            status = "failed"  # it was run, but nothing is known to have come of it
        call = ToolCallDraft(
            conversation_id=self._options.conversation_id,
            call_id=event.call_id,
            name=event.name,
            intent=self._routes.get(event.name, event.name),
            arguments=dict(event.arguments),
            result=event.result,
            status=status,
            started_at=started,
            ended_at=ended,
        )
        if status in ("done", "rejected"):
            self._put("tool_call", call)
        else:  # it may have been kept all the same: the truth is looked up when the record is delivered
            self._put("settle", call)
        if status == "done":
            self._put("update", taken(event.name, event.arguments, event.record, self._routes))
