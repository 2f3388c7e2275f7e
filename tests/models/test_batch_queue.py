"""The order of requests, for any order of events: model-based, on a time that is only a number."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from models.batch_queue import BatchQueue, Request
from models.errors import EngineError

WINDOW, MAX_BATCH, LIMIT = 0.01, 3, 6
OWNERS, KEYS = st.integers(0, 8), st.integers(0, 1)


def queue(max_batch: int = MAX_BATCH, limit: int = LIMIT) -> BatchQueue[str]:
    return BatchQueue(max_batch=max_batch, window=WINDOW, limit=limit)


def request(owner: int = 0, key: int = 0, payload: str = "", urgent: bool = False) -> Request[str]:
    return Request(owner, key, payload, urgent)


class Queue(RuleBasedStateMachine):
    """Whatever is put is either taken once, given back once, or waits; and the order is as promised."""

    def __init__(self) -> None:
        super().__init__()
        self.queue: BatchQueue[int] = BatchQueue(max_batch=MAX_BATCH, window=WINDOW, limit=LIMIT)
        self.now = 0.0
        self.waiting: list[Request[int]] = []
        self.overtaken: dict[int, int] = {}

    @rule(seconds=st.floats(0.0, 0.02))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule(owner=OWNERS, key=KEYS, urgent=st.booleans())
    def put(self, owner: int, key: int, urgent: bool) -> None:
        one: Request[int] = Request(owner, key, len(self.waiting), urgent)
        try:
            stale = self.queue.put(one, self.now)
        except EngineError:
            assert urgent and sum(other.urgent for other in self.waiting) == LIMIT
            return
        if stale is one:
            assert not urgent and sum(not other.urgent for other in self.waiting) == LIMIT
            return
        if stale is not None:
            assert not stale.urgent and stale.owner == owner
            self.waiting.remove(stale)
        self.waiting.append(one)

    @rule()
    def take(self) -> None:
        due = self.queue.due()
        batch = self.queue.take(self.now)
        assert bool(batch) == (due is not None and self.now >= due)
        if not batch:
            return
        assert len(batch) <= MAX_BATCH
        assert len({one.key for one in batch}) == len({one.urgent for one in batch}) == 1
        line = [one for one in self.waiting if one.urgent == batch[0].urgent]
        assert batch[0].urgent or not any(one.urgent for one in self.waiting), "finals go first"
        assert batch[0].arrived == min(one.arrived for one in line), "whoever came first is served"
        same = sum(one.key == batch[0].key for one in line)
        assert len(batch) == min(same, MAX_BATCH), "all that may share the run do"
        for one in batch:
            self.waiting.remove(one)

    @rule(owner=OWNERS)
    def drop(self, owner: int) -> None:
        dropped = self.queue.drop(owner)
        assert {id(one) for one in dropped} == {id(one) for one in self.waiting if one.owner == owner}
        self.waiting = [one for one in self.waiting if one.owner != owner]

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(self.waiting))
        assert self.queue.remove(one) and not self.queue.remove(one)
        self.waiting.remove(one)

    @invariant()
    def it_holds_what_waits(self) -> None:
        assert len(self.queue) == len(self.waiting)
        assert all(one in self.queue for one in self.waiting)
        owners = [one.owner for one in self.waiting if not one.urgent]
        assert len(owners) == len(set(owners)), "only an owner's newest partial waits"

    @invariant()
    def nothing_waits_longer_than_the_window_for_company(self) -> None:
        due = self.queue.due()
        assert (due is None) == (not self.waiting)
        if due is not None:
            assert due <= min(one.arrived for one in self.waiting if one.urgent == self._head_is_urgent()) + WINDOW

    def _head_is_urgent(self) -> bool:
        return any(one.urgent for one in self.waiting)


TestQueue = Queue.TestCase


def test_what_comes_within_the_window_shares_a_run() -> None:
    line = queue()
    first, second = request(1), request(2)
    line.put(first, 0.0)
    assert line.take(0.005) == []
    line.put(second, 0.005)
    assert line.due() == WINDOW
    assert line.take(WINDOW) == [first, second]


def test_a_full_batch_does_not_wait() -> None:
    line = queue(max_batch=2)
    requests = [request(owner) for owner in range(3)]
    for one in requests:
        line.put(one, 0.0)
    assert line.take(0.0) == requests[:2]
    assert line.take(0.0) == []


def test_finals_overtake_partials_and_share_no_run_with_them() -> None:
    line = queue()
    partial, final = request(1), request(2, urgent=True)
    line.put(partial, 0.0)
    line.put(final, 1.0)
    assert line.take(1.0 + WINDOW) == [final]
    assert line.take(1.0 + WINDOW) == [partial]


def test_a_final_makes_the_partial_of_its_stream_stale() -> None:
    line = queue()
    partial = request(1)
    line.put(partial, 0.0)
    assert line.put(request(1, urgent=True), 0.0) is partial
    assert partial not in line


def test_a_newer_partial_takes_the_place_of_the_older_one() -> None:
    line = queue(max_batch=1)
    older, other, newer = request(1), request(2), request(1)
    line.put(older, 0.0)
    line.put(other, 0.1)
    assert line.put(newer, 0.2) is older
    assert line.take(1.0) == [newer]
    assert line.take(1.0) == [other]


def test_every_key_has_its_turn() -> None:
    line = queue(max_batch=2, limit=100)
    odd = request(0, key=1)
    line.put(request(1, key=0), 0.0)
    line.put(odd, 0.1)
    for owner in range(2, 8):
        line.put(request(owner, key=0), 0.2)
    assert odd not in line.take(1.0)
    assert line.take(1.0) == [odd]


def test_too_many_partials_are_let_go_and_too_many_finals_refused() -> None:
    line = queue(limit=1)
    line.put(request(1), 0.0)
    late = request(2)
    assert line.put(late, 0.0) is late
    line.put(request(3, urgent=True), 0.0)
    with pytest.raises(EngineError, match="too slow"):
        line.put(request(4, urgent=True), 0.0)
