"""Measures what the embedded recogniser hears: `python -m benchmarks.stt_wer --help`."""

import argparse
import asyncio
import json
import platform
import re
import statistics
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import jiwer
from rich.console import Console
from rich.table import Table

from models.audio import SAMPLE_RATE
from models.stt.pocketsphinx import PocketsphinxEngine
from tests.speech import SENTENCES, Sentence, load
from tests.speech.phrases import PHRASES, STRANGE

RESULTS = Path(__file__).parent / "results" / "stt_wer.json"
FRAME = SAMPLE_RATE // 50
BIASES = {"none": (), "strange": STRANGE, "agent": PHRASES}

HELP = """\
Feeds the committed test speech (tests/speech) to pocketsphinx and prints, for each set and voice,
the word error rate, the sentences heard without any error, and the time decoding took.

  set         acceptance  the 12 sentences a caller must be able to say; dialogue  short answers;
              unseen  the agent's intents with words no phrase holds;  general  unrelated speech
              (a bias must not harm these two);  accent  voices the engine finds hard
  bias        none     the model as it comes
              strange  example phrases that share the frame but no slot word with the acceptance set
              agent    example phrases with those slot words too
  x realtime  decoding time / audio time, one clip after another: below 1 keeps up
  tail        median time from the last sample to the final text; only --paced shows what a
              caller waits, since otherwise the whole clip is still to be decoded

Numbers depend on how busy the machine is; WER does not.

Examples:
  python -m benchmarks.stt_wer                            all three biases, about three minutes
  python -m benchmarks.stt_wer --bias agent --show        the errors too
  python -m benchmarks.stt_wer --bias agent --paced       audio at the speed of speech
  python -m benchmarks.stt_wer --phrases my_phrases.txt   your agent's phrases, one a line
"""


@dataclass(frozen=True, slots=True)
class Heard:
    """One clip as it was heard; times in seconds."""

    name: str
    said: str
    heard: str
    audio: float
    took: float
    tail: float


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    bias: str
    set: str
    voice: str
    clips: int
    exact: int
    wer: float
    realtime_factor: float
    tail_ms: float


def spelled(text: str) -> str:
    """Return text as the recogniser spells: lower case, without punctuation."""
    return " ".join(re.findall(r"[a-z0-9']+", text.lower()))


async def hear(engine: PocketsphinxEngine, sentence: Sentence, paced: bool) -> Heard:
    """Feed one clip and take the times."""
    pcm = load(sentence.name)
    stream = engine.open()
    began = time.perf_counter()
    for at in range(0, len(pcm), FRAME):
        stream.feed(pcm[at : at + FRAME])
        if paced:
            await asyncio.sleep(max(0.0, began + (at + FRAME) / SAMPLE_RATE - time.perf_counter()))
    fed = time.perf_counter()
    final = await stream.finish()
    done = time.perf_counter()
    await stream.close()
    audio = len(pcm) / SAMPLE_RATE
    return Heard(sentence.name, spelled(sentence.text), spelled(final.text), audio, done - began, done - fed)


async def measure(bias: str, phrases: Sequence[str], paced: bool) -> tuple[list[Row], list[Heard]]:
    """Run every spoken clip through one engine."""
    engine = PocketsphinxEngine(1, phrases)
    await engine.warm()
    groups: dict[tuple[str, str], list[Heard]] = defaultdict(list)
    for sentence in SENTENCES.values():
        if sentence.text:
            groups[sentence.set, sentence.voice].append(await hear(engine, sentence, paced))
    await engine.close()
    rows = [
        Row(
            bias=bias,
            set=name,
            voice=voice,
            clips=len(clips),
            exact=sum(clip.said == clip.heard for clip in clips),
            wer=round(100 * jiwer.wer([clip.said for clip in clips], [clip.heard for clip in clips]), 1),
            realtime_factor=round(sum(clip.took for clip in clips) / sum(clip.audio for clip in clips), 3),
            tail_ms=round(1000 * statistics.median(clip.tail for clip in clips)),
        )
        for (name, voice), clips in groups.items()
    ]
    return rows, [clip for clips in groups.values() for clip in clips]


def show(rows: Sequence[Row], console: Console) -> None:
    """Print the table."""
    table = Table("bias", "set", "voice")
    for name in ("clips", "exact", "WER %", "x realtime", "tail ms"):
        table.add_column(name, justify="right")
    for row in rows:
        numbers = (row.clips, row.exact, row.wer, row.realtime_factor, row.tail_ms)
        table.add_row(row.bias, row.set, row.voice, *map(str, numbers))
    console.print(table)


def main() -> None:
    """Measure, print and keep the numbers."""
    parser = argparse.ArgumentParser(description=HELP, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bias", choices=BIASES, action="append", help="only this bias (may be repeated)")
    parser.add_argument("--phrases", type=Path, help="bias with the lines of this file instead")
    parser.add_argument("--paced", action="store_true", help="feed at the speed of speech")
    parser.add_argument("--show", action="store_true", help="list what was misheard")
    parser.add_argument("--out", type=Path, default=RESULTS, help=f"JSON file of the results (default {RESULTS})")
    options = parser.parse_args()
    biases: dict[str, Sequence[str]] = {name: BIASES[name] for name in options.bias or BIASES}
    if options.phrases:
        biases = {options.phrases.name: options.phrases.read_text().splitlines()}
    console = Console()
    rows: list[Row] = []
    heard: dict[str, list[Heard]] = {}
    for bias, phrases in biases.items():
        measured, heard[bias] = asyncio.run(measure(bias, phrases, options.paced))
        rows.extend(measured)
    show(rows, console)
    if options.show:
        for bias, clips in heard.items():
            for clip in clips:
                if clip.said != clip.heard:
                    line = f"{bias:8} {clip.name:18} {clip.said}  →  {clip.heard}"
                    console.print(line, highlight=False, soft_wrap=True)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    report = {
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.machine()} {platform.system()}, Python {platform.python_version()}",
        "paced": options.paced,
        "rows": [asdict(row) for row in rows],
        "heard": {bias: [asdict(clip) for clip in clips] for bias, clips in heard.items()},
    }
    options.out.write_text(json.dumps(report, indent=1) + "\n")
    console.print(f"kept in {options.out}")


if __name__ == "__main__":
    main()
