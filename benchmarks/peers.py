"""Compares how long callers wait with us and with others: `python -m benchmarks.peers --help`."""

import asyncio
import contextlib
import math
import random
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks import answered_plot
from benchmarks.arguments import parser, positive, some_of
from benchmarks.conditions import conditions, heading
from benchmarks.finished_clips import finished_clips
from benchmarks.own_stub import own_stub
from benchmarks.peer_environments import CACHE, versions
from benchmarks.peer_servers import SYSTEMS, Running, prepare, serve
from benchmarks.percentiles import Ratio, percentile, ratio
from benchmarks.process_tree import taken
from benchmarks.reports import keep
from benchmarks.talk import Spoken, Turn, as_json, clips, converse, schedule
from models.errors import EngineError
from models.turn import SmartTurn

WHOLE: Final = 200
PERCENTS: Final = (50, 95)

HELP = """\
The same WebRTC client says the same clips to each system in turn and measures what a caller waits, as
benchmarks.voice_to_voice does: from the last sample of speech that leaves to the first audible one that comes back.

  ours               flux-voice serve, as it comes
  pipecat_default    Pipecat as its scaffold sets it up: SmallWebRTC, Silero, smart-turn v3, and a recogniser that
                     decodes each segment of speech when the voice has stopped
  pipecat_streaming  the same with a recogniser that decodes while the caller speaks, as a skilled user would choose
  fastrtc            ReplyOnPause with its defaults; each sentence of an answer is spoken as soon as it is there

All have the same pocketsphinx model and the language model of the same agent, espeak-ng with the same voice and speed,
and ask the same stub for answers (first token after 150 ms, 60 a second, two sentences, no comma). Recognisers have
processes of their own everywhere. The systems take turns within one run: in each round every one of them is called
once, in a random order, with the same clips; no other call is open meanwhile.

Pipecat ends a turn where smart-turn takes it for finished, and after three seconds where not. Less than half of the
clips sound finished to it: machines speak with little melody. So only those are said (--clips finished), Pipecat's
best case; --clips all says all of tests/speech.

Ratios are ours divided by theirs, below 1 where we are faster. Their intervals hold 95 of 100 resampled runs (whole
rounds are drawn). A turn that was not answered within 10 s counts as 10 s; one in which the agent spoke before the
caller had finished has no wait and is counted apart.

The peers live in environments of their own in the user's cache, made once by pip from benchmarks/peer_locks. A turn
takes about 8 s and a call 5 s more: 200 turns of each of the four systems take two hours. Results are kept (JSON, and
with matplotlib a picture) of a whole run, or where --results names a folder.

Examples:
  python -m benchmarks.peers                                 200 turns of each
  python -m benchmarks.peers --turns 10                      the short form, in seven minutes
  python -m benchmarks.peers --systems ours,fastrtc --turns 20 --results /tmp/peers
"""


@dataclass(slots=True)
class Account:
    """What one system did: its turns by round, and what it took of the machine while it was called."""

    rounds: list[list[Turn]] = field(default_factory=list)
    seconds: float = 0.0
    cpu: float = 0.0
    faults: list[str] = field(default_factory=list)

    @property
    def turns(self) -> list[Turn]:
        """All turns."""
        return [turn for one in self.rounds for turn in one]

    @property
    def waits(self) -> list[list[float]]:
        """The waits that count, by round, in ms."""
        return [[wait for turn in one if (wait := turn.counted) is not None] for one in self.rounds]

    @property
    def all_waits(self) -> list[float]:
        """The same, rounds or not."""
        return [wait for one in self.waits for wait in one]


def rounds(said: Sequence[Spoken], per_call: int, systems: Sequence[str], seed: int = 0) -> list[
    tuple[list[str], Sequence[Spoken]]
]:  # fmt: skip
    """Return each round's order of systems and its clips."""
    chance = random.Random(seed)
    return [
        (chance.sample(systems, len(systems)), said[first : first + per_call])
        for first in range(0, len(said), per_call)
    ]


async def call(server: Running, said: Sequence[Spoken], account: Account) -> None:
    """Hold one call and add it to the account; a call that fails is told, and its turns are not there."""
    turns: list[Turn] = []
    account.rounds.append(turns)
    before, began = taken(server.pid), time.monotonic()
    try:
        async with server.client() as client:
            await client.connect(within=30)
            async for turn in converse(client, said):
                turns.append(turn)
    except Exception as error:  # whatever a peer does, the others are measured on
        account.faults.append(f"round {len(account.rounds)}: {error!r}")
    account.seconds += time.monotonic() - began
    account.cpu += taken(server.pid).cpu - before.cpu


async def measure(
    said: Sequence[Spoken],
    per_call: int,
    systems: Sequence[str],
    environments: Path,
    console: Console,
    logs: Path | None = None,
) -> dict[str, Account]:
    """Call every system in every round; what the servers write is kept in `logs`, where that is named."""
    accounts = {name: Account() for name in systems}
    async with contextlib.AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="flux-bench-")))
        folder = logs or folder
        stub = await stack.enter_async_context(own_stub())
        servers = {name: await stack.enter_async_context(serve(name, stub, folder, environments)) for name in systems}
        with Progress(console=console) as progress:
            bar = progress.add_task("turns", total=len(said) * len(systems))
            for order, clips_of_round in rounds(said, per_call, systems):
                for name in order:
                    progress.update(bar, description=name)
                    await call(servers[name], clips_of_round, accounts[name])
                    progress.advance(bar, len(clips_of_round))
    return accounts


def summary(accounts: dict[str, Account]) -> dict[str, Any]:
    """Return what is kept: `ratios` as plain numbers, their intervals beside them."""
    systems = {
        name: {
            "turns": len(account.turns),
            **{f"p{percent}": _number(percentile(account.all_waits, percent)) for percent in (*PERCENTS, 99)},
            "early": sum(turn.early for turn in account.turns),
            "unanswered": sum(turn.wait is None and not turn.early for turn in account.turns),
            "cpu_per_second_of_call": _number(account.cpu / account.seconds if account.seconds else math.nan, 3),
            "disturbed": sum(turn.disturbed for turn in account.turns),
            "faults": account.faults,
        }
        for name, account in accounts.items()
    }
    compared = {
        name: {f"p{percent}": ratio(accounts["ours"].waits, account.waits, percent) for percent in PERCENTS}
        for name, account in accounts.items()
        if name != "ours" and "ours" in accounts
    }
    return {
        "systems": systems,
        "ratios": {name: {at: _number(one.value, 3) for at, one in found.items()} for name, found in compared.items()},
        "intervals": {
            name: {at: [_number(one.low, 3), _number(one.high, 3)] for at, one in found.items()}
            for name, found in compared.items()
        },
        "verdicts": {name: {at: verdict(one) for at, one in found.items()} for name, found in compared.items()},
    }


def verdict(one: Ratio) -> str:
    """Say who wins, where that can be told."""
    if math.isnan(one.low):
        return "too few rounds"
    if one.high < 1:
        return "ours is faster"
    return "theirs is faster" if one.low > 1 else "cannot be told"


def show(found: dict[str, Any], console: Console) -> None:
    """Print the table."""
    table = Table("system", title="voice to voice, ms at the caller")
    for name in ("p50", "p95", "p99", "early", "unanswered", "CPU s/s", "ours ÷ theirs, p50", "p95"):
        table.add_column(name, justify="right")
    for name, one in found["systems"].items():
        cells = ["-" if one[at] is None else f"{one[at]:.0f}" for at in ("p50", "p95", "p99")]
        cells += [str(one["early"]), str(one["unanswered"]), str(one["cpu_per_second_of_call"])]
        for percent in PERCENTS:
            at = f"p{percent}"
            if name in found["ratios"]:
                low, high = found["intervals"][name][at]
                interval = "" if low is None else f" [{low}, {high}]"
                cells.append(f"{found['ratios'][name][at]}{interval}\n{found['verdicts'][name][at]}")
        table.add_row(name, *cells)
    console.print(table)
    if disturbed := sum(one["disturbed"] for one in found["systems"].values()):
        console.print(f"in {disturbed} turns the client itself faltered: repeat it on a quiet machine")
    for name, one in found["systems"].items():
        for fault in one["faults"]:
            console.print(f"{name}: [red]a call failed[/], {fault}")


def main() -> None:
    """Measure, print and keep the numbers."""
    wanted = parser(HELP)
    systems_told = ",".join(SYSTEMS)
    wanted.add_argument("--turns", type=positive, default=WHOLE, help=f"turns of each system (default {WHOLE})")
    wanted.add_argument("--per-call", type=positive, default=5, help="turns of one call (default 5)")
    wanted.add_argument(
        "--systems", type=some_of(SYSTEMS), default=systems_told, help=f"which are called (default {systems_told})"
    )
    wanted.add_argument(
        "--clips", choices=("finished", "all"), default="finished", help="what is said (default finished)"
    )
    wanted.add_argument("--environments", type=Path, default=CACHE, help=f"where the peers live (default {CACHE})")
    wanted.add_argument("--logs", type=Path, help="keep what the servers write in this new folder")
    options = wanted.parse_args()
    systems = options.systems
    console = Console(width=120)
    try:
        prepare(systems, options.environments, console.print)
    except RuntimeError as error:
        wanted.exit(1, f"{error}\n")
    before = conditions()
    try:
        chosen = clips() if options.clips == "all" else asyncio.run(finished_clips(clips(), SmartTurn()))
    except EngineError as error:
        wanted.exit(1, f"{error}\n")
    console.print(f"{len(chosen)} clips of {len(clips())}")
    said = schedule(chosen, options.turns)
    if options.logs is not None:
        options.logs.mkdir(parents=True, exist_ok=True)
    accounts = asyncio.run(measure(said, options.per_call, systems, options.environments, console, options.logs))
    found = summary(accounts)
    console.print(heading(before), highlight=False)
    show(found, console)
    report = {
        "peers": {
            "pipecat": versions("pipecat", "pipecat-ai", "aiortc", "pocketsphinx", "onnxruntime"),
            "fastrtc": versions("fastrtc", "fastrtc", "aiortc", "pocketsphinx", "onnxruntime"),
        },
        "clips": options.clips,
        "said": sorted(clip.name for clip in chosen),
        **found,
        "turns": {
            name: [{"round": number} | as_json(turn) for number, one in enumerate(account.rounds, 1) for turn in one]
            for name, account in accounts.items()
        },
    }
    whole = options.turns >= WHOLE and systems == list(SYSTEMS)
    name = f"peers-{datetime.now(UTC).date().isoformat()}" + ("" if options.clips == "finished" else "-all")
    if path := keep(name, report, before, options.results, whole=whole, console=console):
        answered_plot.draw(
            {name: account.all_waits for name, account in accounts.items()},
            "ours",
            path.with_suffix(".svg"),
            console,
            xlabel="ms from the end of speech to the first sound",
            ylabel="turns answered, %",
        )


def _number(value: float, digits: int = 1) -> float | None:
    return round(value, digits) if math.isfinite(value) else None


if __name__ == "__main__":
    main()
