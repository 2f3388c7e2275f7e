"""How many packets a client sends, whatever is in them."""

from typing import Final

from aiortc import RTCPeerConnection

from web.flood import Limit

PACKET_RATE: Final = 400.0
"""Packets per second: a voice sends 50, 100 at most; acknowledgements and RTCP some ten more."""

PACKET_BURST: Final = 4_000.0


class Traffic:
    """Watches the packets of a connection: sound for a codec that was not agreed on, SCTP or RTCP that says nothing.

    None of them ever reaches our own code, but aiortc takes each of them apart on the one loop of all calls.
    """

    def __init__(self, connection: RTCPeerConnection) -> None:
        self._connection = connection
        self._limit = Limit(PACKET_RATE, PACKET_BURST, PACKET_BURST)
        self._counted = 0

    def floods(self, now: float) -> bool:
        """Whether far more packets came, up to `now`, than a client can have reason to send."""
        counted = self._packets()
        new, self._counted = counted - self._counted, max(counted, self._counted)
        return self._limit.judge(max(0, new), now) == "enough"

    def _packets(self) -> int:
        transports = {one.receiver.transport for one in self._connection.getTransceivers()}
        if self._connection.sctp is not None:
            transports.add(self._connection.sctp.transport)
        # The public statistics are gathered by a task for each track; these are the same numbers.
        return sum(entry.packetsReceived for transport in transports for entry in transport._get_stats().values())
