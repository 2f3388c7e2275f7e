"""Sound goes both ways through real peer connections; the outgoing track is paced and never dies."""

import asyncio
from random import Random
from typing import Any, cast

import numpy as np
import pytest
from aiortc import RTCPeerConnection, RTCRtpCodecParameters
from aiortc.mediastreams import MediaStreamError
from aiortc.rtp import RtpPacket
from av import AudioFrame, Packet

from models.audio import SAMPLE_RATE, Pcm, silence
from tests import speech
from tests.clock import run_on_fake_clock
from tests.e2e.peer import Peer
from tests.web.scripted import TONE, serve
from tests.web.test_microphone import pitch
from web.loudspeaker import FRAME, Loudspeaker, Pace
from web.opus import OpusDecoder, OpusEncoder
from web.receiving import ATTRIBUTE, Receiving
from web.resampling import WIDTH, FrameResampler


def tone(frequency: float, seconds: float) -> Pcm:
    steps = np.arange(int(seconds * SAMPLE_RATE))
    return (0.5 * np.sin(2 * np.pi * frequency * steps / SAMPLE_RATE)).astype(np.float32)


async def test_a_tone_is_heard_at_16_khz_and_one_that_is_read_arrives() -> None:
    async with serve() as server, Peer(server.url) as peer:
        await peer.connect()
        conversation = server.conversations[0]
        spoken = peer.play(tone(600, 1.0))
        await asyncio.wait_for(spoken.done.wait(), 10)
        await peer.until(lambda: len(conversation.heard()) > 1.3 * SAMPLE_RATE and len(peer.heard()) > 48_000)
        heard, voice = conversation.heard(), peer.heard()
    loud = heard[np.abs(heard) > 0.02]
    assert len(loud) > 0.8 * SAMPLE_RATE
    assert pitch(heard, SAMPLE_RATE) == pytest.approx(600, abs=5)
    assert pitch(voice[9_600:48_000], 48_000) == pytest.approx(TONE, abs=5)
    for (one, at), (_, following) in zip(conversation.audio, conversation.audio[1:], strict=False):
        assert abs(following - at - len(one) / SAMPLE_RATE) < 0.3


def test_frames_leave_every_20_ms_and_a_stall_brings_no_burst() -> None:
    async def listen() -> None:
        track = Loudspeaker(lambda samples: silence(samples), 22_050)
        loop = asyncio.get_running_loop()
        times = []
        for _ in range(50):
            frame = await track.recv()
            assert isinstance(frame, AudioFrame)
            assert (frame.samples, frame.sample_rate) == (441, 22_050)
            times.append(loop.time())
        assert np.diff(times) == pytest.approx(0.02)
        await asyncio.sleep(1)
        first, second = await track.recv(), await track.recv()
        assert loop.time() == pytest.approx(times[-1] + 1.02)
        assert second.pts is not None and first.pts is not None and second.pts - first.pts == 441

    run_on_fake_clock(listen())


def test_a_voice_that_cannot_be_read_is_silence() -> None:
    def broken(samples: int) -> Pcm:
        raise RuntimeError("no voice")

    async def listen() -> None:
        track = Loudspeaker(broken, 16_000)
        frame = await track.recv()
        assert isinstance(frame, AudioFrame) and not frame.to_ndarray().any()
        track.stop()
        with pytest.raises(MediaStreamError):
            await track.recv()

    run_on_fake_clock(listen())


async def test_aiortc_itself_buffers_and_decodes_nothing() -> None:
    connection = RTCPeerConnection()
    receiver = connection.addTransceiver("audio").receiver
    Receiving([], lambda pcm, at: None, lambda: None).attach(receiver)
    assert isinstance(getattr(receiver, ATTRIBUTE), Receiving)
    await connection.close()


async def test_a_release_without_that_buffer_is_refused() -> None:
    with pytest.raises(RuntimeError, match="aiortc"):
        Receiving([], lambda pcm, at: None, lambda: None).attach(object())  # type: ignore[arg-type]


async def test_a_listener_that_fails_does_not_end_the_link() -> None:
    def broken(pcm: Pcm, at: float) -> None:
        raise RuntimeError("no ear")

    codec = RTCRtpCodecParameters(mimeType="audio/opus", clockRate=48_000, channels=2, payloadType=111)
    receiving = Receiving([codec], broken, lambda: None)
    for number in range(3):
        packet = RtpPacket(payload_type=111, sequence_number=number, timestamp=number * 960)
        packet.payload = OpusEncoder(SAMPLE_RATE).encode(silence(320))
        assert receiving.add(packet) == (False, None)


def test_an_hour_of_frames_drifts_by_nothing_and_lateness_adds_up_to_nothing() -> None:
    pace, now, chance = Pace(), 1_000.0, Random(5)
    for number in range(180_000):
        now += max(0.0, pace.wait(now))
        assert now - (1_000.0 + number * FRAME) < 0.03
        now += chance.random() * 0.025  # encoding, and a loop that is busy with others
    assert now == pytest.approx(1_000.0 + 3_600, abs=0.05)


def test_after_a_stall_the_pace_begins_anew() -> None:
    pace = Pace()
    assert pace.wait(10.0) == 0
    assert pace.wait(10.0) == pytest.approx(0.02)
    assert pace.wait(11.0) == 0
    assert pace.wait(11.0) == pytest.approx(0.02)


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 24_000, 44_100, 48_000])
def test_opus_packets_hold_the_voice_in_its_pitch(rate: int) -> None:
    phase = 0

    def read(samples: int) -> Pcm:
        nonlocal phase
        steps = np.arange(phase, phase + samples)
        phase += samples
        return (0.4 * np.sin(2 * np.pi * TONE * steps / rate)).astype(np.float32)

    async def listen() -> list[Any]:
        track = Loudspeaker(read, rate)
        track.use_opus()
        packets = [await track.recv() for _ in range(60)]
        assert all(isinstance(one, Packet) for one in packets)
        return packets

    packets = run_on_fake_clock(listen())
    assert [one.pts for one in packets] == [i * 960 for i in range(60)]
    assert np.mean([one.size for one in packets]) * 50 * 8 < 40_000
    decoder = OpusDecoder(48_000)
    pcm = np.concatenate([decoder.decode(bytes(one)) for one in packets])
    assert pitch(pcm[9_600:], 48_000) == pytest.approx(TONE, abs=1)
    assert np.abs(pcm[9_600:]).max() == pytest.approx(0.4, abs=0.1)


def test_silence_costs_nothing_and_the_voice_after_it_is_whole() -> None:
    words = speech.load("goal_1_rms")
    said = np.concatenate((words, silence(2 * SAMPLE_RATE), words))
    said = said[: len(said) // 320 * 320]

    async def listen(*, rests: bool) -> Pcm:
        frames = iter(said.reshape(-1, 320))
        track = Loudspeaker(lambda samples: next(frames), SAMPLE_RATE)
        track.use_opus()
        decoder, pcm, packets = OpusDecoder(SAMPLE_RATE), [], []
        for _ in range(len(said) // 320):
            if not rests:
                track._quiet = -1  # the encoder works on
            packets.append(bytes(cast(bytes, await track.recv())))
            pcm.append(decoder.decode(packets[-1]))
        quiet = packets[len(words) // 320 + 20 : (len(words) + 2 * SAMPLE_RATE) // 320 - 2]
        assert rests == (len(set(quiet)) == 1)
        return np.concatenate(pcm)

    resting, working = (run_on_fake_clock(listen(rests=rests)) for rests in (True, False))
    assert np.abs(resting[len(words) + SAMPLE_RATE : len(words) + 2 * SAMPLE_RATE - 320]).max() < 1e-3
    again = slice(len(words) + 2 * SAMPLE_RATE, None)
    assert np.corrcoef(resting[again], working[again])[0, 1] > 0.95


def test_speech_is_sent_with_copies_for_lost_packets() -> None:
    words = speech.load("goal_1_rms")
    encoder, decoder = OpusEncoder(SAMPLE_RATE), OpusDecoder(SAMPLE_RATE)
    packets = [encoder.encode(words[i : i + 320]) for i in range(0, len(words) - 319, 320)]
    assert sum(decoder.has_copy(one) for one in packets) > 0.5 * len(packets)
    assert len(b"".join(packets)) * 8 / (len(words) / SAMPLE_RATE) < 36_000


def test_a_frame_that_opus_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="no frame of Opus"):
        OpusEncoder(SAMPLE_RATE).encode(silence(321))


@pytest.mark.parametrize(("rate", "target"), [(22_050, 24_000), (44_100, 48_000), (96_000, 48_000)])
def test_another_rate_is_the_same_sound(rate: int, target: int) -> None:
    steps = np.arange(rate)
    voice = (0.5 * np.sin(2 * np.pi * 3_000 * steps / rate)).astype(np.float32)
    resampler, size, made = FrameResampler(rate // 50, target // 50), rate // 50, []
    for i in range(0, rate - size + 1, size):
        made.append(resampler.resample(voice[i : i + size]))
    pcm = np.concatenate(made)[480:]
    delay = WIDTH / min(rate, target) if rate > target else WIDTH / rate
    due = 0.5 * np.sin(2 * np.pi * 3_000 * (np.arange(480, 480 + len(pcm)) / target - delay))
    assert np.abs(pcm - due).max() < 1e-3
    with pytest.raises(ValueError, match="samples instead of"):
        resampler.resample(silence(size - 1))
