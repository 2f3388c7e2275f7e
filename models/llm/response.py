"""One response of a chat model on another host, cleaned: what is said, which tools are called, and nothing else."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import structlog

from models.llm import Delta, Message, TextDelta, ToolCall, ToolSpec
from models.llm.call_json import arguments_of
from models.llm.leaked_calls import LeakedCalls, Piece
from models.llm.thoughts import Thoughts

_LONGEST_THOUGHT: Final = 32_768
_CALL_TAGS: Final = ("<tool_call>", "<function=")

log = structlog.get_logger(__name__)


class Response:
    """Takes a response as its chunks come and gives deltas; one for each response."""

    def __init__(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> None:
        self._tools = tuple(tools)
        self._ids = {call.id for message in messages for call in message.tool_calls}
        self._thoughts = Thoughts()
        self._leaks = LeakedCalls(self._tools)
        self._calls: list[tuple[ToolCall, bool]] = []  # with whether it leaked
        self._spoke = False
        self._thought = ""

    @property
    def thought(self) -> bool:
        """Whether the model has been thinking so far."""
        return bool(self._thought.strip())

    def content(self, text: str) -> list[Delta]:
        """Take text of the answer; thoughts and calls in it are told apart."""
        said, thought = self._thoughts.feed(text)
        self.thinking(thought)
        return self._speech(said)

    def thinking(self, text: str) -> None:
        """Take what the model thinks; it is never said."""
        self._thought += text[: _LONGEST_THOUGHT - len(self._thought)]

    def call(self, id: str | None, name: str, arguments: Any) -> list[Delta]:
        """Take a call that came whole; arguments that cannot be read are left out: the tool tells what is missing."""
        given: Mapping[str, Any] | None = arguments_of(arguments)
        return self._call(ToolCall(id or None, name, given or {}), leaked=False)

    def end(self, *, cut: bool) -> list[Delta]:
        """Return what was still held back; `cut` where the model was stopped before it had finished."""
        deltas = self._speech(self._thoughts.finish())
        deltas += self._deltas(self._leaks.finish(cut=cut))
        if not self._spoke and not self._calls and not cut:
            deltas += self._calls_while_thinking()
        if self._leaks.broken:
            log.warning("the model wrote half a tool call, which was dropped", cut=cut)
        return deltas

    def _speech(self, text: str) -> list[Delta]:
        if not text:
            return []
        return self._deltas(self._leaks.feed(text) if self._tools else [text])

    def _deltas(self, pieces: Sequence[Piece]) -> list[Delta]:
        deltas: list[Delta] = []
        for piece in pieces:
            if isinstance(piece, ToolCall):
                deltas += self._call(piece, leaked=True)
            else:
                self._spoke = self._spoke or not piece.isspace()
                deltas.append(TextDelta(piece))
        return deltas

    def _call(self, call: ToolCall, *, leaked: bool) -> list[Delta]:
        if not self._tools or not call.name:
            return []
        if any(
            (call.name, call.arguments) == (other.name, other.arguments) and leaked != was_leaked
            for other, was_leaked in self._calls
        ):
            return []  # some models write down what they also call
        self._calls.append((call, leaked))
        # Ids become keys of effects: one that a server uses again would make the second effect look done already.
        if call.id in self._ids:
            call = ToolCall(None, call.name, call.arguments)
        self._ids.add(call.id)
        return [call]

    def _calls_while_thinking(self) -> list[Delta]:
        """Return calls that ended up among the thoughts while nothing was said (ollama issue 14477)."""
        starts = [at for tag in _CALL_TAGS if (at := self._thought.find(tag)) >= 0]
        if not starts:
            return []
        found = LeakedCalls(self._tools)
        pieces = [*found.feed(self._thought[min(starts) :]), *found.finish()]
        return self._deltas([piece for piece in pieces if isinstance(piece, ToolCall)])
