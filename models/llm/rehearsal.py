"""Answers of a model on another host that nobody hears: they load it, and let it read what every call begins with."""

from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Any, Final, Protocol

from models.errors import EngineError
from models.llm import END_CALL, Message, ToolSpec
from models.llm.response import Response


class Chunk(Protocol):
    """What both wires tell of a piece of an answer."""

    @property
    def content(self) -> str:
        """Text of the answer."""

    @property
    def thinking(self) -> str:
        """Text of what comes before it."""

    @property
    def calls(self) -> Sequence[Any]:
        """Tool calls, or parts of them."""


Ask = Callable[[Sequence[Message], Sequence[ToolSpec]], AsyncGenerator[Chunk, None]]

_GREETED: Final = Message("user", "hello")


async def read_ahead(ask: Ask, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> None:
    """Ask just as for a real answer, so that no server loads the model anew, and leave once it begins.

    By then all of `messages` was read. A word of the caller is put last, for not every model answers itself.
    """
    chunks = ask([*messages, _GREETED], tools)
    try:
        async for chunk in chunks:
            if chunk.content or chunk.thinking or chunk.calls:
                return
    finally:
        await chunks.aclose()


async def rehearse(
    ask: Ask,
    prompt: str,
    tools: Sequence[ToolSpec],
    *,
    model: str,
    may_think: bool,
    remedy: str,
) -> bool:
    """Ask as a first caller would and leave once an answer begins; tells whether one did.

    Raises EngineError, with the `remedy`, where `model` thinks first and may not.
    """
    messages = [_GREETED]
    if prompt:
        messages.insert(0, Message("system", prompt))
    offered = (*tools, END_CALL)
    response = Response(messages, offered)
    chunks = ask(messages, offered)
    try:
        async for chunk in chunks:
            response.thinking(chunk.thinking)
            spoke = response.content(chunk.content)
            if response.thought and not may_think:
                raise EngineError(
                    f"model {model} thinks aloud before it answers, although told not to, and callers would wait: "
                    f"{remedy}, or accept it with FLUX_LLM__THINK=low"
                )
            if spoke or chunk.calls:
                return True
    finally:
        await chunks.aclose()
    return False
