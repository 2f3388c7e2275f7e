"""What the replies of one conversation are made with and answer to."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from intents.toolbox import ToolOutcome
from models.llm import END_CALL, ChatModel, ToolSpec
from models.tts import TextToSpeech
from pipeline.events import EndReason, Event, MessageKept, Modality, TurnLatency, UserTurn
from pipeline.history import History
from pipeline.latency import TurnMarks
from pipeline.settings import PipelineSettings
from pipeline.speaker import Speaker


class Tools(Protocol):
    """What an agent can do, as `intents.toolbox.Toolbox` does it."""

    @property
    def specs(self) -> Sequence[ToolSpec]:
        """The tools the model is told of."""

    async def run(self, call_id: str, name: str, arguments: Mapping[str, Any]) -> ToolOutcome:
        """Run one tool; never raises but for cancellation."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What the caller said or typed; `index` counts the caller's turns from 1, `marks` are its own and no other's."""

    index: int
    text: str
    modality: Modality
    spoken_answer: bool = True
    interrupts: bool = True
    marks: TurnMarks | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """A fixed text of the agent, which answers no turn; once it was heard the call may end."""

    text: str
    interrupts: bool = False
    ends_call: EndReason | None = None


@dataclass(frozen=True, slots=True)
class Studio:
    """What every reply of one conversation works with; `tasks` owns what must outlive an interrupted reply.

    `text` returns a fixed text of the agent by its name. `caller_quiet` is set while the caller is in no turn and
    every turn is understood.
    """

    llm: ChatModel
    tts: TextToSpeech
    tools: Tools
    history: History
    speaker: Speaker
    settings: PipelineSettings
    text: Callable[[str], str]
    tell: Callable[[Event], None]
    tasks: asyncio.TaskGroup
    caller_quiet: asyncio.Event

    @property
    def offered(self) -> Sequence[ToolSpec]:
        """Every tool the model is told of; the same in every request of a call."""
        return (*self.tools.specs, END_CALL)

    def keep_turn(self, turn: Turn) -> None:
        """Put what the caller said into the history."""
        self.history.add_user(turn.text)
        self.tell(UserTurn(turn.index, turn.text, turn.modality))
        self.tell(MessageKept("user", turn.text, turn.modality, turn.index))

    def tell_latency(self, turn: Turn) -> None:
        """Tell the marks of a turn as far as they are known."""
        if turn.marks is not None:
            self.tell(TurnLatency(turn.index, turn.marks.milliseconds(), turn.marks.speech_end))
