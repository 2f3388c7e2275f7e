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
        """Run `work`, which must deal with its own failures."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self) -> None:
        """Cancel all tasks and wait for their end, twice a second at most."""
        for _ in range(2):  # who is cancelled says goodbye; who is cancelled again is through with it
            tasks = list(self._tasks)
            for task in tasks:
                task.cancel()
            if tasks:
                await asyncio.wait(tasks, timeout=_PARTING)
