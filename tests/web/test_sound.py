"""Sound goes both ways through real peer connections; the outgoing track is paced and never dies."""

import asyncio

import numpy as np
import pytest
from aiortc import RTCPeerConnection
from aiortc.mediastreams import MediaStreamError

from models.audio import SAMPLE_RATE, Pcm, silence
from tests.clock import run_on_fake_clock
from tests.e2e.peer import Peer
from tests.web.scripted import TONE, serve
from tests.web.test_microphone import pitch
from web import jitter
from web.loudspeaker import Loudspeaker


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
        assert not (await track.recv()).to_ndarray().any()
        track.stop()
        with pytest.raises(MediaStreamError):
            await track.recv()

    run_on_fake_clock(listen())


async def test_the_jitter_buffer_is_the_short_one() -> None:
    connection = RTCPeerConnection()
    receiver = connection.addTransceiver("audio").receiver
    jitter.shorten(receiver)
    assert getattr(receiver, jitter.ATTRIBUTE).capacity == jitter.CAPACITY
    await connection.close()


def test_a_release_without_that_buffer_is_refused() -> None:
    with pytest.raises(RuntimeError, match="aiortc"):
        jitter.shorten(object())  # type: ignore[arg-type]
