"""Chat models: text and tool calls out of messages; stateless, so a dropped draft harms nothing."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Role = Literal["system", "user", "assistant", "tool"]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """The model asks for one tool; `id` is None where the model gives none."""

    id: str | None
    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """One entry of the conversation as the model sees it.

    An assistant message may carry `tool_calls`; a tool message answers the call
    `tool_call_id` of the tool `tool_name` with `content`.
    """

    role: Role
    content: str
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None
    tool_name: str | None = None


@dataclass(frozen=True, slots=True)
class Phrasing:
    """How people ask for a tool, for engines that match sentences instead of reading descriptions.

    `sentences` are hassil templates whose lists bear the names of parameters
    (`remind me to {title} {trigger_time}`); `values` fixes parameters whenever a
    given template group matched. `questions` maps a parameter to what the agent
    asks when it is missing. `slots` maps a parameter to its kind: `text` (free
    words), `time` (spoken time expression), `choice` (one of the schema's enum) .
    """

    groups: tuple["SentenceGroup", ...] = ()
    questions: Mapping[str, str] = field(default_factory=dict)
    slots: Mapping[str, Literal["text", "time", "choice"]] = field(default_factory=dict)
    confirm: str | None = None


@dataclass(frozen=True, slots=True)
class SentenceGroup:
    """Templates that mean the same and fix the same parameter `values`."""

    sentences: tuple[str, ...]
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as the model is told of it: `parameters` is a JSON schema of an object.

    `requires` names, for a parameter value, the parameters needed besides the schema's own
    `required`: `{"trigger_type": {"time": ("trigger_time",)}}`.
    """

    name: str
    description: str
    parameters: Mapping[str, Any]
    phrasing: Phrasing = field(default_factory=Phrasing)
    requires: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The next piece of the answer's text."""

    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts of one response; None where the engine counts none."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None


Delta = TextDelta | ToolCall | Usage


class ChatModel(Protocol):
    """A language model with tools; all it knows is in `messages`."""

    async def warm(self) -> None:
        """Load everything, so that the first caller waits for nothing; raises EngineError."""

    def stream(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> AsyncIterator[Delta]:
        """Yield the response as it comes; closing the iterator cancels it. Raises EngineError."""

    async def close(self) -> None:
        """Free connections and threads."""
