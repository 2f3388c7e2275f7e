"""The agent's voice on its way out: paced 20 ms frames pulled from the conversation."""

import asyncio
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import structlog
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, Packet

from models.audio import Pcm, silence, to_int16
from web.opus import RATES, OpusEncoder
from web.resampling import FrameResampler

FRAME = 0.02
STALL = 0.1
"""A sender that comes back later than this starts a new time line: a burst would only fill the browser's buffer."""

OPUS_CLOCK = 48_000
SETTLED = 10
"""Frames of silence after which the encoder says the same again and again: an agent is silent most of a call."""

log = structlog.get_logger()


class Pace:
    """Says when the next frame is due; each is counted from the start, so lateness of one never adds to the next."""

    def __init__(self) -> None:
        self._start: float | None = None
        self._frames = 0

    def wait(self, now: float) -> float:
        """Return the seconds until the next frame's moment; zero or less when it is late."""
        if self._start is None or now - (self._start + self._frames * FRAME) > STALL:
            self._start, self._frames = now, 0
        due = self._start + self._frames * FRAME
        self._frames += 1
        return due - now


class Loudspeaker(MediaStreamTrack):
    """An outgoing audio track that asks `read` for the next samples at `rate` every 20 ms.

    aiortc calls `recv` back to back and ends sending for good on any exception, so the pacing is done
    here and a failing `read` is heard as silence. It gives plain frames until `use_opus` is called.
    """

    kind = "audio"

    def __init__(self, read: Callable[[int], Pcm], rate: int) -> None:
        super().__init__()
        self._read = read
        self._rate = rate
        self._samples = round(rate * FRAME)
        self._frames = 0
        self._pace = Pace()
        self._failed = False
        self._encoder: OpusEncoder | None = None
        self._resampler: FrameResampler | None = None
        self._quiet = 0
        self._payload = b""

    def use_opus(self) -> None:
        """Give Opus packets from now on.

        aiortc would encode in 96 kbit/s stereo without copies for lost packets, in a thread of the pool that all
        blocking work shares, and one frame late.
        """
        rate = next((one for one in RATES if one >= self._rate), RATES[-1])
        self._encoder = OpusEncoder(rate)
        target = round(rate * FRAME)
        self._resampler = FrameResampler(self._samples, target) if target != self._samples else None

    async def recv(self) -> "AudioFrame | Packet[Any]":
        """Wait for the next frame's moment and hand it out."""
        if self.readyState != "live":
            raise MediaStreamError
        wait = self._pace.wait(asyncio.get_running_loop().time())
        if wait > 0:
            await asyncio.sleep(wait)
        pcm, number = self._next(), self._frames
        self._frames += 1
        return self._frame(pcm, number) if self._encoder is None else self._packet(self._encoder, pcm, number)

    def _frame(self, pcm: Pcm, number: int) -> AudioFrame:
        frame = AudioFrame.from_ndarray(to_int16(pcm).reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = self._rate
        frame.time_base = Fraction(1, self._rate)
        frame.pts = number * self._samples
        return frame

    def _packet(self, encoder: OpusEncoder, pcm: Pcm, number: int) -> "Packet[Any]":
        self._quiet = 0 if pcm.any() else self._quiet + 1
        if self._quiet <= SETTLED:
            self._payload = encoder.encode(pcm if self._resampler is None else self._resampler.resample(pcm))
        packet: Packet[Any] = Packet(self._payload)
        packet.time_base = Fraction(1, OPUS_CLOCK)
        packet.pts = number * round(OPUS_CLOCK * FRAME)
        return packet

    def _next(self) -> Pcm:
        try:
            pcm = self._read(self._samples)
            if len(pcm) == self._samples:
                return pcm
            raise ValueError(f"{len(pcm)} samples instead of {self._samples}")
        except Exception as error:
            if not self._failed:
                self._failed = True
                log.error("the agent's voice cannot be read; sending silence", error=repr(error))
            return silence(self._samples)
