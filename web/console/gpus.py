"""The NVIDIA GPUs, as nvidia-smi tells; none where it is not installed."""

import subprocess
from collections.abc import Callable, Collection, Sequence
from typing import Final

from web.console_state import Gpu

PATIENCE: Final = 5.0
GPUS: Final = "--query-gpu=uuid,name,driver_version,memory.total,memory.used,utilization.gpu"
PROCESSES: Final = "--query-compute-apps=gpu_uuid,pid,used_memory"
FORM: Final = "--format=csv,noheader,nounits"
MEBIBYTE: Final = 2**20


def nvidia_smi(*options: str) -> str:
    """Ask nvidia-smi; an empty answer where there is none."""
    try:
        asked = ("nvidia-smi", *options)
        return subprocess.run(asked, capture_output=True, text=True, timeout=PATIENCE, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return ""


def gpus(processes: Collection[int], ask: Callable[..., str] = nvidia_smi) -> list[Gpu]:
    """Tell of each GPU, and how much these processes use of it; waits for nvidia-smi, so call it in a thread."""
    rows = _rows(ask(GPUS, FORM), 6)
    used = [(uuid, int(size)) for uuid, pid, size in _rows(ask(PROCESSES, FORM), 3) if _is_ours(pid, size, processes)]
    return [
        Gpu(
            name=name,
            driver=driver,
            total_bytes=_bytes(total),
            used_bytes=_bytes(taken),
            own_bytes=sum(size for of, size in used if of == uuid) * MEBIBYTE if _is_told(used, uuid) else None,
            busy_percent=float(busy) if busy.isdigit() else None,
        )
        for uuid, name, driver, total, taken, busy in rows
    ]


def _rows(text: str, columns: int) -> list[Sequence[str]]:
    rows = [[field.strip() for field in line.split(",")] for line in text.splitlines()]
    return [row for row in rows if len(row) == columns]


def _is_ours(pid: str, size: str, processes: Collection[int]) -> bool:
    return pid.isdigit() and size.isdigit() and int(pid) in processes


def _is_told(used: Collection[tuple[str, int]], uuid: str) -> bool:
    # In a container nvidia-smi knows the processes by other ids, or not at all: then nothing is told, not zero.
    return any(of == uuid for of, _ in used)


def _bytes(mebibytes: str) -> int | None:
    return int(mebibytes) * MEBIBYTE if mebibytes.isdigit() else None
