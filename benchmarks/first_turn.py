"""Measures whether a call's first turn is slower than its tenth: `python -m benchmarks.first_turn --help`."""

import argparse
import asyncio
import json
import math
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks import answered_plot
from benchmarks.arguments import positive
from benchmarks.conditions import conditions, heading
from benchmarks.llm_stub import FIRST_TOKEN, TOKENS_PER_SECOND
from benchmarks.own_server import own_server
from benchmarks.own_stub import llm_settings, own_stub
from benchmarks.percentiles import ROUNDS, percentile, ratio
from benchmarks.talk import Spoken, Turn, as_json, clips, converse
from benchmarks.voice_to_voice import setting
from pipeline.latency import MARKS
from tests.e2e.peer import Peer

RESULTS: Final = Path(__file__).parent / "results"
STARTS: Final = 5
TURNS: Final = 10
LATER_CALLS: Final = 2
CLIP: Final = "task_1_slt"
BAR: Final = 1.10
"""How much longer than the last turn the first one may take."""

HELP = f"""\
Starts a server (`flux-voice serve`, loopback, fresh data) and at once holds one call of ten turns with it, each the
same clip; then two calls of one turn. All again with the next server. What is measured in a turn, and by whom, tells
`python -m benchmarks.voice_to_voice --help`: the caller's own wait, and the server's figure of it (audio_out).

The ratios are first turns divided by last ones, medians of all starts; an interval holds 95 of 100 runs that are
resampled by whole starts. The bar is {BAR:.2f}.

A start takes two minutes, a whole run of {STARTS} ten. Results are kept (JSON, and with
matplotlib a picture) of a whole run, or where --results names a folder. The machine should have nothing else to do.

Examples:
  python -m benchmarks.first_turn                         {STARTS} starts, {TURNS} turns each
  python -m benchmarks.first_turn --starts 1 --turns 3    the short form, in a minute
"""


@dataclass(frozen=True, slots=True)
class Start:
    """What was heard of one server: the turns of its first call, and the one turn of each later call."""

    turns: tuple[Turn, ...]
    later: tuple[Turn, ...]


Figure = Callable[[Turn], float | None]


def told(mark: str, turn: Turn) -> float | None:
    """Return a mark as the server tells it, in ms; None where it tells none, or the agent spoke too early."""
    return None if turn.early or turn.marks is None else turn.marks.get(mark)


FIGURES: Final[dict[str, Figure]] = {"caller": lambda turn: turn.counted, "server": partial(told, "audio_out")}


async def measure(clip: Spoken, starts: int, turns: int, settings: dict[str, str], console: Console) -> list[Start]:
    """Start a server `starts` times and hold its calls."""
    found = []
    with Progress(console=console) as progress:
        bar = progress.add_task("turns", total=starts * (turns + LATER_CALLS))
        for _ in range(starts):
            async with AsyncExitStack() as stack:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="flux-bench-")))
                stub = await stack.enter_async_context(own_stub())
                server = await stack.enter_async_context(own_server(folder, settings=llm_settings(stub) | settings))
                calls = [
                    await _hold(server.url, [clip] * length, lambda: progress.advance(bar))
                    for length in (turns, *[1] * LATER_CALLS)
                ]
                found.append(Start(tuple(calls[0]), tuple(turn for call in calls[1:] for turn in call)))
    return found


async def _hold(url: str, said: Sequence[Spoken], over: Callable[[], None]) -> list[Turn]:
    turns = []
    async with Peer(url, start={"user_id": str(uuid4())}, video=False) as peer:
        await peer.connect()
        async for turn in converse(peer, said):
            turns.append(turn)
            over()
    return turns


def summary(starts: Sequence[Start]) -> dict[str, Any]:
    """Return medians of first, middle and last turns and of calls, in ms, their ratios, and whether the bar is met."""
    turns = [turn for start in starts for turn in (*start.turns, *start.later)]
    return {
        "sides": {name: _side(starts, figure) for name, figure in FIGURES.items()},
        "marks": {mark: _ends(starts, partial(told, mark)) for mark in MARKS},
        "early": sum(turn.early for turn in turns),
        "unanswered": sum(turn.wait is None and not turn.early for turn in turns),
        "disturbed": sum(turn.disturbed for turn in turns),
    }


def _side(starts: Sequence[Start], figure: Figure) -> dict[str, Any]:
    firsts, lasts = ([_known([start.turns[at]], figure) for start in starts] for at in (0, -1))
    compared = ratio(firsts, lasts, 50)
    return {
        **_ends(starts, figure),
        "ratio": _round(compared.value, 3),
        "interval": [_round(compared.low, 3), _round(compared.high, 3)],
        "met": None if math.isnan(compared.value) else compared.value <= BAR,
        "turns": [_median([start.turns[at] for start in starts], figure) for at in range(len(starts[0].turns))],
        "later_calls": [_median([start.later[at] for start in starts], figure) for at in range(len(starts[0].later))],
    }


def _ends(starts: Sequence[Start], figure: Figure) -> dict[str, float | None]:
    return {
        "first": _median([start.turns[0] for start in starts], figure),
        "between": _median([turn for start in starts for turn in start.turns[1:-1]], figure),
        "last": _median([start.turns[-1] for start in starts], figure),
    }


def _known(turns: Sequence[Turn], figure: Figure) -> list[float]:
    return [value for turn in turns if (value := figure(turn)) is not None]


def _median(turns: Sequence[Turn], figure: Figure) -> float | None:
    return _round(percentile(_known(turns, figure), 50), 1)


def _round(value: float, digits: int) -> float | None:
    return None if math.isnan(value) else round(value, digits)


def show(found: dict[str, Any], starts: int, turns: int, console: Console) -> None:
    """Print the table and what follows from it."""
    table = Table("medians, ms", title=f"{starts} starts of the server, {turns} turns each", min_width=60)
    for column in ("turn 1", "between", f"turn {turns}", "first call", *(f"call {n + 2}" for n in range(LATER_CALLS))):
        table.add_column(column, justify="right")
    for name, side in found["sides"].items():
        row = (side["first"], side["between"], side["last"], side["first"], *side["later_calls"])
        table.add_row(f"voice to voice, {name}", *map(_cell, row))
    for mark, ends in found["marks"].items():
        table.add_row(mark, *map(_cell, ends.values()))
    console.print(table)
    for name, side in found["sides"].items():
        low, high = side["interval"]
        sure = f" (95 % within {low:.2f} to {high:.2f})" if low is not None else f" (no interval of less than {ROUNDS})"
        if side["ratio"] is not None:
            verdict = "met" if side["met"] else "missed"
            console.print(f"{name}: turn 1 takes {side['ratio']:.2f} of turn {turns}{sure}; bar {BAR:.2f}: {verdict}")
    for what, note in (("early", "began before the caller had finished"), ("unanswered", "never came")):
        if found[what]:
            console.print(f"{found[what]} answers {note}")
    if found["disturbed"]:
        console.print(f"in {found['disturbed']} turns the client itself faltered: repeat it on a quiet machine")


def _cell(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"


def main() -> None:
    """Measure, print and keep the numbers."""
    parser = argparse.ArgumentParser(description=HELP, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--starts", type=positive, default=STARTS, help=f"starts of a server (default {STARTS})")
    parser.add_argument("--turns", type=positive, default=TURNS, help=f"turns of the first call (default {TURNS})")
    parser.add_argument("--set", action="append", default=[], type=setting, metavar="NAME=VALUE", help="a setting")
    parser.add_argument("--results", type=Path, help=f"folder of JSON and picture (of a whole run {RESULTS})")
    options = parser.parse_args()
    if options.turns < 2:
        parser.error("argument --turns: give 2 or more, for the first is compared with the last")
    console = Console(width=120)
    before, settings = conditions(), dict(options.set)
    clip = next(clip for clip in clips() if clip.name == CLIP)
    starts = asyncio.run(measure(clip, options.starts, options.turns, settings, console))
    found = summary(starts)
    console.print(heading(before), highlight=False)
    show(found, options.starts, options.turns, console)
    folder = options.results or (RESULTS if options.starts >= STARTS and options.turns >= TURNS else None)
    if folder is None:
        console.print("not kept: a short form (name a folder with --results)")
        return
    report = {
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": before,
        "profile": settings.get("FLUX_PROFILE", "embedded"),
        "settings": settings,
        "llm": {"first_token_s": FIRST_TOKEN, "tokens_per_second": TOKENS_PER_SECOND, "sentences": 2},
        "clip": CLIP,
        "bar": BAR,
        **found,
        "starts": [{"turns": [*map(as_json, start.turns)], "later": [*map(as_json, start.later)]} for start in starts],
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "first_turn.json"
    path.write_text(json.dumps(report, indent=1) + "\n")
    console.print(f"kept in {path}")
    answered_plot.draw(
        {
            "turn 1": _known([start.turns[0] for start in starts], FIGURES["caller"]),
            f"turn {options.turns}": _known([start.turns[-1] for start in starts], FIGURES["caller"]),
        },
        "turn 1",
        folder / "first_turn.svg",
        console,
        xlabel="ms after the end of speech",
        ylabel="turns that got there, %",
    )


if __name__ == "__main__":
    main()
