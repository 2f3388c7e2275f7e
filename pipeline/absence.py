"""How long a conversation waits while no client is linked to it."""

import asyncio
from collections.abc import Callable


class Absence:
    """Calls `given_up` once no client was there for as long as was granted; all times in seconds of the loop."""

    def __init__(self, given_up: Callable[[], None]) -> None:
        self._given_up = given_up
        self._timer: asyncio.TimerHandle | None = None
        self._extended = False

    def begin(self, seconds: float) -> None:
        """Nobody is there: wait `seconds` from now."""
        self.end()
        self._extended = False
        self._wait(seconds)

    def extend(self, seconds: float) -> None:
        """A client is on its way: if nobody is there, wait `seconds` from now at least.

        Once in each absence: one that tries in vain, again and again, must not hold the call for ever.
        """
        timer = self._timer
        if timer is None or self._extended or timer.when() >= asyncio.get_running_loop().time() + seconds:
            return
        self._extended = True
        timer.cancel()
        self._wait(seconds)

    def end(self) -> None:
        """A client is there, or nobody is waited for any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wait(self, seconds: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, self._given_up)
