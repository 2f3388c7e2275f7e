"""Committed test speech: `SENTENCES` tells what is said in which clip, `load` returns its samples.

The clips were made by `tests/speech/make.py`; nothing but that script needs a synthesiser.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import soundfile

from models.audio import SAMPLE_RATE, Pcm

HERE: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Sentence:
    """One clip: `text` is what is said ("" for noise), `speed` 1.0 is the voice's own pace.

    `set` is `acceptance` (four sentences per Flux intent; the clip is named `goal_1_rms`),
    `dialogue` (short answers), `unseen` (intents with slot words no example phrase holds),
    `general` (unrelated speech), `accent` (voices the engine finds hard) or `noise`.
    """

    name: str
    text: str
    set: str
    voice: str
    speed: float = 1.0

    @property
    def path(self) -> Path:
        """Where the clip lies."""
        return HERE / f"{self.name}.flac"


def _index() -> dict[str, Sentence]:
    path = HERE / "sentences.json"
    entries = json.loads(path.read_text()) if path.exists() else []
    return {entry["name"]: Sentence(**entry) for entry in entries}


SENTENCES: Final = _index()
"""Every clip by name."""


def load(name: str) -> Pcm:
    """Return the 16 kHz samples of the clip `name`; raises KeyError for a name not in `SENTENCES`."""
    samples, rate = soundfile.read(SENTENCES[name].path, dtype="float32")
    if rate != SAMPLE_RATE:
        raise ValueError(f"{name}.flac is at {rate} Hz: run python -m tests.speech.make")
    pcm: Pcm = samples
    return pcm
