"""Records that the service refused, written down for a person to look at; not for ever."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import structlog

from dao.entries import Entry

REFUSED: Final = "refused.txt"
MOST: Final = 16 * 1024 * 1024
"""Bytes that are kept."""

log = structlog.get_logger(__name__)


class Refused:
    """The file of refused records in a spool's folder."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / REFUSED

    def add(self, entry: Entry, why: str) -> None:
        """Write a record down, while there is room."""
        line = json.dumps({"why": why}).encode() + b" " + entry.line() + b"\n"
        try:
            with open(self._file, "ab", opener=_for_owner_only) as file:
                if file.tell() + len(line) <= MOST:
                    file.write(line)
        except OSError as error:
            log.error("a refused record was not written down", error=str(error))

    def entries(self) -> Iterator[Entry]:
        """Read the records; lines that nobody can read are passed over. Raises OSError."""
        yield from (entry for _, entry in self._lines() if entry is not None)

    def forget(self, meant: Callable[[Entry], bool]) -> None:
        """Take the records away that are meant, and lines that nobody can read; raises OSError."""
        lines = list(self._lines())
        kept = [line for line, entry in lines if entry is not None and not meant(entry)]
        if len(kept) == len(lines):
            return
        fresh = self._file.with_suffix(".new")
        with open(fresh, "wb", opener=_for_owner_only) as file:
            file.writelines(kept)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, self._file)

    def _lines(self) -> Iterator[tuple[bytes, Entry | None]]:
        if not self._file.exists():
            return
        with open(self._file, "rb") as file:
            for line in file:
                try:
                    yield line, Entry.read(line[line.index(b"} [") + 2 :])
                except (ValueError, TypeError, AttributeError):
                    yield line, None


def _for_owner_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
