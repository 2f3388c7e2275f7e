"""What this process holds: tasks, threads, processes, sockets, file handles, temporary files, memory."""

import asyncio
import gc
import re
import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import psutil

POOLED: Final = re.compile(r"_\d+$")
"""How ThreadPoolExecutor names its threads."""
COUNTED: Final = ("tasks", "threads", "processes", "udp_sockets", "handles", "temporary_files")
"""What there may not be more of after a call than before."""


@dataclass(frozen=True, slots=True)
class Held:
    """One look at the process; `memory` is its resident set in bytes, children left out.

    TCP connections, which pools keep for some seconds, are counted in `connections` alone: `handles` are the other open
    file descriptors, and `tasks` leaves out the task that aiohttp has for each connection it serves. The threads of
    executors, which keep them up to a limit, are counted in `pool_threads` alone.
    """

    tasks: int
    threads: int
    processes: int
    udp_sockets: int
    connections: int
    pool_threads: int
    handles: int
    temporary_files: int
    memory: int

    def over(self, other: "Held") -> dict[str, tuple[int, int]]:
        """Return what is held more of than in another look: how many there, how many here."""
        pairs = {name: (getattr(other, name), getattr(self, name)) for name in COUNTED}
        return {name: pair for name, pair in pairs.items() if pair[1] > pair[0]}

    def least(self, other: "Held") -> "Held":
        """Return this look with the lower count of both: what was on its way out in one look counts in none."""
        return replace(self, **{name: min(getattr(self, name), getattr(other, name)) for name in COUNTED})


def look(temporary: Path) -> Held:
    """Count what this process holds; `temporary` is its folder for temporary files."""
    gc.collect()
    process = psutil.Process()
    pooled = sum(bool(POOLED.search(thread.name)) for thread in threading.enumerate())
    with process.oneshot():
        sockets = process.net_connections(kind="inet")
        connections = sum(one.type == socket.SOCK_STREAM and bool(one.raddr) for one in sockets)
        return Held(
            tasks=sum(not _serves_a_connection(task) for task in asyncio.all_tasks()),
            threads=threading.active_count() - pooled,
            pool_threads=pooled,
            processes=len(process.children(recursive=True)),
            udp_sockets=sum(one.type == socket.SOCK_DGRAM for one in sockets),
            connections=connections,
            handles=process.num_fds() - connections,
            temporary_files=sum(1 for path in temporary.rglob("*") if path.is_file()),
            memory=process.memory_info().rss,
        )


def _serves_a_connection(task: "asyncio.Task[Any]") -> bool:
    return getattr(task.get_coro(), "__qualname__", "") == "RequestHandler.start"


def slope(values: Sequence[float]) -> float:
    """Return how much the values grow per step: the median of the slopes between all pairs (Theil-Sen).

    Unlike a least-squares line it is not moved by the few steps at which an allocator takes a large piece.
    """
    series = np.asarray(values, dtype=np.float64)
    first, second = np.triu_indices(series.size, k=1)
    if not first.size:
        return 0.0
    return float(np.median((series[second] - series[first]) / (second - first)))
