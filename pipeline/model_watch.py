"""How long the chat model took for each of its responses."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable

from models.errors import EngineError
from models.llm import Delta, Usage
from pipeline.events import ModelAnswered


async def watched(
    deltas: AsyncIterator[Delta], turn: int, tell: Callable[[ModelAnswered], None]
) -> AsyncGenerator[Delta, None]:
    """Yield what `deltas` yields and tell how long it took, however it ends."""
    now = asyncio.get_running_loop().time
    began = now()
    first: float | None = None
    usage: Usage | None = None
    failure: str | None = None
    try:
        async for delta in deltas:
            if first is None:
                first = now()
            if isinstance(delta, Usage):
                usage = delta
            yield delta
    except EngineError as error:
        failure = type(error).__name__
        raise
    finally:
        tell(ModelAnswered(turn, began, first, now(), usage, failure))
