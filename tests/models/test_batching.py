"""Runs in a thread, answered on the loop; what shares a run is made sure of by holding the runs back."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence

import pytest
import pytest_asyncio

from models.batching import MicroBatcher
from models.errors import EngineError


class Engine:
    """Doubles numbers, when it is let; fails on "bad", and on batches of more than `most`."""

    def __init__(self) -> None:
        self.batches: list[list[object]] = []
        self.begun = threading.Semaphore(0)
        self.go = threading.Semaphore(0)
        self.held = True
        self.most = 100
        self.threads: set[str] = set()

    def run(self, payloads: Sequence[object]) -> list[object]:
        self.batches.append(list(payloads))
        self.threads.add(threading.current_thread().name)
        self.begun.release()
        if self.held:
            self.go.acquire()
        if len(payloads) > self.most or "bad" in payloads:
            raise RuntimeError("out of memory")
        return [payload * 2 if isinstance(payload, int) else payload for payload in payloads]

    async def began(self) -> None:
        await asyncio.to_thread(self.begun.acquire)

    def release(self) -> None:
        self.held = False
        self.go.release()


@pytest_asyncio.fixture
async def engine() -> Engine:
    return Engine()


@pytest_asyncio.fixture
async def batcher(engine: Engine) -> AsyncIterator[MicroBatcher[object, object]]:
    batcher = MicroBatcher(engine.run, name="doubler", max_batch=4, window=0.0)
    batcher.start()
    yield batcher
    engine.release()
    await batcher.close()


async def test_what_waits_for_a_run_shares_the_next(engine: Engine, batcher: MicroBatcher[object, object]) -> None:
    first = batcher.submit("a", 0, 1, urgent=True)
    await engine.began()
    others = [batcher.submit(owner, 0, number, urgent=True) for owner, number in (("b", 2), ("c", 3), ("d", 4))]
    assert all(batcher.waits(other) for other in others) and not batcher.waits(first)
    engine.release()
    assert await asyncio.gather(first, *others) == [2, 4, 6, 8]
    assert engine.batches == [[1], [2, 3, 4]]
    assert engine.threads == {"doubler"}
    assert not batcher.waits(first)


async def test_a_stale_partial_is_answered_with_nothing(engine: Engine, batcher: MicroBatcher[object, object]) -> None:
    running = batcher.submit("a", 0, 1, urgent=False)
    await engine.began()
    stale = batcher.submit("a", 0, 2, urgent=False)
    fresh = batcher.submit("a", 0, 3, urgent=False)
    assert await stale is None
    final = batcher.submit("a", 0, 4, urgent=True)
    assert await fresh is None
    engine.release()
    assert [await running, await final] == [2, 8]
    assert engine.batches == [[1], [4]]


async def test_what_is_cancelled_is_not_run(engine: Engine, batcher: MicroBatcher[object, object]) -> None:
    running = batcher.submit("a", 0, 1, urgent=True)
    await engine.began()
    cancelled, kept = batcher.submit("b", 0, 2, urgent=True), batcher.submit("c", 0, 3, urgent=True)
    cancelled.cancel()
    running.cancel()
    await asyncio.sleep(0)
    engine.release()
    assert await kept == 6
    assert engine.batches == [[1], [3]]


async def test_dropping_an_owner_ends_what_waits_and_what_runs(
    engine: Engine, batcher: MicroBatcher[object, object]
) -> None:
    running = batcher.submit("a", 0, 1, urgent=True)
    await engine.began()
    waiting, other = batcher.submit("a", 0, 2, urgent=True), batcher.submit("b", 0, 3, urgent=True)
    batcher.drop("a", EngineError("gone"))
    for one in (running, waiting):
        with pytest.raises(EngineError, match="gone"):
            await one
    engine.release()
    assert await other == 6
    assert engine.batches == [[1], [3]]


async def test_one_bad_request_fails_alone(engine: Engine, batcher: MicroBatcher[object, object]) -> None:
    engine.release()
    answers = [batcher.submit(str(number), 0, number, urgent=True) for number in ("bad", 2, 3)]
    results = await asyncio.gather(*answers, return_exceptions=True)
    assert isinstance(results[0], EngineError) and "out of memory" in str(results[0])
    assert results[1:] == [4, 6]


async def test_a_batch_too_large_for_the_memory_is_run_in_parts(
    engine: Engine, batcher: MicroBatcher[object, object]
) -> None:
    engine.most = 1
    first = batcher.submit("a", 0, 1, urgent=True)
    await engine.began()
    others = [batcher.submit(owner, 0, 2, urgent=True) for owner in "bc"]
    engine.release()
    assert await asyncio.gather(first, *others) == [2, 4, 4]
    assert engine.batches == [[1], [2, 2], [2], [2]]


async def test_close_ends_everything_and_nothing_can_be_asked_afterwards(engine: Engine) -> None:
    batcher = MicroBatcher(engine.run, name="doubler", max_batch=4, window=0.0)
    with pytest.raises(EngineError, match="not running"):
        batcher.submit("a", 0, 1, urgent=True)
    batcher.start()
    running = batcher.submit("a", 0, 1, urgent=True)
    await engine.began()
    waiting = batcher.submit("b", 0, 2, urgent=False)
    closing = asyncio.ensure_future(batcher.close())
    for one in (running, waiting):
        with pytest.raises(EngineError, match="closed"):
            await one
    engine.release()
    await closing
    await batcher.close()
    assert engine.batches == [[1]]
    assert not any(thread.name == "doubler" for thread in threading.enumerate())
    with pytest.raises(EngineError, match="not running"):
        batcher.submit("a", 0, 1, urgent=True)


async def test_the_loop_goes_on_while_a_run_lasts(engine: Engine, batcher: MicroBatcher[object, object]) -> None:
    answer = batcher.submit("a", 0, 1, urgent=True)
    await engine.began()
    for _ in range(100):
        await asyncio.sleep(0)
    assert not answer.done()
    engine.release()
    assert await answer == 2
