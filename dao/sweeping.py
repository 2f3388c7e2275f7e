"""Ends the conversations that nobody ended: a client may go without a word, and then no call is there to tell."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Final

import structlog

from dao.store import Store

QUIET: Final = timedelta(hours=6)
"""For how long nothing was said or done in a conversation that counts as left."""

FIRST: Final = 60.0
EVERY: Final = 1800.0
"""Seconds from the start to the first look, when servers have delivered what waited for us, and between two looks."""

log = structlog.get_logger(__name__)


@asynccontextmanager
async def sweeping(store: Store) -> AsyncIterator[None]:
    """Look after the conversations of all tenants while the context is open."""
    task = asyncio.create_task(_sweep(store), name="sweep")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _sweep(store: Store) -> None:
    await asyncio.sleep(FIRST)
    while True:
        try:
            while ended := await store.end_abandoned(QUIET):
                log.info("conversations that were left are ended", conversations=ended)
        except Exception as error:  # whatever it is, the records are served on
            log.warning("conversations that were left could not be ended; they will be later", error=repr(error))
        await asyncio.sleep(EVERY)
