"""What an engine can say of itself."""

from typing import Protocol, runtime_checkable


@runtime_checkable
class Reporting(Protocol):
    """An engine that knows which model it runs, and where."""

    @property
    def report(self) -> str:
        """Both in one line, once `warm` has been awaited."""
