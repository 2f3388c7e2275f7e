"""Whether a call could be served now: each engine, the DAO and its database."""

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
    """Asks each part; `checks` are asked each time, `own` tell of themselves; `engines` says what a part is."""

    engines: Mapping[str, str] = field(default_factory=dict)
    checks: Mapping[str, Callable[[], Awaitable[bool]]] = field(default_factory=dict)
    own: Sequence[Callable[[], Part]] = ()

    async def parts(self) -> list[Part]:
        """Return every part as it stands now."""
        asked = await asyncio.gather(*(self._ask(name, check) for name, check in self.checks.items()))
        return [*asked, *(tell() for tell in self.own)]

    async def _ask(self, name: str, check: Callable[[], Awaitable[bool]]) -> Part:
        detail = self.engines.get(name, "")
        try:
            async with asyncio.timeout(CHECK_TIMEOUT):
                return Part(name, "ok" if await check() else "unavailable", detail)
        except Exception as error:  # whatever ails a part, the question how it is has an answer
            # Not its text, which may name hosts: anybody may ask.
            return Part(name, "unavailable", ": ".join(filter(None, (detail, type(error).__name__))))


def spool_part(spool: Spool) -> Part:
    """Tell how the records stand that wait for the DAO; without room for more, no call could be kept."""
    told = [f"{spool.depth} records wait, the oldest for {spool.age:.0f} s"] if spool.depth else []
    told += [f"{spool.lost} were lost"] if spool.lost else []
    return Part("spool", "unavailable" if spool.full else "ok", "; ".join(told))
