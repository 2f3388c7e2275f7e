"""What .dockerignore lets into an image."""

import re
import subprocess
from collections.abc import Iterator
from functools import cache
from typing import Final

from scripts.lock import ROOT

PAGE: Final = "web/ui/dist"


@cache
def _rules() -> list[tuple[bool, re.Pattern[str]]]:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    stated = [line for line in lines if line and not line.startswith("#")]
    return [(line.startswith("!"), _pattern(line.removeprefix("!"))) for line in stated]


def _pattern(rule: str) -> re.Pattern[str]:
    """Translate a rule: anchored at the context's root, `*` within a name, `**/` any folders; what lies below too."""
    parts = re.split(r"(\*\*/|\*)", rule)
    kinds = {"**/": "(?:.*/)?", "*": "[^/]*"}
    return re.compile("".join(kinds.get(part) or re.escape(part) for part in parts) + "(?:/.*)?")


def lets_in(path: str) -> bool:
    """Tell whether a file of the checkout is sent to the builder: the last rule that fits decides."""
    decided = True
    for lets, pattern in _rules():
        if pattern.fullmatch(path):
            decided = lets
    return decided


def sent() -> Iterator[str]:
    """Yield the files that are or could be committed and that the builder gets, relative to the checkout."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    yield from (path for path in listed.stdout.split("\0") if path and lets_in(path) and (ROOT / path).is_file())
