"""A lock between processes that ends with its holder, however that one ends."""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

POLL: Final = 0.2


@asynccontextmanager
async def held(path: Path, waiting: Callable[[], None]) -> AsyncIterator[None]:
    """Hold the lock that is the file `path`; calls `waiting` once if another process holds it.

    Raises OSError where the file cannot be made.
    """
    told = False
    while (handle := _try(path)) is None:
        if not told:
            waiting()
            told = True
        await asyncio.sleep(POLL)
    try:
        yield
    finally:
        _release(path, handle)


def _release(path: Path, handle: int) -> None:
    path.unlink(missing_ok=True)  # still held: nobody else can have made it theirs
    os.close(handle)


def _try(path: Path) -> int | None:
    handle = _open(path)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # The last holder may have removed the file between our opening and locking it: then it guards nothing.
        if os.path.samestat(os.fstat(handle), path.stat()):
            return handle
    except (BlockingIOError, FileNotFoundError):
        pass
    except BaseException:
        os.close(handle)
        raise
    os.close(handle)
    return None


def _open(path: Path) -> int:
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except FileNotFoundError:
            continue  # its folder, empty for a moment, was tidied away by another process
