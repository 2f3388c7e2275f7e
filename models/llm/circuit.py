"""Whether something that failed should be asked again yet. Pure: the time is an argument."""


class Circuit:
    """Trips when what it guards fails; after `cool_down` seconds one attempt is let through to find out."""

    def __init__(self, cool_down: float) -> None:
        self._cool_down = cool_down
        self._until: float | None = None
        self._trying = False

    def admits(self, now: float) -> bool:
        """Whether to ask at time `now`."""
        return self._until is None or (now >= self._until and not self._trying)

    def began(self) -> None:
        """Note an attempt; while it runs after a failure, nobody else is let through."""
        self._trying = True

    def worked(self) -> None:
        """Note that an attempt was answered: all are let through."""
        self._until, self._trying = None, False

    def failed(self, now: float) -> None:
        """Note that an attempt failed at time `now`."""
        self._until, self._trying = now + self._cool_down, False

    def abandoned(self) -> None:
        """Note that an attempt was given up before it showed anything."""
        self._trying = False
