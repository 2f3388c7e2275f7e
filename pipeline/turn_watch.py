"""Follows a conversation by its events and tells of each turn once it is over."""

from collections.abc import Callable

from pipeline.events import (
    ConversationEnded,
    Event,
    MessageKept,
    ModelAnswered,
    ToolStarted,
    ToolStopped,
    TurnLatency,
    UserTurn,
)
from pipeline.spans import ToolRun, TurnRecord


class TurnWatch:
    """Watches one conversation; `tell` gets each turn that was answered, given up or overtaken, once.

    `now` is the loop's clock. At most one turn is held: a conversation answers them one after the other.
    """

    def __init__(self, now: Callable[[], float], tell: Callable[[TurnRecord], None]) -> None:
        self._now = now
        self._tell = tell
        self._turn: TurnRecord | None = None
        self._running = 0
        self._answered = False

    def watch(self, event: Event) -> None:
        """Take one event of the conversation."""
        if isinstance(event, UserTurn):
            self._finish()
            self._turn = TurnRecord(event.turn, event.modality)
        elif isinstance(event, ConversationEnded):
            self._finish()
        elif self._turn is not None:
            self._note(event, self._turn)

    def heard(self, turn: int, seconds: float) -> None:
        """Take the wait in s that the client measured for `turn`; one that is over by now goes without."""
        if self._turn is not None and self._turn.index == turn:
            self._turn.heard = seconds

    def _note(self, event: Event, turn: TurnRecord) -> None:
        match event:
            case TurnLatency() if event.turn == turn.index:
                turn.latency = event
            case ModelAnswered() if event.turn == turn.index:
                turn.answers.append(event)
            case ToolStarted():
                self._running += 1
            case ToolStopped(name=name, status=status, seconds=seconds):
                self._running -= 1
                turn.tools.append(ToolRun(name, status, self._now() - seconds, self._now()))
                self._close_if_over()
            case MessageKept(role="assistant", turn=index, interrupted=interrupted) if index == turn.index:
                turn.interrupted = interrupted
                turn.over = self._now()
                self._answered = True
                self._close_if_over()
            case _:
                pass

    def _close_if_over(self) -> None:
        if self._answered and self._running == 0:  # a tool outlives an answer that was cut
            self._finish()

    def _finish(self) -> None:
        turn, self._turn = self._turn, None
        self._running, self._answered = 0, False
        if turn is not None:
            self._tell(turn)
