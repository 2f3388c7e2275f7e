"""The messages as the model sees them: only what was said and what was really heard."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from models.llm import Message, ToolCall, ToolStatus


@dataclass(slots=True)
class AssistantEntry:
    """One response of the model: parts are what is to be said, until each is replaced by what was heard of it."""

    parts: list[str] = field(default_factory=list)
    tool_calls: list[ToolCall] = field(default_factory=list)
    _heard: set[int] = field(default_factory=set)

    def hear(self, index: int, heard: str) -> None:
        """Replace part `index` by what was heard of it."""
        self.parts[index] = heard
        self._heard.add(index)

    @property
    def content(self) -> str:
        """The text of this response, as far as it was, or is about to be, heard."""
        return " ".join(part for part in self.parts if part)

    @property
    def heard(self) -> str:
        """The text of this response without what is still to be heard."""
        return " ".join(part for index, part in enumerate(self.parts) if part and index in self._heard)


class History:
    """Grows with the conversation; the system prompt stays byte-stable so that a model's prefix cache holds."""

    def __init__(self, system_prompt: str, limit: int) -> None:
        self._system = Message("system", system_prompt)
        self._limit = limit
        self._entries: list[Message | AssistantEntry] = []

    def instruct(self, system_prompt: str) -> None:
        """Replace the system prompt; a model's prefix cache begins anew."""
        self._system = Message("system", system_prompt)

    def remember(self, messages: Sequence[Message]) -> None:
        """Add what was said elsewhere, before this conversation."""
        self._entries.extend(messages)

    def add_user(self, text: str) -> None:
        """Add a turn of the caller."""
        self._entries.append(Message("user", text))

    def add_assistant(self, entry: AssistantEntry) -> None:
        """Add a response that is being made; `messages` shows it as far as it has come."""
        self._entries.append(entry)

    def add_tool_result(self, call: ToolCall, content: str, status: ToolStatus) -> None:
        """Add what a tool answered, and how its run ended."""
        self._entries.append(Message("tool", content, tool_call_id=call.id, tool_name=call.name, status=status))

    def messages(self) -> Sequence[Message]:
        """Return the system prompt and the newest messages, beginning with a turn of the caller when shortened."""
        messages = [message for entry in self._entries if (message := _as_message(entry)) is not None]
        if len(messages) > self._limit:
            messages = messages[-self._limit :]
            first_user = next((i for i, message in enumerate(messages) if message.role == "user"), 0)
            messages = messages[first_user:]
        return (self._system, *messages)

    def recent(self, most: int = 4) -> str:
        """Return the last `most` things that the caller said and heard, as one text."""
        said = [text for entry in self._entries[-4 * most :] if (text := _said(entry))]
        return " ".join(said[-most:])


def _said(entry: Message | AssistantEntry) -> str:
    if isinstance(entry, AssistantEntry):
        return entry.heard
    return entry.content if entry.role == "user" else ""


def _as_message(entry: Message | AssistantEntry) -> Message | None:
    if isinstance(entry, Message):
        return entry
    if not entry.content and not entry.tool_calls:
        return None
    return Message("assistant", entry.content, tuple(entry.tool_calls))
