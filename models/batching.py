"""Gathers the requests of all calls into few runs of an engine, in a thread of its own."""

import asyncio
import threading
import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

import structlog

from models.batch_queue import BatchQueue, Request
from models.errors import EngineError

log = structlog.get_logger(__name__)

P = TypeVar("P")
R = TypeVar("R")

_PATIENCE: Final = 10.0
"""Seconds that `close` waits for a run to end; a run cannot be broken off."""


@dataclass(eq=False, slots=True)
class _Job(Generic[P, R]):
    payload: P
    answer: "asyncio.Future[R | None]" = field(repr=False)


class MicroBatcher(Generic[P, R]):
    """Runs `run` on batches of payloads; it returns one result for each, in order.

    Requests that come within `window` seconds, or while a run is under way, share the next one as `BatchQueue`
    says. All methods belong to the event loop that called `start`; `run` is called in one thread, named `name`,
    and should release the interpreter lock. `runs` counts its calls, `served` what they were given.
    """

    def __init__(
        self,
        run: Callable[[Sequence[P]], Sequence[R]],
        *,
        name: str,
        max_batch: int,
        window: float,
        limit: int = 256,
    ) -> None:
        self._run = run
        self._name = name
        self._queue: BatchQueue[_Job[P, R]] = BatchQueue(max_batch=max_batch, window=window, limit=limit)
        self._changed = threading.Condition()
        self._requests: dict[asyncio.Future[R | None], Request[_Job[P, R]]] = {}
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False
        self.runs = 0
        self.served = 0

    def start(self) -> None:
        """Start the thread, for the running event loop."""
        self._loop = asyncio.get_running_loop()
        # A daemon, for a run that hangs must not keep the process from ending.
        self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
        self._thread.start()

    def submit(self, owner: Hashable, key: Hashable, payload: P, *, urgent: bool) -> "asyncio.Future[R | None]":
        """Queue a request and return its result to come: None where it has become stale and was not run.

        Its owner's older requests become stale unless they are urgent, which are always run. A result that is
        cancelled is not run either, if it still waits. The result raises EngineError where the run fails.
        """
        if self._loop is None or self._closed:
            raise EngineError(f"{self._name} is not running")
        answer: asyncio.Future[R | None] = self._loop.create_future()
        request = Request(owner, key, _Job(payload, answer), urgent)
        with self._changed:
            stale = self._queue.put(request, time.monotonic())
            self._changed.notify()
        self._requests[answer] = request
        answer.add_done_callback(self._forget)
        if stale is not None and not stale.payload.answer.done():
            stale.payload.answer.set_result(None)
        return answer

    def waits(self, answer: "asyncio.Future[R | None]") -> bool:
        """Tell whether a request still waits for its run to begin."""
        request = self._requests.get(answer)
        with self._changed:
            return request is not None and request in self._queue

    def drop(self, owner: Hashable, failure: EngineError) -> None:
        """End all requests of an owner with `failure`, those under way as well."""
        with self._changed:
            self._queue.drop(owner)
        for request in list(self._requests.values()):
            if request.owner == owner and not request.payload.answer.done():
                request.payload.answer.set_exception(failure)

    @property
    def running(self) -> bool:
        """Whether requests are taken and there is a thread to run them."""
        return not self._closed and self._thread is not None and self._thread.is_alive()

    async def close(self) -> None:
        """End the thread after its current run, and every request with EngineError; safe to call twice."""
        self._closed = True
        with self._changed:
            self._changed.notify()
        failure = EngineError(f"{self._name} has been closed")
        for owner in {request.owner for request in self._requests.values()}:
            self.drop(owner, failure)
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join, _PATIENCE)
            if self._thread.is_alive():
                log.warning("a run does not end: its thread is left behind", engine=self._name)

    def _forget(self, answer: "asyncio.Future[R | None]") -> None:
        request = self._requests.pop(answer, None)
        if request is not None and answer.cancelled():
            with self._changed:
                self._queue.remove(request)
        if not answer.cancelled():
            answer.exception()  # whoever closed the stream may no longer ask

    def _work(self) -> None:
        while batch := self._next():
            self._try([request.payload for request in batch])

    def _next(self) -> list[Request[_Job[P, R]]]:
        """Wait for a batch and return it; none means the end."""
        with self._changed:
            while not self._closed:
                now = time.monotonic()
                if batch := self._queue.take(now):
                    return batch
                due = self._queue.due()
                self._changed.wait(None if due is None else max(0.0, due - now))
            return []

    def _try(self, jobs: Sequence[_Job[P, R]]) -> None:
        outcomes: Sequence[R | EngineError]
        self.runs += 1
        self.served += len(jobs)
        try:
            outcomes = self._run([job.payload for job in jobs])
        except Exception as error:
            if len(jobs) > 1:
                # One request must not fail the others, and a batch too large for the memory may do in parts.
                for job in jobs:
                    self._try([job])
                return
            log.error("a run failed", engine=self._name, exc_info=True)
            failure = EngineError(f"{self._name} failed: {error}")
            failure.__cause__ = error
            outcomes = [failure]
        assert self._loop is not None
        try:
            self._loop.call_soon_threadsafe(_tell, jobs, outcomes)
        except RuntimeError:
            self._closed = True  # the loop has ended without closing this


def _tell(jobs: Sequence[_Job[P, R]], outcomes: "Sequence[R | EngineError]") -> None:
    for job, outcome in zip(jobs, outcomes, strict=True):
        if job.answer.done():
            continue
        if isinstance(outcome, EngineError):
            job.answer.set_exception(outcome)
        else:
            job.answer.set_result(outcome)
