"""Measures what sharing runs of Whisper between calls is worth: `python -m benchmarks.stt --help`."""

import argparse
import asyncio
import json
import os
import platform
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import partial
from itertools import cycle, islice
from pathlib import Path

import structlog
from rich.console import Console
from rich.table import Table

from benchmarks import stt_words
from benchmarks.stt_load import BELIEVE_ALL, CLIPS, Row, ask, measure
from intents.agent import load_agent
from models.audio import Pcm
from models.recipes.whisper_test_model import SHAPES, make
from models.stt.whisper import WhisperEngine
from tests.speech import load
from tests.weights import WHISPER_WORDS

RESULTS = Path(__file__).parent / "results" / "stt.json"

HELP = """\
Lets a number of calls ask for finals at the same time, and decodes them one at a time and in shared runs.

Each call speaks a clip of the test speech, asks for its final, and begins anew when it has it. The weights are random,
in the shape of a true model and with its whole vocabulary, and every text has the same number of tokens (--tokens),
so the work is that of a true model, and no text means anything. With --model the weights are yours.

  1/s      how many finals all calls together get in a second
  p95 ms   how long a final takes from the end of speech, at the 95th percentile
  CPU ms   processor time of this process for one final: depends less on what else the machine does
  per run  how many calls shared a run on average
  ratio    finals/s in shared runs / one at a time: above 1 sharing pays

The two ways take turns, so that both meet the same machine.

Then a small Whisper that understands the test sentences hears them spoken in real time, alone and twelve to a turn:

  changed %        words shown in a partial that the next one shows otherwise or no more
  first words s    from the start of the turn to the first words shown, at the median
  WER %            wrong words of the finals
  decoded whole %  wrong words where each sentence is decoded at once, without partials, pauses or cuts

Examples:
  python -m benchmarks.stt                               tiny.en's shape, about seven minutes on two quiet cores
  python -m benchmarks.stt --words none                  without the words, about a minute
  python -m benchmarks.stt --shape base.en --beam 1      another shape, greedy
  python -m benchmarks.stt --model ./base.en --calls 4   true weights
  python -m benchmarks.stt --device cuda --calls 16
"""


async def compare(folder: Path, options: argparse.Namespace) -> tuple[list[tuple[Row, Row]], str]:
    """Measure both ways for each number of calls; return the rows of both, and what ran where."""
    engines = {
        max_batch: WhisperEngine(
            folder,
            device=options.device,
            compute_type=options.compute_type,
            beam=options.beam,
            threads=options.threads,
            max_batch=max_batch,
            gates=BELIEVE_ALL,
        )
        for max_batch in (1, options.max_batch)
    }
    for engine in engines.values():
        await engine.warm()
    pairs = []
    spoken = [load(clip) for clip in CLIPS]
    for calls in options.calls:
        rounds = max(1, options.finals // calls)
        one, many = [
            await measure(engines[size], calls, size, partial(_said, engines[size], spoken, rounds))
            for size in (1, options.max_batch)
        ]
        pairs.append((one, many))
    for engine in engines.values():
        await engine.close()
    return pairs, engines[1].report


async def _said(engine: WhisperEngine, spoken: Sequence[Pcm], rounds: int, number: int) -> list[float]:
    """Hold call `number`, in which `rounds` clips are said."""
    return await ask(engine, islice(cycle(spoken), number % len(spoken), number % len(spoken) + rounds))


def show(pairs: Sequence[tuple[Row, Row]], console: Console) -> None:
    """Print the table."""
    table = Table("calls", title="left: one at a time; right: in shared runs")
    for name in ("1/s", "p95 ms", "CPU ms", "1/s", "p95 ms", "CPU ms", "per run", "ratio"):
        table.add_column(name, justify="right")
    for one, many in pairs:
        numbers = [number for row in (one, many) for number in (row.finals_per_second, row.p95_ms, row.cpu_ms)]
        ratio = many.finals_per_second / one.finals_per_second
        table.add_row(str(one.calls), *(f"{number:g}" for number in numbers), str(many.windows_per_run), f"{ratio:.2f}")
    console.print(table)


def main() -> None:
    """Measure, print and keep the numbers."""
    parser = argparse.ArgumentParser(description=HELP, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="folder of true weights instead of random ones")
    parser.add_argument("--shape", choices=SHAPES, default="tiny.en", help="shape of the random weights")
    parser.add_argument("--calls", type=int, action="append", help="only this number of calls (may be repeated)")
    parser.add_argument(
        "--finals", type=int, default=4, help="finals of all calls together, one each at least (default 4)"
    )
    parser.add_argument("--tokens", type=int, default=12, help="tokens of each random text (default 12)")
    parser.add_argument("--beam", type=int, default=5, help="beam of a final (default 5)")
    parser.add_argument("--max-batch", type=int, default=16, help="windows that share a run at most (default 16)")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="where to run")
    parser.add_argument("--compute-type", default="auto", help="how to compute (default: as suits the device)")
    parser.add_argument("--threads", type=int, default=0, help="threads of a CPU (default: its cores, at most 4)")
    parser.add_argument(
        "--words", default=str(WHISPER_WORDS), help="weights that hear words, or none (default: the tests')"
    )
    parser.add_argument("--out", type=Path, default=RESULTS, help=f"JSON file of the results (default {RESULTS})")
    options = parser.parse_args()
    options.calls = options.calls or [1, 2, 4, 8, 16]
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    console = Console(width=100)
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.model or Path(temporary) / f"random-{options.shape}"
        if not options.model:
            # Two tokens stand before every text, and the first is said at the second of them.
            make(folder, replace(SHAPES[options.shape], ends_at=options.tokens + 1))
        load_before = os.getloadavg()[0]
        pairs, report = asyncio.run(compare(folder, options))
    console.print(f"{report}, beam {options.beam}; load of the machine before: {load_before:.1f}")
    show(pairs, console)
    words = []
    if options.words != "none":
        words = asyncio.run(stt_words.measure(Path(options.words), load_agent("flux").vocabulary, ("rms", "slt")))
        stt_words.show(words, console)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    kept = {
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.machine()} {platform.system()}, Python {platform.python_version()}",
        "cores": os.cpu_count(),
        "load_before": round(load_before, 2),
        "engine": report,
        "random_weights": options.model is None,
        "beam": options.beam,
        "tokens": None if options.model else options.tokens,
        "one_at_a_time": [asdict(one) for one, _ in pairs],
        "shared": [asdict(many) for _, many in pairs],
        "words": [each.summary() for each in words],
    }
    options.out.write_text(json.dumps(kept, indent=1) + "\n")
    console.print(f"kept in {options.out}")


if __name__ == "__main__":
    main()
