"""Callers and listeners for benchmarks of the transport: aiortc as it comes on either side, and our server's path."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

import numpy as np
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, AudioResampler, Packet

from models.audio import SAMPLE_RATE, Pcm, from_int16, silence, to_int16
from tests import speech
from tests.web.scripted import ScriptedConversation
from web.loudspeaker import FRAME, Loudspeaker
from web.offer import clean
from web.opus import OpusEncoder
from web.rtc import Peer, PeerOptions

SIZE: Final = round(SAMPLE_RATE * FRAME)
SPEECH_RATE: Final = 22_050
"""The rate of most voices, in Hz; it is none of Opus's."""


class Mouth(MediaStreamTrack):
    """A caller who says `words`, 16 kHz, over and over; `said[i]` is when frame i was complete.

    With `copies` it sends what a browser sends once we ask it to: each packet with a copy of the one before.
    """

    kind = "audio"

    def __init__(self, words: Pcm, *, copies: bool = False) -> None:
        super().__init__()
        self.said: list[float] = []
        self._frames = words[: len(words) // SIZE * SIZE].reshape(-1, SIZE)
        self.begun = asyncio.Event()
        self._start = 0.0
        self._encoder = OpusEncoder(SAMPLE_RATE) if copies else None

    async def recv(self) -> Any:
        """Wait for the next 20 ms and hand them out."""
        if self.readyState != "live":
            raise MediaStreamError
        loop = asyncio.get_running_loop()
        number = len(self.said)
        if not number:
            self._start = loop.time()
            self.begun.set()
        # As a sound card does: what was said while the machine stood still comes late, and all at once.
        await asyncio.sleep(max(0.0, self._start + number * FRAME - loop.time()))
        self.said.append(loop.time())
        pcm = self._frames[number % len(self._frames)]
        if self._encoder is not None:
            packet: Any = Packet(self._encoder.encode(pcm))
            packet.pts, packet.time_base = number * 960, Fraction(1, 48_000)
            return packet
        frame = AudioFrame.from_ndarray(to_int16(pcm).reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.time_base, frame.pts = SAMPLE_RATE, Fraction(1, SAMPLE_RATE), number * SIZE
        return frame


@dataclass(slots=True)
class Ear:
    """What a server heard: pieces of 16 kHz audio, where each belongs, and when it came."""

    pieces: list[Pcm] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    frames: Callable[[], int] = lambda: 0
    """How many frames were decoded or recovered so far."""

    def hear(self, pcm: Pcm, start: int) -> None:
        """Note a piece that came just now."""
        self.pieces.append(pcm)
        self.starts.append(start)
        self.times.append(asyncio.get_running_loop().time())

    def line(self) -> tuple[Pcm, np.ndarray[Any, np.dtype[np.float64]]]:
        """Return all audio on one line, silence where there is none, and when each sample came."""
        end = max((start + len(pcm) for start, pcm in zip(self.starts, self.pieces, strict=True)), default=0)
        line, times = silence(end), np.full(end, np.nan)
        for start, pcm, at in zip(self.starts, self.pieces, self.times, strict=True):
            line[start : start + len(pcm)] = pcm
            times[start : start + len(pcm)] = at
        return line, times


class _Listening(ScriptedConversation):
    """Our conversation's place, with an ear: where a piece belongs is where the last one ended."""

    def __init__(self, ear: Ear, voice: Callable[[int], Pcm]) -> None:
        super().__init__("benchmark")
        self.speech_rate = SPEECH_RATE
        self._ear, self._voice, self._end = ear, voice, 0

    def hear(self, pcm: Pcm, at: float) -> None:
        self._ear.hear(pcm, self._end)
        self._end += len(pcm)

    def read(self, samples: int) -> Pcm:
        return self._voice(samples)


Answer = Callable[[str], Any]


@asynccontextmanager
async def our_server(ear: Ear, voice: Callable[[int], Pcm]) -> AsyncIterator[Answer]:
    """Serve one call by our path; yields what answers an offer."""
    peer = Peer(_Listening(ear, voice), PeerOptions(ready_wait=0.1), lambda peer, state: None)
    ear.frames = lambda: peer.tally.decoded + peer.tally.recovered
    tasks: list[asyncio.Task[None]] = []

    async def answer(offer: str) -> str:
        text = await peer.answer(clean(offer))
        tasks.append(asyncio.create_task(peer.run()))
        return text

    try:
        yield answer
    finally:
        await peer.close()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def stock_server(ear: Ear, voice: Callable[[int], Pcm]) -> AsyncIterator[Answer]:
    """Serve one call by aiortc as it comes: its buffer, its decoder, its encoder, and a resampler to 16 kHz."""
    pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    tasks: list[asyncio.Task[None]] = []
    count = 0
    ear.frames = lambda: count

    async def listen(track: MediaStreamTrack) -> None:
        nonlocal count
        resampler, place, end = AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE), 0, 0
        try:
            while True:
                frame = await track.recv()
                assert isinstance(frame, AudioFrame) and frame.pts is not None
                count += 1
                if frame.pts != end:  # a hole: aiortc leaves it to the listener to notice
                    place += round((frame.pts - end) * SAMPLE_RATE / frame.sample_rate)
                end = frame.pts + frame.samples
                frame.pts = None
                for part in resampler.resample(frame):
                    pcm = from_int16(part.to_ndarray().reshape(-1).astype(np.int16))
                    ear.hear(pcm, place)
                    place += len(pcm)
        except MediaStreamError:
            pass

    def take(track: MediaStreamTrack) -> None:
        tasks.append(asyncio.create_task(listen(track)))

    async def answer(offer: str) -> str:
        pc.on("track", take)
        await pc.setRemoteDescription(RTCSessionDescription(clean(offer), "offer"))
        pc.addTrack(Loudspeaker(voice, SPEECH_RATE))
        await pc.setLocalDescription(await pc.createAnswer())
        return str(pc.localDescription.sdp)

    try:
        yield answer
    finally:
        await pc.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Caller:
    """A client: aiortc with a mouth; what the agent says is read and thrown away."""

    def __init__(self, mouth: Mouth) -> None:
        self.mouth = mouth
        self.heard = 0
        self._pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._pc.addTrack(mouth)
        self._pc.createDataChannel("chat")
        self._connected = asyncio.Event()
        self._pc.on("track", self._take)
        self._pc.on("connectionstatechange", self._look)
        self._reading: asyncio.Task[None] | None = None

    async def offer(self) -> str:
        """Return an offer with all candidates."""
        await self._pc.setLocalDescription(await self._pc.createOffer())
        return str(self._pc.localDescription.sdp)

    async def accept(self, answer: str, within: float = 30.0) -> None:
        """Apply the answer and wait for the connection; raises TimeoutError."""
        await self._pc.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        async with asyncio.timeout(within):
            await self._connected.wait()

    async def close(self) -> None:
        """Hang up."""
        self.mouth.stop()
        await self._pc.close()
        if self._reading is not None:
            self._reading.cancel()

    def _look(self) -> None:
        if self._pc.connectionState == "connected":
            self._connected.set()

    def _take(self, track: MediaStreamTrack) -> None:
        self._reading = asyncio.create_task(self._read(track))

    async def _read(self, track: MediaStreamTrack) -> None:
        try:
            while True:
                await track.recv()
                self.heard += 1
        except MediaStreamError:
            pass


def looped(clip: str, rate: int) -> Callable[[int], Pcm]:
    """Return what reads a clip over and over at `rate`, without any work for each frame."""
    words = speech.load(clip)
    line: Pcm = np.interp(np.arange(0, len(words), SAMPLE_RATE / rate), np.arange(len(words)), words).astype(np.float32)
    place = 0

    def read(samples: int) -> Pcm:
        nonlocal place
        if place + samples > len(line):
            place = 0
        place += samples
        part: Pcm = line[place - samples : place]
        return part

    return read
