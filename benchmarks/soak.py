"""Many calls into one server, and what it still holds after them: `make soak`.

The whole server runs in this process (engines, records, web) and is counted after every round of calls; real WebRTC
clients call from a process of their own and end in seven ways. Prints a table, and writes it as JSON and, where
matplotlib is installed, memory over calls as a picture.
"""

import asyncio
import contextlib
import json
import os
import platform
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks import pictures
from benchmarks.held import Held, look, slope

RESULTS: Final = Path(__file__).parent / "results"
SETTLE: Final = 30.0
"""Seconds that everything may take to be closed after a call: the longest time-out on that way, twice."""

WARM_UP: Final = 14
"""Calls in a row before the first look: two of each ending, so that everything loaded once is there."""

CROWD_WARM_UP: Final = 2
"""Rounds before the first look where some call at once: there is more to load only for their number."""

GRACE: Final = 2.0
"""Seconds that a call outlives its link here: enough to reconnect on a busy machine, few to wait for who vanished."""


@dataclass(slots=True)
class Soak:
    """What was seen: before all calls, after every round, and how the calls went."""

    before: Held
    rounds: list[Held] = field(default_factory=list)
    at_once: int = 1
    endings: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    @property
    def calls(self) -> int:
        """How many calls were held since the first look."""
        return self.at_once * len(self.rounds)

    @property
    def after(self) -> Held:
        """The last look."""
        return self.rounds[-1]

    @property
    def memory_slope(self) -> float:
        """Bytes that the process grows per call."""
        return slope([one.memory for one in self.rounds]) / self.at_once

    @property
    def left(self) -> dict[str, tuple[int, int]]:
        """What the last look holds more of than the first, memory and pooled connections left out."""
        return self.after.over(self.before)


@dataclass(frozen=True, slots=True)
class _Server:
    url: str
    live: Callable[[], int]


@contextlib.asynccontextmanager
async def _serve(folder: Path) -> AsyncIterator[_Server]:
    from aiohttp import web

    from web.app import create_app, make_runner
    from web.assembly import assemble
    from web.keys import SESSIONS
    from web.logs import set_up
    from web.settings import load_settings

    database = {"port": 0, "database_url": f"sqlite+aiosqlite:///{folder / 'flux.db'}"}
    settings = load_settings(log_level="ERROR", dao=database, pipeline={"reconnect_grace": GRACE})
    set_up(settings.log_level, settings.log_format)
    async with assemble(settings) as assembly:
        app = create_app(settings, assembly.call_factory(), assembly.readiness(), assembly.metrics)
        runner = make_runner(app, settings)
        await runner.setup()
        try:
            site = web.TCPSite(runner, settings.host, 0)
            await site.start()
            yield _Server(f"http://{settings.host}:{runner.addresses[0][1]}", lambda: app[SESSIONS].live)
        finally:
            await runner.cleanup()


class _Callers:
    """The process that calls."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    @contextlib.asynccontextmanager
    async def start(cls, url: str) -> "AsyncIterator[_Callers]":
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "benchmarks.soak_callers",
            url,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            yield cls(process)
        finally:
            if process.stdin is not None:
                process.stdin.close()
            await process.wait()

    async def call(self, at_once: int) -> Sequence[dict[str, Any]]:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{at_once}\n".encode())
        line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError("the callers' process ended")
        calls: Sequence[dict[str, Any]] = json.loads(line)["calls"]
        return calls


async def _settled(server: _Server, folder: Path, before: Held | None) -> Held:
    """Look once all calls are over and, given an earlier look, as little is held as then; or after `SETTLE`."""
    held = look(folder)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(SETTLE):
            while server.live() or (before is not None and held.over(before)):
                await asyncio.sleep(0.05)
                held = look(folder)
    return held


async def soak(calls: int, *, at_once: int = 1, tell: Callable[[Soak], None] = lambda _: None) -> Soak:
    """Hold `calls` calls, `at_once` at a time, and count after every round; `tell` is shown the progress."""
    with tempfile.TemporaryDirectory(prefix="flux-soak-") as own:
        folder = Path(own)
        (folder / "tmp").mkdir()
        tempfile.tempdir, kept = str(folder / "tmp"), tempfile.tempdir
        try:
            async with _serve(folder) as server, _Callers.start(server.url) as callers:
                for _ in range(WARM_UP if at_once == 1 else CROWD_WARM_UP):
                    await callers.call(at_once)
                found = Soak(await _settled(server, folder / "tmp", None), at_once=at_once)
                for _ in range(-(-calls // at_once)):
                    for call in await callers.call(at_once):
                        found.endings[call["ending"]] += 1
                        if call["fault"]:
                            found.faults.append(f"{call['ending']}: {call['fault']}")
                    found.rounds.append(await _settled(server, folder / "tmp", found.before))
                    found.before = found.before.least(found.after)  # something of the warm-up may have been there
                    tell(found)
                return found
        finally:
            tempfile.tempdir = kept


def table(found: Soak) -> Table:
    """Return what was held before and after, and the slope of each."""
    title = f"{found.calls} calls, {found.at_once} at once, {len(found.faults)} failed"
    shown = Table("held", "before", "after", "slope per call", title=title)
    for name, was in asdict(found.before).items():
        grows = slope([getattr(one, name) for one in found.rounds]) / found.at_once
        if name == "memory":
            shown.add_row("memory, MB", f"{was / 1e6:.1f}", f"{found.after.memory / 1e6:.1f}", f"{grows / 1e3:+.2f} kB")
        else:
            shown.add_row(name.replace("_", " "), str(was), str(getattr(found.after, name)), f"{grows:+.3f}")
    return shown


def _write(found: Soak, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    body = {
        "calls": found.calls,
        "at_once": found.at_once,
        "failed": found.faults,
        "endings": dict(found.endings),
        "before": asdict(found.before),
        "after": asdict(found.after),
        "left": found.left,
        "memory_bytes_per_call": round(found.memory_slope, 1),
        "memory": [one.memory for one in found.rounds],
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
    }
    path.write_text(json.dumps(body, indent=1) + "\n")


def _draw(runs: Sequence[Soak], path: Path, console: Console) -> None:
    """Draw memory over calls, where matplotlib is installed."""
    if (figure := pictures.blank(8, 3.5, console)) is None:
        return
    axes = figure.subplots()
    for found in runs:
        calls = [found.at_once * number for number in range(1, len(found.rounds) + 1)]
        megabytes = [one.memory / 1e6 for one in found.rounds]
        grows = f"{found.memory_slope / 1e3:+.1f} kB per call"
        axes.plot(calls, megabytes, label=f"{found.at_once} at once: {grows}")
    highest = max(one.memory for found in runs for one in found.rounds) / 1e6
    axes.set(xlabel="calls held", ylabel="resident memory, MB", ylim=(0, 1.15 * highest))
    axes.legend()
    pictures.save(figure, path, console)


@click.command()
@click.option("--calls", default=500, show_default=True, type=click.IntRange(1), help="Calls in a row.")
@click.option("--crowd", default=4, show_default=True, type=click.IntRange(1), help="Calls at once in the second part.")
@click.option(
    "--crowds", default=25, show_default=True, type=click.IntRange(1), help="How often that many call at once."
)
@click.option(
    "--results", default=RESULTS, type=click.Path(path_type=Path), help="Folder for the JSON and the picture."
)
def main(calls: int, crowd: int, crowds: int, results: Path) -> None:
    """Hold calls one after the other, then some at once, and show what the server still holds after them.

    Exits with 1 where a call failed or anything but memory was left behind.
    """
    console = Console()
    runs: list[Soak] = []
    for number, at_once, name in ((calls, 1, "soak"), (crowd * crowds, crowd, "soak_at_once")):
        with Progress(console=console) as progress:
            bar = progress.add_task(f"{at_once} at once", total=-(-number // at_once))
            found = asyncio.run(soak(number, at_once=at_once, tell=lambda _, p=progress, b=bar: p.advance(b)))  # type: ignore[misc]
        runs.append(found)
        console.print(table(found))
        for fault in found.faults:
            console.print(f"[red]failed[/] {fault}")
        _write(found, results / f"{name}.json")
    _draw(runs, results / "soak.svg", console)
    sys.exit(any(found.faults or found.left for found in runs))


if __name__ == "__main__":
    main()
