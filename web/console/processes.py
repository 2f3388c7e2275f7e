"""The memory of this server and its worker processes, as the system tells it."""

import os
from pathlib import Path
from typing import Final

from web.console_state import Memory, ProcessMemory

PROC: Final = Path("/proc")
_PARENT: Final = 1
"""Place of the parent's id in what follows the name in `/proc/PID/stat`."""


def memory(proc: Path = PROC, own: int | None = None) -> Memory:
    """Tell how much memory the box has, and this server and its workers hold; reads files, so call it in a thread."""
    box = _box(proc)
    family = _family(proc, own or os.getpid())
    processes = [one for pid in family if (one := _resident(proc, pid)) is not None]
    return Memory(
        total_bytes=box.get("MemTotal"),
        available_bytes=box.get("MemAvailable"),
        resident_bytes=sum(one.resident_bytes for one in processes) if processes else None,
        processes=processes,
    )


def _box(proc: Path) -> dict[str, int]:
    try:
        lines = (proc / "meminfo").read_text().splitlines()
    except OSError:
        return {}
    return {name: int(rest.split()[0]) * 1024 for name, colon, rest in (line.partition(":") for line in lines) if colon}


def _family(proc: Path, own: int) -> list[int]:
    """Return the ids of a process and of all that came of it, the process first."""
    children: dict[int, list[int]] = {}
    for folder in proc.glob("[0-9]*"):
        try:
            after_name = (folder / "stat").read_text().rpartition(")")[2].split()
            children.setdefault(int(after_name[_PARENT]), []).append(int(folder.name))
        except (OSError, ValueError, IndexError):
            continue  # it has just ended
    family = [own]
    for pid in family:
        family += sorted(children.get(pid, []))
    return family


def _resident(proc: Path, pid: int) -> ProcessMemory | None:
    try:
        pages = int((proc / str(pid) / "statm").read_text().split()[1])
        name = (proc / str(pid) / "comm").read_text().strip()
    except (OSError, ValueError, IndexError):
        return None
    return ProcessMemory(pid=pid, name=name, resident_bytes=pages * os.sysconf("SC_PAGE_SIZE"))
