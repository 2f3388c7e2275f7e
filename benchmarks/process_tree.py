"""What a server takes of the machine, with all its processes."""

import contextlib
from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True)
class Taken:
    """CPU time since the start in s, and memory now in bytes, of a process and its descendants."""

    cpu: float
    memory: int


def taken(pid: int) -> Taken:
    """Look at a process and all it started; one that has just ended counts no more."""
    cpu, memory = 0.0, 0
    root = psutil.Process(pid)
    for process in (root, *root.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess), process.oneshot():
            times = process.cpu_times()
            cpu += times.user + times.system
            # Of what several processes share each bears its part, where the kernel tells that.
            memory += getattr(process.memory_full_info(), "pss", 0) or process.memory_info().rss
    return Taken(cpu, memory)
