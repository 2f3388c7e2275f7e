"""Packets in the order they were sent, each as early as that order allows."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

PATIENCE: Final = 0.03
"""Seconds that packets wait for one that is missing before them; only then does anything wait at all."""

MOST_PATIENCE: Final = 0.06
"""What the patience may grow to where packets overtake each other by more."""

CALMING: Final = 0.05
"""Share by which the patience goes back with every packet that never came."""

CAPACITY: Final = 64
"""Packets that wait at most, however fast they come."""

OVERTAKEN: Final = 100
DROPOUT: Final = 3_000
"""Packets behind and ahead (RFC 3550, A.1); what is further off is another stream, if a second packet confirms it."""


@dataclass(frozen=True, slots=True)
class Packet:
    """One RTP packet; `arrival` is the loop's time. The numbers are those on the wire, which wrap around."""

    source: int
    sequence: int
    timestamp: int
    kind: int
    payload: bytes
    arrival: float


@dataclass(frozen=True, slots=True)
class Ready:
    """A packet whose turn has come.

    `position` counts in units of the RTP clock and never wraps; `lost` packets before it never came; `fresh` begins
    a stream whose positions have nothing to do with earlier ones.
    """

    packet: Packet
    position: int
    lost: int
    fresh: bool


class JitterBuffer:
    """Puts packets in order. Pure: time comes with the packets and as an argument.

    A listening machine needs no even flow, so nothing is held for smoothness: a packet that is next in line leaves at
    once. Behind a gap, packets wait for the missing one, `PATIENCE` at most; afterwards it counts as lost, and should
    it still come it is dropped, for its time has passed.
    """

    def __init__(self) -> None:
        self._source: int | None = None
        self._next = 0  # number of the packet whose turn it is; grows for ever
        self._held: dict[int, Packet] = {}  # in the order of arrival
        self._given_up: dict[int, float] = {}  # when the gap was seen
        self._stray: Packet | None = None
        self._timestamp = 0
        self._position = 0
        self._fresh = True
        self._patience = PATIENCE

    @property
    def due(self) -> float | None:
        """When `take` has something to give even if no packet comes; None while nothing waits."""
        for packet in self._held.values():  # the first one has waited longest
            return packet.arrival + self._patience
        return None

    def add(self, packet: Packet) -> None:
        """Accept a packet as it came from the network."""
        number = self._next + _signed(packet.sequence - self._next, 16)
        if self._source is None:
            self._restart(packet)
        elif packet.source != self._source or not -OVERTAKEN <= number - self._next <= DROPOUT:
            self._consider(packet)
        elif number < self._next:
            self._learn(number, packet.arrival)
        else:
            self._held.setdefault(number, packet)

    def take(self, now: float) -> list[Ready]:
        """Return the packets whose turn has come by `now`."""
        return list(self._due(now))

    def _due(self, now: float) -> Iterator[Ready]:
        while self._held:
            lost = 0
            if self._next not in self._held:
                due = self.due
                if due is not None and now < due and len(self._held) < CAPACITY:
                    return
                lost = self._give_up(min(self._held))
            packet = self._held.pop(self._next)
            self._next += 1
            yield self._ready(packet, lost)

    def _ready(self, packet: Packet, lost: int) -> Ready:
        fresh, self._fresh = self._fresh, False
        self._position += 0 if fresh else _signed(packet.timestamp - self._timestamp, 32)
        self._timestamp = packet.timestamp
        return Ready(packet, self._position, 0 if fresh else lost, fresh)

    def _give_up(self, following: int) -> int:
        lost, seen = following - self._next, next(iter(self._held.values())).arrival
        for number in range(max(self._next, following - OVERTAKEN), following):
            self._given_up[number] = seen
        while len(self._given_up) > OVERTAKEN:
            del self._given_up[next(iter(self._given_up))]
        self._next = following
        self._patience += (PATIENCE - self._patience) * CALMING
        return lost

    def _learn(self, number: int, arrival: float) -> None:
        """Wait longer from now on if a packet was given up too early; one that is here for the second time is not."""
        seen = self._given_up.pop(number, None)
        if seen is not None and arrival - seen <= MOST_PATIENCE:
            self._patience = max(self._patience, min(MOST_PATIENCE, (arrival - seen) * 1.1))

    def _consider(self, packet: Packet) -> None:
        """Follow a stream that began anew once two of its packets came in a row: one alone is an old or false one."""
        before, self._stray = self._stray, packet
        if before is None or before.source != packet.source or _signed(packet.sequence - before.sequence, 16) != 1:
            return
        self._restart(before)
        self._held[self._next + 1] = packet

    def _restart(self, packet: Packet) -> None:
        self._source, self._stray, self._fresh = packet.source, None, True
        self._next = packet.sequence
        self._held = {self._next: packet}
        self._given_up.clear()


def _signed(difference: int, bits: int) -> int:
    """Return the difference of two numbers that wrap around after `bits` bits, taken the short way."""
    half = 1 << bits - 1
    return (difference + half) % (1 << bits) - half
