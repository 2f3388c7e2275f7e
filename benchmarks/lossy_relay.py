"""A bad network between two peers: a UDP relay that drops, delays, swaps and doubles packets by a script.

The kernel here has no netem. The relay stands in the candidates of both sides, so all they exchange passes it.
"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from random import Random
from typing import Any, Final

RTP: Final = range(128, 192)
"""First byte of RTP and RTCP (RFC 7983); the rest is ICE, DTLS and the data channel."""

RTCP: Final = range(192, 224)
"""Second byte of RTCP (RFC 5761)."""


@dataclass(frozen=True, slots=True)
class Weather:
    """What the network does to packets; shares of 1, seconds. Outages and bursts count from `Relay.begin`.

    `jitter` delays each packet by up to so much, and packets overtake each other; `queued` does it too, but in order.
    """

    name: str
    loss: float = 0.0
    jitter: float = 0.0
    queued: float = 0.0
    swap: float = 0.0
    double: float = 0.0
    delay: float = 0.0
    outage: tuple[float, float] | None = None
    bursts: tuple[float, float] | None = None
    """Every so many seconds, all is lost for so many seconds."""


@dataclass(slots=True)
class Deeds:
    """What the relay did to the sound of one direction."""

    passed: int = 0
    lost: int = 0
    delayed: int = 0
    swapped: int = 0
    doubled: int = 0

    def as_dict(self) -> dict[str, int]:
        """Return the counts by name."""
        return asdict(self)


@dataclass(slots=True)
class _Way:
    """One direction: its chances are its own, so both see the same script whatever the other does."""

    send: Callable[[bytes], None]
    chance: Random
    deeds: Deeds = field(default_factory=Deeds)
    free_at: float = 0.0  # when the queue is empty


class Relay:
    """Two sockets, one towards each peer; `begin` starts the weather for sound, everything else suffers likewise."""

    def __init__(self, host: str, seed: int) -> None:
        self._host = host
        self._seed = seed
        self._weather = Weather("clear")
        self._began = 0.0
        self._ways: dict[str, _Way] = {}
        self.seen: list[float] = []
        """When each packet of the client's sound came, lost ones too."""
        self._clientside: _Side | None = None
        self._serverside: _Side | None = None

    async def open(self) -> None:
        """Open both sockets."""
        loop = asyncio.get_running_loop()

        async def side(pass_on: Callable[[bytes], None]) -> "_Side":
            _, protocol = await loop.create_datagram_endpoint(lambda: _Side(pass_on), local_addr=(self._host, 0))
            return protocol

        self._clientside = await side(lambda data: self.take("up", data))
        self._serverside = await side(lambda data: self.take("down", data))
        self.route(up=self._serverside.send, down=self._clientside.send)

    def route(self, *, up: Callable[[bytes], None], down: Callable[[bytes], None]) -> None:
        """Say where packets to the server and to the client go."""
        self._ways = {"up": _Way(up, Random(self._seed)), "down": _Way(down, Random(self._seed + 1))}

    def close(self) -> None:
        """Close both sockets."""
        for side in (self._clientside, self._serverside):
            if side is not None:
                side.close()

    def begin(self, weather: Weather) -> None:
        """Let the weather begin now."""
        self._weather, self._began = weather, asyncio.get_running_loop().time()
        for way in self._ways.values():
            way.deeds = Deeds()

    def deeds(self, direction: str) -> Deeds:
        """Return what was done to the sound `up` to the server or `down` to the client."""
        return self._ways[direction].deeds

    def offer(self, sdp: str) -> str:
        """Return the client's offer as the server shall see it: the client seems to be at our side of the relay."""
        assert self._serverside is not None
        return _with_candidate(sdp, self._host, self._serverside.port)

    def answer(self, sdp: str) -> str:
        """Return the server's answer as the client shall see it, and learn where the server is."""
        assert self._serverside is not None and self._clientside is not None
        found = re.search(rf"^a=candidate:\S+ 1 udp \d+ {re.escape(self._host)} (\d+) typ host", sdp, re.M | re.I)
        if found is None:
            raise RuntimeError(f"the server has no candidate at {self._host}")
        self._serverside.partner = (self._host, int(found[1]))
        return _with_candidate(sdp, self._host, self._clientside.port)

    def take(self, direction: str, data: bytes) -> None:
        """Let a packet for one direction meet the weather."""
        way, weather = self._ways[direction], self._weather
        sound = len(data) > 1 and data[0] in RTP and data[1] not in RTCP
        deeds = way.deeds if sound else Deeds()
        # Each packet of sound uses up as many random numbers, so a seed is one script for every run.
        chance = way.chance if sound else Random()
        lost, late, swap, double = (chance.random() for _ in range(4))
        loop = asyncio.get_running_loop()
        now = loop.time()
        if sound and direction == "up":
            self.seen.append(now)
        if lost < weather.loss or self._away(now - self._began):
            deeds.lost += 1
            return
        deeds.passed += 1
        wait = weather.delay + late * weather.jitter
        if weather.queued:
            way.free_at = max(way.free_at + 1e-5, now + weather.delay + late * weather.queued)  # one after the other
            wait = way.free_at - now
        if swap < weather.swap:  # two packets later
            wait += 0.03
            deeds.swapped += 1
        deeds.delayed += wait > 0
        for again in (0.0, 0.005)[: 1 + (double < weather.double)]:
            if wait + again > 0:
                loop.call_later(wait + again, way.send, data)
            else:
                way.send(data)
        deeds.doubled += double < weather.double

    def _away(self, since: float) -> bool:
        weather = self._weather
        if weather.outage is not None and weather.outage[0] <= since < sum(weather.outage):
            return True
        return weather.bursts is not None and since > 1 and since % weather.bursts[0] < weather.bursts[1]


class _Side(asyncio.DatagramProtocol):
    """The socket towards one peer; what comes from it is passed on, and its address is learnt."""

    def __init__(self, pass_on: Callable[[bytes], None]) -> None:
        self.partner: tuple[str, int] | None = None
        self._pass_on = pass_on
        self._transport: asyncio.DatagramTransport | None = None

    @property
    def port(self) -> int:
        """Where this side listens."""
        assert self._transport is not None
        return int(self._transport.get_extra_info("sockname")[1])

    def connection_made(self, transport: Any) -> None:
        """Keep the socket."""
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Pass a packet on."""
        self.partner = addr
        self._pass_on(data)

    def send(self, data: bytes) -> None:
        """Send to the peer of this side, where it is known."""
        if self._transport is not None and self.partner is not None and not self._transport.is_closing():
            self._transport.sendto(data, self.partner)

    def close(self) -> None:
        """Close the socket."""
        if self._transport is not None:
            self._transport.close()


def _with_candidate(sdp: str, host: str, port: int) -> str:
    """Replace the candidates of every section by one."""
    candidate = f"a=candidate:1 1 udp 2130706431 {host} {port} typ host"
    lines = [line for line in sdp.splitlines() if not line.startswith("a=candidate:")]
    out = []
    for line in lines:
        out.append(line)
        if line.startswith("a=ice-pwd:"):
            out.append(candidate)
    return "\r\n".join(out) + "\r\n"
