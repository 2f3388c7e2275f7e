"""Which of the waiting requests run next, and together: pure, with the time as an argument."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from models.errors import EngineError

P = TypeVar("P")


@dataclass(eq=False, slots=True)
class Request(Generic[P]):
    """Work for `owner`; requests of one `key` may share a run.

    An `urgent` one is always run. Of the others only an owner's newest is: an older one that still waits is stale.
    """

    owner: Hashable
    key: Hashable
    payload: P
    urgent: bool
    arrived: float = field(default=0.0, init=False)


class BatchQueue(Generic[P]):
    """Requests in two lines, the urgent before the others, each in the order of arrival.

    A batch is at most `max_batch` requests with the key of the one at the head of its line; it is ready when
    it is full or its head has waited for `window` seconds. At most `limit` requests wait in each line.
    """

    def __init__(self, *, max_batch: int, window: float, limit: int) -> None:
        self._max_batch = max_batch
        self._window = window
        self._limit = limit
        self._urgent: list[Request[P]] = []
        self._others: dict[Hashable, Request[P]] = {}

    def __len__(self) -> int:
        return len(self._urgent) + len(self._others)

    def __contains__(self, request: Request[P]) -> bool:
        return request in self._urgent or self._others.get(request.owner) is request

    def put(self, request: Request[P], now: float) -> Request[P] | None:
        """Take a request at time `now` (s); return the one that will never run because of it.

        That is the owner's older request, or this very one where the line is full. Raises EngineError where
        too many urgent requests wait.
        """
        request.arrived = now
        stale = self._others.get(request.owner)
        if request.urgent:
            if len(self._urgent) >= self._limit:
                raise EngineError(f"{self._limit} requests wait already: this machine is too slow for so many calls")
            self._urgent.append(request)
            self._others.pop(request.owner, None)
        elif stale is not None:
            # It keeps the place of the older one, or an owner with much news would never have its turn.
            request.arrived = stale.arrived
            self._others[request.owner] = request
        elif len(self._others) >= self._limit:
            return request
        else:
            self._others[request.owner] = request
        return stale

    def remove(self, request: Request[P]) -> bool:
        """Take back a request; tells whether it was still waiting."""
        if request not in self:
            return False
        if request.urgent:
            self._urgent.remove(request)
        else:
            del self._others[request.owner]
        return True

    def drop(self, owner: Hashable) -> list[Request[P]]:
        """Take back all requests of an owner and return them."""
        dropped = [request for request in self._line() if request.owner == owner]
        for request in dropped:
            self.remove(request)
        return dropped

    def due(self) -> float | None:
        """Return the time (s) from which `take` gives a batch; None while nothing waits."""
        batch = self._batch()
        if not batch:
            return None
        return batch[0].arrived + (0.0 if len(batch) == self._max_batch else self._window)

    def take(self, now: float) -> list[Request[P]]:
        """Return the requests to run together at time `now` (s), none where it is too early."""
        due = self.due()
        if due is None or now < due:
            return []
        batch = self._batch()
        for request in batch:
            self.remove(request)
        return batch

    def _line(self) -> list[Request[P]]:
        return [*self._urgent, *self._others.values()]

    def _batch(self) -> list[Request[P]]:
        # Urgent and other requests never share a run: it would last as long as its longest member.
        line = self._urgent or list(self._others.values())
        return [request for request in line if request.key == line[0].key][: self._max_batch]
