"""What an engine yields, with a limit to the wait: an engine that fails or hangs must not silence a call."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any, TypeVar

import structlog

from models.errors import EngineError

T = TypeVar("T")

log = structlog.get_logger()


@asynccontextmanager
async def patient(source: AsyncIterator[T], seconds: float, engine: str) -> AsyncGenerator[AsyncIterator[T], None]:
    """Give what `source` yields and close it in the end.

    Whatever goes wrong in it is raised as EngineError, also when the next item takes longer than `seconds`.
    """
    try:
        async with aclosing(_items(source, seconds, engine)) as items:
            yield items
    finally:
        close: Any = getattr(source, "aclose", None)
        if close is not None:
            await close()


async def _items(source: AsyncIterator[T], seconds: float, engine: str) -> AsyncGenerator[T, None]:
    while True:
        async with within(seconds, engine, f"the {engine} gave nothing for {seconds:g} s"):
            try:
                item = await anext(source)
            except StopAsyncIteration:
                return
        yield item


@asynccontextmanager
async def within(seconds: float, engine: str, late: str) -> AsyncGenerator[None, None]:
    """Wait for an engine: whatever goes wrong is raised as EngineError, and `late` after `seconds`."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise EngineError(late) from error
    except EngineError:
        raise
    except Exception as error:  # a fault in one engine ends one turn, never the call
        log.error("an engine broke", engine=engine, exc_info=True)
        raise EngineError(f"the {engine} broke: {type(error).__name__}") from error
