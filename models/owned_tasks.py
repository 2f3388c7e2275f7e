"""Tasks of an engine that nobody waits for, such as leave-takings from another host."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

_PARTING: Final = 1.0
"""Seconds; a host that does not answer a goodbye by then is left without one."""


class OwnedTasks:
    """Keeps what was started until it has ended; `close` ends all of it."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run `work`, which must deal with its own failures and come to an end by itself, or be cancelled."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self) -> None:
        """Give what is under way a second to end, then cancel it."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_PARTING)
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_PARTING)
