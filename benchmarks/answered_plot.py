"""A picture of how many turns got how far by when."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console

from benchmarks import pictures


def draw(
    lines: Mapping[str, Sequence[float]], first: str, path: Path, console: Console, *, xlabel: str, ylabel: str
) -> None:
    """Draw the share of turns, in %, over the ms they took, a line each, where matplotlib is installed.

    The line of `first` is the thick one.
    """
    if (figure := pictures.blank(8, 4.5, console)) is None:
        return
    axes = figure.subplots()
    for name, values in lines.items():
        shares = [100 * (number + 1) / len(values) for number in range(len(values))]
        axes.step(sorted(values), shares, where="post", label=name.replace("_", ", "), lw=2.5 if name == first else 1.2)
    axes.set(xlabel=xlabel, ylabel=ylabel, xlim=0, ylim=(0, 100))
    axes.grid(alpha=0.3)
    axes.legend()
    pictures.save(figure, path, console)
