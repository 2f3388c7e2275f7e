"""Which function calls of one session its client ran over HTTP: what came of them is known, whatever it says."""

from typing import Final

REMEMBERED: Final = 400


class PostedCalls:
    """Notes the newest calls by id, and of which the outcome was kept. Pure bookkeeping: others write."""

    def __init__(self) -> None:
        self._kept: dict[str, bool] = {}

    def begin(self, call_id: str) -> None:
        """A call is about to be run; unless that is a repeat, nobody knows yet what comes of it."""
        self._kept.setdefault(call_id, False)
        if len(self._kept) > REMEMBERED:
            del self._kept[next(iter(self._kept))]

    def keep(self, call_id: str) -> None:
        """The outcome of a call was kept, or is about to be found out."""
        self._kept[call_id] = True

    def __contains__(self, call_id: str) -> bool:
        return call_id in self._kept

    def kept(self, call_id: str) -> bool:
        """Whether the outcome of a call was kept."""
        return self._kept.get(call_id, False)
