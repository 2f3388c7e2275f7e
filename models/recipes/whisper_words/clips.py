"""The spoken sentences in one folder: made once, then read as often as the training needs them."""

import json
import os
import random
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from models.audio import Pcm
from models.recipes.whisper_words.sentences import HeldBack, Sentence, split
from models.recipes.whisper_words.voices import Voice, draw_voice, speak

_IN_PARTS: Final = 0.3
"""Share of the sentences that are spoken in two parts as well."""


@dataclass(frozen=True, slots=True)
class Clip:
    """What one voice says, `text`, in the samples `start` to `end` of the folder.

    `whole` is True for a sentence. `parts` are the numbers of the clips that hold its beginning and its rest, where
    it was spoken in parts as well.
    """

    text: str
    voice: str
    start: int
    end: int
    whole: bool
    parts: tuple[int, int] | None = None


class Clips:
    """The clips of a folder."""

    def __init__(self, folder: Path) -> None:
        """Open a folder that `record` wrote; raises FileNotFoundError."""
        entries = json.loads((folder / "clips.json").read_text())
        self.index = [Clip(**entry | {"parts": entry["parts"] and tuple(entry["parts"])}) for entry in entries]
        self._samples: NDArray[np.int16] = np.load(folder / "clips.npy", mmap_mode="r")

    def samples(self, clip: Clip) -> Pcm:
        """Return what is said in a clip, 16 kHz, with a peak of 0.5."""
        return np.asarray(self._samples[clip.start : clip.end] / 32767, dtype=np.float32)


def record(sentences: Sequence[Sentence], held_back: HeldBack, folder: Path, seed: int) -> None:
    """Speak the sentences, each in one voice, and write them into `folder`; a few minutes for ten thousand."""
    index: list[Clip] = []
    pieces: list[NDArray[np.int16]] = []
    at = 0
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = (
            pool.submit(_spoken, sentence, held_back, Path(scratch) / f"{number}.wav", seed * 1_000_003 + number)
            for number, sentence in enumerate(sentences)
        )
        for job in track(list(jobs), "speaking"):
            voice, spoken = job.result()
            first = len(index)
            for number, (text, samples) in enumerate(spoken):
                parts = (first + 1, first + 2) if number == 0 and len(spoken) == 3 else None
                index.append(Clip(text, voice.name, at, at + len(samples), whole=number == 0, parts=parts))
                pieces.append(samples)
                at += len(samples)
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "clips.npy", np.concatenate(pieces))
    (folder / "clips.json").write_text(json.dumps([asdict(clip) for clip in index], indent=0) + "\n")


def _spoken(
    sentence: Sentence, held_back: HeldBack, wav: Path, seed: int
) -> tuple[Voice, list[tuple[str, NDArray[np.int16]]]]:
    chance = random.Random(seed)
    voice = draw_voice(chance)
    texts = [sentence.text]
    parts = split(sentence.text, chance) if sentence.whole and chance.random() < _IN_PARTS else None
    if parts and not any(held_back.holds(part) for part in parts):
        texts += parts
    spoken = [(text, speak(text, voice, wav)) for text in texts]
    wav.unlink()
    return voice, spoken
