"""What a bad network leaves of a caller's voice: `python -m benchmarks.network --help`."""

import argparse
import asyncio
import contextlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks import pictures
from benchmarks.arguments import parser
from benchmarks.conditions import conditions, heading
from benchmarks.heard_words import Wire, judge, word_error_rates
from benchmarks.lossy_relay import Relay, Weather
from benchmarks.reports import keep
from benchmarks.voice_link import SIZE, SPEECH_RATE, Caller, Ear, Mouth, looped, our_server, stock_server
from models.audio import SAMPLE_RATE, Pcm, silence
from tests import speech
from web.loudspeaker import FRAME

CLIPS: Final = ("goal_1_rms", "task_1_slt", "reschedule_1_rms", "goal_2_slt", "task_3_rms", "reschedule_2_slt")
WHOLE: Final = 20.0
"""Seconds of each weather in a run that is kept."""

CLEAR: Final = 3.0
"""Seconds of good weather at first, by which the two time lines are laid upon each other."""

STALL: Final = 150.0
"""Milliseconds that this process may stand still at most, else the call is held again."""

OUTAGE: Final = (4.0, 2.0)
WEATHERS: Final = (
    Weather("clear"),
    Weather("loss 1 %", loss=0.01),
    Weather("loss 5 %", loss=0.05),
    Weather("loss 10 %", loss=0.10),
    Weather("loss 20 %", loss=0.20),
    Weather("jitter 30 ms, in order", queued=0.03),
    Weather("jitter 40 ms, overtaking", jitter=0.04),
    Weather("swapped 5 %, doubled 2 %", swap=0.05, double=0.02),
    Weather("bursts of 200 ms", bursts=(4.0, 0.2)),
    Weather("outage of 2 s", outage=OUTAGE),
)
SHORT: Final = ("clear", "loss 5 %", "loss 10 %", "outage of 2 s")
LINKS: Final = {"stock aiortc": (stock_server, False), "ours": (our_server, False), "ours, copies": (our_server, True)}

HELP = """\
A real aiortc client speaks through a lossy UDP relay to two servers at once: aiortc as it comes, and our path.

  frames     packets of sound that came out decoded or recovered, of all the client sent
  in place   20 ms pieces of speech heard where they were said, by their wave form: lost, late or moved ones are not
  delay      from the relay's receipt of a packet to our having its sound; a packet is 20 ms old when it is sent
  last 3 s   the standing delay: the same over the last seconds of the bad weather
  back       seconds after the last outage or burst until the delay stays below 60 ms
  WER        words that pocketsphinx gets wrong, of what was heard whole within the weather

"ours, copies" is a client that does what our answer asks of a browser: each packet carries a copy of the one before.
Each server has its own relay, and all relays the same script: the same packets are lost for each of them.

A whole run takes four minutes, and is kept (JSON, and with matplotlib a picture); another where --results names a
folder.

Examples:
  python -m benchmarks.network
  python -m benchmarks.network --short        four weathers of 10 s, no word error rate
"""


def words() -> tuple[Pcm, list[tuple[str, int, int]]]:
    """Return what the caller says over and over, and each sentence with its first and last frame."""
    pieces, sentences, frames = [], [], 0
    for clip in CLIPS:
        pcm = np.concatenate((speech.load(clip), silence(SAMPLE_RATE // 2)))
        pcm = pcm[: len(pcm) // SIZE * SIZE]
        sentences.append((speech.SENTENCES[clip].text, frames, frames + len(pcm) // SIZE))
        pieces.append(pcm)
        frames += len(pcm) // SIZE
    return np.concatenate(pieces), sentences


async def hold(name: str, weather: Weather, seconds: float, seed: int) -> dict[str, Any]:
    """Hold one call in a weather and return all that was said and heard."""
    serve, copies = LINKS[name]
    line, sentences = words()
    loop = asyncio.get_running_loop()
    ear, caller = Ear(), Caller(Mouth(line, copies=copies))
    relay: Relay | None = None
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(caller.close)
        answer = await stack.enter_async_context(serve(ear, looped("goal_1_slt", SPEECH_RATE)))
        offer = await caller.offer()
        relay = Relay(_host(offer), seed)
        await relay.open()
        stack.callback(relay.close)
        await caller.accept(relay.answer(await answer(relay.offer(offer))))
        await caller.mouth.begun.wait()
        await asyncio.sleep(CLEAR)
        relay.begin(weather)
        began, frames = loop.time(), ear.frames()
        await asyncio.sleep(seconds)
        ended, deeds = loop.time(), relay.deeds("up")
        relay.begin(Weather("clear"))
        await asyncio.sleep(0.2)
        frames = ear.frames() - frames
        await asyncio.sleep(0.5)
    wire = Wire(line, sentences, caller.mouth.said, relay.seen, began, ended, _last_trouble(weather, began, ended))
    sent = deeds.passed + deeds.lost
    row = {"link": name, "weather": weather.name, "relay": deeds.as_dict(), "frames": min(1.0, frames / sent)}
    return {**row, **judge(wire, ear), "stall_ms": _stall(caller.mouth.said) * 1000}


def _stall(said: Sequence[float]) -> float:
    """Return by how many seconds the caller was late at worst: this process was not let run, and measured that."""
    return max(at - said[0] - number * FRAME for number, at in enumerate(said))


def _host(offer: str) -> str:
    found = re.search(r"^a=candidate:\S+ 1 udp \d+ (\d+\.\d+\.\d+\.\d+) \d+ typ host", offer, re.M | re.I)
    if found is None:
        raise SystemExit("this machine has no IPv4 address besides 127.0.0.1; aiortc needs one (ip addr add …)")
    return found[1]


def _last_trouble(weather: Weather, began: float, ended: float) -> float | None:
    if weather.outage is not None:
        return began + sum(weather.outage)
    if weather.bursts is not None:
        every, lasts = weather.bursts
        # The last one that leaves time to come back.
        return began + (ended - began - every / 2) // every * every + lasts
    return None


async def run(weathers: Sequence[Weather], options: argparse.Namespace) -> list[dict[str, Any]]:
    """Hold a call on every link in every weather, the links of one weather at once unless told otherwise."""
    rows: list[dict[str, Any]] = []
    for weather in weathers:
        best: list[dict[str, Any]] = []
        for _ in range(1 + options.again):
            calls = [hold(name, weather, options.seconds, options.seed) for name in LINKS]
            tried = [await call for call in calls] if options.one_by_one else await asyncio.gather(*calls)
            best = min(best or tried, tried, key=_worst_stall)
            if _worst_stall(best) < STALL:
                break
        rows += best
        Console(stderr=True).print(f"{weather.name}: done, this process stood still for {_worst_stall(best):.0f} ms")
    return rows


def _worst_stall(rows: Sequence[dict[str, Any]]) -> float:
    return max(float(row["stall_ms"]) for row in rows)


def show(rows: list[dict[str, Any]], console: Console) -> None:
    """Print the table."""
    table = Table(title="What the server hears")
    titles = ("network", "link", "lost", "frames", "in place", "delay p50", "p95", "last 3 s", "back", "WER")
    for number, title in enumerate(titles):
        table.add_column(title, justify="left" if number < 2 else "right")
    for row in rows:
        sent = row["relay"]["passed"] + row["relay"]["lost"]
        cells = [f"{row['relay']['lost'] / sent:.1%}", f"{row['frames']:.1%}", f"{row['in_place']:.1%}"]
        cells += [_ms(row["delay_ms"][key]) for key in ("p50", "p95", "standing")]
        back = row["back_s"]
        cells.append("" if back is None else "never" if back < 0 else f"{back:.1f} s")
        cells.append("" if row.get("wer") is None else f"{row['wer']:.0%}")
        table.add_row(row["weather"] if row["link"] == next(iter(LINKS)) else "", row["link"], *cells)
    console.print(table)
    if _worst_stall(rows) >= STALL:
        console.print("This machine was too busy: what was measured in part is its scheduler. Try again when it rests.")


def _ms(value: float | None) -> str:
    return "" if value is None else f"{value:.0f} ms"


def draw(rows: list[dict[str, Any]], path: Path, console: Console) -> None:
    """Draw the delay over time in the weathers that show it best, where matplotlib is installed."""
    wanted = [name for name in ("loss 5 %", "outage of 2 s") if any(row["weather"] == name for row in rows)]
    if not wanted or (figure := pictures.blank(9, 3.2 * len(wanted), console)) is None:
        return
    for place, name in enumerate(wanted, 1):
        axes = figure.add_subplot(len(wanted), 1, place)
        for row in rows:
            if row["weather"] == name:
                times, delays = zip(*row["track"], strict=True) if row["track"] else ((), ())
                axes.plot(times, delays, ".", markersize=3, label=row["link"])
        axes.set(title=name, ylabel="delay, ms", ylim=(0, 400))
        axes.legend(loc="upper right")
    axes.set_xlabel("seconds of the weather")
    pictures.save(figure, path, console)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark from the command line."""
    wanted = parser(HELP)
    wanted.add_argument("--seconds", type=float, default=WHOLE, help=f"length of each weather (default {WHOLE:g})")
    wanted.add_argument("--seed", type=int, default=1, help="of the relays' script (default 1)")
    wanted.add_argument("--again", type=int, default=2, help="so often a call is held again on a busy machine")
    wanted.add_argument("--one-by-one", action="store_true", help="one link at a time, for a machine that is busy")
    wanted.add_argument("--short", action="store_true", help="four weathers of 10 s, held once, no word error rate")
    options = wanted.parse_args(arguments)
    if options.short:
        options.seconds, options.again = 10.0, 0
    console = Console(width=130)
    before = conditions()
    weathers = [one for one in WEATHERS if one.name in SHORT or not options.short]
    rows = asyncio.run(run(weathers, options))
    word_error_rates(rows, wanted=not options.short)
    console.print(heading(before), highlight=False)
    show(rows, console)
    told = [{key: value for key, value in row.items() if key != "track"} for row in rows]
    report = {"seconds": options.seconds, "seed": options.seed, "rows": told}
    if path := keep("network", report, before, options.results, whole=options.seconds >= WHOLE, console=console):
        draw(rows, path.with_suffix(".svg"), console)


if __name__ == "__main__":
    main()
