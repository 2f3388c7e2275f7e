"""Scenarios run in a network namespace of their own, which holds no address but local ones.

The outside calls `run_inside` with a scenario: a coroutine function of a module, whose arguments are text and whose
result is JSON. It runs in another process (this module as `python -m`), in a network that nothing real is part of:
whatever is sent to a foreign address leaves by a wire that ends where `tests.e2e.namespace_watcher` looks.
"""

import asyncio
import functools
import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final

from tests.e2e import namespace_network

ROOT: Final = Path(__file__).resolve().parents[2]
UNSHARE: Final = ("unshare", "--map-root-user", "--net")
OWN_NETWORK: Final = "/proc/self/ns/net"
OUTER_NETWORK: Final = "OUTER_NETWORK"

Facts = dict[str, Any]
Scenario = Callable[..., Coroutine[Any, Any, Facts]]


@functools.cache
def refusal() -> str | None:
    """Return why no such namespace can be had here, or None."""
    for tool in ("unshare", "ip"):
        if shutil.which(tool) is None:
            return f"no network namespaces: the command {tool!r} is missing"
    with tempfile.TemporaryDirectory() as home:
        tried = _start(home, _empty)
        _, errors = tried.communicate(timeout=60)
    if tried.returncode == 0:
        return None
    return f"network namespaces are not permitted: {(errors.strip().splitlines() or ['no reason given'])[-1]}"


def run_inside(scenario: Scenario, *arguments: str | Path, within: float) -> Facts:
    """Run `scenario` in a fresh namespace and return what it found; raises AssertionError with its last words."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        process = _start(home, scenario, *arguments)
        try:
            output, errors = process.communicate(timeout=within)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output, errors = process.communicate()
            raise AssertionError(f"{scenario.__name__} was not over within {within:g} s:\n{errors}") from None
    if process.returncode != 0:
        raise AssertionError(f"{scenario.__name__} failed:\n{errors}")
    facts: Facts = json.loads(output)
    return facts


def _start(home: str, scenario: Scenario, *arguments: str | Path) -> subprocess.Popen[str]:
    """Start a process in its namespace, with the environment of a person who has set nothing.

    Some libraries report home by default but not where they see `CI`: that must not hide them here.
    """
    name = f"{scenario.__module__}:{scenario.__qualname__}"
    return subprocess.Popen(
        [*UNSHARE, sys.executable, "-m", "tests.e2e.namespace", name, *map(str, arguments)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": home, "LANG": "C.UTF-8", OUTER_NETWORK: os.readlink(OWN_NETWORK)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # a group of its own, so that all of it can be ended
    )


async def _empty() -> Facts:
    return {}


def _main(name: str, *arguments: str) -> None:
    """Lay the network and run one scenario in it; its result is all that is printed."""
    if os.readlink(OWN_NETWORK) == os.environ[OUTER_NETWORK]:
        raise SystemExit("this is still the machine's own network")  # which must never be laid or cut
    namespace_network.lay()
    module, _, function = name.partition(":")
    scenario: Scenario = getattr(importlib.import_module(module), function)
    print(json.dumps(asyncio.run(scenario(*arguments))))


if __name__ == "__main__":
    _main(*sys.argv[1:])
