"""What happens in a conversation, handed to the spool in order: it is on disk before the client is told of it."""

from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID, uuid4

from dao.records import (
    ConversationDraft,
    ConversationUpdate,
    Goal,
    MessageDraft,
    Task,
    ToolCallDraft,
    TurnDraft,
    UserDraft,
    Wire,
)
from dao.spool import Kind
from pipeline.events import EndReason, Event, MessageKept, ToolInProgress, ToolStopped, TurnLatency
from web.client_clock import OPEN_TURNS
from web.conversations import CallOptions


class Sink(Protocol):
    """What takes records and never blocks: a `dao.spool.Spool`."""

    def put(self, tenant: str, kind: Kind, conversation: UUID, draft: Wire | None = None) -> bool:
        """Keep a record until it is delivered."""


class Recorder:
    """Watches one conversation and puts what is to be kept of it into the spool, from its start to its end."""

    def __init__(
        self,
        spool: Sink,
        options: CallOptions,
        *,
        agent: str,
        session_id: str,
        tenant: str = "default",
        routes: Mapping[str, str] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._spool = spool
        self._options = options
        self._tenant = tenant
        self._routes = routes or {}
        self._now = now
        self._started_at = now()
        self._ended = False
        self._tool_started: dict[str, datetime] = {}
        self._turns: deque[TurnDraft] = deque(maxlen=OPEN_TURNS)
        self._begin(agent, session_id)

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
        ended = self._now()
        update = ConversationUpdate(
            ended_at=ended,
            duration_seconds=(ended - self._started_at).total_seconds(),
            status="failed" if reason == "error" else "ended",
        )
        self._put("end", update)

    def _put(self, kind: Kind, draft: Wire) -> None:
        self._spool.put(self._tenant, kind, self._options.conversation_id, draft)

    def _begin(self, agent: str, session_id: str) -> None:
        self._put("user", UserDraft(id=self._options.user_id, timezone=self._options.timezone.key))
        conversation = ConversationDraft(
            id=self._options.conversation_id,
            user_id=self._options.user_id,
            agent=agent,
            voice_session_id=session_id,
            started_at=self._started_at,
        )
        self._put("conversation", conversation)

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
        self._put("message", message)

    def _start_tool(self, event: ToolInProgress) -> None:
        """Keep the key under which a tool will write before it does: whatever happens then, it can be looked up."""
        started = self._tool_started[event.call_id] = self._now()
        call = ToolCallDraft(
            conversation_id=self._options.conversation_id,
            call_id=event.call_id,
            name=event.name,
            arguments=dict(event.arguments),
            status="running",
            started_at=started,
        )
        self._put("tool_call", call)

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
        if event.status in ("done", "rejected"):
            self._put("tool_call", call)
        else:  # it may have been kept all the same: the truth is looked up when the record is delivered
            self._put("settle", call)
        if event.status == "done":
            self._put("update", self._intent(event))

    def _intent(self, event: ToolStopped) -> ConversationUpdate:
        return ConversationUpdate(
            extracted_intent=self._routes.get(event.name, event.name),
            intent_payload=dict(event.arguments),
            linked_goal_id=_linked(event.record, "goal", Goal),
            linked_task_id=_linked(event.record, "task", Task),
        )


def _linked(record: Mapping[str, Any] | None, kind: str, shape: type[Goal] | type[Task]) -> UUID | None:
    """Return the id in `{"kind": kind, "id": ...}` or in a whole record of that shape; None for anything else."""
    if record is None:
        return None
    try:
        if "kind" in record:
            return UUID(str(record["id"])) if record["kind"] == kind else None
        return shape.model_validate(record).id
    except (KeyError, ValueError):
        return None
