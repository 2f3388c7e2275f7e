"""What is to be recorded, on disk until the DAO has it, in order and bounded.

A file is written at once, so a record outlives this process; once a second it is synced, so a power failure may cost
the last second. Where a process was killed, the next one on the same folder finds its files, delivers them first, and
closes the calls that were held then. Records may be delivered twice that way, which changes nothing: all have keys.
"""

import asyncio
import json
import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Final, Literal
from uuid import UUID

import structlog

from dao.errors import DaoError
from dao.records import Wire
from dao.segment import SUFFIX, Segment

Kind = Literal["user", "conversation", "message", "turn", "tool_call", "settle", "update", "end", "close"]
BEGINS: Final = "conversation"
ENDS: Final = ("end", "close")

SEGMENT: Final = 1024 * 1024
"""Bytes after which a new file is begun; after a kill so much is delivered twice at most, less where nothing waits."""
IDLE_SEGMENT: Final = 64 * 1024
ORDINARY: Final = ("message", "turn")
KEPT_FREE: Final = 1.25
"""How far above its limit the spool goes for what must not be missing: begins and ends of calls, and tool calls."""
ROOM_AGAIN: Final = 0.9
SYNC_EVERY: Final = 1.0
REFUSED: Final = "refused.txt"
MAX_REFUSED: Final = 16 * SEGMENT

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """One record on its way: whose it is, what kind, of which conversation; `at` is when it was put (epoch, s)."""

    tenant: str
    kind: Kind
    conversation: UUID
    body: dict[str, Any]
    at: float

    def line(self) -> bytes:
        """Write it as one line of JSON."""
        fields = [self.tenant, self.kind, str(self.conversation), self.body, self.at]
        return json.dumps(fields, ensure_ascii=True, separators=(",", ":")).encode()

    @classmethod
    def read(cls, line: bytes) -> "Entry":
        """Read it again; raises ValueError."""
        tenant, kind, conversation, body, at = json.loads(line)
        return cls(tenant, kind, UUID(conversation), body, at)


class Spool:
    """The records that wait; `open` it once per process. `put` never blocks and never raises.

    `lost` counts what found no room, `limit` is in bytes. One task at a time may take: `next`, then `done`.
    """

    def __init__(self, folder: Path, limit: int, now: Callable[[], float] = time.time) -> None:
        self.lost = 0
        self._folder, self._limit, self._now = folder, limit, now
        self._waiting: deque[tuple[Segment, bytes, float, UUID]] = deque()
        self._newest: dict[UUID, int] = {}
        self._bytes = 0
        self._full = self._unwritten = False
        self._unsynced: set[Segment] = set()
        self._live: dict[UUID, str] = {}
        self._name = f"{time.time_ns():020d}-{os.getpid()}"
        self._count = 0
        self._filled, self._moved = asyncio.Event(), asyncio.Event()
        self._gone = 0
        self._segment = self._begin_segment()

    @classmethod
    @contextmanager
    def open(cls, folder: Path, limit: int = 64 * SEGMENT) -> Iterator["Spool"]:
        """Open the folder, and take over what killed processes left in it; raises `DaoError` if it cannot be used."""
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            left = _left_behind(folder)
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
        return max(0.0, self._now() - self._waiting[0][2]) if self._waiting else 0.0

    @property
    def full(self) -> bool:
        """Whether a record found no room, and there is none yet, or the disk takes none."""
        return self._full or self._unwritten

    def put(self, tenant: str, kind: Kind, conversation: UUID, draft: Wire | None = None) -> bool:
        """Keep a record until it is delivered; False if there is no room for it, which is told."""
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
        self._note(entry)
        self._write(line)
        self._wait(self._segment, line, entry)
        if self._segment.size > SEGMENT:
            self._renew()
        return True

    async def next(self) -> Entry:
        """Wait for the oldest record and return it; it stays the oldest until `done`."""
        while not self._waiting:
            self._filled.clear()
            await self._filled.wait()
        return Entry.read(self._waiting[0][1])

    def done(self) -> None:
        """Forget the oldest record: it was delivered, or never can be."""
        segment, line, _, conversation = self._waiting.popleft()
        self._bytes -= len(line)
        segment.waiting -= 1
        if segment is not self._segment:
            if not segment.waiting:
                segment.close(remove=True)
        elif not self._waiting and segment.size > IDLE_SEGMENT:
            self._renew()
        if self._bytes < self._limit * ROOM_AGAIN:
            self._full = False
        if not self._waiting:
            self._unwritten = False  # nothing hangs on the disk; the next record tries it again
        self._gone += 1
        if self._newest[conversation] == self._gone:
            del self._newest[conversation]
        self._moved.set()

    def set_aside(self, entry: Entry, why: str) -> None:
        """Write down a record that the service refuses, for a person to look at; not for ever."""
        line = json.dumps({"why": why}).encode() + b" " + entry.line() + b"\n"
        try:
            with open(self._folder / REFUSED, "ab", opener=_for_owner_only) as file:
                if file.tell() + len(line) <= MAX_REFUSED:
                    file.write(line)
        except OSError as error:
            log.error("a refused record was not written down", error=str(error))

    async def empty(self) -> None:
        """Wait until nothing waits."""
        while self._waiting:
            self._moved.clear()
            await self._moved.wait()

    async def delivered(self, conversation: UUID) -> None:
        """Wait until everything of a conversation that was put before is delivered, or set aside."""
        until = self._newest.get(conversation, 0)
        while self._gone < until:
            self._moved.clear()
            await self._moved.wait()

    async def keep_synced(self) -> None:
        """Make what was written outlive the machine's power too, within a second; never returns."""
        while True:
            await asyncio.sleep(SYNC_EVERY)
            while self._unsynced:
                segment = self._unsynced.pop()
                try:
                    await asyncio.to_thread(segment.sync)
                except OSError as error:
                    if segment.waiting:  # else it was delivered and closed meanwhile
                        log.error("the disk may not hold what waits", error=str(error))

    def _lose(self, kind: Kind) -> None:
        self.lost += 1
        if not self._full or self.lost % 1000 == 0:
            log.error("the spool is full; newer records are lost", record=kind, lost=self.lost, waiting=self.depth)
        self._full = True

    def _note(self, entry: Entry) -> None:
        if entry.kind == BEGINS:
            self._live[entry.conversation] = entry.tenant
        elif entry.kind in ENDS:
            self._live.pop(entry.conversation, None)

    def _write(self, line: bytes) -> None:
        try:
            self._segment.append(line)
        except OSError as error:
            if not self._unwritten:
                log.error("records wait in memory only: the disk does not take them", error=str(error))
            self._unwritten = True
        else:
            self._unwritten = False
            self._unsynced.add(self._segment)

    def _wait(self, segment: Segment, line: bytes, entry: Entry) -> None:
        segment.waiting += 1
        self._bytes += len(line)
        self._waiting.append((segment, line, entry.at, entry.conversation))
        self._newest[entry.conversation] = self._gone + self.depth  # its number, the first ever being 1
        self._filled.set()

    def _begin_segment(self) -> Segment:
        header = json.dumps({str(call): tenant for call, tenant in self._live.items()}).encode()
        self._count += 1
        return Segment.create(self._folder / f"{self._name}-{self._count:06d}{SUFFIX}", header)

    def _renew(self) -> None:
        """Go on in a new file; it begins with the calls that are held, so the old one is not needed for them."""
        try:
            old, self._segment = self._segment, self._begin_segment()
        except OSError as error:
            log.warning("the spool goes on in its old file", error=str(error))
            return
        if not old.waiting:
            old.close(remove=True)

    def _take_over(self, left: list[Segment]) -> None:
        for _, group in groupby(left, key=lambda segment: segment.path.name.rsplit("-", 1)[0]):
            live: dict[UUID, str] = {}
            for segment in group:
                live = self._read(segment)
            for conversation, tenant in live.items():
                log.warning("a call was cut off by the end of its server", conversation=str(conversation))
                self.put(tenant, "close", conversation)
        for segment in left:
            if not segment.waiting:
                segment.close(remove=True)

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
            if entry.kind == BEGINS:
                live[entry.conversation] = entry.tenant
            elif entry.kind in ENDS:
                live.pop(entry.conversation, None)
            self._wait(segment, line, entry)
        return live

    def _close(self) -> None:
        for segment in {id(segment): segment for segment, *_ in self._waiting}.values():
            if segment is not self._segment:
                segment.close(remove=False)
        self._segment.close(remove=not self._segment.waiting)


def _left_behind(folder: Path) -> list[Segment]:
    found = (Segment.adopt(path) for path in sorted(folder.glob(f"*{SUFFIX}")))
    return [segment for segment in found if segment is not None]


def _for_owner_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
