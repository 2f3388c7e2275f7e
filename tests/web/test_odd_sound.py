"""Sound of every odd kind through a real peer connection: heard in its length, or as silence; never a crash."""

import asyncio
from fractions import Fraction

import numpy as np
import pytest
from aiortc import MediaStreamTrack, RTCRtpSender, VideoStreamTrack
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame

from models.audio import SAMPLE_RATE
from tests.e2e.peer import Peer
from tests.web.attackers import joined, undisturbed
from tests.web.scripted import serve

SECONDS = 1.5


class OddTrack(MediaStreamTrack):
    """Plays a square wave of full scale, or silence, in frames of a given rate, size and layout, in real time."""

    kind = "audio"

    def __init__(self, rate: int, size: int, layout: str, level: int) -> None:
        super().__init__()
        self._rate, self._size, self._layout, self._level = rate, size, layout, level
        self._pts = 0
        self.played = asyncio.Event()

    async def recv(self) -> AudioFrame:
        if self.readyState != "live":
            raise MediaStreamError
        await asyncio.sleep(self._size / self._rate)
        steps = np.arange(self._pts, self._pts + self._size)
        wave = np.where(steps * 600 // self._rate % 2, self._level, -self._level).astype(np.int16)
        samples = wave.repeat(2 if self._layout == "stereo" else 1).reshape(1, -1)
        frame = AudioFrame.from_ndarray(samples, format="s16", layout=self._layout)
        frame.sample_rate, frame.time_base, frame.pts = self._rate, Fraction(1, self._rate), self._pts
        self._pts += self._size
        if self._pts > SECONDS * self._rate:
            self.played.set()
        return frame


@pytest.mark.parametrize(
    ("codec", "rate", "size", "layout", "level"),
    [
        ("audio/opus", 48_000, 960, "stereo", 0),
        ("audio/opus", 48_000, 960, "mono", 32_767),
        ("audio/opus", 8_000, 160, "mono", 8_000),
        ("audio/opus", 44_100, 1_000, "stereo", 8_000),
        ("audio/PCMU", 8_000, 160, "mono", 32_767),
        ("audio/G722", 16_000, 320, "mono", 8_000),
    ],
)
async def test_odd_sound_is_heard_in_its_length(codec: str, rate: int, size: int, layout: str, level: int) -> None:
    async with serve() as server, Peer(server.url) as peer:
        track = OddTrack(rate, size, layout, level)
        transceiver = peer.pc.getTransceivers()[0]
        codecs = [one for one in RTCRtpSender.getCapabilities("audio").codecs if one.mimeType == codec]
        transceiver.setCodecPreferences(codecs)
        transceiver.sender.replaceTrack(track)
        conversation = await joined(server, peer)
        await asyncio.wait_for(track.played.wait(), 30)
        await peer.until(lambda: len(conversation.heard()) > SAMPLE_RATE, 30)
        heard = conversation.heard()
        assert not conversation.named("end")
    assert np.isfinite(heard).all() and np.abs(heard).max() <= 1.0
    assert bool((np.abs(heard) > 0.05).any()) == (level > 0)


async def test_a_camera_is_neither_taken_nor_a_trouble() -> None:
    async with serve() as server, undisturbed(server), Peer(server.url) as peer:
        peer.pc.getTransceivers()[1].sender.replaceTrack(VideoStreamTrack())
        conversation = await joined(server, peer)
        await peer.until(lambda: len(conversation.heard()) > SAMPLE_RATE, 30)
        assert peer.pc.getTransceivers()[1].currentDirection == "inactive"
