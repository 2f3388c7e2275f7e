"""The clips whose end an end-of-turn model hears: at the flat end of a synthetic voice, a system rightly waits."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from benchmarks.talk import Spoken
from models.audio import SAMPLE_RATE, silence
from models.turn import TurnModel

SILENCES: Final = (0.2, 0.3, 0.4)
"""Seconds after the last sample at which systems ask their model: each detector of speech needs some."""

FINISHED: Final = 0.5
"""The probability from which Pipecat takes a turn for finished."""


async def finished_clips(clips: Sequence[Spoken], model: TurnModel) -> list[Spoken]:
    """Return those that sound finished whenever it is asked; raises EngineError."""
    await model.warm()
    found = []
    for clip in clips:
        words = np.concatenate((silence(SAMPLE_RATE // 2), clip.pcm[: clip.end]))
        heard = [await model.finished(np.concatenate((words, silence(round(each * SAMPLE_RATE))))) for each in SILENCES]
        if min(heard) > FINISHED:
            found.append(clip)
    return found
