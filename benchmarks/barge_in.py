"""Measures how soon an agent that is interrupted falls silent, and what stops it in vain: see `--help`."""

import argparse
import asyncio
import json
import random
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks import answered_plot
from benchmarks.barge_call import SENTENCES, BargingCaller
from benchmarks.barge_judge import BARS, PERCENTS, Outcome, summary
from benchmarks.barge_sounds import CALLERS, FALSE, Event, callers, interruptions, no_interruptions
from benchmarks.conditions import conditions, heading
from benchmarks.own_server import own_server
from benchmarks.own_stub import llm_settings, own_stub
from tests.e2e.peer import Peer

RESULTS: Final = Path(__file__).parent / "results"
WHOLE: Final = (60, 200)
SHORT: Final = (5, 10)
SHOWN: Final = 200
"""Characters of an error; those of the client hold all that was said."""

HELP = """\
A real WebRTC client calls a server of its own (`flux-voice serve`, loopback, fresh data), has it tell a long story, and
makes sounds while it speaks.

Interruptions are sentences of several synthetic voices (benchmarks/barge_sounds.py). Counted from the first sample of
speech (above -48 dBFS, 36 dB below its peak), as its 20 ms frame leaves the client:

  egress      until no sound leaves the server any more, by its own packets: decoded as they reach the client's socket,
              before any jitter buffer. A pause of the agent's own does not count: if the server says later than that
              that the agent has stopped, then that is the moment
  told        until the server first says so (bot-stopped-speaking)
  caller      until no sound comes out of the client's jitter buffer (aiortc's, some 80 ms) any more
  not silent  the agent talked on, at least to the end of the sentence
  not taken   the agent fell silent, or not, and then went on: the caller must say it again

The agent first falls silent, and yields its turn when there are words. So these are counted apart:

  false stop  the agent lost its turn to a sound that wants none, or did not go on where it stopped within 8 s
  held        it fell silent and then went on: how often, and how long it was silent

Such sounds are backchannels ("uh-huh", "okay"), noises (coughs, cleared throats, breaths, knocks: models of them, no
recordings) and 4 s of the agent's own voice from a loudspeaker in a room, at -20 dB and 80 to 200 ms late.

Voices are flite's (apt-get install flite) and espeak-ng's; without flite two of six are left, which is told.

An interruption takes about 7 s, another event 6, so that a whole run takes half an hour. Results are kept (JSON, and
with matplotlib a picture) of a whole run, or where --results names a folder. The machine should have nothing else to
do: a busy one is told of.

Examples:
  python -m benchmarks.barge_in            60 interruptions, 200 other events
  python -m benchmarks.barge_in --short    5 and 10, in a minute and a half
  python -m benchmarks.barge_in --interruptions 0 --others 50 --set FLUX_PIPELINE__BARGE_IN=0.2
"""


async def measure(events: Sequence[Event], per_call: int, settings: dict[str, str], console: Console) -> list[Outcome]:
    """Hold as many calls as the events need and return what became of each; a call that fails costs one of them."""
    outcomes: list[Outcome] = []
    chance = random.Random(0)
    with tempfile.TemporaryDirectory(prefix="flux-bench-") as folder, Progress(console=console) as progress:
        bar = progress.add_task("events", total=len(events))
        async with (
            own_stub("--sentences", str(SENTENCES)) as stub,
            own_server(Path(folder), settings=llm_settings(stub) | settings) as server,
        ):
            while len(outcomes) < len(events):
                here = events[len(outcomes) : len(outcomes) + per_call]
                lived = 0
                try:
                    async with Peer(server.url, start={"user_id": str(uuid4())}, video=False) as peer:
                        caller = BargingCaller(peer, chance)
                        await caller.connect()
                        for event in here:
                            outcomes.append(await caller.live_through(event))
                            lived += 1
                            progress.advance(bar)
                except Exception as error:
                    # Whatever it was, the other events are measured all the same.
                    reason = f"{type(error).__name__}: {error}"[:SHOWN]
                    console.print(f"a call failed: {reason}", highlight=False)
                    if lived < len(here):
                        outcomes.append(Outcome(here[lived].kind, here[lived].name, failed=reason))
                        progress.advance(bar)
    return outcomes


def show(found: dict[str, Any], outcomes: Sequence[Outcome], console: Console) -> None:
    """Print the tables."""
    stopped = found["interruptions"]
    failures = f"{stopped['never_silent']} not silent, {stopped['turn_not_taken']} not taken"
    table = Table("ms from the onset of speech to", title=f"{stopped['events']} interruptions, {failures}")
    for percent in PERCENTS:
        table.add_column(f"p{percent}", justify="right")
    for name, row in (("silence at egress", "egress"), ("silence told", "told"), ("silence at the caller", "caller")):
        table.add_row(name, *(_number(stopped[row][f"p{percent}"]) for percent in PERCENTS))
    table.add_row("bars, at egress", *(_number(BARS[f"p{percent}_ms"]) for percent in PERCENTS), style="dim")
    console.print(table)
    table = Table("sound", title=f"false stops (bar: {BARS['false_stops']:.0%})")
    for name in ("events", "false stops", "share", "held", *(f"held, ms p{percent}" for percent in PERCENTS)):
        table.add_column(name, justify="right")
    for kind in (*FALSE, "all"):
        row = found["false_stops"][kind]
        share = "-" if row["share"] is None else f"{row['share']:.1%}"
        held = (_number(row["held_ms"][f"p{percent}"]) for percent in PERCENTS)
        table.add_row(kind, *map(str, (row["events"], row["false_stops"], share, row["held_and_released"])), *held)
    console.print(table)
    for one in outcomes:
        if one.lost and one.kind in FALSE:
            told = f"taken for “{' / '.join(one.heard)}”" if one.heard else "nothing was understood"
            console.print(f"stopped by {one.kind} {one.name}: {told}", highlight=False)
        elif one.kind == "interruption" and one.failed is None and not one.cut:
            console.print(f"not taken: {one.name}: heard “{' / '.join(one.heard)}”", highlight=False)
    if found["failed"]:
        console.print(f"{found['failed']} events failed with their calls and count nowhere")
    if found["disturbed"]:
        console.print(f"in {found['disturbed']} events the client itself faltered: repeat it on a quiet machine")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print and keep the numbers."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks.barge_in", description=HELP, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--interruptions", type=_count, help=f"how many (default {WHOLE[0]})")
    parser.add_argument("--others", type=_count, help=f"how many events that want no turn (default {WHOLE[1]})")
    parser.add_argument(
        "--short", action="store_true", help=f"{SHORT[0]} and {SHORT[1]} of them, unless told otherwise"
    )
    parser.add_argument("--per-call", type=_count, default=20, help="events of one call (default 20)")
    parser.add_argument("--set", action="append", default=[], type=_setting, metavar="NAME=VALUE", help="a setting")
    parser.add_argument("--results", type=Path, help=f"folder of JSON and picture (of a whole run {RESULTS})")
    options = parser.parse_args(arguments)
    console = Console(width=120)
    before = conditions()
    wanted = [
        default if given is None else given
        for given, default in zip(
            (options.interruptions, options.others), SHORT if options.short else WHOLE, strict=True
        )
    ]
    voices = callers()
    if len(voices) < len(CALLERS):
        console.print("flite is not installed (apt-get install flite): espeak-ng's two voices say everything")
    events = [*interruptions(wanted[0], voices), *no_interruptions(wanted[1], voices)]
    if not events:
        parser.error("nothing to measure: give --interruptions or --others 1 or more")
    random.Random(1).shuffle(events)
    settings = dict(options.set)
    outcomes = asyncio.run(measure(events, max(1, options.per_call), settings, console))
    found = summary(outcomes)
    console.print(heading(before), highlight=False)
    show(found, outcomes, console)
    whole = wanted[0] >= WHOLE[0] and wanted[1] >= WHOLE[1]
    folder = options.results or (RESULTS if whole else None)
    if folder is None:
        console.print("not kept: a short form (name a folder with --results)")
        return
    report = {
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": before,
        "profile": settings.get("FLUX_PROFILE", "embedded"),
        "settings": settings,
        "voices": [voice.name for voice in voices],
        **found,
        "outcomes": [asdict(one) for one in outcomes],
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "barge_in.json"
    path.write_text(json.dumps(report, indent=1) + "\n")
    console.print(f"kept in {path}")
    stops = [one for one in outcomes if one.kind == "interruption"]
    lines = {
        "at egress": [one.egress for one in stops if one.egress is not None],
        "at the caller": [one.caller for one in stops if one.caller is not None],
    }
    if not any(lines.values()):
        return
    answered_plot.draw(
        {name: values for name, values in lines.items() if values},
        "at egress",
        folder / "barge_in.svg",
        console,
        xlabel="ms after the onset of speech",
        ylabel="interruptions after which the agent was silent, %",
    )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no number of events: give 0 or more")
    return int(text)


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.startswith("FLUX_"):
        raise argparse.ArgumentTypeError(f"{text!r} is no setting: give one such as FLUX_PIPELINE__BARGE_IN=0.2")
    return name, value


if __name__ == "__main__":
    main()
