"""Whether a call could be served now: each engine, and the DAO with its database."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from dao.spool import Spool

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
    """Asks each part; `engines` are noted once at start, `checks` are asked each time, `own` tell of themselves."""

    engines: Mapping[str, Part] = field(default_factory=dict)
    checks: Mapping[str, Callable[[], Awaitable[bool]]] = field(default_factory=dict)
    own: Sequence[Callable[[], Part]] = ()

    async def parts(self) -> list[Part]:
        """Return every part as it stands now."""
        asked = await asyncio.gather(*(self._ask(name, check) for name, check in self.checks.items()))
        return [*self.engines.values(), *asked, *(tell() for tell in self.own)]

    @staticmethod
    async def _ask(name: str, check: Callable[[], Awaitable[bool]]) -> Part:
        try:
            async with asyncio.timeout(CHECK_TIMEOUT):
                return Part(name, "ok" if await check() else "unavailable")
        except Exception as error:  # whatever ails a part, the question how it is has an answer
            return Part(name, "unavailable", type(error).__name__)


def spool_part(spool: Spool) -> Part:
    """Tell how the records stand that wait for the DAO; without room for more, no call could be kept."""
    told = [f"{spool.depth} records wait, the oldest for {spool.age:.0f} s"] if spool.depth else []
    told += [f"{spool.lost} were lost"] if spool.lost else []
    return Part("spool", "unavailable" if spool.full else "ok", "; ".join(told))
