"""Makes the clips of the turn-taking benchmark: speech with pauses inside, the true end known to the sample.

A whole utterance is synthesised and a silence laid between two of its words, so that the voice before a hesitation
has the melody of somebody who means to go on. Deterministic: lengths of pauses come from seeds that name the clip.
Needs flite, a Debian package, and espeak-ng, which comes with `flux-voice[embedded]`.
"""

import asyncio
import hashlib
import json
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
import soxr

from benchmarks import flite_words
from benchmarks.turn_sentences import JUDGING, TUNING, Said
from models.audio import SAMPLE_RATE, Pcm, silence
from models.tts import WordMark
from models.tts.espeak import EspeakEngine

VERSION: Final = 1
SHORTEST_PAUSE, LONGEST_PAUSE = 0.2, 1.5
SPREAD: Final = 0.45
"""Standard deviation of the logarithm of one caller's pauses, as in measured speech; their median is the caller's."""

LEAD, TAIL = 0.4, 0.6
NOISE: Final = 0.0008
"""Room noise under every clip (-62 dBFS): a telephone line is never digitally silent."""

FADE: Final = int(0.012 * SAMPLE_RATE)


@dataclass(frozen=True, slots=True)
class Caller:
    """A voice and its habits: `median` is the caller's usual pause in s; `espeak:NAME` is a voice of espeak-ng."""

    name: str
    voice: str
    speed: float
    median: float


TUNING_CALLERS: Final = (
    Caller("slt", "slt", 1.0, 0.45),
    Caller("kal", "kal16", 0.95, 0.65),
)
JUDGING_CALLERS: Final = (
    Caller("rms", "rms", 0.95, 0.45),
    Caller("awb", "awb", 1.05, 0.55),
    Caller("rp", "espeak:en-gb-x-rp", 0.95, 0.35),
    Caller("f3", "espeak:en-us+f3", 1.0, 0.75),
)
SPOKEN_BY: Final = 2
"""How many of the judged callers say each sentence: they take turns."""


@dataclass(frozen=True, slots=True)
class Clip:
    """One utterance of a caller, 16 kHz mono; `pauses` and `speech_end` in s of its samples.

    `before` are the words said before each pause, and in the end all of them.
    """

    name: str
    set: str
    caller: str
    said: Said
    pauses: tuple[tuple[float, float], ...]
    speech_end: float
    before: tuple[str, ...]
    pcm: Pcm


def clips(folder: Path) -> list[Clip]:
    """Return all clips, made once and then kept in `folder`; raises SystemExit where a synthesiser is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    return [_kept(folder, *wanted) for wanted in _wanted()]


def _wanted() -> Iterator[tuple[str, int, Caller, Said]]:
    for number, said in enumerate(TUNING):
        yield from (("tuning", number, caller, said) for caller in TUNING_CALLERS)
    for number, said in enumerate(JUDGING):
        callers = (JUDGING_CALLERS[(number + turn) % len(JUDGING_CALLERS)] for turn in range(1, SPOKEN_BY + 1))
        yield from (("judging", number, caller, said) for caller in callers)


def _kept(folder: Path, group: str, number: int, caller: Caller, said: Said) -> Clip:
    identity = repr((VERSION, caller, said))
    name = f"{group}-{number:02}-{caller.name}-{hashlib.sha256(identity.encode()).hexdigest()[:8]}"
    audio, index = folder / f"{name}.flac", folder / f"{name}.json"
    if not index.exists():
        clip = _make(name, group, caller, said)
        soundfile.write(audio, clip.pcm, SAMPLE_RATE, subtype="PCM_16")
        facts = {key: value for key, value in asdict(clip).items() if key != "pcm"}
        index.write_text(json.dumps(facts))
    facts = json.loads(index.read_text())
    pcm, _ = soundfile.read(audio, dtype="float32")
    facts |= {
        "said": Said(*facts["said"]),
        "pauses": tuple((start, end) for start, end in facts["pauses"]),
        "before": tuple(facts["before"]),
    }
    return Clip(**facts, pcm=pcm)


def _make(name: str, group: str, caller: Caller, said: Said) -> Clip:
    tokens = said.text.split()
    text = " ".join(token for token in tokens if token != "|")
    speech, marks = _speak(text, caller)
    if len(marks) != len(text.split()):
        raise SystemExit(f"{caller.voice} counts other words in “{text}”: {[mark.text for mark in marks]}")
    chance = random.Random(name)
    at, words = 0, 0
    pieces: list[Pcm] = [silence(int(LEAD * SAMPLE_RATE))]
    pauses: list[tuple[float, float]] = []
    before: list[str] = []
    for token in tokens:
        if token != "|":
            words += 1
            continue
        end, begin = marks[words - 1].end, marks[words].start
        piece = _faded(speech[at : int(end * SAMPLE_RATE)])
        at = int(begin * SAMPLE_RATE)
        length = int(_pause(caller, chance) * SAMPLE_RATE)
        start = sum(map(len, pieces)) + len(piece)
        pieces += [piece, silence(length)]
        pauses.append((start / SAMPLE_RATE, (start + length) / SAMPLE_RATE))
        before.append(" ".join(text.split()[:words]))
    rest = _faded(speech[at:])
    pieces.append(rest)
    end = sum(map(len, pieces))
    pieces.append(silence(int(TAIL * SAMPLE_RATE)))
    pcm = np.concatenate(pieces)
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4])
    pcm = pcm + np.random.default_rng(seed).normal(0, NOISE, pcm.size).astype(np.float32)
    return Clip(name, group, caller.name, said, tuple(pauses), end / SAMPLE_RATE, (*before, text), pcm)


def _pause(caller: Caller, chance: random.Random) -> float:
    while True:
        length = chance.lognormvariate(math.log(caller.median), SPREAD)
        if SHORTEST_PAUSE <= length <= LONGEST_PAUSE:
            return length


def _faded(piece: Pcm) -> Pcm:
    """Fade both ends of a piece: a cut within a sound would click, and a click is speech to a VAD."""
    piece = piece.copy()
    fade = min(FADE, piece.size // 2)
    ramp = np.linspace(0, 1, fade, dtype=np.float32)
    piece[:fade] *= ramp
    piece[piece.size - fade :] *= ramp[::-1]
    return piece


def _speak(text: str, caller: Caller) -> tuple[Pcm, Sequence[WordMark]]:
    """Synthesise, without silence at the ends; times are of the samples returned."""
    if caller.voice.startswith("espeak:"):
        samples, rate, marks = asyncio.run(_espeak(text, caller.voice.removeprefix("espeak:"), caller.speed))
    else:
        samples, rate, marks = flite_words.speak(text, caller.voice, caller.speed)
    speech = np.asarray(soxr.resample(samples, rate, SAMPLE_RATE), dtype=np.float32)
    speech *= 0.25 / np.abs(speech).max()
    loud = np.flatnonzero(np.abs(speech) > 0.004)
    first, last = int(loud[0]), int(loud[-1]) + 1
    shift = first / SAMPLE_RATE
    return speech[first:last], [WordMark(m.text, max(0.0, m.start - shift), m.end - shift) for m in marks]


async def _espeak(text: str, voice: str, speed: float) -> tuple[Pcm, int, list[WordMark]]:
    engine = EspeakEngine(voice, round(165 * speed))
    pieces: list[Pcm] = []
    marks: list[WordMark] = []
    async for speech in engine.speak(text):
        pieces.append(speech.pcm)
        marks.extend(speech.words or ())
    await engine.close()
    return np.concatenate(pieces), engine.sample_rate, marks
