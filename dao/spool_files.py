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
            old.close(remove=True)

    def forget(self, call: tuple[str, UUID]) -> None:
        """Note that a call of a tenant is not held any more, as nothing else of it is kept."""
        if self._live.get(call[1]) == call[0]:
            del self._live[call[1]]

    def rewrite(self, lines: Iterable[bytes]) -> None:
        """Go on in a new file with just these lines in it, for others have what was delivered, too.

        Raises OSError; then all is as it was. The earlier files are for the caller to close.
        """
        fresh = self._begin()
        try:
            for line in lines:
                fresh.append(line)
            fresh.sync()
        except OSError:
            fresh.close(remove=True)
            raise
        self.newest, self.unwritten = fresh, False

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
        return Segment.create(self._folder / f"{self._name}-{self._count:06d}{SUFFIX}", header)


def note(live: dict[UUID, str], entry: Entry) -> None:
    """Note which calls are held once this was put."""
    if entry.kind == BEGINS:
        live[entry.conversation] = entry.tenant
    elif entry.kind in ENDS:
        live.pop(entry.conversation, None)
