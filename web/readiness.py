"""Whether a call could be served now: each engine, and the DAO with its database."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

CHECK_TIMEOUT: Final = 3.0

State = Literal["ok", "unavailable"]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the server and how it stands."""

    name: str
    state: State
    detail: str = ""


@dataclass(slots=True)
class Readiness:
    """Asks each part; `engines` are noted once at start, `checks` are asked each time."""

    engines: Mapping[str, Part] = field(default_factory=dict)
    checks: Mapping[str, Callable[[], Awaitable[bool]]] = field(default_factory=dict)

    async def parts(self) -> list[Part]:
        """Return every part as it stands now."""
        asked = await asyncio.gather(*(self._ask(name, check) for name, check in self.checks.items()))
        return [*self.engines.values(), *asked]

    @staticmethod
    async def _ask(name: str, check: Callable[[], Awaitable[bool]]) -> Part:
        try:
            async with asyncio.timeout(CHECK_TIMEOUT):
                return Part(name, "ok" if await check() else "unavailable")
        except Exception as error:  # whatever ails a part, the question how it is has an answer
            return Part(name, "unavailable", type(error).__name__)
