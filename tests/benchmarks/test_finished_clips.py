import numpy as np

from benchmarks.finished_clips import finished_clips
from benchmarks.talk import Spoken
from models.audio import SAMPLE_RATE, Pcm


class Listener:
    """Takes what ends with at least `needed` samples of silence after something loud for finished."""

    def __init__(self, loudest: float) -> None:
        self.loudest = loudest
        self.asked: list[int] = []

    async def warm(self) -> None: ...

    async def finished(self, pcm: Pcm) -> float:
        last = int(np.flatnonzero(pcm)[-1])
        self.asked.append(len(pcm) - 1 - last)
        return 0.9 if abs(pcm[last]) < self.loudest or len(pcm) - 1 - last > 0.35 * SAMPLE_RATE else 0.1

    async def close(self) -> None: ...


async def test_a_clip_must_sound_finished_after_each_silence() -> None:
    calm, loud = (
        Spoken(name, np.full(3_000, level, dtype=np.float32), 2_000) for name, level in (("calm", 0.1), ("loud", 0.9))
    )
    listener = Listener(0.5)
    assert await finished_clips([loud, calm], listener) == [calm]
    assert listener.asked == [3_200, 4_800, 6_400] * 2
