"""How far a download is: bars in a terminal, a line every few seconds anywhere else."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, Protocol

from rich.console import Console
from rich.filesize import decimal
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from models.catalog import Weights
from models.download import Watcher

INTERVAL: Final = 5.0
"""Seconds between two lines where there is no terminal."""


class Shown(Watcher, Protocol):
    """A watcher that also knows whose files come."""

    def turn_to(self, weights: Weights) -> None:
        """Take note that the files of these weights come next."""


@contextmanager
def shown(weights: Sequence[Weights], console: Console | None = None) -> Iterator[Shown]:
    """Show the progress of bringing these weights while the block runs."""
    console = console or Console(stderr=True, highlight=False)
    total = sum(one.size or 0 for one in weights) or None
    if not console.is_terminal:
        yield Lines(console, total)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        yield Bars(progress, total)


class Tally:
    """How many bytes of all files are here."""

    def __init__(self) -> None:
        self.weights = ""
        self._done: dict[tuple[str, str], int] = {}

    def take(self, file: str, done: int) -> bool:
        """Take note of one file; tells whether it was not known before."""
        new = (self.weights, file) not in self._done
        self._done[self.weights, file] = done
        return new

    @property
    def done(self) -> int:
        """Return the bytes of all files."""
        return sum(self._done.values())


class Bars:
    """One bar for the present file and one for the whole."""

    def __init__(self, progress: Progress, total: int | None) -> None:
        self._progress = progress
        self._tally = Tally()
        self._file: TaskID | None = None
        self._whole = progress.add_task("in all", total=total) if total else None

    def turn_to(self, weights: Weights) -> None:
        """Name the weights before the files that follow."""
        self._tally.weights = weights.name

    def at(self, file: str, done: int, total: int | None) -> None:
        """Move the bars."""
        if self._tally.take(file, done):
            if self._file is not None:
                self._progress.remove_task(self._file)
            label = f"{self._tally.weights} {file}".strip()
            self._file = self._progress.add_task(label, total=total, completed=done)
        elif self._file is not None:
            self._progress.update(self._file, completed=done, total=total)
        if self._whole is not None:
            self._progress.update(self._whole, completed=self._tally.done)

    def note(self, text: str) -> None:
        """Print a line above the bars."""
        self._progress.console.print(text, markup=False, soft_wrap=True)


class Lines:
    """A line every few seconds, for logs and pipes; `clock` gives seconds."""

    def __init__(self, console: Console, total: int | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._total = total
        self._clock = clock
        self._tally = Tally()
        self._told = clock()
        self._told_bytes = 0

    def turn_to(self, weights: Weights) -> None:
        """Name the weights before the files that follow."""
        self._tally.weights = weights.name

    def at(self, file: str, done: int, total: int | None) -> None:
        """Print how it stands, if that was long ago."""
        if self._tally.take(file, done):
            self._told_bytes += done  # was here before: no speed to be proud of
        now = self._clock()
        if now - self._told < INTERVAL:
            return
        speed = max(0.0, (self._tally.done - self._told_bytes) / (now - self._told))
        self._told, self._told_bytes = now, self._tally.done
        line = f"{self._tally.weights} {file}: {decimal(done)}".strip()
        if total:
            line += f" of {decimal(total)} ({done * 100 // total} %)"
        line += f", {decimal(int(speed))}/s"
        left = (self._total or 0) - self._tally.done
        if speed and left > 0:
            line += f", {decimal(left)} left in all, about {left / speed:.0f} s"
        self.note(line)

    def note(self, text: str) -> None:
        """Print a line."""
        self._console.print(text, markup=False, soft_wrap=True)
