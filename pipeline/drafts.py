"""The answer made ready while it is not known yet whether the caller has ended."""

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Final

from pipeline.reply import Reply
from pipeline.studio import Notice, Studio, Turn

SPAN: Final = 10.0
"""Seconds after which a draft that was dropped counts no more."""

MOST: Final = 12
"""Drafts made for one turn, those to other words of a pause included: a long story is no endless load."""


@dataclass(slots=True)
class DraftCount:
    """How many drafts were `made` in a call, and how many of them were `used`."""

    made: int = 0
    used: int = 0


class Drafts:
    """Holds one draft at most, and makes none where `limit` were dropped within `SPAN` and no turn was heard since.

    Nor does it make more than `MOST` for one turn.
    """

    def __init__(self, studio: Studio, limit: int) -> None:
        self._studio = studio
        self._limit = limit
        self._turn: Turn | None = None
        self._reply: Reply | None = None
        self._dropped: deque[float] = deque()
        self._index = self._made = 0  # of the turn drafted for, and how many for it
        self.count = DraftCount()

    def begin(self, turn: Turn) -> bool:
        """Make the answer to what would be `turn` if the caller said no more; it replaces an earlier draft.

        One to other words of the same pause is not counted as dropped. Returns whether it is made.
        """
        corrected = self._turn is not None and self._turn.marks is turn.marks
        self.drop()
        if corrected:
            self._dropped.pop()
        now = asyncio.get_running_loop().time()
        while self._dropped and self._dropped[0] <= now - SPAN:
            self._dropped.popleft()
        if turn.index != self._index:
            self._index, self._made = turn.index, 0
        if len(self._dropped) >= self._limit or self._made >= MOST:
            return False
        self._made += 1
        self.count.made += 1
        self._turn, self._reply = turn, Reply(self._studio, turn)
        self._reply.start()
        return True

    def drop(self) -> None:
        """Forget the draft: the caller goes on, or something else is answered."""
        if self._reply is not None:
            self._reply.interrupt()
            self._turn = self._reply = None
            self._dropped.append(asyncio.get_running_loop().time())

    def take(self, item: Turn | Notice) -> Reply | None:
        """Return the draft that answers `item`, to be confirmed; any other is dropped."""
        if item != self._turn:
            self.drop()
        self._dropped.clear()
        reply, self._turn, self._reply = self._reply, None, None
        self.count.used += reply is not None
        return reply
