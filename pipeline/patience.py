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
        try:
            async with asyncio.timeout(seconds):
                item = await anext(source)
        except StopAsyncIteration:
            return
        except TimeoutError as error:
            raise EngineError(f"the {engine} gave nothing for {seconds:g} s") from error
        except EngineError:
            raise
        except Exception as error:  # a fault in one engine ends one answer, never the call
            log.error("an engine broke", engine=engine, exc_info=True)
            raise EngineError(f"the {engine} broke: {type(error).__name__}") from error
        yield item
