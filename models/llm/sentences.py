"""The engine without weights: it matches the tools' own sentence templates and answers in fixed words.

An honest stand-in for a language model, for first runs, tests and boxes without a GPU. What it understands
is what `ToolSpec.phrasing` says, and it says plainly when it did not understand.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence

from models.llm import END_CALL, Delta, Message, TextDelta, ToolSpec, Usage
from models.llm.agenda import Reply
from models.llm.dialogue import Dialogue
from models.llm.requests import Requests
from models.llm.smalltalk import Talk, remark

_KEPT_READERS = 8


class SentencesModel:
    """A ChatModel that needs no weights.

    `expects` are tools to be ready for before the first turn (others are compiled when they first come);
    `pace` is the pause between words in seconds, for benchmarks.
    """

    def __init__(self, expects: Sequence[ToolSpec] = (), *, talk: Talk | None = None, pace: float = 0.0) -> None:
        self._expects = tuple(expects)
        self._talk = talk or Talk()
        self._pace = pace
        # Compiled templates only: what they match depends on the specs alone.
        self._readers: list[tuple[tuple[ToolSpec, ...], Requests]] = []

    async def warm(self) -> None:
        """Compile the templates of the expected tools; raises EngineError for a malformed one."""
        await asyncio.to_thread(self._warm)

    def _warm(self) -> None:
        remark("hello")
        self._reader(self._expects).heard("hello")

    async def prefill(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> None:
        """Do nothing: `warm` has compiled all there is to read."""

    async def stream(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> AsyncIterator[Delta]:
        """Yield the reply to the last message word by word; raises EngineError for a malformed template."""
        for delta in self._respond(messages, tools):
            if self._pace:
                await asyncio.sleep(self._pace)
            yield delta

    async def close(self) -> None:
        """Forget the compiled templates."""
        self._readers.clear()

    def _respond(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> list[Delta]:
        dialogue = Dialogue(self._reader(tools), self._talk)
        dialogue.listen(messages)
        reply: Reply = dialogue.reply
        offered = {tool.name for tool in tools}
        words = re.findall(r"\s*\S+", reply.text)
        calls = [call for call in reply.calls if call.name in offered]
        return [*map(TextDelta, words), *calls, Usage()]

    def _reader(self, tools: Sequence[ToolSpec]) -> Requests:
        wanted = tuple(tool for tool in tools if tool.name != END_CALL.name)
        for specs, reader in self._readers:
            if len(specs) == len(wanted) and all(a is b for a, b in zip(specs, wanted, strict=True)):
                return reader
        reader = Requests(wanted)
        self._readers = [*self._readers[-_KEPT_READERS:], (wanted, reader)]
        return reader
