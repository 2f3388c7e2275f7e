"""How long a conversation waits while no client is linked to it."""

import asyncio
from collections.abc import Callable


class Absence:
    """Calls `given_up` once no client was there for as long as was granted; all times in seconds of the loop."""

    def __init__(self, given_up: Callable[[], None]) -> None:
        self._given_up = given_up
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, seconds: float) -> None:
        """Nobody is there: wait `seconds` from now."""
        self.end()
        self._timer = asyncio.get_running_loop().call_later(seconds, self._given_up)

    def extend(self, seconds: float) -> None:
        """A client is on its way: if nobody is there, wait `seconds` from now at least."""
        timer = self._timer
        if timer is not None and timer.when() < asyncio.get_running_loop().time() + seconds:
            self.begin(seconds)

    def end(self) -> None:
        """A client is there, or nobody is waited for any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
