"""Pictures of what was measured, where matplotlib is installed."""

from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def blank(width: float, height: float, console: Console) -> "Figure | None":
    """Return an empty figure of so many inches; None, and a hint, where matplotlib is not installed."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        console.print("For a picture: .venv/bin/pip install matplotlib")
        return None
    return Figure(figsize=(width, height), layout="constrained")


def save(figure: "Figure", path: Path, console: Console) -> None:
    """Write a figure, without its date: the same numbers give the same file."""
    figure.savefig(path, metadata={"Date": None})
    console.print(f"picture: {path}")
