"""The caller's audio keeps true time: holes are silence of their length, late frames are not heard twice."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from av import AudioFrame
from numpy.typing import NDArray

from models.audio import SAMPLE_RATE, Pcm
from web.microphone import MARGIN, Heard, Microphone

RATE = 48_000
FRAME = 960
TONE = 440.0
LATENCY = 0.005


def frame(index: int, *, rate: int = RATE, layout: str = "stereo", level: float = 0.5) -> AudioFrame:
    size = rate // 50
    steps = np.arange(index * size, (index + 1) * size)
    mono = (level * 32767 * np.sin(2 * np.pi * TONE * steps / rate)).astype(np.int16)
    samples: NDArray[np.int16] = np.repeat(mono, 2) if layout == "stereo" else mono
    made = AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout=layout)
    made.sample_rate, made.time_base, made.pts = rate, Fraction(1, rate), index * size
    return made


def arrival(index: int) -> float:
    return 100 + (index + 1) * 0.02 + LATENCY


def take(microphone: Microphone, *indexes: int) -> list[Heard]:
    return [heard for index in indexes for heard in microphone.take(frame(index), arrival(index))]


def joined(heard: list[Heard]) -> Pcm:
    return np.concatenate([one.pcm for one in heard])


def pitch(pcm: Pcm, rate: int) -> float:
    spectrum = np.abs(np.fft.rfft(pcm * np.hanning(len(pcm))))
    return float(np.argmax(spectrum) * rate / len(pcm))


@pytest.mark.parametrize(("rate", "layout"), [(48_000, "stereo"), (16_000, "mono"), (8_000, "mono")])
def test_any_track_becomes_16_khz_mono(rate: int, layout: str) -> None:
    microphone = Microphone()
    heard = [
        one for i in range(50) for one in microphone.take(frame(i, rate=rate, layout=layout), 100 + (i + 1) * 0.02)
    ]
    pcm = joined(heard)
    assert len(pcm) == pytest.approx(SAMPLE_RATE, abs=40)
    assert pitch(pcm, SAMPLE_RATE) == pytest.approx(TONE, abs=2)
    assert np.max(np.abs(pcm)) == pytest.approx(0.5, abs=0.05)


def test_the_time_of_each_piece_follows_its_samples() -> None:
    heard = take(Microphone(), *range(50))
    for one, following in pairwise(heard):
        assert following.at == pytest.approx(one.at + len(one.pcm) / SAMPLE_RATE)
    assert heard[0].at == pytest.approx(100 + LATENCY)


def test_a_lost_packet_is_silence_of_its_length() -> None:
    microphone = Microphone()
    pcm = joined(take(microphone, *range(10), *range(13, 20)))
    assert len(pcm) == pytest.approx(20 * 320, abs=20)
    assert not pcm[3210 : 3200 + 3 * 320 - 20].any()


def test_the_quickest_frame_sets_the_clock() -> None:
    microphone = Microphone()
    microphone.take(frame(0), arrival(0) + 0.2)  # the first frame was held up
    take(microphone, *range(1, 10))
    (heard,) = take(microphone, 10)
    assert heard.at == pytest.approx(arrival(10) - 0.02, abs=0.002)


def test_silence_passes_while_nothing_comes_and_late_frames_are_not_heard_twice() -> None:
    microphone = Microphone()
    before = take(microphone, *range(10))
    assert microphone.idle(arrival(9) + 0.2) == []
    (filled,) = microphone.idle(arrival(9) + 0.5)
    assert len(filled.pcm) / SAMPLE_RATE == pytest.approx(0.5 - MARGIN, abs=0.01)
    assert not filled.pcm.any()
    now = arrival(34)
    late = [heard for index in range(10, 35) for heard in microphone.take(frame(index), now)]
    total = len(joined([*before, filled, *late]))
    assert total == pytest.approx(35 * 320, abs=40)


def test_a_long_hole_starts_a_new_time_line() -> None:
    microphone = Microphone()
    take(microphone, *range(10))
    heard = take(microphone, 1_000)
    assert len(joined(heard)) <= 340
    assert heard[0].at == pytest.approx(arrival(1_000) - 0.02, abs=0.01)


def test_no_silence_before_the_first_frame() -> None:
    assert Microphone().idle(1_000.0) == []
