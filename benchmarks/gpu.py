"""Measures the engines on a box with a GPU, in one command: `python -m benchmarks.gpu --help`."""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import structlog
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks import gpu_libraries, gpu_machine, gpu_report
from benchmarks.gpu_plan import TEST, Plan
from models.errors import EngineError

RESULTS: Final = Path(__file__).parent / "results"

HELP = """\
Measures voice activity detection, speech recognition and speech on this machine, with the product's own engines.

Without --model and --voice the weights are random, in the shape of true ones, and every text has the same number of
tokens (--tokens): the work is that of a true model, and no text means anything. The tables say so.

Prints tables and keeps them in gpu-MACHINE.txt, all numbers in gpu-MACHINE.json and, where matplotlib is installed, a
picture in gpu-MACHINE.svg. With the defaults it is meant to take about 7 minutes on an H100.

Examples:
  python -m benchmarks.gpu                               everything, on CUDA where there is a device
  python -m benchmarks.gpu --only stt --seconds 4        speech recognition alone, less exactly
  python -m benchmarks.gpu --model ./large-v3-turbo      true weights
  python -m benchmarks.gpu --device cpu --shape test --calls 1,2 --max-batch 2 --seconds 0.2
                                                         only whether everything runs, in seconds
"""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing to measure: its module in `benchmarks`, the modules it needs, and how to install those."""

    about: str
    module: str
    needs: tuple[str, ...]
    install: str


PARTS: Final = {
    "vad": Part(
        "Silero VAD on the CPU: time of a window, calls that one core can follow",
        "gpu_vad",
        ("onnxruntime", "silero_vad", "soundfile"),
        "onnxruntime soundfile, and --no-deps silero-vad",
    ),
    "stt": Part(
        "Whisper: single runs, and calls at once and in real time, for each size of a shared run",
        "gpu_stt",
        ("ctranslate2", "faster_whisper", "tokenizers", "soundfile"),
        "ctranslate2 faster-whisper tokenizers soundfile",
    ),
    "tts": Part(
        "Piper: time to the first audio and work for a second of speech",
        "gpu_tts",
        ("onnxruntime", "onnx", "piper", "markdown_it", "unicode_rbnf"),
        "onnxruntime onnx piper-tts markdown-it-py unicode-rbnf",
    ),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print and keep the numbers."""
    options = _parser().parse_args(arguments)
    if options.list:
        for name, part in PARTS.items():
            print(f"{name}  {part.about}")
        return
    try:
        run(options)
    except (EngineError, FileNotFoundError) as failure:
        sys.exit(str(failure))


def run(options: argparse.Namespace) -> None:
    """Measure what the options name; raises EngineError and FileNotFoundError with what to do about it."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    device = options.device
    if device == "auto":
        device = "cuda" if gpu_libraries.cuda_devices() else "cpu"
    elif device == "cuda" and not gpu_libraries.cuda_devices():
        raise EngineError("no CUDA device is to be seen: check the driver (nvidia-smi), or take --device cpu")
    left_out = {name: why for name in options.only or PARTS if (why := missing(PARTS[name]))}
    if options.only and left_out:
        raise EngineError("; ".join(left_out.values()))
    names = [name for name in options.only or PARTS if name not in left_out]
    cublas = gpu_libraries.ensure() if device == "cuda" and "stt" in names else ""
    gpu_libraries.stand_in_for_av()
    plan = Plan(
        device=device,
        shape=options.shape,
        model=options.model,
        voice=options.voice,
        calls=options.calls,
        batches=(1, *(size for size in options.max_batch if size != 1)),
        tokens=options.tokens,
        beam=options.beam,
        partial_interval=options.partial_interval,
        seconds=options.seconds,
        threads=options.threads,
    )
    found: dict[str, Any] = {
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": gpu_machine.describe(device, cublas, options.commit),
        "seconds": options.seconds,
        "left_out": left_out,
    }
    path = options.out / f"gpu-{gpu_machine.slug(found['machine']['name'])}{'-test' * plan.is_test}.json"
    options.out.mkdir(parents=True, exist_ok=True)
    asyncio.run(_measure(plan, names, found, lambda: _write(found, path)))
    _show(found, path)


def _write(found: dict[str, Any], path: Path) -> None:
    path.write_text(json.dumps(found, indent=1) + "\n")


async def _measure(plan: Plan, names: Sequence[str], found: dict[str, Any], keep: Callable[[], None]) -> None:
    """Put into `found` what each part finds, and call `keep` whenever there is more of it."""
    # Only now: what is imported here must be able to find its libraries.
    modules = {name: import_module(f"benchmarks.{PARTS[name].module}") for name in names}
    columns = (TextColumn("{task.description:<40}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    # On its own console: the bar does not belong into the text that is kept.
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=sum(module.steps(plan) for module in modules.values()))
        began = time.monotonic()
        steps = -1

        def step(about: str) -> None:
            nonlocal steps
            steps += 1
            progress.update(task, description=about, completed=steps)
            if not progress.console.is_terminal:
                print(f"{time.monotonic() - began:5.0f} s  {about}", file=sys.stderr, flush=True)

        for name, module in modules.items():
            async for result in module.measure(plan, step):
                found[name] = [asdict(row) for row in result] if isinstance(result, list) else asdict(result)
                keep()


def _show(found: dict[str, Any], path: Path) -> None:
    """Print the tables, and keep them and the picture beside the JSON file `path`."""
    console = Console(width=140, record=True)
    console.print(gpu_report.heading(found), highlight=False)
    for table in gpu_report.tables(found):
        console.print(table)
    path.with_suffix(".txt").write_text(console.export_text())
    kept = ["json", "txt"]
    if "stt" in found:
        if gpu_report.draw(found, path.with_suffix(".svg")):
            kept.append("svg")
        else:
            console.print("no picture, for matplotlib is not installed: pip install matplotlib")
    console.print(f"kept in {path.with_suffix('')}.{{{','.join(kept)}}}", highlight=False, soft_wrap=True)


def missing(part: Part) -> str:
    """Return what a part needs and this Python lacks, with what to do; "" where it has everything."""
    missing = [name for name in part.needs if find_spec(name) is None]
    return f"{part.module} needs {', '.join(missing)}: pip install {part.install}" if missing else ""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=HELP, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true", help="name the parts and end")
    parser.add_argument("--only", type=_parts, help="parts to measure, such as vad,stt (default: all that can be)")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="where to run")
    parser.add_argument("--shape", default="large-v3-turbo", help=f"shape of random weights; {TEST} for a trial")
    parser.add_argument("--model", type=_folder, help="folder of a true Whisper model instead of random weights")
    parser.add_argument("--voice", type=_file, help="ONNX file of a true Piper voice instead of random weights")
    parser.add_argument("--calls", type=_numbers, default=(1, 8, 32, 64), help="calls at once (default 1,8,32,64)")
    parser.add_argument(
        "--max-batch", type=_numbers, default=(1, 8, 16, 32), help="windows of a run at most (default 1,8,16,32)"
    )
    parser.add_argument("--tokens", type=_number, default=16, help="tokens of each random text (default 16)")
    parser.add_argument("--beam", type=_number, default=5, help="beam of a final (default 5)")
    parser.add_argument("--partial-interval", type=_seconds, default=0.4, help="seconds between partials (default 0.4)")
    parser.add_argument("--seconds", type=_seconds, default=8.0, help="of each cell of the tables (default 8)")
    parser.add_argument("--threads", type=int, default=0, help="threads of a CPU (default: as the engines have it)")
    parser.add_argument("--commit", help="what was measured, where there is no git to tell")
    parser.add_argument("--out", type=Path, default=RESULTS, help=f"folder of the results (default {RESULTS})")
    return parser


def _parts(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(text.split(",")))
    if unknown := [name for name in names if name not in PARTS]:
        raise argparse.ArgumentTypeError(f"there is no part {', '.join(unknown)}, only {', '.join(PARTS)}")
    return names


def _folder(text: str) -> Path:
    if not Path(text).is_dir():
        raise argparse.ArgumentTypeError(f"{text} is no folder")
    return Path(text)


def _file(text: str) -> Path:
    if not Path(text).is_file():
        raise argparse.ArgumentTypeError(f"{text} is no file")
    return Path(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not seconds > 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not above 0")
    return seconds


def _number(text: str) -> int:
    (number, *more) = _numbers(text)
    if more:
        raise argparse.ArgumentTypeError(f"{text!r} is more than one number")
    return number


def _numbers(text: str) -> tuple[int, ...]:
    try:
        numbers = tuple(dict.fromkeys(int(part) for part in text.split(",")))
    except ValueError:
        numbers = ()
    if not numbers or min(numbers) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no list of numbers above 0, such as 1,8,32")
    return numbers


if __name__ == "__main__":
    main()
