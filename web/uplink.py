"""The caller's voice from RTP packets to 16 kHz mono: order, decoding, and what stands in for the lost."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import av
import numpy as np
from aiortc import RTCRtpCodecParameters
from aiortc.codecs import get_decoder
from aiortc.codecs.base import Decoder
from aiortc.jitterbuffer import JitterFrame
from av import AudioFrame

from models.audio import SAMPLE_RATE, Pcm, silence
from web.jitter import JitterBuffer, Packet, Ready
from web.microphone import Heard, Microphone
from web.opus import OpusDecoder

CONCEALED: Final = SAMPLE_RATE * 60 // 1000
"""Samples of a gap that are made up; the rest is silence, which is what nobody knows."""

FADE: Final = SAMPLE_RATE * 10 // 1000
GRAIN: Final = SAMPLE_RATE * 25 // 10_000
"""Samples of 2.5 ms: Opus makes up no less."""

OPUS_CLOCK: Final = 48_000 // SAMPLE_RATE
"""Ticks of Opus's RTP clock to each of our samples."""


@dataclass(slots=True)
class Tally:
    """What became of the packets so far; `concealed` counts samples."""

    decoded: int = 0
    lost: int = 0
    recovered: int = 0
    concealed: int = 0
    damaged: int = 0


class Uplink:
    """Turns packets into audio on a true time line. Pure: it knows neither clock nor network.

    `codecs` are the negotiated ones by payload type; a packet of any other is left aside. `due` says when to call
    `tick` at the latest.
    """

    def __init__(self, codecs: Mapping[int, RTCRtpCodecParameters]) -> None:
        self.tally = Tally()
        self._codecs = codecs
        self._buffer = JitterBuffer()
        self._microphone = Microphone()
        self._opus: OpusDecoder | None = None
        self._others: dict[int, Decoder] = {}
        self._end: int | None = None  # of the last Opus packet, in samples

    @property
    def due(self) -> float | None:
        """When packets that wait for a missing one have waited long enough; None while none wait."""
        return self._buffer.due

    def take(self, packet: Packet) -> list[Heard]:
        """Return what a packet adds to the audio on its arrival."""
        if packet.kind not in self._codecs:
            return []
        self._buffer.add(packet)
        return self.tick(packet.arrival)

    def tick(self, now: float) -> list[Heard]:
        """Return what has waited long enough by `now`."""
        return [heard for ready in self._buffer.take(now) for heard in self._decode(ready)]

    def idle(self, now: float) -> list[Heard]:
        """Return silence for audio that should have come by `now` and has not."""
        return self._microphone.idle(now)

    def _decode(self, ready: Ready) -> Iterator[Heard]:
        self.tally.lost += ready.lost
        if ready.fresh:
            self._microphone.restart()
            self._end = None
        codec = self._codecs[ready.packet.kind]
        if codec.mimeType.lower() == "audio/opus":
            yield from self._decode_opus(ready)
        else:
            self._end = None
            yield from self._decode_other(ready, codec)

    def _decode_opus(self, ready: Ready) -> Iterator[Heard]:
        if self._opus is None:
            self._opus = OpusDecoder(SAMPLE_RATE)
        payload, start = ready.packet.payload, ready.position // OPUS_CLOCK
        duration = self._opus.duration(payload)
        if self._end is not None and ready.lost and duration:
            for pcm, at in self._stand_in(self._opus, payload, self._end, start, duration):
                yield from self._microphone.place(pcm, at, ready.packet.arrival)
        pcm = self._opus.decode(payload) if duration else silence(0)
        if not len(pcm):
            self.tally.damaged += 1
            return
        self.tally.decoded += 1
        self._end = start + len(pcm)
        yield from self._microphone.place(pcm, start, ready.packet.arrival)

    def _stand_in(
        self, opus: OpusDecoder, following: bytes, end: int, start: int, duration: int
    ) -> Iterator[tuple[Pcm, int]]:
        """Yield sound for the hole from `end` to `start`, and where it belongs."""
        copied = duration if start - end >= duration and opus.has_copy(following) else 0
        unknown = start - end - copied
        # After silence that passed by the clock, sound that goes on from before it would be noise.
        concealed = 0 if self._microphone.silent else min(unknown, CONCEALED) // GRAIN * GRAIN
        if concealed > 0:
            pcm = opus.conceal(concealed)
            if concealed < unknown:  # silence follows
                pcm[-FADE:] *= np.linspace(1, 0, min(FADE, len(pcm)), dtype=np.float32)
            self.tally.concealed += len(pcm)
            yield pcm, end
        if copied:
            self.tally.recovered += 1
            yield opus.recover(following, copied), start - copied

    def _decode_other(self, ready: Ready, codec: RTCRtpCodecParameters) -> Iterator[Heard]:
        decoder = self._others.setdefault(ready.packet.kind, get_decoder(codec))
        try:
            frames = decoder.decode(JitterFrame(ready.packet.payload, ready.position))
        except av.FFmpegError:
            self.tally.damaged += 1
            return
        self.tally.decoded += 1
        for frame in frames:
            if isinstance(frame, AudioFrame):
                yield from self._microphone.take(frame, ready.packet.arrival)
