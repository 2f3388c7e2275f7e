"""What is kept of a run: a JSON file, in the results of this repository only where the run was a whole one."""

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from rich.console import Console

RESULTS: Final = Path(__file__).parent / "results"


def keep(
    name: str, report: Mapping[str, Any], machine: Mapping[str, Any], folder: Path | None, *, whole: bool,
    console: Console,
) -> Path | None:  # fmt: skip
    """Write `report`, when and on which `machine` it was measured, to NAME.json, and return where that is.

    It goes to `folder` if one is given, else a `whole` run's to `RESULTS`; of another nothing is kept: None.
    """
    if folder is None and not whole:
        console.print("not kept: a short form (name a folder with --results)")
        return None
    folder = folder or RESULTS
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    told = {"measured": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine, **report}
    path.write_text(json.dumps(_plain(told), indent=1) + "\n")
    console.print(f"kept in {path}")
    return path


def _plain(value: Any) -> Any:
    """Return what JSON can hold: no infinity, and no number where there is none."""
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
