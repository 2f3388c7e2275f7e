"""One file of the spool: lines that were written whole or not at all, held by one process at a time."""

import fcntl
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

SUFFIX: Final = ".spool"


class Segment:
    """An open file of lines; the lock on it tells that its process lives, and goes with the process however it ends.

    `waiting` counts the lines that are still to be delivered, `size` the bytes.
    """

    def __init__(self, path: Path, handle: int) -> None:
        self.path = path
        self.waiting = 0
        self.size = 0
        self._handle = handle

    @classmethod
    def create(cls, path: Path, header: bytes) -> "Segment":
        """Make a new file with a first line; raises OSError."""
        # Under its own name only once it is held: nobody shall take it for one that was left behind.
        made = path.with_suffix(".new")
        segment = cls(path, os.open(made, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600))
        try:
            fcntl.flock(segment._handle, fcntl.LOCK_EX)
            segment.append(header)
            os.rename(made, path)
        except OSError:
            os.close(segment._handle)
            made.unlink(missing_ok=True)
            raise
        return segment

    @classmethod
    def adopt(cls, path: Path) -> "Segment | None":
        """Take over a file whose process is gone; None if another process holds it, or has just done with it."""
        try:
            handle = os.open(path, os.O_RDWR)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return None
        if os.fstat(handle).st_nlink == 0:
            os.close(handle)
            return None
        return cls(path, handle)

    def append(self, line: bytes) -> None:
        """Write one line, whole or not at all; raises OSError.

        It is with the system at once, so it outlives this process; `sync` makes it outlive the machine's power.
        """
        record = b"%08x %b\n" % (zlib.crc32(line), line)
        written = os.write(self._handle, record)
        if written < len(record):  # the disk is full: half a line would spoil the next one
            os.ftruncate(self._handle, self.size)
            raise OSError("the disk is full")
        self.size += len(record)

    def lines(self) -> Iterator[bytes | None]:
        """Read what was written, in order; None stands for a line that is damaged, as the last one may be."""
        with open(self.path, "rb") as file:
            for record in file:
                self.size += len(record)
                checksum, _, line = record.partition(b" ")
                whole = line.endswith(b"\n") and checksum == b"%08x" % zlib.crc32(line[:-1])
                yield line[:-1] if whole else None

    def sync(self) -> None:
        """Wait until the disk has it; raises OSError."""
        os.fdatasync(self._handle)

    def close(self, *, remove: bool) -> None:
        """Let go of the file; `remove` it if all of it was delivered."""
        if remove:
            self.path.unlink(missing_ok=True)
        os.close(self._handle)
