"""A network for packets on a clock of its own: it loses, holds up, swaps, doubles and falls silent as it is told."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from random import Random

from hypothesis import strategies as st

from models.audio import SAMPLE_RATE, Pcm
from web.jitter import JitterBuffer, Packet, Ready
from web.microphone import Heard
from web.opus import OpusEncoder
from web.uplink import Uplink

FRAME = 0.02
START = 100.0
LATENCY = 0.01
TICKS = 960
"""Of the RTP clock to each packet."""

OPUS = 111


@dataclass(frozen=True)
class Fate:
    """What becomes of one packet: None never arrives, else it is so many seconds late; perhaps it comes twice."""

    late: float | None
    twice: bool = False


def sent(index: int, *, payload: bytes = b"\0", first: int = 65_500, source: int = 7) -> Packet:
    """Return packet `index` of a stream whose numbers soon wrap around, as it would arrive on a perfect network."""
    timestamp = ((1 << 32) - 5_000 + index * TICKS) % (1 << 32)
    return Packet(source, (first + index) % (1 << 16), timestamp, OPUS, payload, START + (index + 1) * FRAME + LATENCY)


def arrivals(packets: Iterable[Packet], fates: Iterable[Fate]) -> list[Packet]:
    """Return the packets in the order of their arrival."""
    came = []
    for packet, fate in zip(packets, fates, strict=True):
        if fate.late is not None:
            came.append(replace(packet, arrival=packet.arrival + fate.late))
            if fate.twice:
                came.append(replace(packet, arrival=packet.arrival + fate.late + 0.013))
    return sorted(came, key=lambda packet: packet.arrival)


def ordered(came: Iterable[Packet]) -> list[tuple[Ready, float]]:
    """Return what a buffer gives, asked exactly when it is due, and when."""
    buffer, out = JitterBuffer(), []
    for packet in came:
        while (due := buffer.due) is not None and due <= packet.arrival:
            out += [(ready, due) for ready in buffer.take(due)]
        buffer.add(packet)
        out += [(ready, packet.arrival) for ready in buffer.take(packet.arrival)]
    while (due := buffer.due) is not None:
        out += [(ready, due) for ready in buffer.take(due)]
    return out


def heard(uplink: Uplink, came: Iterable[Packet], until: float) -> list[Heard]:
    """Return what an uplink gives, with its timers and its silence every 100 ms."""
    audio: list[Heard] = []
    events: list[tuple[float, Packet | None]] = [(packet.arrival, packet) for packet in came]
    events += [(START + i * 0.1, None) for i in range(int((until - START) / 0.1) + 1)]
    for now, packet in sorted(events, key=lambda event: event[0]):
        while (due := uplink.due) is not None and due <= now:
            audio += uplink.tick(due)
        audio += uplink.idle(now) if packet is None else uplink.take(packet)
    while (due := uplink.due) is not None:
        audio += uplink.tick(due)
    return audio


def encoded(pcm: Pcm) -> list[Packet]:
    """Return 16 kHz speech as the packets of a client that sends copies for lost ones."""
    encoder, size = OpusEncoder(SAMPLE_RATE), round(SAMPLE_RATE * FRAME)
    frames = [pcm[i : i + size] for i in range(0, len(pcm) - size + 1, size)]
    return [sent(i, payload=encoder.encode(frame)) for i, frame in enumerate(frames)]


@st.composite
def schedules(
    draw: st.DrawFn, packets: int = 150, *, jitter: tuple[float, ...] = (0.0, 0.005, 0.03, 0.2)
) -> list[Fate]:
    """Draw the fates of so many packets on a network with loss, lateness, doubles and an outage.

    Only the traits of the network are drawn, so a failing one is soon told as its simplest.
    """
    loss = draw(st.sampled_from([0.0, 0.02, 0.1, 0.3]))
    most_late = draw(st.sampled_from(jitter))
    doubles = draw(st.sampled_from([0.0, 0.05]))
    away = draw(st.integers(0, packets)), draw(st.integers(0, 60))
    chance = Random(draw(st.integers(0, 1_000)))
    fates = []
    for i in range(packets):
        gone = chance.random() < loss or away[0] <= i < sum(away)
        fates.append(Fate(None if gone else chance.random() * most_late, chance.random() < doubles))
    return fates
