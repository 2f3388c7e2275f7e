"""The same spoken sentences through this box and through Deepgram: `python -m benchmarks.parity --help`."""

import argparse
import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.conditions import conditions, heading
from benchmarks.percentiles import percentile
from intents.agent import load_agent
from models.audio import SAMPLE_RATE
from models.engines import build_stt, build_tts
from models.errors import EngineError
from models.settings import SttSettings, TtsSettings
from models.stt import SpeechToText
from models.tts import TextToSpeech
from models.word_errors import word_error_rate
from tests.speech import SENTENCES, Sentence, load
from web.errors import SettingsError
from web.settings import Settings, load_settings

RESULTS = Path(__file__).parent / "results" / "parity.json"
FRAME = SAMPLE_RATE // 50
SETS = ("acceptance", "dialogue", "unseen", "general")
STAGES = ("first_partial", "transcript", "first_sound", "whole_sound")

HELP = """\
Speaks the committed test speech (tests/speech), at the speed of speech, to the engines of this box and to Deepgram,
and lets both voices say the same sentences. The language model is left out: it is the same one with either.

  local     the engines that the settings name (FLUX_PROFILE, FLUX_STT__ENGINE, FLUX_TTS__ENGINE)
  deepgram  where DEEPGRAM_API_KEY is set; FLUX_DEEPGRAM__URL leads to another server, such as the emulator
            (python -m tests.deepgram). The sentences leave this box then.

  WER %          word error rate over all sentences
  first partial  from the first sample of speech to the first words shown, ms
  transcript     from the last sample to the final words, ms: what a caller waits for
  first sound    from the text of an answer to its first sound, ms: likewise
  whole sound    to its last sound, ms

Medians of all sentences, one after another. Times at Deepgram hold the way there and back.

Examples:
  python -m benchmarks.parity                                        the box alone, without a key
  DEEPGRAM_API_KEY=… python -m benchmarks.parity --show              both, with all transcripts
  DEEPGRAM_API_KEY=… FLUX_PROFILE=gpu python -m benchmarks.parity    a GPU box against Deepgram
"""
NO_KEY = "Deepgram was not measured: DEEPGRAM_API_KEY is not set"


@dataclass(frozen=True, slots=True)
class Heard:
    """One sentence as one side heard and said it; times in milliseconds, None where there was no such moment."""

    name: str
    said: str
    heard: str
    first_partial: float | None
    transcript: float
    first_sound: float | None
    whole_sound: float


@dataclass(frozen=True, slots=True)
class Side:
    """What is compared: the engines and what they did."""

    stt: str
    tts: str
    wer: float
    exact: int
    medians: Mapping[str, float]
    sentences: Sequence[Heard]


def sentences(names: Sequence[str] = (), sets: Sequence[str] = SETS) -> list[Sentence]:
    """Return the clips with words in them; raises SystemExit for one that does not exist."""
    if unknown := sorted(set(names) - set(SENTENCES)):
        raise SystemExit(f"there is no clip {unknown[0]}: see tests/speech/sentences.json")
    chosen = [SENTENCES[name] for name in names] or [one for one in SENTENCES.values() if one.set in sets]
    return [one for one in chosen if one.text]


async def measure(stt: SpeechToText, tts: TextToSpeech, clips: Sequence[Sentence]) -> list[Heard]:
    """Let warm engines hear and say every clip, one after another; raises EngineError."""
    found = []
    for clip in clips:
        text, partial, transcript = await _hear(stt, clip)
        first, whole = await _say(tts, clip.text)
        found.append(Heard(clip.name, clip.text, text, partial, transcript, first, whole))
    return found


async def side(settings: Settings, clips: Sequence[Sentence]) -> Side:
    """Build the engines of `settings`, measure them and close them; raises EngineError."""
    vocabulary, folder, cloud = load_agent(settings.agent).vocabulary, settings.models.folder, settings.deepgram
    stt = build_stt(settings.stt, vocabulary, folder, cloud)
    try:
        tts = build_tts(settings.tts, (), folder, cloud)
        try:
            await stt.warm()
            await tts.warm()
            found = await measure(stt, tts, clips)
        finally:
            await tts.close()
    finally:
        await stt.close()
    pairs = [(one.said, one.heard) for one in found]
    times = {stage: [value for one in found if (value := getattr(one, stage)) is not None] for stage in STAGES}
    return Side(
        stt=getattr(stt, "report", settings.stt.engine),
        tts=getattr(tts, "report", settings.tts.engine),
        wer=round(100 * word_error_rate(pairs), 1),
        exact=sum(word_error_rate([pair]) == 0 for pair in pairs),
        medians={stage: round(percentile(values, 50)) for stage, values in times.items() if values},
        sentences=found,
    )


def at_deepgram(settings: Settings) -> Settings:
    """Return the settings with Deepgram's engines, and all else as it is."""
    language = settings.stt.language
    stt, tts = SttSettings(engine="deepgram", language=language), TtsSettings(engine="deepgram")
    return settings.model_copy(update={"stt": stt, "tts": tts})


async def run(settings: Settings, clips: Sequence[Sentence]) -> dict[str, Side | None]:
    """Measure the box and, where there is a key, Deepgram; raises EngineError."""
    found: dict[str, Side | None] = {"local": await side(settings, clips), "deepgram": None}
    if settings.deepgram.api_key is not None:
        found["deepgram"] = await side(at_deepgram(settings), clips)
    return found


def show(sides: Mapping[str, Side | None], console: Console, *, transcripts: bool = False) -> None:
    """Print the table, and say what was not measured."""
    table = Table("", *(name for name, one in sides.items() if one is not None))
    there = [one for one in sides.values() if one is not None]
    table.add_row("ear", *(one.stt for one in there))
    table.add_row("voice", *(one.tts for one in there))
    table.add_row("WER %", *(str(one.wer) for one in there))
    table.add_row("without any error", *(f"{one.exact} of {len(one.sentences)}" for one in there))
    for stage in STAGES:
        table.add_row(f"{stage.replace('_', ' ')} ms", *(str(one.medians.get(stage, "-")) for one in there))
    console.print(table)
    if transcripts:
        for heard in zip(*(one.sentences for one in there), strict=True):
            console.print(f"{heard[0].name:20} {heard[0].said}", highlight=False, soft_wrap=True)
            for name, one in zip([name for name, each in sides.items() if each], heard, strict=True):
                console.print(f"{name:>20} {one.heard}", highlight=False, soft_wrap=True)
    if sides["deepgram"] is None:
        console.print(NO_KEY)


async def _hear(stt: SpeechToText, clip: Sentence) -> tuple[str, float | None, float]:
    pcm = load(clip.name)
    stream = stt.open()
    began = time.perf_counter()
    first: list[float] = []

    async def follow() -> None:
        async for partial in stream.partials():
            if partial.text and not first:
                first.append(time.perf_counter())

    follower = asyncio.create_task(follow())
    try:
        for at in range(0, len(pcm), FRAME):
            await asyncio.sleep(max(0.0, began + (at + FRAME) / SAMPLE_RATE - time.perf_counter()))
            stream.feed(pcm[at : at + FRAME])
        fed = time.perf_counter()
        final = await stream.finish()
        done = time.perf_counter()
    finally:
        await stream.close()
        follower.cancel()
        await asyncio.wait([follower])
    return final.text, 1000 * (first[0] - began) if first else None, 1000 * (done - fed)


async def _say(tts: TextToSpeech, text: str) -> tuple[float | None, float]:
    began = time.perf_counter()
    first = None
    async for speech in tts.speak(text):
        if first is None and speech.pcm.size:
            first = 1000 * (time.perf_counter() - began)
    return first, 1000 * (time.perf_counter() - began)


def report(told: Mapping[str, Any], sides: Mapping[str, Side | None]) -> dict[str, Any]:
    """Return what is kept: the conditions, and both sides or why one is missing."""
    kept: dict[str, Any] = {"measured": datetime.now(UTC).isoformat(timespec="seconds"), "conditions": told}
    for name, one in sides.items():
        kept[name] = {"not_measured": NO_KEY} if one is None else asdict(one)
    return kept


def main() -> None:
    """Measure, print and keep the numbers."""
    parser = argparse.ArgumentParser(description=HELP, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", choices=SETS, action="append", help="only these sentences (may be repeated)")
    parser.add_argument("--clip", action="append", default=[], help="only this clip of tests/speech (may be repeated)")
    parser.add_argument("--show", action="store_true", help="list every transcript")
    parser.add_argument("--out", type=Path, default=RESULTS, help=f"JSON file of the results (default {RESULTS})")
    options = parser.parse_args()
    clips = sentences(options.clip, options.set or SETS)
    console = Console()
    told = conditions()
    console.print(heading(told))
    try:
        sides = asyncio.run(run(load_settings(), clips))
    except (EngineError, SettingsError) as error:
        raise SystemExit(str(error)) from error
    show(sides, console, transcripts=options.show)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(report(told, sides), indent=1) + "\n")
    console.print(f"kept in {options.out}")


if __name__ == "__main__":
    main()
