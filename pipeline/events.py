"""Everything a client or the recorder can be told about a conversation, typed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from models.llm import Usage

Modality = Literal["voice", "text"]
EndReason = Literal["goodbye", "caller", "silence", "link_lost", "shutdown", "error"]


@dataclass(frozen=True, slots=True)
class UserStartedSpeaking:
    """The VAD heard the caller begin."""


@dataclass(frozen=True, slots=True)
class UserStoppedSpeaking:
    """The caller's turn has ended."""


@dataclass(frozen=True, slots=True)
class UserTranscript:
    """What the caller said so far in this turn; replaces earlier ones until `final`."""

    text: str
    final: bool


@dataclass(frozen=True, slots=True)
class UserTurn:
    """The confirmed text of a turn, as it is handed to the chat model."""

    turn: int
    text: str
    modality: Modality


@dataclass(frozen=True, slots=True)
class ReplyStarted:
    """The chat model was asked."""

    turn: int


@dataclass(frozen=True, slots=True)
class ReplyText:
    """A streamed piece of the model's answer."""

    turn: int
    text: str


@dataclass(frozen=True, slots=True)
class ReplyStopped:
    """The chat model has said all it will say in this turn."""

    turn: int


@dataclass(frozen=True, slots=True)
class AnswerKnown:
    """All the words of one answer, or of a notice (turn 0), are known; most of them are still to be said."""

    turn: int
    text: str


@dataclass(frozen=True, slots=True)
class ModelAnswered:
    """One response of the chat model is over: whole, cut short or failed; a turn with tools has several.

    Loop times in s: it was asked at `began`, `first` is when something came, None if nothing did. `usage` is None
    where the response did not come to its end. `failure` names the kind of error that ended it.
    """

    turn: int
    began: float
    first: float | None
    ended: float
    usage: Usage | None = None
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class PhraseQueued:
    """A phrase will be spoken; `segment` counts phrases of the conversation from 0."""

    segment: int
    text: str
    spoken: bool


@dataclass(frozen=True, slots=True)
class PhraseProgress:
    """What of a phrase has left the box as audio, and what has not."""

    segment: int
    text: str
    heard: str
    remaining: str


@dataclass(frozen=True, slots=True)
class PhraseFinished:
    """A phrase was heard to its end, or up to `heard` when `interrupted`; one that is not `spoken` was shown."""

    segment: int
    text: str
    heard: str
    interrupted: bool
    spoken: bool = True


@dataclass(frozen=True, slots=True)
class SynthesisStarted:
    """The speech engine began on a phrase."""

    segment: int
    text: str


@dataclass(frozen=True, slots=True)
class SynthesisStopped:
    """The speech engine has made all of a phrase."""

    segment: int


@dataclass(frozen=True, slots=True)
class AgentStartedSpeaking:
    """The first sample of an answer was handed to the transport."""


@dataclass(frozen=True, slots=True)
class AgentStoppedSpeaking:
    """The last sample of an answer was handed to the transport, or it was cut."""

    interrupted: bool


@dataclass(frozen=True, slots=True)
class ToolStarted:
    """The model asked for a tool."""

    call_id: str
    name: str


@dataclass(frozen=True, slots=True)
class ToolInProgress:
    """A tool runs with these arguments."""

    call_id: str
    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ToolStopped:
    """A tool ended: `result` is what the model is told, `record` what was kept.

    `status` is `done`, `rejected` (bad arguments or a question back), `failed` or `cancelled`.
    """

    call_id: str
    name: str
    arguments: Mapping[str, Any]
    result: str
    status: Literal["done", "rejected", "failed", "cancelled"]
    record: Mapping[str, Any] | None
    seconds: float


@dataclass(frozen=True, slots=True)
class MessageKept:
    """A message entered the history, as heard; for the recorder."""

    role: Literal["user", "assistant"]
    content: str
    modality: Modality
    turn: int
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class TurnLatency:
    """The marks of one turn in milliseconds from `speech_end` (loop time, s); a mark that was not set is None."""

    turn: int
    marks: Mapping[str, float | None]
    speech_end: float | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class LinkLost:
    """The client has gone quiet; the conversation waits for it."""


@dataclass(frozen=True, slots=True)
class LinkRestored:
    """A client is attached again."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something the caller should be told went wrong; `part` is what failed to do its work, where one part did."""

    message: str
    fatal: bool
    part: Literal["listen", "think", "speak"] | None = None


@dataclass(frozen=True, slots=True)
class ConversationEnded:
    """The conversation is over; nothing follows."""

    reason: EndReason


Event: TypeAlias = (
    UserStartedSpeaking
    | UserStoppedSpeaking
    | UserTranscript
    | UserTurn
    | ReplyStarted
    | ReplyText
    | ReplyStopped
    | AnswerKnown
    | ModelAnswered
    | PhraseQueued
    | PhraseProgress
    | PhraseFinished
    | SynthesisStarted
    | SynthesisStopped
    | AgentStartedSpeaking
    | AgentStoppedSpeaking
    | ToolStarted
    | ToolInProgress
    | ToolStopped
    | MessageKept
    | TurnLatency
    | LinkLost
    | LinkRestored
    | Fault
    | ConversationEnded
)
