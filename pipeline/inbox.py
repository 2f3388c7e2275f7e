"""What waits to be answered: the caller's turns and the agent's own notices, in order."""

import asyncio
from collections import deque
from typing import TypeAlias

from pipeline.studio import Notice, Turn

Item: TypeAlias = Turn | Notice


class Inbox:
    """Items in the order they came, but a notice that interrupts is first; at most `limit` of those that can wait."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._items: deque[Item] = deque()
        self._stirred = asyncio.Event()

    @property
    def interrupts(self) -> bool:
        """Whether something that waits shall be answered now, whatever is being said."""
        return any(item.interrupts for item in self._items)

    @property
    def empty(self) -> bool:
        """Whether nothing waits."""
        return not self._items

    @property
    def full(self) -> bool:
        """Whether no more is taken."""
        return len(self._items) >= self._limit

    def put(self, item: Item) -> None:
        """Add an item; one beyond the limit is dropped, unless it interrupts: those are taken at once."""
        if not self.full or item.interrupts:
            # A notice that interrupts answers no turn: those that wait must not pass for overtaken by it.
            first = isinstance(item, Notice) and item.interrupts
            (self._items.appendleft if first else self._items.append)(item)
            self.stir()

    def take(self) -> Item | None:
        """Return the oldest item, or None."""
        return self._items.popleft() if self._items else None

    def stir(self) -> None:
        """Wake `stirred`: what can be done with the items has changed."""
        self._stirred.set()

    async def stirred(self) -> None:
        """Wait for a new item or a `stir`."""
        await self._stirred.wait()
        self._stirred.clear()
