"""Sound in binary messages of any length, in every format, on a true time line."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.audio import SAMPLE_RATE, Pcm, from_int16, to_int16
from web.microphone import Heard
from web.voice_agent import g711
from web.voice_agent.audio import Inbound, Outbound
from web.voice_agent.settings_message import AudioFormat, Encoding

FORMATS: list[tuple[Encoding, int]] = [
    *(("linear16", rate) for rate in (8_000, 16_000, 22_050, 24_000, 44_100, 48_000)),
    ("mulaw", 8_000),
    ("alaw", 8_000),
]  # type: ignore[list-item,unused-ignore]
TONE = 440


def tone(rate: int, seconds: float) -> Pcm:
    return (0.5 * np.sin(2 * np.pi * TONE * np.arange(round(rate * seconds)) / rate)).astype(np.float32)


def written(pcm: Pcm, encoding: Encoding) -> bytes:
    return to_int16(pcm).astype("<i2").tobytes() if encoding == "linear16" else g711.encode(pcm, encoding)


def read(data: bytes, encoding: Encoding) -> Pcm:
    if encoding == "linear16":
        return from_int16(np.frombuffer(data, dtype="<i2"))
    return g711.decode(data, encoding)


def strongest(pcm: Pcm, rate: int) -> float:
    spectrum = np.abs(np.fft.rfft(pcm * np.hanning(pcm.size)))
    return float(np.argmax(spectrum) * rate / pcm.size)


@pytest.mark.parametrize(("encoding", "rate"), FORMATS)
def test_the_callers_sound_is_heard_at_its_pitch_length_and_loudness(encoding: Encoding, rate: int) -> None:
    inbound = Inbound(AudioFormat(encoding=encoding, sample_rate=rate))
    heard: list[Heard] = []
    for number, frame in enumerate(inbound.frames(written(tone(rate, 1.0), encoding))):
        heard += inbound.take(frame, 10.0 + (number + 1) * 0.02)
    pcm = np.concatenate([one.pcm for one in heard])
    assert pcm.size == SAMPLE_RATE
    assert abs(strongest(pcm, SAMPLE_RATE) - TONE) < 2
    assert 0.33 < np.sqrt(np.mean(pcm**2)) < 0.37
    assert heard[0].at == pytest.approx(10.0) and heard[-1].at == pytest.approx(10.98)


@pytest.mark.parametrize(("encoding", "rate"), FORMATS)
@pytest.mark.parametrize("speech_rate", [16_000, 22_050])
def test_the_agents_voice_leaves_as_it_was_asked_for(encoding: Encoding, rate: int, speech_rate: int) -> None:
    outbound = Outbound(AudioFormat(encoding=encoding, sample_rate=rate), speech_rate)
    line = tone(speech_rate, 1.0)
    frames = [outbound.encode(line[at : at + outbound.samples]) for at in range(0, line.size, outbound.samples)]
    assert {len(frame) for frame in frames} == {rate // 50 * (2 if encoding == "linear16" else 1)}
    pcm = read(b"".join(frames), encoding)
    assert abs(strongest(pcm, rate) - TONE) < 2
    assert 0.33 < np.sqrt(np.mean(pcm**2)) < 0.37


@given(cuts=st.lists(st.integers(0, 4_000), max_size=20))
def test_messages_may_be_cut_anywhere_even_within_a_sample(cuts: list[int]) -> None:
    data = written(tone(24_000, 0.1), "linear16")
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    inbound = Inbound(AudioFormat())
    frames = [frame for start, end in pairwise(places) for frame in inbound.frames(data[start:end])]
    assert b"".join(frames) == data[: len(data) // 960 * 960] and {len(frame) for frame in frames} == {960}


def test_sound_that_stops_becomes_silence_of_that_length() -> None:
    inbound = Inbound(AudioFormat(sample_rate=16_000))
    frames = inbound.frames(written(tone(16_000, 0.1), "linear16"))
    for number, frame in enumerate(frames):
        inbound.take(frame, 5.0 + number * 0.02)
    heard = inbound.idle(6.0)
    assert sum(one.pcm.size for one in heard) / SAMPLE_RATE == pytest.approx(0.82, abs=0.03)
    assert not any(one.pcm.any() for one in heard)
