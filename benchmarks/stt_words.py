"""What callers see of Whisper: how steady the shown words are, and how many final words are right."""

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.stt_load import FRAME, frames
from models.audio import SAMPLE_RATE, Pcm, silence
from models.stt.whisper import WhisperEngine
from models.stt.whisper_model import LoadedWhisper, Window
from models.stt.whisper_prompt import VOCABULARY_MOST, vocabulary_tokens
from models.word_errors import word_errors, words
from tests.speech import SENTENCES, load

BEAM: Final = 5
TURN_OF: Final = 12
"""Sentences of a long turn: it takes more than Whisper's window of 30 s."""

_BREATH: Final = 0.6
"""Seconds between two sentences of a long turn."""


@dataclass(slots=True)
class Words:
    """What was counted over some turns; `changed` of the `shown` words were another word, or gone, later in the turn.

    `errors` are those of the finals against what was said, `alone` those of each sentence decoded whole, without
    partials or cuts; `said` is the number of words said.
    """

    turns: str
    clips: int = 0
    said: int = 0
    errors: int = 0
    alone: int = 0
    partials: int = 0
    shown: int = 0
    changed: int = 0
    waits: list[float] = field(default_factory=list)

    def summary(self) -> dict[str, object]:
        """Return rates in % and the median wait for the first words in s, for the table and the JSON."""
        return {
            "turns": self.turns,
            "sentences": self.clips,
            "partials": self.partials,
            "changed_percent": _percent(self.changed, self.shown),
            "first_words_s": round(float(np.median(self.waits)), 2) if self.waits else None,
            "wer_percent": _percent(self.errors, self.said),
            "wer_decoded_whole_percent": _percent(self.alone, self.said),
        }


async def measure(folder: Path, vocabulary: Sequence[str], voices: Sequence[str], limit: int = 0) -> list[Words]:
    """Speak the test sentences of `voices` at the speed of speech, as turns of one and of `TURN_OF` sentences.

    `limit` bounds how many; 0 is all.
    """
    clips = [name for name, sentence in SENTENCES.items() if sentence.text and sentence.voice in voices]
    clips = clips[: limit or None]
    engine = WhisperEngine(folder, vocabulary, beam=BEAM)
    whole = _Whole(folder, vocabulary)
    await engine.warm()
    short, long = Words("of one sentence"), Words(f"of {TURN_OF} sentences")
    turns = [(short, [name]) for name in clips]
    turns += [(long, clips[at : at + TURN_OF]) for at in range(0, len(clips) - TURN_OF + 1, TURN_OF)]
    for count, names in track(turns, "speaking", transient=True):
        await _turn(engine, whole, count, names)
    await engine.close()
    return [count for count in (short, long) if count.clips]


async def _turn(engine: WhisperEngine, whole: "_Whole", count: Words, names: Sequence[str]) -> None:
    breath = silence(round(_BREATH * SAMPLE_RATE))
    pcm = np.concatenate([part for name in names for part in (load(name), breath)])
    stream = engine.open()
    loop = asyncio.get_running_loop()
    began = loop.time()
    seen: list[list[str]] = []

    async def listen() -> None:
        async for partial in stream.partials():
            if not seen:
                count.waits.append(loop.time() - began)
            seen.append(words(partial.text))

    async with asyncio.TaskGroup() as group:
        group.create_task(listen())
        for index, frame in enumerate(frames(pcm)):
            await asyncio.sleep(began + index * FRAME / SAMPLE_RATE - loop.time())
            stream.feed(frame)
        final = words((await stream.finish()).text)
        await stream.close()
    said = [words(SENTENCES[name].text) for name in names]
    together = [word for sentence in said for word in sentence]
    count.clips += len(names)
    count.said += len(together)
    count.errors += word_errors(together, final)
    count.alone += sum(
        word_errors(sentence, words(whole.decode(load(name)))) for sentence, name in zip(said, names, strict=True)
    )
    count.partials += len(seen)
    count.shown += sum(len(one) for one in seen)
    count.changed += changes(seen)


def changes(seen: Sequence[Sequence[str]]) -> int:
    """Return how many shown words the next text showed otherwise or no more."""
    return sum(
        sum(1 for place, word in enumerate(earlier) if place >= len(later) or later[place] != word)
        for earlier, later in itertools.pairwise(seen)
    )


class _Whole:
    """Decodes a clip at once, with the engine's own prompt and beam."""

    def __init__(self, folder: Path, vocabulary: Sequence[str]) -> None:
        self._model = LoadedWhisper(folder, device="auto", compute_type="auto", threads=0, language="en")
        self._prompt = vocabulary_tokens(self._model.encode, vocabulary, VOCABULARY_MOST)

    def decode(self, pcm: Pcm) -> str:
        return self._model.decode([Window(pcm, self._prompt, BEAM)])[0].text


def show(counts: Sequence[Words], console: Console) -> None:
    """Print the table."""
    table = Table(title="words of Whisper")
    for place, name in enumerate(
        ("turns", "sentences", "partials", "changed %", "first words s", "WER %", "decoded whole %")
    ):
        table.add_column(name, justify="right" if place else "left")
    for count in counts:
        table.add_row(*("-" if value is None else str(value) for value in count.summary().values()))
    console.print(table)


def _percent(part: int, of: int) -> float | None:
    return round(100 * part / of, 1) if of else None
