"""Measures how long callers wait for an answer: `python -m benchmarks.voice_to_voice --help`."""

import argparse
import asyncio
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks import answered_plot
from benchmarks.arguments import parser, positive
from benchmarks.conditions import conditions, heading
from benchmarks.llm_stub import FIRST_TOKEN, TOKENS_PER_SECOND
from benchmarks.own_server import own_server
from benchmarks.own_stub import llm_settings, own_stub
from benchmarks.percentiles import percentile
from benchmarks.reports import keep
from benchmarks.talk import Spoken, Turn, as_json, clips, converse, schedule
from pipeline.latency import MARKS
from tests.e2e.peer import Peer

WHOLE: Final = 200
PERCENTS: Final = (50, 95, 99)

HELP = """\
A real WebRTC client calls a server of its own (`flux-voice serve`, loopback, fresh data), speaks clips of tests/speech
in real time and records what comes back.

  voice to voice  what a caller waits: from the moment the last sample of speech leaves the client to the first audible
                  sample that it receives. The end of speech is known from the clip (the last sample above -48 dBFS),
                  so silence that a detector waits for counts. Jitter buffer and decoder of the client are in it.
  the marks       what the server says of the same turns (docs/architecture.md), from the end of speech as it heard it
  early           turns in which the agent spoke before the caller had finished; they have no wait and are counted apart
  unanswered      nothing came within 10 s; they count as 10 s

The language model is a stub behind Ollama's protocol: first token after 150 ms, then 60 a second, two sentences. All
else is the profile as it comes; set more with --set, which takes the variables of `flux-voice serve`.

A turn takes about 8 s, so that 200 take half an hour. Results are kept (JSON, and with matplotlib a picture) of a whole
run, or where --results names a folder. The machine should have nothing else to do: a busy one is told of.

Examples:
  python -m benchmarks.voice_to_voice                  200 turns
  python -m benchmarks.voice_to_voice --turns 10       the short form, in a minute and a half
  python -m benchmarks.voice_to_voice --turns 20 --set FLUX_PIPELINE__DRAFTS=3 --results /tmp/drafts
"""


async def measure(said: Sequence[Spoken], per_call: int, settings: dict[str, str], console: Console) -> list[Turn]:
    """Hold as many calls as the clips need and return every turn."""
    turns: list[Turn] = []
    with tempfile.TemporaryDirectory(prefix="flux-bench-") as folder, Progress(console=console) as progress:
        bar = progress.add_task("turns", total=len(said))
        async with (
            own_stub() as stub,
            own_server(Path(folder), settings=llm_settings(stub) | settings) as server,
        ):
            for first in range(0, len(said), per_call):
                async with Peer(server.url, start={"user_id": str(uuid4())}, video=False) as peer:
                    await peer.connect()
                    async for turn in converse(peer, said[first : first + per_call]):
                        turns.append(turn)
                        progress.advance(bar)
    return turns


def rows(turns: Sequence[Turn]) -> dict[str, list[float]]:
    """Return the values of each row of the table, in ms; a mark that was not reached is left out."""
    found = {"voice to voice": [turn.counted for turn in turns if turn.counted is not None]}
    plain = [turn for turn in turns if turn.marks is not None and not turn.early]
    for mark in MARKS:
        found[mark] = [value for turn in plain if turn.marks and (value := turn.marks.get(mark)) is not None]
    found["caller minus server"] = [
        turn.wait - out
        for turn in plain
        if turn.wait is not None and turn.marks and (out := turn.marks.get("audio_out")) is not None
    ]
    return found


def summary(turns: Sequence[Turn]) -> dict[str, Any]:
    """Return the percentiles of each row, how many turns went wrong, and how the first turn of a call compares."""
    stages = {
        name: {"turns": len(values), **{f"p{percent}": _round(percentile(values, percent)) for percent in PERCENTS}}
        for name, values in rows(turns).items()
    }
    firsts = [turn.counted for turn in turns if turn.number == 1 and turn.counted is not None]
    others = [turn.counted for turn in turns if turn.number > 1 and turn.counted is not None]
    return {
        "stages": stages,
        "early": sum(turn.early for turn in turns),
        "unanswered": sum(turn.wait is None and not turn.early for turn in turns),
        "disturbed": sum(turn.disturbed for turn in turns),
        "first_turn_p50": _round(statistics.median(firsts)) if firsts else None,
        "other_turns_p50": _round(statistics.median(others)) if others else None,
    }


def show(found: dict[str, Any], turns: int, console: Console) -> None:
    """Print the table."""
    table = Table("ms from the end of speech to", title=f"{turns} turns, {found['early']} early, "
                  f"{found['unanswered']} unanswered")  # fmt: skip
    for percent in PERCENTS:
        table.add_column(f"p{percent}", justify="right")
    table.add_column("turns", justify="right")
    for name, stage in found["stages"].items():
        cells = ("-" if stage[f"p{percent}"] is None else f"{stage[f'p{percent}']:.0f}" for percent in PERCENTS)
        table.add_row(name, *cells, str(stage["turns"]))
    console.print(table)
    if found["first_turn_p50"] is not None and found["other_turns_p50"] is not None:
        console.print(
            f"first turns of calls: p50 {found['first_turn_p50']:.0f} ms, the others {found['other_turns_p50']:.0f} ms"
        )
    if found["disturbed"]:
        console.print(f"in {found['disturbed']} turns the client itself faltered: repeat it on a quiet machine")


def main() -> None:
    """Measure, print and keep the numbers."""
    wanted = parser(HELP)
    wanted.add_argument("--turns", type=positive, default=WHOLE, help=f"how many clips are said (default {WHOLE})")
    wanted.add_argument("--per-call", type=positive, default=20, help="turns of one call (default 20)")
    wanted.add_argument("--set", action="append", default=[], type=setting, metavar="NAME=VALUE", help="a setting")
    options = wanted.parse_args()
    console = Console(width=120)
    before = conditions()
    settings = dict(options.set)
    turns = asyncio.run(measure(schedule(clips(), options.turns), options.per_call, settings, console))
    found = summary(turns)
    console.print(heading(before), highlight=False)
    show(found, len(turns), console)
    report = {
        "profile": settings.get("FLUX_PROFILE", "embedded"),
        "settings": settings,
        "llm": {"first_token_s": FIRST_TOKEN, "tokens_per_second": TOKENS_PER_SECOND, "sentences": 2},
        **found,
        "turns": [as_json(turn) for turn in turns],
    }
    whole = len(turns) >= WHOLE
    if path := keep("voice_to_voice", report, before, options.results, whole=whole, console=console):
        answered_plot.draw(
            {name: values for name, values in rows(turns).items() if values and name != "caller minus server"},
            "voice to voice",
            path.with_suffix(".svg"),
            console,
            xlabel="ms after the end of speech",
            ylabel="turns that got there, %",
        )


def _round(value: float) -> float | None:
    return None if value != value else round(value, 1)


def setting(text: str) -> tuple[str, str]:
    """Read a setting of the server and its value from the command line."""
    name, equals, value = text.partition("=")
    if not equals or not name.startswith("FLUX_"):
        raise argparse.ArgumentTypeError(f"{text!r} is no setting: give one such as FLUX_PIPELINE__DRAFTS=3")
    return name, value


if __name__ == "__main__":
    main()
