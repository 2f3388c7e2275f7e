"""The caller's voice over a bad network: its time stays true, most of it is there, and holes are no noise."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from aiortc import RTCRtpCodecParameters
from hypothesis import given, settings

from models.audio import SAMPLE_RATE, Pcm, silence
from tests import speech
from tests.web.wire import FRAME, LATENCY, OPUS, START, TICKS, Fate, arrivals, encoded, heard, schedules, sent
from web.uplink import CONCEALED, Uplink

SIZE = round(SAMPLE_RATE * FRAME)
LOOKAHEAD = 104
"""Samples by which Opus is late at 16 kHz: 6.5 ms."""

CODEC = RTCRtpCodecParameters(mimeType="audio/opus", clockRate=48_000, channels=2, payloadType=OPUS)
WORDS = speech.load("goal_1_rms")
PACKETS = encoded(WORDS)
SPOKEN = [i for i in range(2, len(PACKETS) - 2) if np.abs(WORDS[i * SIZE : (i + 1) * SIZE]).max() > 0.1]


def uplink() -> Uplink:
    return Uplink({OPUS: CODEC})


def sound(fates: list[Fate]) -> tuple[Pcm, Uplink]:
    """Return what is heard, from the first sample of the stream on."""
    line = uplink()
    audio = heard(line, arrivals(PACKETS, fates), START + len(PACKETS) * FRAME + 1)
    return np.concatenate([one.pcm for one in audio]), line


def in_place(pcm: Pcm) -> list[int]:
    """Return the frames of speech that are heard where they were said: alike in wave form, to the sample."""
    return [i for i in SPOKEN if alike(pcm, i) > 0.7]


def alike(pcm: Pcm, i: int) -> float:
    said = WORDS[i * SIZE : (i + 1) * SIZE]
    got = pcm[i * SIZE + LOOKAHEAD :][:SIZE]
    if len(got) < SIZE:
        return 0.0
    return float(np.dot(said, got) / (np.linalg.norm(said) * np.linalg.norm(got) + 1e-9))


def lossy(share: float, seed: int = 1) -> list[Fate]:
    chance = np.random.default_rng(seed)
    return [Fate(None if i and chance.random() < share else 0.0) for i in range(len(PACKETS))]


def test_on_a_good_network_all_is_heard_at_once() -> None:
    line = uplink()
    for packet in PACKETS:
        (one,) = line.take(packet)
        assert len(one.pcm) == SIZE
        assert one.at == pytest.approx(packet.arrival - FRAME, abs=0.001)
    pcm, _ = sound([Fate(0.0)] * len(PACKETS))
    assert len(in_place(pcm)) > 0.98 * len(SPOKEN)


@settings(max_examples=25, deadline=None)
@given(schedules(len(PACKETS)))
def test_time_stays_true_on_any_network(fates: list[Fate]) -> None:
    line = uplink()
    came = arrivals(PACKETS, fates)
    end = START + len(PACKETS) * FRAME + 1
    audio = heard(line, came, end)
    if not came:
        assert not audio
        return
    total = sum(len(one.pcm) for one in audio) / SAMPLE_RATE
    # From the first packet to the last look at the clock, whatever was lost between.
    begun = came[0].arrival - FRAME
    assert end - begun - 0.5 <= total <= end - begun + 0.3
    for one, following in pairwise(audio):
        assert following.at >= one.at - 0.2  # the line moves only to where a quicker packet shows it must be
    assert all(np.isfinite(one.pcm).all() and np.abs(one.pcm).max(initial=0) <= 1 for one in audio)


@pytest.mark.parametrize(("loss", "least"), [(0.05, 0.97), (0.1, 0.95), (0.2, 0.9)])
def test_of_a_client_that_sends_copies_nearly_all_is_heard_in_its_place(loss: float, least: float) -> None:
    pcm, line = sound(lossy(loss))
    assert line.tally.lost > 0 and line.tally.recovered > 0.5 * line.tally.lost
    assert len(in_place(pcm)) > least * len(SPOKEN) - 2


def test_after_an_outage_the_words_are_where_they_were_said() -> None:
    gone = range(30, 80)
    pcm, _ = sound([Fate(None if i in gone else 0.0) for i in range(len(PACKETS))])
    there = [i for i in SPOKEN if i < gone.start - 1 or i > gone.stop + 3]
    assert len(set(there) & set(in_place(pcm))) > 0.95 * len(there)
    hole = pcm[gone.start * SIZE + CONCEALED + LOOKAHEAD : (gone.stop - 1) * SIZE]
    assert not hole.any()


def test_a_gap_fades_out_and_does_not_click() -> None:
    middle = max(SPOKEN, key=lambda i: float(np.abs(WORDS[i * SIZE : (i + 1) * SIZE]).mean()))
    pcm, line = sound([Fate(None if middle <= i < middle + 10 else 0.0) for i in range(len(PACKETS))])
    assert line.tally.concealed == CONCEALED
    start = middle * SIZE
    made_up = pcm[start : start + CONCEALED]
    assert made_up.any() and abs(made_up[-1]) < 1e-3
    steps = np.abs(np.diff(pcm[start - 1 : start + CONCEALED + 1]))
    assert steps.max() < np.abs(np.diff(WORDS)).max()


def test_a_damaged_packet_is_a_hole_of_its_length() -> None:
    line = uplink()
    packets = list(PACKETS)
    packets[20] = sent(20, payload=b"")
    packets[21] = sent(21, payload=b"\xff" * 3)
    audio = heard(line, packets, START + len(PACKETS) * FRAME)
    assert line.tally.damaged == 2
    assert sum(len(one.pcm) for one in audio) == len(PACKETS) * SIZE
    assert line.tally.decoded == len(PACKETS) - 2


def test_noise_instead_of_packets_breaks_nothing() -> None:
    chance = np.random.default_rng(3)
    line = uplink()
    packets = [sent(i, payload=chance.bytes(int(chance.integers(0, 200)))) for i in range(1_000)]
    audio = heard(line, packets, START + 21)
    assert all(np.isfinite(one.pcm).all() for one in audio)
    assert sum(len(one.pcm) for one in audio) < 30 * SAMPLE_RATE


def test_a_sender_that_pauses_is_silent_meanwhile() -> None:
    """With DTX the numbers go on without a gap while the time jumps."""
    line, pause = uplink(), 25
    moved = [sent(i, payload=packet.payload) for i, packet in enumerate(PACKETS[20:60])]
    moved[20:] = [
        replace(one, timestamp=one.timestamp + pause * TICKS, arrival=one.arrival + pause * FRAME) for one in moved[20:]
    ]
    audio = heard(line, moved, START + 65 * FRAME)
    pcm = np.concatenate([one.pcm for one in audio])
    assert len(pcm) == pytest.approx(65 * SIZE, abs=SIZE)
    assert not pcm[20 * SIZE : 45 * SIZE].any()
    assert line.tally.lost == line.tally.concealed == 0


def test_packets_of_a_codec_nobody_agreed_on_are_left_aside() -> None:
    line = Uplink({})
    assert line.take(PACKETS[0]) == [] and line.due is None


def test_silence_stays_silence() -> None:
    audio = heard(uplink(), encoded(silence(SAMPLE_RATE)), START + 1 + LATENCY)
    assert np.abs(np.concatenate([one.pcm for one in audio])).max() < 1e-3
