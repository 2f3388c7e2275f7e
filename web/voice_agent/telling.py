"""Events of a conversation as messages of the Voice Agent protocol: pure, but for what one message owes an earlier."""

from collections.abc import Callable, Mapping, Sequence

from pydantic_core import to_json

from pipeline import events
from pipeline.events import Event
from web.voice_agent import server_messages as server
from web.voice_agent.server_messages import ServerMessage

FAILED = {"think": "THINK_REQUEST_FAILED", "speak": "FAILED_TO_SPEAK", "listen": "FAILED_TO_LISTEN"}


class Telling:
    """Follows one conversation.

    `client_side` says whether the client runs a tool; with `history`, messages and calls are told once more when
    they are kept.
    """

    def __init__(self, client_side: Callable[[str], bool], *, history: bool) -> None:
        self._client_side = client_side
        self._history = history
        self._agent_speaks = False
        self._caller_began = False
        self._told_turn: int | None = None
        self._waits = server.AgentStartedSpeaking()
        self._answered = ""

    def messages(self, event: Event) -> Sequence[ServerMessage]:
        """Return what the client is told about `event`, in order."""
        match event:
            case events.UserStartedSpeaking() | events.UserStoppedSpeaking():
                return self._caller(begins=isinstance(event, events.UserStartedSpeaking))
            case events.AgentStartedSpeaking():
                return self._agent_begins()
            case events.AgentStoppedSpeaking(interrupted=interrupted):
                return self._agent_ends(interrupted)
            case events.UserTurn(text=text):
                return [server.ConversationText(role="user", content=text)]
            case events.ReplyStarted():
                return [server.AgentThinking()]
            case events.AnswerKnown(turn=turn, text=text):
                self._told_turn = turn
                return [server.ConversationText(role="assistant", content=text)] if text else []
            case events.MessageKept():
                return self._kept(event)
            case events.ToolInProgress(call_id=call_id, name=name, arguments=arguments):
                asked = server.RequestedCall(
                    id=call_id, name=name, arguments=_json(arguments), client_side=self._client_side(name)
                )
                return [server.FunctionCallRequest(functions=[asked])]
            case events.ToolStopped():
                return self._ran(event)
            case events.TurnLatency(marks=marks):
                return self._measured(marks)
            case events.Fault(message=message, fatal=True):
                return [server.Error(description=message, code="INTERNAL_SERVER_ERROR")]
            case events.Fault(message=message, part=part):
                return [server.Warning(description=message, code=FAILED[part] if part else server.NOT_HONOURED)]
            case _:
                return []

    def answered(self, call_id: str) -> None:
        """Note that the client has answered the call."""
        self._answered = call_id

    def _caller(self, *, begins: bool) -> Sequence[ServerMessage]:
        # The client drops what it has not played. While the agent keeps the word, as over a cough, it must not.
        self._caller_began = begins and self._agent_speaks
        return [server.UserStartedSpeaking()] if begins and not self._agent_speaks else []

    def _agent_begins(self) -> Sequence[ServerMessage]:
        self._agent_speaks = True
        waits, self._waits = self._waits, server.AgentStartedSpeaking()
        return [waits]

    def _agent_ends(self, interrupted: bool) -> Sequence[ServerMessage]:
        self._agent_speaks = False
        if not interrupted:
            return [server.AgentAudioDone()]
        began, self._caller_began = self._caller_began, False
        return [server.UserStartedSpeaking()] if began else []

    def _kept(self, event: events.MessageKept) -> Sequence[ServerMessage]:
        told: list[ServerMessage] = []
        if event.role == "assistant":
            if event.turn != self._told_turn:  # cut before all its words were known
                told.append(server.ConversationText(role="assistant", content=event.content))
            self._told_turn = None
        if self._history:
            told.append(server.History(role=event.role, content=event.content))
        return told

    def _ran(self, event: events.ToolStopped) -> Sequence[ServerMessage]:
        client_side = self._client_side(event.name)
        told: list[ServerMessage] = []
        if client_side and self._answered != event.call_id:
            cancelled = server.CancelledCall(id=event.call_id, name=event.name)
            told.append(server.FunctionCallCancelled(functions=[cancelled]))
        elif not client_side:
            told.append(server.FunctionCallResponse(id=event.call_id, name=event.name, content=event.result))
        if self._history:
            past = server.PastCall(
                id=event.call_id,
                name=event.name,
                arguments=_json(event.arguments),
                client_side=client_side,
                response=event.result,
            )
            told.append(server.History(function_calls=[past]))
        return told

    def _measured(self, marks: Mapping[str, float | None]) -> Sequence[ServerMessage]:
        total = _seconds(marks, None, "audio_out")
        think = _seconds(marks, "transcript", "llm_first_phrase")
        speak = _seconds(marks, "llm_first_phrase", "tts_first_audio")
        if total is not None:
            self._waits = server.AgentStartedSpeaking(
                total_latency=total, tts_latency=speak or 0.0, ttt_latency=think or 0.0
            )
        report = server.LatencyReport(
            stt_latency=_seconds(marks, "endpoint", "transcript"),
            ttt_token_latency=_seconds(marks, "transcript", "llm_first_token"),
            tts_latency=speak,
            total_latency=total,
        )
        return [report]


def _seconds(marks: Mapping[str, float | None], since: str | None, until: str) -> float | None:
    """Return the seconds between two marks, 0 where the later one was reached first; None where one is unknown."""
    start, end = (0.0 if since is None else marks.get(since)), marks.get(until)
    return None if start is None or end is None else round(max(0.0, end - start) / 1000, 4)


def _json(arguments: Mapping[str, object]) -> str:
    return to_json(dict(arguments), fallback=str, inf_nan_mode="null").decode()
