"""The CUDA libraries that the engines open by name: where they lie, and a start that lets the loader find them.

CTranslate2 opens `libcublas.so.12` when it first computes. PyTorch's wheels bring such libraries to where only PyTorch
looks for them, and the loader reads `LD_LIBRARY_PATH` once, before Python runs: so this process is replaced by itself.
"""

import atexit
import ctypes
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Final

CUBLAS: Final = "libcublas.so.12"
"""What CTranslate2 is built for; it takes nine functions from it, which the next generation has as well."""
NEXT: Final = "libcublas.so.13"

_SYSTEM: Final = ("/usr/local/cuda/lib64", "/usr/local/cuda/targets/x86_64-linux/lib")
_PATH: Final = "LD_LIBRARY_PATH"
_STAND_IN: Final = "FLUX_GPU_BENCH_STAND_IN"
"""Set in the process that was started anew: the folder that `plan` may have used, to be removed at its end."""


def cuda_devices() -> int:
    """Return how many CUDA devices the driver offers; 0 without a driver."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return 0
    count = ctypes.c_int()
    if driver.cuInit(0) or driver.cuDeviceGetCount(ctypes.byref(count)):
        return 0
    return count.value


def driver_cuda() -> str:
    """Return the newest CUDA that the driver can run, such as 13.0; "" without a driver."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return ""
    version = ctypes.c_int()
    return (
        ""
        if driver.cuDriverGetVersion(ctypes.byref(version))
        else f"{version.value // 1000}.{version.value % 1000 // 10}"
    )


def library_folders(roots: Iterable[str]) -> list[Path]:
    """Return the folders of NVIDIA's libraries in wheels below these roots (of `sys.path`), then the system's."""
    wheels = [path for root in roots if root for path in sorted(Path(root).glob("nvidia/*/lib"))]
    return [path for path in (*wheels, *map(Path, _SYSTEM)) if path.is_dir()]


def plan(folders: Iterable[Path], stand_in: Path) -> list[Path]:
    """Return what belongs on the loader's path, so that `libcublas.so.12` is found there; nothing where it cannot be.

    Where only the next generation is there, it gets the name of this one, in the folder `stand_in`.
    """
    folders = list(folders)
    if any((folder / CUBLAS).exists() for folder in folders):
        return folders
    for folder in folders:
        if (folder / NEXT).exists():
            stand_in.mkdir(parents=True, exist_ok=True)
            link = stand_in / CUBLAS
            link.unlink(missing_ok=True)
            link.symlink_to(folder / NEXT)
            return [stand_in, *folders]
    return []


def ensure() -> str:
    """Return which cuBLAS the engines will open, after a new start of this process where that is needed.

    Raises FileNotFoundError where there is none.
    """
    stand_in = os.environ.get(_STAND_IN)
    if stand_in:
        atexit.register(shutil.rmtree, stand_in, ignore_errors=True)
    if version := _version():
        return version
    made = Path(tempfile.mkdtemp(prefix="cublas-"))
    folders = [] if stand_in else plan(library_folders(sys.path), made)
    if not folders:
        made.rmdir()
        raise FileNotFoundError(
            f"CUDA's {CUBLAS} is not found: pip install nvidia-cublas-cu12, or leave stt out with --only vad,tts"
        )
    path = os.pathsep.join([*map(str, folders), *filter(None, [os.environ.get(_PATH)])])
    sys.stdout.flush()
    os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], {**os.environ, _PATH: path, _STAND_IN: str(made)})


def stand_in_for_av() -> None:
    """Let faster-whisper be imported without PyAV (35 MB), by which it reads files, as nothing here does."""
    if find_spec("av") is None:
        sys.modules["av"] = ModuleType("av")


def _version() -> str:
    """Return name and version of the cuBLAS that the loader finds, "" where it finds none."""
    try:
        library = ctypes.CDLL(CUBLAS)
    except OSError:
        return ""
    numbers = []
    for part in range(3):
        number = ctypes.c_int()
        library.cublasGetProperty(part, ctypes.byref(number))
        numbers.append(number.value)
    told = ".".join(map(str, numbers))
    if numbers[0] != 12:
        return f"cuBLAS {told} under the name {CUBLAS}: not what the product ships, the timings are near"
    return f"cuBLAS {told}"
