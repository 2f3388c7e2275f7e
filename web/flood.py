"""How much a client may send: pure limits that take the time as an argument."""

from typing import Final, Literal

Verdict = Literal["pass", "drop", "enough"]

MESSAGE_RATE: Final = 20.0
MESSAGE_BURST: Final = 200.0
BYTE_RATE: Final = 64.0 * 1024
BYTE_BURST: Final = 512.0 * 1024
PATIENCE: Final = 2
"""So many bursts are dropped before it is enough; dropping is cheap, but a link that floods costs every other call."""

CHANNEL_COST: Final = 40.0
"""Messages that an opened data channel counts for: a client needs one, and aiortc keeps each of them."""


class Bucket:
    """Fills by `rate` per second up to `size`, full at first; what is taken must be in it."""

    def __init__(self, rate: float, size: float) -> None:
        self._rate = rate
        self._size = size
        self._level = size
        self._at: float | None = None

    def full(self, now: float) -> bool:
        """Whether nothing was taken for long enough."""
        self._fill(now)
        return self._level >= self._size

    def take(self, amount: float, now: float) -> bool:
        """Take `amount`; False takes nothing."""
        self._fill(now)
        if amount > self._level:
            return False
        self._level -= amount
        return True

    def wait(self, amount: float, now: float) -> float:
        """Return the seconds until `amount` is in it, 0 if it is."""
        self._fill(now)
        return max(0.0, amount - self._level) / self._rate

    def _fill(self, now: float) -> None:
        if self._at is not None and now > self._at:
            self._level = min(self._size, self._level + (now - self._at) * self._rate)
        self._at = now if self._at is None else max(self._at, now)


class Limit:
    """A flow of `rate` per second with bursts up to `burst`.

    What is beyond is dropped, and what is dropped fills the patience, which empties at the same rate: a client a
    little too fast is thinned out for ever, one at many times the rate has had enough soon.
    """

    def __init__(self, rate: float, burst: float, patience: float) -> None:
        self._allowance = Bucket(rate, burst)
        self._patience = Bucket(rate, patience)

    def judge(self, amount: float, now: float) -> Verdict:
        """Say what becomes of `amount`, which came at `now`."""
        if self._allowance.take(amount, now):
            return "pass"
        return "drop" if self._patience.take(amount, now) else "enough"

    def calm(self, now: float) -> bool:
        """Whether the last burst is forgotten."""
        return self._allowance.full(now)


class MessageLimit:
    """The limit of one data link, in messages and in bytes.

    Far beyond any client: one pings each second, and nobody types twenty messages a second for ten seconds.
    """

    def __init__(self) -> None:
        self._messages = Limit(MESSAGE_RATE, MESSAGE_BURST, PATIENCE * MESSAGE_BURST)
        self._bytes = Limit(BYTE_RATE, BYTE_BURST, PATIENCE * BYTE_BURST)

    def judge(self, size: int, now: float) -> Verdict:
        """Say what becomes of a message of `size` bytes."""
        return _worse(self._messages.judge(1, now), self._bytes.judge(size, now))

    def judge_channel(self, now: float) -> Verdict:
        """Say what becomes of a newly opened data channel."""
        return self._messages.judge(CHANNEL_COST, now)

    def calm(self, now: float) -> bool:
        """Whether the last flood is long over."""
        return self._messages.calm(now) and self._bytes.calm(now)


def _worse(one: Verdict, other: Verdict) -> Verdict:
    order: tuple[Verdict, ...] = ("pass", "drop", "enough")
    return max(one, other, key=order.index)
