"""The files of a spool: what is put goes into the newest, which begins with the calls that were held then."""

import asyncio
import json
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final
from uuid import UUID

import structlog

from dao.entries import Entry
from dao.segment import SUFFIX, Segment

BEGINS: Final = "conversation"
ENDS: Final = ("end", "close")

SEGMENT: Final = 1024 * 1024
"""Bytes after which a new file is begun; after a kill so much is delivered twice at most, less where nothing waits."""
SYNC_EVERY: Final = 1.0

log = structlog.get_logger(__name__)


class SpoolFiles:
    """The files that one process writes; `unwritten` tells that the disk does not take what waits."""

    def __init__(self, folder: Path) -> None:
        self.unwritten = False
        self._folder = folder
        self._live: dict[UUID, str] = {}
        self._unsynced: set[Segment] = set()
        self._name = f"{time.time_ns():020d}-{os.getpid()}"
        self._count = 0
        self._open: set[Segment] = set()
        self.newest = self._begin()

    @staticmethod
    def left_behind(folder: Path) -> list[Segment]:
        """Take over the files in a folder whose processes are gone, the oldest first; raises OSError."""
        found = (Segment.adopt(path) for path in sorted(folder.glob(f"*{SUFFIX}")))
        return [segment for segment in found if segment is not None]

    def write(self, entry: Entry, line: bytes) -> None:
        """Append a record to the newest file; what the disk does not take waits in memory only."""
        note(self._live, entry)
        try:
            self.newest.append(line)
        except OSError as error:
            if not self.unwritten:
                log.error("records wait in memory only: the disk does not take them", error=str(error))
            self.unwritten = True
        else:
            self.unwritten = False
            self._unsynced.add(self.newest)

    def renew(self) -> None:
        """Go on in a new file; it begins with the calls that are held, so the old one is not needed for them."""
        try:
            old, self.newest = self.newest, self._begin()
        except OSError as error:
            log.warning("the spool goes on in its old file", error=str(error))
            return
        if not old.waiting:
            self.close(old, remove=True)

    def keep(self, segments: Iterable[Segment]) -> None:
        """Have those files too that were left behind."""
        self._open.update(segments)

    def close(self, segment: Segment, *, remove: bool) -> None:
        """Let go of a file; `remove` it if all of it was delivered."""
        segment.close(remove=remove)
        self._open.discard(segment)

    def close_all(self) -> None:
        """Let go of all files; those of which nothing waits are removed."""
        for segment in [*self._open]:
            self.close(segment, remove=not segment.waiting)

    def forget(self, call: tuple[str, UUID]) -> None:
        """Note that a call of a tenant is not held any more, as nothing else of it is kept."""
        if self._live.get(call[1]) == call[0]:
            del self._live[call[1]]

    def rewrite(self, lines: Iterable[bytes]) -> None:
        """Go on in a new file with just these lines in it; raises OSError, then all is as it was.

        The others have what was delivered, too: once nothing is looked for in them, `drop_others`.
        """
        fresh = self._begin()
        try:
            for line in lines:
                fresh.append(line)
            fresh.sync()
        except OSError:
            self.close(fresh, remove=True)
            raise
        self.newest, self.unwritten = fresh, False

    def drop_others(self) -> None:
        """Remove all files but the newest, also those that an earlier failure left; raises OSError."""
        for segment in self._open - {self.newest}:
            self.close(segment, remove=True)

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

    def _begin(self) -> Segment:
        header = json.dumps({str(call): tenant for call, tenant in self._live.items()}).encode()
        self._count += 1
        segment = Segment.create(self._folder / f"{self._name}-{self._count:06d}{SUFFIX}", header)
        self._open.add(segment)
        return segment


def note(live: dict[UUID, str], entry: Entry) -> None:
    """Note which calls are held once this was put."""
    if entry.kind == BEGINS:
        live[entry.conversation] = entry.tenant
    elif entry.kind in ENDS:
        live.pop(entry.conversation, None)
