"""How far a live conversation is: what happens in it now, and how many turns it has had."""

from typing import Literal

from pipeline.events import (
    AgentStartedSpeaking,
    AgentStoppedSpeaking,
    Event,
    Fault,
    PhraseFinished,
    ReplyStarted,
    TurnLatency,
    UserStartedSpeaking,
    UserStoppedSpeaking,
    UserTurn,
)

Activity = Literal["waiting", "listening", "thinking", "speaking"]


class Progress:
    """Watches one conversation and notes no words."""

    def __init__(self) -> None:
        self.activity: Activity = "waiting"
        self.turns = 0
        self.last_turn_ms: float | None = None

    def watch(self, event: Event) -> None:
        """Take one event of the conversation; never blocks."""
        match event:
            case UserStartedSpeaking():
                self.activity = "listening"
            case UserStoppedSpeaking() | ReplyStarted():
                self.activity = "thinking"
            case UserTurn():
                self.activity = "thinking"
                self.turns += 1
            case AgentStartedSpeaking():
                self.activity = "speaking"
            case AgentStoppedSpeaking() | Fault() | PhraseFinished(spoken=False):
                self.activity = "waiting"
            case TurnLatency() if (heard := event.marks.get("audio_out")) is not None:
                self.last_turn_ms = heard
