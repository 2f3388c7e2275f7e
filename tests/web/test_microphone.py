"""The caller's audio keeps true time: holes are silence of their length, late frames lose nothing."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from av import AudioFrame
from numpy.typing import NDArray

from models.audio import SAMPLE_RATE, Pcm
from web.microphone import AHEAD, MARGIN, PACE, Heard, Microphone

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


def test_silence_passes_while_nothing_comes() -> None:
    microphone = Microphone()
    take(microphone, *range(10))
    assert microphone.idle(arrival(9) + 0.2) == []
    (filled,) = microphone.idle(arrival(9) + 0.5)
    assert len(filled.pcm) / SAMPLE_RATE == pytest.approx(0.5 - MARGIN, abs=0.01)
    assert not filled.pcm.any()


def test_late_frames_are_heard_whole_and_the_clock_is_right_again_after_them() -> None:
    microphone = Microphone()
    take(microphone, *range(10))
    assert microphone.idle(arrival(34))
    late = [heard for index in range(10, 35) for heard in microphone.take(frame(index), arrival(34))]
    assert len(joined(late)) == pytest.approx(25 * 320, abs=20)
    (following,) = take(microphone, 35)
    assert following.at == pytest.approx(arrival(35) - 0.02, abs=0.002)


def test_what_was_lost_while_silence_passed_is_not_silence_twice() -> None:
    microphone = Microphone()
    before = take(microphone, *range(10))
    filled = microphone.idle(arrival(34))
    after = take(microphone, *range(35, 45))
    assert len(joined([*before, *filled, *after])) == pytest.approx(45 * 320, abs=40)


def test_a_frame_is_heard_once() -> None:
    microphone = Microphone()
    take(microphone, *range(10))
    assert take(microphone, 9, 5) == []
    assert len(joined(take(microphone, 10))) == 320


def test_a_long_hole_starts_a_new_time_line() -> None:
    microphone = Microphone()
    take(microphone, *range(10))
    heard = take(microphone, 1_000)
    assert len(joined(heard)) <= 340
    assert heard[0].at == pytest.approx(arrival(1_000) - 0.02, abs=0.01)


def test_no_silence_before_the_first_frame() -> None:
    assert Microphone().idle(1_000.0) == []


@pytest.mark.parametrize("speed", [1, 2, 10, 50])
def test_no_sender_is_heard_faster_than_time_goes_by(speed: int) -> None:
    microphone, elapsed = Microphone(), 2.0
    frames = [frame(i) for i in range(50)]
    heard = []
    for i in range(100 * speed):
        again = frames[i % 50]
        again.pts = i * FRAME
        heard += microphone.take(again, 100 + i * 0.02 / speed)
    assert len(joined(heard)) <= SAMPLE_RATE * (AHEAD + PACE * elapsed + 1)
    if speed == 1:
        assert len(joined(heard)) == pytest.approx(SAMPLE_RATE * elapsed, abs=40)


def test_holes_cannot_be_used_to_make_audio_out_of_nothing() -> None:
    microphone = Microphone()
    now, heard = 100.0, []
    for i in range(500):  # each frame claims that two seconds were lost
        now += 0.02
        heard += microphone.take(frame(i * 95), now)
    assert len(joined(heard)) <= SAMPLE_RATE * (AHEAD + PACE * 10 + 1)


def test_who_stops_flooding_is_heard_in_full_again() -> None:
    microphone = Microphone()
    for i in range(5_000):
        microphone.take(frame(i), 100 + i * 0.002)
    heard = [one for i in range(5_000, 5_500) for one in microphone.take(frame(i), 110 + (i - 5_000) * 0.02)]
    assert len(joined(heard)) >= 9.5 * SAMPLE_RATE


def test_a_stall_of_a_few_seconds_is_heard_in_full() -> None:
    microphone = Microphone()
    heard = take(microphone, *range(50))
    heard += [one for i in range(50, 200) for one in microphone.take(frame(i), arrival(200))]
    assert len(joined(heard)) == pytest.approx(200 * 320, abs=40)


ODD = [
    ("pure silence", 48_000, 960, "s16", "stereo", 0.0),
    ("clipping", 48_000, 960, "s16", "mono", 1.0),
    ("telephone", 8_000, 160, "s16", "mono", 0.5),
    ("44.1 kHz", 44_100, 882, "s16", "stereo", 0.5),
    ("high rate", 192_000, 3_840, "s16", "mono", 0.5),
    ("tiny frames", 48_000, 7, "s16", "mono", 0.5),
    ("huge frames", 48_000, 40_000, "s16", "mono", 0.5),
    ("floats", 48_000, 960, "flt", "mono", 1.0),
    ("floats beyond 1", 48_000, 960, "flt", "mono", 30.0),
    ("no numbers", 48_000, 960, "flt", "mono", float("nan")),
    ("six channels", 48_000, 960, "s16", "5.1", 0.5),
]


@pytest.mark.parametrize(("rate", "size", "kind", "layout", "level"), [one[1:] for one in ODD], ids=[o[0] for o in ODD])
def test_odd_audio_has_the_right_length_and_no_wrong_numbers(
    rate: int, size: int, kind: str, layout: str, level: float
) -> None:
    microphone = Microphone()
    frames = max(2 * rate // size // (1 if size > 100 else 10), 2)
    heard = [
        one
        for i in range(frames)
        for one in microphone.take(square(i, rate, size, kind, layout, level), 100 + (i + 1) * size / rate)
    ]
    pcm = joined(heard)
    assert len(pcm) == pytest.approx(frames * size * SAMPLE_RATE / rate, abs=60)
    assert pcm.dtype == np.float32 and np.isfinite(pcm).all() and np.abs(pcm).max(initial=0) <= 1.0
    assert np.isnan(level) or bool(pcm.any()) == (level != 0.0)


def square(index: int, rate: int, size: int, kind: str, layout: str, level: float) -> AudioFrame:
    channels = {"mono": 1, "stereo": 2, "5.1": 6}[layout]
    wave = np.where((np.arange(index * size, (index + 1) * size) * 400 // rate) % 2, level, -level).repeat(channels)
    samples = wave.astype(np.float32) if kind == "flt" else (wave * 32_767).astype(np.int16)
    made = AudioFrame.from_ndarray(samples.reshape(1, -1), format=kind, layout=layout)
    made.sample_rate, made.time_base, made.pts = rate, Fraction(1, rate), index * size
    return made


def test_a_rate_that_changes_in_the_call_starts_anew_and_loses_little() -> None:
    microphone, now, heard = Microphone(), 100.0, []
    for rate, layout in [(48_000, "stereo"), (8_000, "mono"), (16_000, "mono"), (48_000, "mono"), (48_000, "stereo")]:
        for i in range(100):
            now += 0.02
            heard += microphone.take(frame(i, rate=rate, layout=layout), now)
    assert len(joined(heard)) == pytest.approx(10 * SAMPLE_RATE, rel=0.01)
    assert all(one.at <= now for one in heard)


def test_frames_without_a_time_are_taken_as_they_come() -> None:
    microphone, heard = Microphone(), []
    for i in range(50):
        odd = frame(0)
        odd.pts = None
        heard += microphone.take(odd, 100 + i * 0.02)
    assert len(joined(heard)) == pytest.approx(50 * 320, abs=20)
