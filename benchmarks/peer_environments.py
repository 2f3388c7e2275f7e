"""The virtual environments of the systems we are compared with, each with its own pins: they bear no others.

They lie in the user's cache and are made once, by pip from the index that the machine is set to. Code of ours that runs
in them uses their packages, and of this repository only what needs nothing else.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

LOCKS: Final = Path(__file__).parent / "peer_locks"
ROOT: Final = Path(__file__).resolve().parent.parent
CACHE: Final = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "flux-voice" / "peers"


def environment(name: str, *, folder: Path = CACHE, tell: Callable[[str], None] = lambda _: None) -> Path:
    """Return the Python of a peer's environment, which is made or made anew where its pins have changed.

    Raises RuntimeError with what pip says.
    """
    lock = LOCKS / f"{name}.txt"
    place, mark = folder / name, folder / name / "pins"
    pins = hashlib.sha256(lock.read_bytes()).hexdigest()
    python = place / "bin" / "python"
    if mark.exists() and mark.read_text() == pins:
        return python
    tell(f"making the environment of {name} in {place} (some minutes, once)")
    shutil.rmtree(place, ignore_errors=True)
    _run(sys.executable, "-m", "venv", str(place))
    _run(str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check", "-r", str(lock))
    mark.write_text(pins)
    return python


def versions(name: str, *packages: str) -> dict[str, str]:
    """Return the pinned versions of some packages of a peer."""
    pinned = dict(line.split("==") for line in (LOCKS / f"{name}.txt").read_text().splitlines() if "==" in line)
    return {package: pinned[package] for package in packages}


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        told = "\n".join(line for line in done.stderr.splitlines() if not line.startswith("WARNING"))[-2_000:]
        raise RuntimeError(f"{' '.join(command)} failed:\n{told}")
