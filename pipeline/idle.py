"""What is done as soon as nothing more comes at once."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def once_idle(act: Callable[[], None]) -> Iterator[Callable[[], None]]:
    """Give what is called whenever something came; `act` is called once it has all been taken, never after the end."""
    loop = asyncio.get_running_loop()
    due: asyncio.Handle | None = None

    def came() -> None:
        nonlocal due
        if due is not None:
            due.cancel()
        due = loop.call_soon(act)

    try:
        yield came
    finally:
        if due is not None:
            due.cancel()
