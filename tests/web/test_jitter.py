"""Whatever the network does: packets leave in order, none twice, none waits longer than the patience."""

from dataclasses import replace
from random import Random
from statistics import median

import aiortc.jitterbuffer
import pytest
from aiortc.rtp import RtpPacket
from hypothesis import given, settings

from tests.web.wire import FRAME, TICKS, Fate, arrivals, ordered, schedules, sent
from web.jitter import CAPACITY, DROPOUT, MOST_PATIENCE, OVERTAKEN, PATIENCE, JitterBuffer, Packet

PACKETS = 150


@settings(max_examples=80, deadline=None)
@given(schedules(PACKETS))
def test_order_time_and_bound_hold_on_any_network(fates: list[Fate]) -> None:
    came = arrivals([sent(i) for i in range(PACKETS)], fates)
    out = ordered(came)
    positions = [ready.position for ready, _ in out]
    assert positions == sorted(set(positions))
    if out:
        first = out[0][0].packet
        for ready, _ in out:
            assert ready.position == (ready.packet.timestamp - first.timestamp) % (1 << 32)
    for ready, at in out:
        assert 0 <= at - ready.packet.arrival <= MOST_PATIENCE + 1e-9
    gaps = sum(ready.lost for ready, _ in out)
    assert gaps == (positions[-1] // TICKS + 1 - len(out) if out else 0)


@settings(max_examples=60, deadline=None)
@given(schedules(PACKETS, jitter=(0.0, 0.015, 0.03)))
def test_what_is_overtaken_by_less_than_the_patience_is_not_lost(fates: list[Fate]) -> None:
    fates[0] = Fate(0.0)  # the first to come is where the stream begins
    came = arrivals([sent(i) for i in range(PACKETS)], fates)
    assert {ready.packet.sequence for ready, _ in ordered(came)} == {packet.sequence for packet in came}


def test_on_a_good_network_nothing_waits() -> None:
    came = arrivals([sent(i) for i in range(PACKETS)], [Fate(0.0)] * PACKETS)
    assert all(at == ready.packet.arrival for ready, at in ordered(came))


def test_after_a_burst_of_loss_nothing_waits_any_more() -> None:
    fates = [Fate(None if 50 <= i < 60 or i in (70, 72) else 0.0) for i in range(PACKETS)]
    out = ordered(arrivals([sent(i) for i in range(PACKETS)], fates))
    assert sum(ready.lost for ready, _ in out) == 12
    late = [ready.packet.sequence for ready, at in out if at > ready.packet.arrival]
    assert late == [(65_500 + i) % (1 << 16) for i in (60, 61, 71, 73, 74)]


def test_a_packet_that_was_overtaken_finds_its_place() -> None:
    fates = [Fate(0.025 if i == 10 else 0.0) for i in range(30)]
    out = ordered(arrivals([sent(i) for i in range(30)], fates))
    assert [ready.position for ready, _ in out] == [i * TICKS for i in range(30)]
    assert not any(ready.lost for ready, _ in out)


def test_where_packets_overtake_by_more_it_waits_for_them_and_calms_down_again() -> None:
    fates = [Fate(0.065 if i in (10, 20, 30) else 0.0) for i in range(40)]  # 45 ms after the gap is seen
    lost = [
        ready.position // TICKS for ready, _ in ordered(arrivals([sent(i) for i in range(40)], fates)) if ready.lost
    ]
    assert lost == [11]
    buffer = JitterBuffer()
    for packet in arrivals([sent(i) for i in range(40)], fates):
        buffer.add(packet)
        buffer.take(packet.arrival)
    for i in range(41, 300, 2):  # now each second one is really lost
        buffer.add(sent(i))
        due = buffer.due or 0.0
        buffer.take(due)
    assert due - sent(299).arrival == pytest.approx(PATIENCE, abs=0.001)


def test_a_stream_that_begins_anew_is_followed_from_its_second_packet() -> None:
    came = [sent(i) for i in range(10)] + [
        replace(sent(i, source=8, first=300), arrival=sent(i + 10).arrival) for i in range(10)
    ]
    out = ordered(came)
    assert [ready.packet for ready, _ in out] == came
    assert [ready.fresh for ready, _ in out] == [i in (0, 10) for i in range(20)]


@pytest.mark.parametrize("away", [-OVERTAKEN - 5, DROPOUT + 5])
def test_a_lone_packet_from_elsewhere_changes_nothing(away: int) -> None:
    odd = replace(sent(5 + away), arrival=sent(5).arrival)
    came = [*(sent(i) for i in range(6)), odd, *(sent(i) for i in range(6, 20))]
    out = [ready for ready, _ in ordered(came)]
    assert [ready.position for ready in out] == [i * TICKS for i in range(20)]
    assert odd not in [ready.packet for ready in out]


def test_what_waits_is_bounded() -> None:
    buffer, now = JitterBuffer(), 100.0
    buffer.add(_at(sent(0), now))
    buffer.take(now)
    for i in range(1, 5_000, 2):  # every second one is missing, and no time goes by
        buffer.add(_at(sent(i), now))
        buffer.take(now)
        assert len(buffer._held) <= CAPACITY


def test_an_outage_does_not_slow_what_follows() -> None:
    fates = [Fate(None if 40 <= i < 140 else 0.0) for i in range(200)]
    out = ordered(arrivals([sent(i) for i in range(200)], fates))
    assert max(at - ready.packet.arrival for ready, at in out) <= PATIENCE + 1e-9
    assert all(at == ready.packet.arrival for ready, at in out if ready.packet.arrival > sent(140).arrival + 2 * FRAME)


def _at(packet: Packet, arrival: float) -> Packet:
    return replace(packet, arrival=arrival)


@pytest.mark.parametrize(("loss", "least"), [(0.05, 0.94), (0.10, 0.85)])
def test_what_is_lost_is_all_that_is_missing_and_the_delay_does_not_stay(loss: float, least: float) -> None:
    count, chance = 3_000, Random(11)
    came = [sent(i) for i in range(count) if i == 0 or chance.random() >= loss]
    ours = [(ready.packet.arrival, at) for ready, at in ordered(came)]
    theirs = stock(came)
    assert len(ours) == len(came) > least * count > len(theirs)
    assert median(at - arrival for arrival, at in ours) == 0  # the bar is 30 ms
    assert median(at - arrival for arrival, at in theirs) > 0.25


def stock(came: list[Packet]) -> list[tuple[float, float]]:
    """Return what aiortc's own buffer for sound gives: when a packet came, and when it was let go."""
    buffer = aiortc.jitterbuffer.JitterBuffer(capacity=16, prefetch=4)
    arrival, out = {packet.timestamp: packet.arrival for packet in came}, []
    for packet in came:
        made = RtpPacket(sequence_number=packet.sequence, timestamp=packet.timestamp, payload_type=packet.kind)
        made._data = packet.payload  # type: ignore[attr-defined]
        _, frame = buffer.add(made)
        if frame is not None:
            out.append((arrival[frame.timestamp], packet.arrival))
    return out
