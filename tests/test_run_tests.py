"""Calls that fail beside other tests are held again alone, and nothing else is."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1]
TEST = """
from pathlib import Path

def test_it():
    tries = Path({tries!r})
    tries.write_text(tries.read_text() + "x" if tries.exists() else "x")
    assert len(tries.read_text()) > {failures}
"""


@pytest.mark.parametrize(
    ("calls", "others", "status", "tries"),
    [
        (0, 0, 0, (1, 1)),
        (1, 0, 0, (2, 1)),  # it is held again, alone
        (2, 0, 1, (2, 1)),  # but not a third time
        (1, 1, 1, (1, 1)),  # something else fails: that is the end of it
        (0, 1, 1, (1, 1)),
    ],
)
def test_only_calls_are_held_again_and_only_once(
    tmp_path: Path, calls: int, others: int, status: int, tries: tuple[int, int]
) -> None:
    counts = []
    for name, failures in (("tests/e2e/test_call.py", calls), ("tests/dao/test_other.py", others)):
        file = tmp_path / name
        file.parent.mkdir(parents=True)
        counts.append(tmp_path / f"{file.stem}.txt")
        file.write_text(TEST.format(tries=str(counts[-1]), failures=failures))
    command = [sys.executable, str(HOUSE / "scripts" / "run_tests.py"), "tests", "-n", "0"]
    light = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": "-p xdist.plugin"}
    ended = subprocess.run(command, cwd=tmp_path, env=light, capture_output=True, text=True, check=False)
    assert (ended.returncode, tuple(len(count.read_text()) for count in counts)) == (status, tries), ended.stdout
    assert ("held again alone: 1" in ended.stdout) == (tries[0] == 2)
