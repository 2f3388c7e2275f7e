"""The answer made ready while it is not known yet whether the caller has ended."""

from dataclasses import dataclass

from pipeline.reply import Reply
from pipeline.studio import Notice, Studio, Turn


@dataclass(slots=True)
class DraftCount:
    """How many drafts were `made` in a call, and how many of them were `used`."""

    made: int = 0
    used: int = 0


class Drafts:
    """Holds one draft at most; `limit` bounds how many a turn may have."""

    def __init__(self, studio: Studio, limit: int) -> None:
        self._studio = studio
        self._limit = limit
        self._turn: Turn | None = None
        self._reply: Reply | None = None
        self._of_turn = 0
        self.count = DraftCount()

    def begin(self, turn: Turn) -> None:
        """Make the answer to what would be `turn` if the caller said no more; it replaces an earlier draft."""
        self.drop()
        if self._turn is None or self._turn.index != turn.index:
            self._of_turn = 0
        self._turn = turn
        if self._of_turn < self._limit:
            self._of_turn += 1
            self.count.made += 1
            self._reply = Reply(self._studio, turn)
            self._reply.start()

    def drop(self) -> None:
        """Forget the draft: the caller goes on, or something else is answered."""
        if self._reply is not None:
            self._reply.interrupt()
            self._reply = None

    def take(self, item: Turn | Notice) -> Reply | None:
        """Return the draft that answers `item`, to be confirmed; any other is dropped."""
        reply, self._reply = self._reply, None
        if reply is not None and item != self._turn:
            reply.interrupt()
            return None
        self.count.used += reply is not None
        return reply
