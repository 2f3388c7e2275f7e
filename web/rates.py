"""How often one address or one key may ask: token buckets that take the time as an argument."""

from collections.abc import Hashable
from typing import Final

from web.flood import Bucket

MOST: Final = 10_000
"""Buckets kept: who asks from more addresses than this at once is stopped by other limits."""


class Rates:
    """Allows each `who` so many askings per second, with bursts."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._buckets: dict[Hashable, Bucket] = {}

    def wait(self, who: Hashable, now: float) -> float:
        """Take one asking of `who`; return 0, or the seconds after which to ask again when nothing was taken."""
        bucket = self._buckets.pop(who, None) or Bucket(self._rate, self._burst)
        self._buckets[who] = bucket  # the one used last is at the end
        if len(self._buckets) > MOST:
            del self._buckets[next(iter(self._buckets))]
        return 0.0 if bucket.take(1, now) else bucket.wait(1, now)

    def __len__(self) -> int:
        return len(self._buckets)
