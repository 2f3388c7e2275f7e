"""Where aiortc hands us a caller's packets, and the timers that go with them."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Final

import structlog
from aiortc import RTCRtpCodecParameters, RTCRtpReceiver
from aiortc.jitterbuffer import JitterBuffer, JitterFrame
from aiortc.rtp import RtpPacket

from models.audio import Pcm
from web.jitter import Packet
from web.microphone import Heard
from web.uplink import Tally, Uplink

ATTRIBUTE: Final = "_RTCRtpReceiver__jitter_buffer"

log = structlog.get_logger()


class Receiving:
    """Receives one track: `hear` gets its audio and the loop time of the first sample, `alive` a word of each packet.

    It stands where aiortc has its jitter buffer, so aiortc's own buffering and decoding never begin: they hold 80 ms,
    280 ms after the first lost packet, and cost a thread switch for each frame.
    """

    def __init__(
        self,
        codecs: Iterable[RTCRtpCodecParameters],
        hear: Callable[[Pcm, float], None],
        alive: Callable[[], None],
    ) -> None:
        self._codecs = {codec.payloadType: codec for codec in codecs if codec.payloadType is not None}
        self._uplink = Uplink(self._codecs)
        self._hear = hear
        self._alive = alive
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._failed = False

    @property
    def tally(self) -> Tally:
        """What became of the packets so far."""
        return self._uplink.tally

    def attach(self, receiver: RTCRtpReceiver) -> None:
        """Take the packets of a receiver that has not started yet; raises RuntimeError for an unknown aiortc.

        The attribute is private, so a release that renames it is refused loudly instead of being slow in silence.
        """
        if not isinstance(getattr(receiver, ATTRIBUTE, None), JitterBuffer):
            raise RuntimeError(
                f"this release of aiortc has no {ATTRIBUTE}: its jitter buffer cannot be replaced; "
                "install the pinned release (requirements.lock)"
            )
        setattr(receiver, ATTRIBUTE, self)

    def add(self, packet: RtpPacket) -> tuple[bool, JitterFrame | None]:
        """Take a packet as aiortc's jitter buffer would, and leave nothing for aiortc to decode."""
        try:
            self._take(packet)
        except Exception as error:  # it would end aiortc's loop, and the link with it
            if not self._failed:
                self._failed = True
                log.error("the caller's voice cannot be taken", error=repr(error), exc_info=True)
        return False, None

    def idle(self) -> None:
        """Let silence pass for what should have come and has not; call it some ten times a second."""
        self._pass_on(self._uplink.idle(self._loop.time()))

    def stop(self) -> None:
        """Forget what waits, and take no more."""
        self._codecs.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _take(self, packet: RtpPacket) -> None:
        if packet.payload_type not in self._codecs:
            return
        self._alive()
        now = self._loop.time()
        wire = packet.sequence_number, packet.timestamp, packet.payload_type, packet.payload
        self._pass_on(self._uplink.take(Packet(packet.ssrc, *wire, now)))
        self._wake_when_due()

    def _wake_when_due(self) -> None:
        due = self._uplink.due
        if due is not None and self._timer is None:
            self._timer = self._loop.call_at(due, self._woken)

    def _woken(self) -> None:
        self._timer = None
        self._pass_on(self._uplink.tick(self._loop.time()))
        self._wake_when_due()

    def _pass_on(self, heard: list[Heard]) -> None:
        for pcm, at in heard:
            self._hear(pcm, at)
