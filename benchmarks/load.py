"""Measures how many talking calls a machine bears: `python -m benchmarks.load --help`."""

import asyncio
import json
import math
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import psutil
from rich.console import Console
from rich.table import Table

from benchmarks import pictures
from benchmarks.arguments import parser, positive, some_of
from benchmarks.conditions import conditions, heading
from benchmarks.load_search import Search, ratio_of_calls, turns_of_a_call
from benchmarks.loop_lag import lags
from benchmarks.own_stub import own_stub
from benchmarks.peer_environments import CACHE, versions
from benchmarks.peer_servers import STUBBED, Running, prepare, serve
from benchmarks.percentiles import percentile
from benchmarks.process_tree import taken
from benchmarks.reports import keep
from benchmarks.talk import PATIENCE, Turn

SERVER_CORES: Final = 2
CALLS_PER_PROCESS: Final = 6
"""Callers of one process: more would be late themselves."""

TURN_SECONDS: Final = 8.0
LATE: Final = 100.0
"""How late, in ms, the callers' own loops may be in one turn of twenty before a step says more of them than of us."""

HELP = """\
Holds 1, 2, 4, … calls at once that all talk, until the p95 of what callers wait is more than twice that of one call,
then halves its way to the number that a machine bears. First with us, then with Pipecat, set up the same way.

Recognition hears the same words in every turn and the voice hums as long as the words would take, both at no cost, so
that the rest is measured: transport, voice activity detection, turn taking (Pipecat's with smart-turn, its default),
the language model's stream (the stub of benchmarks.voice_to_voice), pacing. Turns and waits are as they are there.

  CPU per call   seconds of CPU a second that the server and its processes take, divided by the calls
  loop lag       p95 of the longest lag of the server's event loop within each second
  memory         of the server and its processes, what they share counted once
  callers late   p95 of how far the callers' own loops fell behind in a turn: above 100 ms the callers were the limit

The server has two cores. Where there are more, the callers have the rest; where there are only two, they share them,
and that is told.

A step takes about three minutes, a whole run of both three quarters of an hour. Results are kept (JSON, and with
matplotlib a picture) where both were measured to the end, or where --results names a folder.

Examples:
  python -m benchmarks.load
  python -m benchmarks.load --most 2 --together 4          the short form: one and two calls, some turns
  python -m benchmarks.load --systems ours_stubs --results /tmp/load
"""


@dataclass(frozen=True, slots=True)
class Step:
    """What some calls at once gave: waits in ms, CPU in s a second and call, lag in ms, memory in bytes."""

    calls: int
    turns: int
    p50: float
    p95: float
    early: int
    unanswered: int
    failed: int
    cpu_per_call: float
    lag_p95: float
    lag_most: float
    memory: int
    callers_late_p95: float


def step(calls: int, told: Sequence[dict[str, Any]], seconds: float, cpu: float, memory: int, lag: list[float]) -> Step:
    """Put together what the callers tell and what the server took; a failed call counts as one unanswered turn."""
    turns = [Turn(**turn) for call in told for turn in call["turns"]]
    failed = sum(call["fault"] is not None for call in told)
    waits = [wait for turn in turns if (wait := turn.counted) is not None] + [PATIENCE * 1000] * failed
    return Step(
        calls=calls,
        turns=len(turns),
        p50=percentile(waits, 50),
        p95=percentile(waits, 95) if waits else math.inf,
        early=sum(turn.early for turn in turns),
        unanswered=sum(turn.wait is None and not turn.early for turn in turns),
        failed=failed,
        cpu_per_call=cpu / seconds / calls,
        lag_p95=percentile(lag, 95),
        lag_most=max(lag, default=math.nan),
        memory=memory,
        callers_late_p95=percentile([turn.late for turn in turns], 95),
    )


async def hold(server: Running, calls: int, turns: int, lag: Path) -> Step:
    """Hold some calls at once and look at the server meanwhile."""
    kind = server.name.removesuffix("_stubs")
    groups = [min(CALLS_PER_PROCESS, calls - first) for first in range(0, calls, CALLS_PER_PROCESS)]
    before, began = taken(server.pid), time.monotonic()
    callers = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "benchmarks.load_callers", kind, server.url),
            *(str(group), str(turns), str(100 * number), str(TURN_SECONDS)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        for number, group in enumerate(groups)
    ]
    memory = [before.memory]
    watching = asyncio.create_task(_watch_memory(server.pid, memory))
    try:
        outputs = await asyncio.gather(*(caller.communicate() for caller in callers))
    finally:
        watching.cancel()
        for caller in callers:
            if caller.returncode is None:
                caller.kill()
                await caller.wait()
    ended, after = time.monotonic(), taken(server.pid)
    told = [json.loads(line) for output, _ in outputs for line in output.splitlines()]
    told += [{"turns": [], "fault": "its process ended"}] * (calls - len(told))
    late = lags(lag, began, ended)
    return step(calls, told, ended - began, after.cpu - before.cpu, max(memory), late)


async def _watch_memory(pid: int, seen: list[int]) -> None:
    while True:
        await asyncio.sleep(5)
        seen.append(taken(pid).memory)


async def search(server: Running, most: int, together: int, lag: Path, console: Console) -> tuple[Search, list[Step]]:
    """Hold more and more calls until it is known how many the server bears."""
    asked = Search(most)
    steps: list[Step] = []
    while (calls := asked.next()) is not None:
        with console.status(f"{server.name}: {calls} at once"):
            one = await hold(server, calls, turns_of_a_call(calls, together=together), lag)
        steps.append(one)
        asked.took(calls, one.p95)
        console.print(f"{server.name}: {calls} at once, p50 {one.p50:.0f} ms, p95 {one.p95:.0f} ms", highlight=False)
    return asked, steps


async def measure(
    systems: Sequence[str], most: int, together: int, environments: Path, cores: Sequence[int], console: Console
) -> dict[str, tuple[Search, list[Step]]]:
    """Measure one system after the other, each with a server of its own."""
    found = {}
    with tempfile.TemporaryDirectory(prefix="flux-bench-") as place:
        async with own_stub() as stub:
            for name in systems:
                lag = Path(place) / f"{name}.lag"
                async with serve(name, stub, Path(place), environments, lag=lag, cores=cores) as server:
                    found[name] = await search(server, most, together, lag, console)
    return found


def table(name: str, steps: Sequence[Step], bears: int) -> Table:
    """Return the table of one system."""
    shown = Table("calls", title=f"{name.removesuffix('_stubs')}: bears {bears}")
    for column in ("p50, ms", "p95, ms", "turns", "early", "unanswered", "CPU per call", "loop lag p95 / most, ms"):
        shown.add_column(column, justify="right")
    shown.add_column("memory, MB", justify="right")
    shown.add_column("callers late, ms", justify="right")
    for one in sorted(steps, key=lambda each: each.calls):
        late = f"{one.callers_late_p95:.0f}" + (" (!)" if one.callers_late_p95 > LATE else "")
        shown.add_row(
            *(str(one.calls), f"{one.p50:.0f}", f"{one.p95:.0f}", str(one.turns), str(one.early)),
            *(str(one.unanswered + one.failed), f"{one.cpu_per_call:.3f}", f"{one.lag_p95:.0f} / {one.lag_most:.0f}"),
            *(f"{one.memory / 1e6:.0f}", late),
        )
    return shown


def draw(found: dict[str, tuple[Search, list[Step]]], path: Path, console: Console) -> None:
    """Draw waits and CPU over calls, where matplotlib is installed."""
    if (figure := pictures.blank(9, 4, console)) is None:
        return
    waits, cpu = figure.subplots(1, 2)
    for name, (_, steps) in found.items():
        ordered = sorted(steps, key=lambda one: one.calls)
        calls, label = [one.calls for one in ordered], name.removesuffix("_stubs")
        waits.plot(calls, [one.p95 for one in ordered], "-o", label=f"{label}, p95")
        waits.plot(calls, [one.p50 for one in ordered], "--", label=f"{label}, p50", alpha=0.6)
        cpu.plot(calls, [one.cpu_per_call for one in ordered], "-o", label=label)
    waits.set(xlabel="talking calls at once", ylabel="voice to voice, ms", ylim=0)
    cpu.set(xlabel="talking calls at once", ylabel="CPU per call, s/s", ylim=0)
    for axes in (waits, cpu):
        axes.grid(alpha=0.3)
        axes.legend()
    pictures.save(figure, path, console)


def main() -> None:
    """Measure, print and keep the numbers."""
    wanted = parser(HELP)
    systems_told = ",".join(STUBBED)
    wanted.add_argument(
        "--systems", type=some_of(STUBBED), default=systems_told, help=f"which are measured (default {systems_told})"
    )
    wanted.add_argument("--most", type=positive, default=64, help="calls at once, at most (default 64)")
    wanted.add_argument("--together", type=positive, default=24, help="turns of a step, at least (default 24)")
    wanted.add_argument("--environments", type=Path, default=CACHE, help=f"where the peers live (default {CACHE})")
    options = wanted.parse_args()
    systems = options.systems
    console = Console(width=150)
    try:
        prepare(systems, options.environments, console.print)
    except RuntimeError as error:
        wanted.exit(1, f"{error}\n")
    before = conditions()
    cores = _part_cores()
    found = asyncio.run(measure(systems, options.most, options.together, options.environments, cores, console))
    bears = {name: asked.bears for name, (asked, _) in found.items()}
    times = ratio_of_calls(bears, *STUBBED)
    console.print(heading(before), highlight=False)
    for name, (_, steps) in found.items():
        console.print(table(name, steps, bears[name]))
    if not cores:
        console.print("server and callers shared the cores: with more of them a server bears more")
    if times is not None:
        console.print(f"ours bears {times:.2f} times as many calls")
    ended = all(max(asked.found) > asked.bears for asked, _ in found.values()) and systems == list(STUBBED)
    report = {
        "cores_shared_with_callers": not cores,
        "peers": versions("pipecat", "pipecat-ai", "aiortc", "onnxruntime"),
        "bears": bears,
        "ratio": times,
        "steps": {name: [asdict(one) for one in steps] for name, (_, steps) in found.items()},
    }
    if path := keep("load", report, before, options.results, whole=ended, console=console):
        draw(found, path.with_suffix(".svg"), console)


def _part_cores() -> Sequence[int]:
    """Leave the server its cores, this process and its callers the others, and return the server's; none if too few."""
    mine = psutil.Process().cpu_affinity() if hasattr(psutil.Process, "cpu_affinity") else None
    everything = mine or list(range(os.cpu_count() or 1))
    if len(everything) <= SERVER_CORES:
        return ()
    psutil.Process().cpu_affinity(everything[SERVER_CORES:])
    return everything[:SERVER_CORES]


if __name__ == "__main__":
    main()
