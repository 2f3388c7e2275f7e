"""How tests are spread over the processes of `make test`.

Calls held in real time wait more than they compute, so that two are held at once, one of them from a browser, and all
else runs beside them in what the processor has left.
"""

import os
from pathlib import PurePath

from xdist.scheduler import LoadScopeScheduling

IN_CHROMIUM = (
    "test_browser.py",
    "test_cut_network.py",
    "test_no_egress.py",
    "test_page_panels.py",
    "test_page_socket.py",
    "test_real_engines.py",
    "test_stock_clients.py",
    "test_talk_page.py",
    "test_widget.py",
)
"""Calls in real time from a browser, one after the other: two that listen at once keep two cores busy, and mishear."""
UNHURRIED = ("test_nothing_left.py", "test_page_states.py", "test_page_quality.py", "test_console.py")
"""Files of calls in which nothing depends on when a word was said, and which so bear a busy machine."""
CALLS_BESIDE, ALL_ELSE = 4, 10
"""How nice such files are to the calls in real time, and the tests that hold no calls: as of `nice`."""
FIRST = (*UNHURRIED, "test_install_steps.py", "test_cut_network.py")
"""Files that begin: those of more than a minute, for one that begins last is waited for alone, and calls in which
nobody speaks, while all start their servers.
"""


def in_real_time(path: PurePath) -> bool:
    """Tell whether a test file holds calls in which a busy machine would be heard."""
    return path.parent.name == "e2e" and path.name not in UNHURRIED


def order(path: PurePath) -> tuple[bool, bool]:
    """Return the key that sorts a test file's tests: calls in real time, then all else."""
    return not in_real_time(path), path.name not in FIRST


class CallsApart(LoadScopeScheduling):
    """Give whole files to processes, and the calls in real time to two of them only.

    Groups of pytest-xdist (`--dist loadgroup`) would say the same, but 3.8 writes them into pytest's `Item._nodeid`,
    which pytest 9.2 no longer reads: every test would be on its own, and every fixture of a file made twice.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        if not in_real_time(PurePath(file)):
            return file
        return "calls from a browser" if PurePath(file).name in IN_CHROMIUM else "calls"


def step_back(path: PurePath) -> None:
    """Let this process take only what calls in real time leave of the processor; it never takes more again."""
    if "PYTEST_XDIST_WORKER" not in os.environ or in_real_time(path):
        return
    nice = CALLS_BESIDE if path.name in UNHURRIED else ALL_ELSE
    if os.getpriority(os.PRIO_PROCESS, 0) < nice:
        os.setpriority(os.PRIO_PROCESS, 0, nice)
