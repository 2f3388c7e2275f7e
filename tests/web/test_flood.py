"""The limits on a fake clock: bursts pass, floods are thinned, and only what goes on is enough."""

from collections import Counter

from web.flood import BYTE_BURST, CHANNEL_COST, MESSAGE_BURST, MESSAGE_RATE, PATIENCE, Bucket, Limit, MessageLimit


def verdicts(limit: Limit, *, per_second: int, seconds: int, start: float = 0.0) -> Counter[str]:
    return Counter(limit.judge(1, start + step / per_second) for step in range(per_second * seconds))


def test_a_burst_passes_and_the_rest_comes_at_the_rate() -> None:
    counted = verdicts(Limit(rate=10, burst=50, patience=100), per_second=15, seconds=100)
    assert set(counted) == {"pass", "drop"}
    assert 1_040 <= counted["pass"] <= 1_051


def test_many_times_the_rate_is_enough() -> None:
    limit = Limit(rate=10, burst=50, patience=100)
    counted = verdicts(limit, per_second=1_000, seconds=1)
    assert 50 <= counted["pass"] <= 61 and 100 <= counted["drop"] <= 111 and counted["enough"] > 800


def test_who_calms_down_is_forgiven() -> None:
    limit = Limit(rate=10, burst=50, patience=100)
    for _ in range(140):
        limit.judge(1, 0.0)
    assert not limit.calm(1.0)
    assert limit.judge(1, 1.0) == "pass"
    assert limit.calm(10.0)
    assert verdicts(limit, per_second=9, seconds=60, start=10.0)["pass"] == 9 * 60


def test_a_ping_a_second_and_a_fast_typer_are_never_hit() -> None:
    limit = MessageLimit()
    for step in range(10 * 3_600):  # an hour: a ping each second, and ten messages of 400 bytes
        assert limit.judge(400, step / 10) == "pass"
        if step % 10 == 0:
            assert limit.judge(20, step / 10) == "pass"


def test_few_large_messages_count_as_many_small_ones() -> None:
    large, small = MessageLimit(), MessageLimit()
    passed = [large.judge(64 * 1024, 0.0) for _ in range(100)].index("drop")
    assert passed == BYTE_BURST // (64 * 1024)
    assert [small.judge(1, 0.0) for _ in range(1_000)].count("pass") == MESSAGE_BURST


def test_channels_are_dear() -> None:
    limit = MessageLimit()
    said = [limit.judge_channel(0.0) for _ in range(100)]
    assert said.count("pass") == MESSAGE_BURST // CHANNEL_COST
    assert said.index("enough") == (1 + PATIENCE) * MESSAGE_BURST // CHANNEL_COST
    assert limit.judge(1, 1.0 / MESSAGE_RATE + 0.01) == "pass"


def test_a_clock_that_stands_still_or_goes_back_fills_nothing() -> None:
    bucket = Bucket(rate=1, size=2)
    assert [bucket.take(1, now) for now in (5.0, 4.0, 5.0, 3.0)] == [True, True, False, False]
    assert bucket.take(1, 6.0)
    assert not bucket.full(6.0) and bucket.full(8.0)
