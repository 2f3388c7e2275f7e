"""What a benchmark of whole calls ran on, and whether its numbers can be believed."""

import os
from typing import Any, Final

from benchmarks.gpu_machine import describe

PACKAGES: Final = (
    "flux-voice",
    "aiortc",
    "aioice",
    "av",
    "pocketsphinx",
    "espeakng-loader",
    "silero-vad",
    "onnxruntime",
    "numpy",
)
QUIET: Final = 0.5
"""Processes that wait to run, for each core: above this before the start, somebody else was measured as well."""


def conditions() -> dict[str, Any]:
    """Return the machine, the versions, the commit, and the load before the start."""
    told = describe("cpu", "", None, packages=PACKAGES)
    return {**told, "busy": told["load_before"] > QUIET * (os.cpu_count() or 1)}


def heading(told: dict[str, Any]) -> str:
    """Return in a few lines what ran where."""
    lines = [
        f"{told['processor']}, {told['cores']} cores, Python {told['python']}; commit {told['commit']}",
        ", ".join(f"{name} {version}" for name, version in told["versions"].items()),
    ]
    if told["busy"]:
        lines.append(f"the machine was busy (load {told['load_before']}): these numbers are not those of the product")
    return "\n".join(lines)
