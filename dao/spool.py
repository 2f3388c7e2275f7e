"""What is to be recorded, on disk until the DAO has it, in order and bounded.

A file is written at once, so a record outlives this process; once a second it is synced, so a power failure may cost
the last second. Where a process was killed, the next one on the same folder finds its files, delivers them first, and
closes the calls that were held then. Records may be delivered twice that way, which changes nothing: all have keys.
"""

import asyncio
import json
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final
from uuid import UUID

import structlog

from dao.entries import Entry, Kind
from dao.errors import DaoError
from dao.records import Wire
from dao.refused import Refused
from dao.segment import Segment
from dao.spool_files import SEGMENT, SpoolFiles, note

IDLE_SEGMENT: Final = 64 * 1024
ORDINARY: Final = ("message", "turn")
KEPT_FREE: Final = 1.25
"""How far above its limit the spool goes for what must not be missing: begins and ends of calls, and tool calls."""
ROOM_AGAIN: Final = 0.9
Meant = AbstractSet[tuple[str, UUID]]
"""Conversations: whose they are, and their ids."""

log = structlog.get_logger(__name__)


@dataclass(slots=True, eq=False)
class _Waiting:
    """A record that waits, and the file; `gone` once it was delivered, or never can be.

    `call` is its tenant and conversation, `user` whom it tells of, where it does.
    """

    segment: Segment
    line: bytes
    at: float
    call: tuple[str, UUID]
    user: str | None
    gone: bool = False


class Spool:
    """The records that wait; `open` it once per process. `put` never blocks and never raises.

    `lost` counts what found no room, `limit` is in bytes. One task at a time may take: `next`, then `done`.
    """

    def __init__(self, folder: Path, limit: int, now: Callable[[], float] = time.time) -> None:
        self.lost = 0
        self._folder, self._limit, self._now = folder, limit, now
        self._waiting: deque[_Waiting] = deque()
        self._newest: dict[UUID, _Waiting] = {}
        self._awaited: Counter[UUID] = Counter()
        self._taken: _Waiting | None = None
        self._held: list[_Waiting] = []
        self._deleted: set[tuple[str, UUID]] = set()
        self._refused = Refused(folder)
        self._bytes = 0
        self._full = False
        self._filled, self._moved = asyncio.Event(), asyncio.Event()
        self._files = SpoolFiles(folder)

    @classmethod
    @contextmanager
    def open(cls, folder: Path, limit: int = 64 * SEGMENT) -> Iterator["Spool"]:
        """Open the folder, and take over what killed processes left in it; raises `DaoError` if it cannot be used."""
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            left = SpoolFiles.left_behind(folder)
            spool = cls(folder, limit)
            spool._take_over(left)
        except OSError as error:
            raise DaoError(
                f"records cannot wait in {folder} ({error}); make it writable, or set FLUX_DAO__SPOOL"
            ) from error
        try:
            yield spool
        finally:
            spool._close()

    @property
    def depth(self) -> int:
        """How many records wait."""
        return len(self._waiting)

    @property
    def age(self) -> float:
        """For how many seconds the oldest one waits."""
        return max(0.0, self._now() - self._waiting[0].at) if self._waiting else 0.0

    @property
    def full(self) -> bool:
        """Whether a record found no room, and there is none yet, or the disk takes none."""
        return self._full or self._files.unwritten

    def put(self, tenant: str, kind: Kind, conversation: UUID, draft: Wire | None = None) -> bool:
        """Keep a record until it is delivered; False if there is no room for it, which is told.

        What comes for a conversation that was forgotten is dropped.
        """
        if self.drops(tenant, conversation):
            return True
        # What was not set is not sent: only so can the service tell it from what was set to the default.
        try:
            body = draft.model_dump(mode="json", exclude_unset=True) if draft is not None else {}
            entry = Entry(tenant, kind, conversation, body, self._now())
            line = entry.line()
        except (TypeError, ValueError) as error:  # a fault of ours: it must not end the call
            log.error("a record cannot be written down", record=kind, error=type(error).__name__)
            return False
        room = self._limit * (1.0 if kind in ORDINARY else KEPT_FREE)
        if self._bytes + len(line) > room:
            self._lose(kind)
            return False
        self._files.write(entry, line)
        self._wait(self._files.newest, line, entry)
        if self._files.newest.size > SEGMENT:
            self._files.renew()
        return True

    def drops(self, tenant: str, conversation: UUID) -> bool:
        """Whether a conversation was forgotten, so that nothing more of it is taken."""
        return (tenant, conversation) in self._deleted

    async def next(self) -> Entry:
        """Wait for the record whose turn it is and return it: the oldest, or the oldest that somebody waits for."""
        while not self._waiting:
            self._filled.clear()
            await self._filled.wait()
        self._taken = self._first()
        return Entry.read(self._taken.line)

    def done(self) -> None:
        """Forget the record that was taken: it was delivered, or never can be."""
        taken, self._taken = self._taken or self._waiting[0], None
        self._waiting.remove(taken)
        self._let_go(taken)
        segment = taken.segment
        if segment is not self._files.newest:
            if not segment.waiting:
                self._files.close(segment, remove=True)
        elif not self._waiting and segment.size > IDLE_SEGMENT:
            self._files.renew()
        if not self._waiting:
            self._files.unwritten = False  # nothing hangs on the disk; the next record tries it again

    def set_aside(self, entry: Entry, why: str) -> None:
        """Write down a record that the service refuses, for a person to look at."""
        self._refused.add(entry, why)

    def conversations_of(self, tenant: str, user: UUID) -> set[UUID]:
        """Return the conversations of a user of which something waits or was refused; raises OSError."""
        named = str(user).encode()
        waiting = [Entry.read(one.line) for one in self._waiting if named in one.line]
        told = [*waiting, *self._refused.entries()]
        return {entry.conversation for entry in told if (entry.tenant, entry.user) == (tenant, str(user))}

    @contextmanager
    def withholding(self, meant: Meant) -> Iterator[int]:
        """Deliver nothing of these conversations meanwhile; yields how many records wait or were refused of them.

        They wait again afterwards, unless they were forgotten. The one that is just being delivered counts, for nobody
        knows yet whether it arrives, but is not held back.
        """
        refused = sum((entry.tenant, entry.conversation) in meant for entry in self._refused.entries())
        found = [one for one in self._waiting if one.call in meant]
        held = {one: None for one in found if one is not self._taken}  # in order
        self._held += held
        self._waiting = deque(one for one in self._waiting if one not in held)
        try:
            yield len(found) + refused
        finally:
            self._waiting.extendleft(reversed([one for one in held if not one.gone]))
            self._held = [one for one in self._held if one not in held]
            self._filled.set()

    def forget(self, meant: Meant) -> None:
        """Let go of all that waits or was refused of these conversations, also on disk, and take no more of them.

        Raises OSError where the disk does not do that; it may be asked again.
        """
        self._deleted.update(meant)
        for call in meant:
            self._files.forget(call)
        # First: what still waits tells, when asked again, which conversations are meant.
        self._refused.forget(lambda entry: (entry.tenant, entry.conversation) in meant)
        wait = [one for one in (*self._held, *self._waiting) if not one.gone]
        self._files.rewrite(one.line for one in wait if one.call not in meant)
        for one in wait:
            one.segment = self._files.newest
            one.segment.waiting += 1
        for one in wait:
            if one.call in meant and one is not self._taken:
                self._let_go(one)
        self._waiting = deque(one for one in self._waiting if not one.gone)
        self._files.drop_others()

    async def empty(self) -> None:
        """Wait until nothing waits."""
        while self._waiting:
            self._moved.clear()
            await self._moved.wait()

    async def delivered(self, conversation: UUID) -> None:
        """Wait until everything of a conversation that was put before is delivered, or set aside; it goes first now."""
        last = self._newest.get(conversation)
        self._awaited[conversation] += 1
        try:
            while last is not None and not last.gone:
                self._moved.clear()
                await self._moved.wait()
        finally:
            self._awaited -= Counter([conversation])  # those nobody waits for any more drop out

    async def keep_synced(self) -> None:
        """Make what was written outlive the machine's power too, within a second; never returns."""
        await self._files.keep_synced()

    def _first(self) -> _Waiting:
        for one in self._waiting if self._awaited else ():
            if one.call[1] in self._awaited:
                # What is told of one person stays in order, whichever of their calls tells it.
                of_user = (other for other in self._waiting if (other.call[0], other.user) == (one.call[0], one.user))
                return one if one.user is None else next(of_user)
        return self._waiting[0]

    def _lose(self, kind: Kind) -> None:
        self.lost += 1
        if not self._full or self.lost % 1000 == 0:
            log.error("the spool is full; newer records are lost", record=kind, lost=self.lost, waiting=self.depth)
        self._full = True

    def _wait(self, segment: Segment, line: bytes, entry: Entry) -> None:
        segment.waiting += 1
        self._bytes += len(line)
        call = (entry.tenant, entry.conversation)
        self._newest[entry.conversation] = one = _Waiting(segment, line, entry.at, call, entry.user)
        self._waiting.append(one)
        self._filled.set()

    def _let_go(self, one: _Waiting) -> None:
        one.gone = True
        one.segment.waiting -= 1
        self._bytes -= len(one.line)
        if self._bytes < self._limit * ROOM_AGAIN:
            self._full = False
        conversation = one.call[1]
        if self._newest.get(conversation) is one:  # it may be gone: newer ones can be forgotten before it
            del self._newest[conversation]
        self._moved.set()

    def _take_over(self, left: list[Segment]) -> None:
        self._files.keep(left)
        for _, group in groupby(left, key=lambda segment: segment.path.name.rsplit("-", 1)[0]):
            live: dict[UUID, str] = {}
            for segment in group:
                live = self._read(segment)
            for conversation, tenant in live.items():
                log.warning("a call was cut off by the end of its server", conversation=str(conversation))
                self.put(tenant, "close", conversation)
        for segment in left:
            if not segment.waiting:
                self._files.close(segment, remove=True)

    def _read(self, segment: Segment) -> dict[UUID, str]:
        """Let the lines of a file that was left behind wait; return the calls that were held at its end."""
        live: dict[UUID, str] = {}
        for number, line in enumerate(segment.lines()):
            try:
                if line is None:
                    raise ValueError("a checksum is wrong")
                if number == 0:
                    live = {UUID(call): tenant for call, tenant in json.loads(line).items()}
                    continue
                entry = Entry.read(line)
            except (ValueError, TypeError, AttributeError) as error:
                log.warning("a line of the spool is damaged", file=segment.path.name, line=number, error=str(error))
                continue
            note(live, entry)
            self._wait(segment, line, entry)
        return live

    def _close(self) -> None:
        self._files.close_all()
