"""How many calls are asked for next, until it is known how many a machine bears."""

from collections.abc import Mapping
from dataclasses import dataclass, field

SLOWER = 2.0


@dataclass(slots=True)
class Search:
    """Doubles the calls until p95 is more than twice that of one call, then halves what lies between.

    `most` bounds the calls; a step that failed altogether has a p95 of infinity.
    """

    most: int = 64
    found: dict[int, float] = field(default_factory=dict)

    def took(self, calls: int, p95: float) -> None:
        """Note what a step gave, in ms."""
        self.found[calls] = p95

    def next(self) -> int | None:
        """Return how many calls to hold next, None where all is known."""
        if not self.found:
            return 1
        good, bad = self.bears, min((calls for calls in self.found if not self._fine(calls)), default=None)
        if bad is None:
            return None if good >= self.most else min(2 * max(1, good), self.most)
        middle = (good + bad) // 2
        return middle if good < middle < bad else None

    @property
    def bears(self) -> int:
        """The most calls that were held below the first number that were not; 0 before the first step."""
        bad = min((calls for calls in self.found if not self._fine(calls)), default=None)
        return max((calls for calls in self.found if bad is None or calls < bad), default=0)

    def _fine(self, calls: int) -> bool:
        return self.found[calls] <= SLOWER * self.found[1]


def turns_of_a_call(calls: int, *, least: int = 5, together: int = 24) -> int:
    """Return how many turns each call gets, so that a step of few calls has enough of them for a p95."""
    return max(least, -(-together // calls))


def ratio_of_calls(bears: Mapping[str, int], ours: str, theirs: str) -> float | None:
    """Return how many times as many calls we bear; None where either was not measured."""
    return bears[ours] / bears[theirs] if bears.get(ours) and bears.get(theirs) else None
