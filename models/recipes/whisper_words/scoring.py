"""How many words come out wrong through the very path of the product: int8 weights, faster-whisper, a beam of 5."""

import json
import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import jiwer
import numpy as np
import soundfile
from rich.progress import track

from models.audio import SAMPLE_RATE, Pcm, silence
from models.recipes.whisper_words.sentences import plain_words
from models.recipes.whisper_words.voices import draw_voice, speak
from models.stt.gates import Gates
from models.stt.whisper_model import LoadedWhisper, Window
from models.stt.whisper_prompt import MOST, vocabulary_tokens

_BEAM = 5
_MARGIN = int(0.15 * SAMPLE_RATE)


@dataclass(frozen=True, slots=True)
class Said:
    """A clip to be transcribed: what is said in it, and the group it counts for."""

    group: str
    text: str
    pcm: Pcm


@dataclass(frozen=True, slots=True)
class Score:
    """What came out for a group: word error rate in percent, and the texts without any error among all."""

    group: str
    wer: float
    exact: int
    clips: int


def spoken(texts: Sequence[str], group: str, seed: int) -> Iterator[Said]:
    """Yield the texts, each said by one of the training's voices."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        for text in texts:
            samples = speak(text, draw_voice(chance), Path(folder) / "speech.wav")
            pcm = np.concatenate([silence(_MARGIN), samples.astype(np.float32) / 65534, silence(_MARGIN)])
            yield Said(group, text, pcm)


def recorded(folder: Path) -> Iterator[Said]:
    """Yield the spoken clips of a folder with an index `sentences.json`, grouped by voice."""
    for entry in json.loads((folder / "sentences.json").read_text()):
        if entry["text"]:
            samples, _ = soundfile.read(folder / f"{entry['name']}.flac", dtype="float32")
            yield Said(f"test clips, {entry['voice']}", entry["text"], samples)


def score(model: Path, clips: Sequence[Said], vocabulary: Sequence[str] = ()) -> tuple[list[Score], list[str]]:
    """Return the scores of a model, one a group, and a line for each text that is not right."""
    whisper = LoadedWhisper(model, device="cpu", compute_type="int8", threads=0, language="en")
    prompt = vocabulary_tokens(whisper.encode, vocabulary, MOST)
    pairs: dict[str, list[tuple[str, str]]] = {}
    wrong = []
    for clip in track(clips, "listening"):
        window = Window(clip.pcm, prompt, _BEAM)
        (decoded,) = whisper.decode([window])
        text = Gates().admit(
            decoded.text, log_prob=decoded.log_prob, no_speech=decoded.no_speech, seconds=window.seconds
        )
        said, heard = (" ".join(plain_words(one)) for one in (clip.text, text))
        pairs.setdefault(clip.group, []).append((said, heard))
        if said != heard:
            wrong.append(f"{clip.group}: {said}  →  {heard}")
    return [_score(group, said_and_heard) for group, said_and_heard in pairs.items()], wrong


def _score(group: str, pairs: Sequence[tuple[str, str]]) -> Score:
    wer = jiwer.wer([said for said, _ in pairs], [heard for _, heard in pairs])
    return Score(group, round(100 * wer, 1), sum(said == heard for said, heard in pairs), len(pairs))
