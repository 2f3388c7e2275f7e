"""Chat models: text and tool calls out of messages; stateless, so a dropped draft harms nothing."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Role = Literal["system", "user", "assistant", "tool"]
ToolStatus = Literal["done", "rejected", "failed"]
"""How a tool run ended: it took effect; something was wrong or must be asked back; it could not be done now."""


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
    `tool_call_id` of the tool `tool_name` with `content`; its `status` says what the words leave open.
    """

    role: Role
    content: str
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None
    tool_name: str | None = None
    status: ToolStatus = "done"


@dataclass(frozen=True, slots=True)
class SentenceGroup:
    """Templates that mean the same and fix the same parameter `values`; sentences are sampled where `expected`."""

    sentences: tuple[str, ...]
    values: Mapping[str, Any] = field(default_factory=dict)
    expected: bool = True


@dataclass(frozen=True, slots=True)
class Amend:
    """What a new value for `parameter` means once the tool has run: a call of another tool, or a plain refusal.

    `arguments` maps the other tool's parameters to texts in which `{name}` stands for an argument of the
    call that ran, and the corrected parameter's own name for its new value. With `tool` None, `answer`
    says why it cannot be changed any more.
    """

    parameter: str
    tool: str | None = None
    arguments: Mapping[str, str] = field(default_factory=dict)
    answer: str = ""


SlotKind = Literal["text", "time", "deadline", "choice"]


@dataclass(frozen=True, slots=True)
class Phrasing:
    """How people ask for a tool, for engines that match sentences instead of reading descriptions.

    `groups` hold hassil templates whose lists bear the names of parameters
    (`remind me to {title} {trigger_time}`) and whose `<rules>` are in `rules`; a group's `values` fix
    parameters whenever one of its sentences matched. `answers` are sentences that mean something only
    while the tool's request is open. `slots` maps a parameter to its kind: `text` (free words), `time`
    (spoken time expression, also a repeating one), `deadline` (one that does not repeat), `choice` (one of
    the schema's enum). `questions` maps a parameter to what
    the agent asks when it is missing; `asked_by` maps one to fragments by which the tool's own question
    for it is known ("Which one?"). `confirm` is a yes-no question put before the tool runs, with
    `{parameter}` in it. `amends` tells what corrections after the run mean. `summary` ("set a goal") and
    `example` are for help; `examples` are values of parameters, for sampling sentences. `also` adds to a
    rule, by its name, what is understood but not expected: odd ways to say it, and what speech recognition
    makes of it. It is matched, but never sampled.
    """

    groups: tuple[SentenceGroup, ...] = ()
    questions: Mapping[str, str] = field(default_factory=dict)
    slots: Mapping[str, SlotKind] = field(default_factory=dict)
    confirm: str | None = None
    rules: Mapping[str, str] = field(default_factory=dict)
    answers: tuple[SentenceGroup, ...] = ()
    asked_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    amends: tuple[Amend, ...] = ()
    summary: str = ""
    example: str = ""
    examples: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    also: Mapping[str, str] = field(default_factory=dict)


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


END_CALL = ToolSpec(
    name="end_call",
    description="Ends the call. Use it when the caller says goodbye, together with a short farewell.",
    parameters={"type": "object", "properties": {}, "additionalProperties": False},
)
"""Offered beside an agent's tools; who runs the conversation ends the call once the farewell was heard."""


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The next piece of the answer's text."""

    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts of one response, and the seconds its stages took; None where the engine tells none.

    `answered_by` names the model of a chain that gave the response.
    """

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    load_seconds: float | None = None
    prompt_seconds: float | None = None
    completion_seconds: float | None = None
    answered_by: str | None = None


Delta = TextDelta | ToolCall | Usage


class ChatModel(Protocol):
    """A language model with tools; all it knows is in `messages`."""

    async def warm(self) -> None:
        """Load everything, so that the first caller waits for nothing; raises EngineError."""

    async def prefill(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> None:
        """Read `messages` and `tools` ahead, with which the next responses will begin, so that they come sooner.

        Where there is nothing to gain, nothing is done. Cancelling it ends it. Raises EngineError.
        """

    def stream(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> AsyncIterator[Delta]:
        """Yield the response as it comes; closing the iterator cancels it. Raises EngineError."""

    async def close(self) -> None:
        """Free connections and threads."""
