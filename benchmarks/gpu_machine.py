"""What a measurement ran on: device, driver, versions, commit, and how much of the device's memory was taken."""

import os
import platform
import re
import subprocess
import threading
from importlib import metadata
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from benchmarks.gpu_libraries import driver_cuda

_PACKAGES: Final = (
    "ctranslate2",
    "faster-whisper",
    "tokenizers",
    "onnxruntime",
    "onnxruntime-gpu",
    "piper-tts",
    "silero-vad",
    "numpy",
    "torch",
)
_EVERY: Final = 0.5
"""Seconds between two looks at the memory."""


def describe(device: str, cublas: str, commit: str | None, packages: tuple[str, ...] = _PACKAGES) -> dict[str, Any]:
    """Return what tells one measurement from another; `device` is cuda or cpu, `cublas` as `ensure` tells it.

    `packages` are those whose versions matter.
    """
    told: dict[str, Any] = {
        "device": device,
        "name": f"{platform.machine()} CPU",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "versions": {name: version for name in packages if (version := _installed(name))},
        "commit": commit or _commit(),
        "load_before": round(os.getloadavg()[0], 2),
    }
    if device == "cuda":
        name, driver, memory = _asked("name,driver_version,memory.total") or ("CUDA device", "unknown", "0")
        told |= {"name": name, "driver": driver, "memory_mib": int(float(memory))}
        told |= {"driver_cuda": driver_cuda(), "cublas": cublas}
    return told


def slug(name: str) -> str:
    """Return the name of a machine as a part of a file's name."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


class GpuMemory:
    """Watches how much of the device's memory is taken by anybody, as long as it is entered; nothing on a CPU."""

    def __init__(self, device: str) -> None:
        self._watched = device == "cuda"
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="gpu-memory", daemon=True)
        self._most = 0

    def __enter__(self) -> "GpuMemory":
        """Begin to watch."""
        if self._watched:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop watching."""
        self._done.set()
        if self._watched:
            self._thread.join()

    def most(self) -> int | None:
        """Return the most MiB seen since the last call, and now; None where nothing is to be seen."""
        self._look()
        seen, self._most = self._most, 0
        return seen or None

    def _watch(self) -> None:
        while not self._done.wait(_EVERY):
            self._look()

    def _look(self) -> None:
        if self._watched and (told := _asked("memory.used")):
            self._most = max(self._most, int(float(told[0])))


def _asked(what: str) -> tuple[str, ...] | None:
    """Return what nvidia-smi tells of the first device; None where it tells nothing."""
    told = _run("nvidia-smi", f"--query-gpu={what}", "--format=csv,noheader,nounits", "--id=0")
    return tuple(part.strip() for part in told.splitlines()[0].split(",")) if told else None


def _commit() -> str:
    here = Path(__file__).parent
    commit = _run("git", "-C", str(here), "rev-parse", "--short=12", "HEAD")
    changed = _run("git", "-C", str(here), "status", "--porcelain", "--untracked-files=no")
    return f"{commit}{' and changes' if changed else ''}" if commit else "unknown"


def _processor() -> str:
    try:
        told = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        return platform.processor()
    return told[1] if told else platform.processor()


def _installed(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _run(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
