"""Measures where turns are taken to be over, and how late: `python -m benchmarks.turns --help`."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import Final

import structlog
from rich.console import Console
from rich.table import Table

from benchmarks import pictures
from benchmarks.arguments import parser
from benchmarks.conditions import conditions
from benchmarks.reports import keep
from benchmarks.turn_clips import Clip, clips
from benchmarks.turn_evidence import Evidence, Gathering
from benchmarks.turn_replay import Delays, Judge, Point, Silence, SmartTurnAlone, judged_words, ours, point, replay
from models.word_errors import word_error_rate
from pipeline.endpoint_settings import EndpointSettings

CACHE: Final = Path.home() / ".cache" / "flux-voice" / "turns"
WAITS: Final = (0.3, 0.545)
RATE: Final = 0.05

COSTS: Final = tuple(round(0.05 * 1.2**step, 3) for step in range(38))
SILENCES: Final = tuple(0.2 + 0.05 * step for step in range(27))
THRESHOLDS: Final = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98)
SOON: Final = (0.2, 0.35, 0.5)
LATE: Final = (0.4, 0.6, 0.8, 1.0, 1.2, 1.6, 3.0)

HELP = """\
Plays clips with pauses inside (benchmarks/turn_clips.py) to the product's voice activity detector, turn taker and
speech recognition, and asks each way of ending a turn what it would do at every pause.

  mean wait   from the true end of speech, known to the sample, to the end of the turn, over all turns
  cut turns   of the turns with a pause inside, the share that is cut off at least once
  cut pauses  of all pauses inside, the share that is taken for the end of the turn

  ours           silence, words, sound and the caller's own pauses; one knob, endpoint.cut_off_cost
  ours, words    without the end-of-turn model;  ours, sound  without the words
  ours, true words    as if recognition made no mistake: an upper bound, not the product
  smart-turn     ends soon where the model says so, else after a long silence; at every wait the best of 260 settings
                 chosen in hindsight on these very clips, which is more than any user of it can know
  silence        one fixed silence

The clips are synthetic, and so are their pauses (200 to 1,500 ms): compare rows, do not take a rate for that of people.
Making clips and transcripts takes about a quarter of an hour the first time; they are kept in the cache. It needs
flite, a Debian package. Results are kept (JSON, and with matplotlib a picture), of the short form only where --results
names a folder.

Examples:
  python -m benchmarks.turns
  python -m benchmarks.turns --short          a few clips, by espeak-ng alone: says whether it runs, and no more
  python -m benchmarks.turns --set tuning     the set that the policy's figures were chosen with
  python -m benchmarks.turns --words 150 --audio 250    evidence that comes later, in ms
"""


def curve(pairs: Sequence[tuple[Clip, Evidence]], makers: Sequence[tuple[str, Callable[[], Judge]]], delays: Delays,
          *, true_words: bool = False) -> list[Point]:  # fmt: skip
    """Replay every setting and return its point."""
    return [point(name, replay(pairs, make, delays, true_words=true_words)) for name, make in makers]


def best_within(points: Sequence[Point], wait: float) -> Point | None:
    """Return the point that cuts fewest turns off among those that wait no longer than `wait` on average."""
    return min((one for one in points if one.mean_wait <= wait), key=lambda one: one.cut_turns, default=None)


def soonest(points: Sequence[Point], rate: float) -> Point | None:
    """Return the point that waits least among those that cut off no more than `rate` of the turns."""
    return min((one for one in points if one.cut_turns <= rate), key=lambda one: one.mean_wait, default=None)


def without(pairs: Sequence[tuple[Clip, Evidence]], *, sound: bool = False, words: bool = False) -> list[
    tuple[Clip, Evidence]
]:  # fmt: skip
    """Return the evidence without the sound, or with words that tell nothing."""
    kept = []
    for clip, evidence in pairs:
        pauses = tuple(
            replace(
                pause,
                audio=None if sound else pause.audio,
                looked="" if words else pause.looked,
                heard="" if words else pause.heard,
            )
            for pause in evidence.pauses
        )
        kept.append((clip, replace(evidence, pauses=pauses)))
    return kept


def measure(pairs: Sequence[tuple[Clip, Evidence]], delays: Delays) -> dict[str, list[Point]]:
    """Return the points of every way to end a turn."""
    policy = [(f"cost {cost:g} s", ours(cost)) for cost in COSTS]
    alone = [
        (f"over {threshold:g}: {soon:g} s, else {late:g} s", partial(SmartTurnAlone.of, threshold, soon, late))
        for threshold, soon, late in product(THRESHOLDS, SOON, LATE)
        if soon < late
    ]
    rows = {
        "ours": curve(pairs, policy, delays),
        "ours, words": curve(without(pairs, sound=True), policy, delays),
        "ours, sound": curve(without(pairs, words=True), policy, delays),
        "ours, true words": curve(pairs, policy, delays, true_words=True),
        "silence": curve(pairs, [(f"{s:.2f} s", partial(Silence, s)) for s in SILENCES], delays),
    }
    if all(pause.audio is not None for _, evidence in pairs for pause in evidence.pauses):
        rows["smart-turn"] = curve(pairs, alone, delays)
    else:
        del rows["ours, sound"]
    return rows


def worst_excess(mine: Sequence[Point], other: Sequence[Point]) -> tuple[float, float]:
    """Return how many more turns `mine` cuts off than `other` at the wait where it fares worst, and that wait in s."""
    waits = [wait / 1000 for wait in range(230, 1_201, 5)]
    found = [
        (one.cut_turns - another.cut_turns, wait)
        for wait in waits
        if (one := best_within(mine, wait)) and (another := best_within(other, wait))
    ]
    return max(found, default=(0.0, 0.0))


def show(rows: dict[str, list[Point]], console: Console) -> None:
    """Print the table."""
    table = Table("way")
    for name in (*(f"cut turns within {wait * 1000:g} ms" for wait in WAITS), "cut pauses there", "wait at 5 % cut"):
        table.add_column(name, justify="right")
    for name, points in rows.items():
        at = [best_within(points, wait) for wait in WAITS]
        early = soonest(points, RATE)
        table.add_row(
            name,
            *("-" if one is None else f"{one.cut_turns:.1%}" for one in at),
            " / ".join("-" if one is None else f"{one.cut_pauses:.1%}" for one in at),
            "-" if early is None else f"{early.mean_wait * 1000:.0f} ms",
        )
    console.print(table)


def draw(rows: dict[str, list[Point]], default: Point, path: Path, console: Console) -> None:
    """Draw cut-offs over waits, where matplotlib is installed."""
    if (figure := pictures.blank(8, 4.5, console)) is None:
        return
    axes = figure.subplots()
    for name, points in rows.items():
        best = [one for one in points if best_within(points, one.mean_wait) == one]
        best.sort(key=lambda one: one.mean_wait)
        style = {"ours": "-o", "smart-turn": "-s", "silence": "-"}.get(name, "--")
        axes.plot([1000 * one.mean_wait for one in best], [100 * one.cut_turns for one in best], style, label=name,
                  markersize=3)  # fmt: skip
    axes.plot(1000 * default.mean_wait, 100 * default.cut_turns, "*", markersize=14, label="ours, as it comes")
    axes.set(
        xlabel="mean wait after the end of speech, ms", ylabel="hesitating turns cut off, %", xlim=(200, 1_200), ylim=0
    )
    axes.grid(alpha=0.3)
    axes.legend()
    pictures.save(figure, path, console)


async def gather(made: Sequence[Clip], folder: Path, console: Console) -> list[tuple[Clip, Evidence]]:
    """Find out what the product knows of each clip, or read it from `folder`."""
    gathering = Gathering(folder)
    pairs = []
    with console.status("") as status:
        for number, clip in enumerate(made, 1):
            status.update(f"listening to clip {number} of {len(made)}")
            pairs.append((clip, await gathering.clip(clip)))
    return pairs


def words_of(pairs: Sequence[tuple[Clip, Evidence]]) -> dict[str, float]:
    """Return how good the words at pauses are, and what the final ones cost."""
    pauses = [pause for _, evidence in pairs for pause in evidence.pauses]
    costs = sorted(evidence.finishing * 1000 for _, evidence in pairs)
    return {
        "pauses_per_turn": len(pauses) / len(pairs),
        "final_cpu_ms_p50": costs[len(costs) // 2],
        "final_cpu_ms_p95": costs[int(0.95 * len(costs))],
        "share_of_decoding": sum(costs) / 1000 / sum(evidence.decoding for _, evidence in pairs),
        "wer_at_pauses": word_error_rate((pause.said, pause.heard) for pause in pauses),
        "wer_final": word_error_rate((clip.before[-1], evidence.final) for clip, evidence in pairs),
    }


def main() -> None:
    """Measure, print and keep the numbers."""
    wanted = parser(HELP)
    wanted.add_argument("--set", choices=("judging", "tuning"), default="judging", help="which clips (default judging)")
    wanted.add_argument("--cache", type=Path, default=CACHE, help=f"folder of clips and transcripts (default {CACHE})")
    wanted.add_argument("--words", type=float, default=30, help="ms from pause to its first words (default 30)")
    wanted.add_argument("--audio", type=float, default=100, help="ms from pause to smart-turn's verdict (default 100)")
    wanted.add_argument("--short", action="store_true", help="a few clips, made without flite")
    options = wanted.parse_args()
    if options.short and options.set == "tuning":
        wanted.error("the short form has no set for tuning: leave one of the two out")
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    console = Console(width=120)
    before = conditions()
    chosen = clips(options.cache, options.set, short=options.short)
    pairs = asyncio.run(gather(chosen, options.cache, console))
    delays = Delays(options.words / 1000, options.audio / 1000)
    rows = measure(pairs, delays)
    settings = EndpointSettings()
    default = point("default", replay(pairs, ours(settings.cut_off_cost), delays))
    show(rows, console)
    console.print(
        f"as it comes (cost {settings.cut_off_cost:g} s): mean wait {default.mean_wait * 1000:.0f} ms, p95 "
        f"{default.p95_wait * 1000:.0f} ms, {default.cut_turns:.1%} of hesitating turns cut, "
        f"{default.cut_plain:.1%} of the others"
    )
    excess = worst_excess(rows["ours"], rows["smart-turn"]) if "smart-turn" in rows else None
    if excess:
        console.print(f"against smart-turn, worst: {excess[0]:+.1%} cut turns at {excess[1] * 1000:.0f} ms")
    costs = words_of(pairs)
    for name, value in costs.items():
        console.print(f"{name:28} {value:.3f}", highlight=False)
    name = "turns" if options.set == "judging" else "turns_tuning"
    report = {
        "set": options.set,
        "clips": len(pairs),
        "hesitating_turns": sum(bool(clip.pauses) for clip, _ in pairs),
        "inner_pauses": sum(len(clip.pauses) for clip, _ in pairs),
        "delays": asdict(delays),
        "bars": {
            "cut_turns_at_300_ms": (at := best_within(rows["ours"], 0.3)) and at.cut_turns,
            "excess_over_smart_turn": excess and {"cut_turns": excess[0], "at_wait": excess[1]},
        },
        "default": asdict(default),
        "words": costs,
        "words_judged": {verdict.name: counts for verdict, counts in judged_words(pairs).items()},
        "rows": {row: [asdict(one) for one in points if one in _front(points)] for row, points in rows.items()},
    }
    if path := keep(name, report, before, options.results, whole=not options.short, console=console):
        draw(rows, default, path.with_suffix(".svg"), console)


def _front(points: Sequence[Point]) -> list[Point]:
    """Return the points that no other one beats."""
    return [one for one in points if best_within(points, one.mean_wait) == one]


if __name__ == "__main__":
    main()
