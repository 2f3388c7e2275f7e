"""An event loop on a fake clock: sleeping costs nothing, and time moves only when all is quiet."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, TypeVar

T = TypeVar("T")


class _JumpingSelector(selectors.SelectSelector):
    """Instead of waiting for a timeout, jump the loop's clock to its end."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.steps = 0
        self.before_step: Callable[[int], None] = lambda _: None

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.steps += 1
        self.before_step(self.steps)
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            raise RuntimeError("deadlock: nothing is scheduled and nothing can wake the loop")
        self.now += max(timeout, 1e-9)
        return ready


class FakeClockLoop(asyncio.SelectorEventLoop):
    """A loop whose `time()` starts at 0 and jumps to the next timer when nothing else is to do.

    Only for code that runs wholly on the loop: no threads, no sockets, no processes.
    """

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now

    @property
    def steps(self) -> int:
        """How often the loop has gone round: between two rounds every task rests at an await."""
        return self._jumping.steps

    def before_step(self, act: Callable[[int], None]) -> None:
        """Call `act` with the number of each round before it, from now on."""
        self._jumping.before_step = act


def run_on_fake_clock(main: Coroutine[Any, Any, T]) -> T:
    """Run `main` to its end on a fresh fake clock."""
    with asyncio.Runner(loop_factory=FakeClockLoop) as runner:
        return runner.run(main)


def on_fake_clock(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Make a test of a coroutine function that runs on a fake clock of its own."""

    @wraps(test)
    def run(*args: Any, **named: Any) -> None:
        run_on_fake_clock(test(*args, **named))

    return run
