"""Runs every test, three processes at once, and then alone the calls that failed beside others.

A call in real time is a test of our code only on a machine that has the time for it. Where other tests, or other
guests of the same host, took it, the call is held once more with the machine to itself, and that is the verdict. No
other test has a second chance, and no call has a third.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

CALLS: Final = "tests/e2e/"
MOST: Final = 12
"""Calls that are held again; where more fail, it is not for want of time."""
SOME_FAILED: Final = 1


def main(arguments: Sequence[str]) -> int:
    """Run the tests with pytest's own arguments and return its exit status."""
    with tempfile.TemporaryDirectory() as cache:
        beside = ["-n", "3", "--no-loadscope-reorder", "-o", f"cache_dir={cache}"]
        status = _pytest([*beside, *arguments])
        failed = _failed(Path(cache))
    if status != SOME_FAILED or not _held_again(failed):
        return status
    print(f"\n== {len(failed)} failed, all of them calls in real time: each is held again alone", flush=True)
    status = _pytest(["-p", "no:cacheprovider", *failed])
    print(f"== held again alone: {len(failed)}{'' if status else ', and none failed'}", flush=True)
    return status


def _pytest(arguments: Sequence[str]) -> int:
    return subprocess.run([sys.executable, "-m", "pytest", *arguments], check=False).returncode


def _failed(cache: Path) -> list[str]:
    kept = cache / "v" / "cache" / "lastfailed"
    return sorted(json.loads(kept.read_text())) if kept.exists() else []


def _held_again(failed: Sequence[str]) -> bool:
    return 0 < len(failed) <= MOST and all(name.startswith(CALLS) for name in failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
