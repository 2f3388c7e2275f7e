"""Whether an engine could serve a caller now: asked of those that can go down while the server runs."""

from typing import Protocol, runtime_checkable


@runtime_checkable
class Watched(Protocol):
    """An engine whose process, thread or server may fail it."""

    async def check(self) -> None:
        """Return if it could serve a caller now; raises EngineError. Costs next to nothing."""


async def check(engine: object) -> None:
    """Return if an engine could serve a caller now, as one without anything that may fail always could.

    Raises EngineError.
    """
    if isinstance(engine, Watched):
        await engine.check()
