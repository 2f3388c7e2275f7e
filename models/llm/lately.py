"""What a model's server was lately asked to read."""

from collections.abc import Sequence
from typing import Final

from models.llm import Message, ToolSpec

FRESH: Final = 60.0
"""Seconds in which a server has hardly lost what it read."""


class LatelyRead:
    """Knows whether calls that begin alike were answered a moment ago. Pure: the time is an argument.

    Then nothing need be read ahead for the next one, and should not: a server with one slot would drop the words of
    the call under way for it.
    """

    def __init__(self) -> None:
        self._prefix: tuple[Message | None, tuple[ToolSpec, ...]] | None = None
        self._at = 0.0

    def note(self, messages: Sequence[Message], tools: Sequence[ToolSpec], now: float) -> None:
        """Note a request at time `now` (s)."""
        self._prefix, self._at = _prefix(messages, tools), now

    def holds(self, messages: Sequence[Message], tools: Sequence[ToolSpec], now: float) -> bool:
        """Whether the last request had the same system prompt and tools, and was made less than `FRESH` ago."""
        return self._prefix == _prefix(messages, tools) and now < self._at + FRESH


def _prefix(messages: Sequence[Message], tools: Sequence[ToolSpec]) -> tuple[Message | None, tuple[ToolSpec, ...]]:
    return (messages[0] if messages and messages[0].role == "system" else None), tuple(tools)
