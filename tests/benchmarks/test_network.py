"""The benchmark of the network measures what it says: known losses, delays and recoveries come out as they went in."""

import asyncio
from typing import Any

import numpy as np
import pytest

from benchmarks.heard_words import Wire, judge, word_error_rates
from benchmarks.lossy_relay import Deeds, Relay, Weather
from benchmarks.voice_link import SIZE, Ear
from tests.clock import run_on_fake_clock

FRAMES = 500
SAID = np.random.default_rng(1).normal(0, 0.1, FRAMES * SIZE).astype(np.float32)
SEEN = [100 + i * 0.02 for i in range(FRAMES)]
BEGAN, ENDED = SEEN[200], SEEN[450]


def judged(delays: list[float | None], *, trouble: float | None = None, moved: int = 0) -> dict[str, Any]:
    """Judge an ear that hears frame i so many seconds late, or never, `moved` samples off its place from 300 on."""
    ear = Ear()
    for i, delay in enumerate(delays):
        if delay is not None:
            ear.pieces.append(SAID[i * SIZE : (i + 1) * SIZE])
            ear.starts.append(1_000 + i * SIZE + (moved if i >= 300 else 0))
            ear.times.append(SEEN[i] + delay)
    return judge(Wire(SAID, [("a", 210, 300)], SEEN, SEEN, BEGAN, ENDED, trouble), ear)


def test_on_a_perfect_link_all_is_in_place() -> None:
    result = judged([0.012] * FRAMES)
    assert result["in_place"] == 1.0
    delay = result["delay_ms"]
    assert delay["p50"] == pytest.approx(12) and delay["standing"] == pytest.approx(12)
    assert result["back_s"] is None


def test_what_is_missing_or_moved_is_not_in_place() -> None:
    every_fifth: list[float | None] = [None if i % 5 == 0 and i > 200 else 0.01 for i in range(FRAMES)]
    assert judged(every_fifth)["in_place"] == pytest.approx(0.8, abs=0.01)
    assert judged([0.01] * FRAMES, moved=SIZE)["in_place"] == pytest.approx(100 / 235, abs=0.02)


def test_the_time_to_recover_is_from_the_end_of_the_trouble() -> None:
    delays: list[float | None] = [0.3 if 250 <= i < 300 else 0.01 for i in range(FRAMES)]
    assert judged(delays, trouble=SEEN[260])["back_s"] == pytest.approx(0.8, abs=0.03)
    assert judged([0.3] * FRAMES, trouble=SEEN[260])["back_s"] == -1
    assert judged([0.01] * FRAMES, trouble=SEEN[260])["back_s"] == 0


def test_only_whole_sentences_are_read_back_and_without_a_decoder_none() -> None:
    row = judged([0.01] * FRAMES)
    ((text, pcm),) = row["heard"]
    assert text == "a" and np.array_equal(pcm, SAID[210 * SIZE : 300 * SIZE])
    word_error_rates([row], wanted=False)
    assert row["wer"] is None and "heard" not in row


def packet(number: int) -> bytes:
    return bytes([0x80, 111]) + number.to_bytes(2, "big") + bytes(20)


def passed(weather: Weather, seed: int, count: int = 1_000) -> tuple[Deeds, list[bytes]]:
    """Send sound every 20 ms on a clock of its own, and return what the relay did and what came out."""

    async def send() -> tuple[Deeds, list[bytes]]:
        relay, came = Relay("127.0.0.1", seed), list[bytes]()
        relay.route(up=came.append, down=came.append)
        relay.begin(weather)
        for number in range(count):
            relay.take("up", packet(number))
            relay.take("down", b"\x16not sound, and no part of the script")
            await asyncio.sleep(0.02)
        await asyncio.sleep(1)
        return relay.deeds("up"), [one for one in came if one[0] == 0x80]

    return run_on_fake_clock(send())


def test_a_seed_is_a_script() -> None:
    weather = Weather("bad", loss=0.1, jitter=0.04, double=0.02)
    one, two, other = passed(weather, 1), passed(weather, 1), passed(weather, 2)
    assert one == two and one[1] != other[1]
    assert one[0].passed + one[0].lost == 1_000 and one[0].lost == pytest.approx(100, abs=35)
    assert len(one[1]) == one[0].passed + one[0].doubled
    assert one[1] != sorted(one[1])


def test_a_queue_delays_and_keeps_the_order() -> None:
    deeds, came = passed(Weather("queue", queued=0.03), 1)
    assert deeds.delayed > 900 and came == [packet(i) for i in range(1_000)]


def test_an_outage_takes_all_of_its_time() -> None:
    deeds, came = passed(Weather("outage", outage=(4.0, 2.0)), 1)
    gone = [i for i in range(1_000) if packet(i) not in came]
    assert gone == list(range(gone[0], gone[0] + deeds.lost))
    assert gone[0] == pytest.approx(200, abs=1) and deeds.lost == pytest.approx(100, abs=1)
