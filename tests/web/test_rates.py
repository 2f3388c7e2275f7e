"""Token buckets per asker, on a clock that is only a number."""

import pytest

from web import rates
from web.rates import Rates


def test_a_burst_passes_and_then_the_rate() -> None:
    limits = Rates(rate=2, burst=3)
    assert [limits.wait("a", 0) for _ in range(4)] == [0, 0, 0, 0.5]
    assert limits.wait("a", 0.25) == 0.25
    assert [limits.wait("a", 0.5), limits.wait("a", 0.5)] == [0, 0.5]
    assert [limits.wait("a", 100) for _ in range(4)] == [0, 0, 0, 0.5]


def test_a_refused_asking_takes_nothing() -> None:
    limits = Rates(rate=1, burst=1)
    limits.wait("a", 0)
    assert [limits.wait("a", 0.5) for _ in range(50)] == [0.5] * 50
    assert limits.wait("a", 1) == 0


def test_each_asker_has_a_bucket_of_its_own_and_there_are_not_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "MOST", 10)
    limits = Rates(rate=1, burst=1)
    assert [limits.wait(who, 0) for who in range(100)] == [0] * 100
    assert len(limits) == 10
    assert limits.wait(99, 0) == 1
