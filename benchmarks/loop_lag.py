"""How late a server's event loop is, seen from within: standard library only, for it runs in the peers' too."""

import asyncio
import os
import time
from pathlib import Path
from typing import Final, TextIO

FILE: Final = "LOOP_LAG_FILE"
"""Variable with the file that gets a line a second: monotonic time in s, and the longest lag since the last in ms."""

EVERY: Final = 0.01
_watching: set["asyncio.Task[None]"] = set()


def watch_loop() -> None:
    """Watch the running loop from now on, once, where `FILE` is set."""
    if FILE in os.environ and not _watching:
        file = open(os.environ[FILE], "a", buffering=1)  # noqa: SIM115  closed by the task that writes to it
        _watching.add(asyncio.get_running_loop().create_task(_watch(file)))


async def _watch(file: TextIO) -> None:
    with file:
        worst, told = 0.0, time.monotonic()
        while True:
            before = time.monotonic()
            await asyncio.sleep(EVERY)
            now = time.monotonic()
            worst = max(worst, now - before - EVERY)
            if now >= told + 1:
                file.write(f"{now:.3f} {worst * 1000:.1f}\n")
                worst, told = 0.0, now


def lags(path: Path, since: float, until: float) -> list[float]:
    """Return the longest lag of each second within a window, in ms; none where nothing was written."""
    lines = path.read_text().splitlines() if path.exists() else []
    pairs = [(float(at), float(lag)) for at, lag in (line.split() for line in lines)]
    return [lag for at, lag in pairs if since <= at <= until]
