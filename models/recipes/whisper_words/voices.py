"""Who says the sentences: voices of flite and espeak-ng, in many speeds and pitches."""

import random
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from models.audio import SAMPLE_RATE, Pcm

_MARGIN: Final = int(0.03 * SAMPLE_RATE)
_PEAK: Final = 0.5
_QUIET: Final = 0.01
"""Samples below this share of full scale are the synthesiser's own silence."""


@dataclass(frozen=True, slots=True)
class Voice:
    """One way to speak: a synthesiser's voice, `speed` 1.0 as it comes, `pitch` 0 to 99 (espeak-ng only)."""

    name: str
    speed: float = 1.0
    pitch: int = 50

    def command(self, text: str, wav: Path) -> list[str]:
        """Return the command that speaks `text` into a file."""
        program, _, voice = self.name.partition(":")
        if program == "flite":
            return [
                "flite",
                "-voice",
                voice,
                "--setf",
                f"duration_stretch={1 / self.speed:.3f}",
                "-t",
                text,
                "-o",
                str(wav),
            ]
        words = str(round(155 * self.speed))
        return ["espeak-ng", "-v", voice, "-s", words, "-p", str(self.pitch), "-w", str(wav), text]


VOICES: Final[dict[str, float]] = {
    "flite:rms": 22,
    "flite:slt": 22,
    "flite:awb": 13,
    "flite:kal16": 5,
    "flite:kal": 3,
    "espeak-ng:en-us": 12,
    "espeak-ng:en-us+m3": 3,
    "espeak-ng:en-us+m7": 3,
    "espeak-ng:en-us+f2": 3,
    "espeak-ng:en-us+f3": 3,
    "espeak-ng:en-us+f5": 2,
    "espeak-ng:en-gb": 3,
    "espeak-ng:en-gb+m2": 2,
    "espeak-ng:en-gb+f4": 2,
    "espeak-ng:en-us+klatt2": 2,
}
"""Voices with their shares of the sentences."""


def draw_voice(chance: random.Random) -> Voice:
    """Return a voice at some speed and pitch."""
    (name,) = chance.choices(list(VOICES), list(VOICES.values()))
    return Voice(name, round(chance.triangular(0.82, 1.25, 1.0), 2), round(chance.triangular(30, 70, 50)))


def missing_programs() -> list[str]:
    """Return the synthesisers that are not installed."""
    return [program for program in ("flite", "espeak-ng") if shutil.which(program) is None]


def speak(text: str, voice: Voice, wav: Path) -> NDArray[np.int16]:
    """Return a text as 16 kHz samples without silence around it, at one level; `wav` is written over.

    Raises CalledProcessError where the synthesiser fails, and ValueError where it says nothing.
    """
    subprocess.run(voice.command(text, wav), check=True, stdout=subprocess.DEVNULL)
    samples, rate = soundfile.read(wav, dtype="float32")
    speech = resampled(np.asarray(samples, dtype=np.float32), rate, SAMPLE_RATE)
    loud = np.flatnonzero(np.abs(speech) > _QUIET)
    if not len(loud):
        raise ValueError(f"{voice.name} says nothing for {text!r}")
    speech = speech[max(0, loud[0] - _MARGIN) : loud[-1] + _MARGIN]
    return np.asarray(speech * (_PEAK * 32767 / np.abs(speech).max()), dtype=np.int16)


def resampled(samples: Pcm, rate: float, wanted: float) -> Pcm:
    """Return samples at another rate."""
    return np.asarray(soxr.resample(samples, rate, wanted), dtype=np.float32)
