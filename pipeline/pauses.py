"""How long one caller's pauses are, learnt from those heard; their logarithms follow a normal distribution."""

import math
from typing import Final

USUAL: Final = 0.5
"""Median in s of the pauses inside a turn, before a caller has been heard."""

SPREAD: Final = 0.5
"""Standard deviation of the logarithm of a caller's pauses."""

_SHORTEST, _LONGEST = 0.25, 1.0  # no caller's median lies beyond; one odd noise must not make the agent slow
_DOUBT: Final = 3.0
"""How many pauses must be heard before the caller's own count as much as `USUAL`."""


class Pauses:
    """One caller's habit of pausing."""

    def __init__(self) -> None:
        self._logarithms = _DOUBT * math.log(USUAL)
        self._weight = _DOUBT

    @property
    def median(self) -> float:
        """Usual length in s of this caller's pauses."""
        return min(_LONGEST, max(_SHORTEST, math.exp(self._logarithms / self._weight)))

    def learn(self, seconds: float) -> None:
        """Take one pause after which the caller went on."""
        self._logarithms += math.log(max(seconds, 0.05))
        self._weight += 1.0

    def longer_than(self, seconds: float) -> float:
        """Return the share of this caller's pauses that last longer than `seconds`."""
        if seconds <= 0:
            return 1.0
        return 0.5 * math.erfc(math.log(seconds / self.median) / (SPREAD * math.sqrt(2)))

    def thins_out(self, density: float) -> float | None:
        """Return the length in s from which on fewer than `density` pauses end per second, None if none is so rare.

        In other words the last place where the distribution's density has this value.
        """
        mean = math.log(self.median)
        level = math.log(density * SPREAD * math.sqrt(2 * math.pi))
        inside = SPREAD * SPREAD - 2 * mean - 2 * level
        return math.exp(mean - SPREAD * SPREAD + SPREAD * math.sqrt(inside)) if inside > 0 else None
