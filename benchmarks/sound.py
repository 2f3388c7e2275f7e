"""When speech ends and when an answer begins: both to the sample, from recordings alone."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.audio import SAMPLE_RATE, Pcm

NOISE_FLOOR: Final = 0.004
"""-48 dBFS. The clips of `tests/speech` peak at -12 dBFS and are digitally silent before they begin; below this only
a synthesiser's last breath is left."""

AUDIBLE: Final = 0.01
"""-40 dBFS: what a caller notices. No engine here leaves a trace of this size while it says nothing."""

RECEIVED_RATE: Final = 48_000


def speech_end(pcm: Pcm, floor: float = NOISE_FLOOR) -> int:
    """Return the number of samples up to and with the last one above `floor`; raises ValueError for silence."""
    loud = np.flatnonzero(np.abs(pcm) > floor)
    if not loud.size:
        raise ValueError("nothing is said in this clip")
    return int(loud[-1]) + 1


def left_at(clip: int, sample: int, ended: float, *, frame: int = SAMPLE_RATE // 50) -> float:
    """Return when the frame with a sample left the caller, in s of the clock of `ended`.

    `sample` counts from 1. `clip` is the length of what was played in frames of `frame` samples; `ended` is when its
    last frame left plus how long the sound within that one is.
    """
    last = (clip - 1) // frame
    last_left = ended - (clip - last * frame) / SAMPLE_RATE
    return last_left - (last - (sample - 1) // frame) * frame / SAMPLE_RATE


@dataclass(slots=True)
class Heard:
    """What came back since this was made: times in s of the first and last audible sample, None before there is one."""

    first: float | None = None
    last: float | None = None

    def feed(self, pcm: Pcm, at: float, rate: int = RECEIVED_RATE) -> None:
        """Take the next frame, which came `at` and is heard from then on."""
        loud = np.flatnonzero(np.abs(pcm) > AUDIBLE)
        if loud.size:
            if self.first is None:
                self.first = at + int(loud[0]) / rate
            self.last = at + int(loud[-1]) / rate
