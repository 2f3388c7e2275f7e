"""Digests of files: the sha256 that everything is checked by, and the sha1 that git gives to small files."""

import asyncio
import hashlib
import re
from pathlib import Path
from typing import BinaryIO, Final

BLOCK: Final = 1 << 20

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_GIT: Final = re.compile(r"[0-9a-f]{40}")


class Digests:
    """Both digests of a stream; git's needs the size of the whole, in bytes, before the first byte."""

    def __init__(self, size: int | None) -> None:
        self._sha256 = hashlib.sha256()
        # Not for security: it is what a hub declares of files that it keeps in git itself.
        self._git = None if size is None else hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)

    def update(self, block: bytes) -> None:
        """Take the next bytes."""
        self._sha256.update(block)
        if self._git is not None:
            self._git.update(block)

    async def read(self, file: BinaryIO, length: int | None = None) -> None:
        """Take the next `length` bytes of an open file, or all; other tasks run and can cancel in between."""
        while block := file.read(BLOCK if length is None else min(BLOCK, length)):
            self.update(block)
            length = None if length is None else length - len(block)
            await asyncio.sleep(0)

    @property
    def sha256(self) -> str:
        """Return the sha256 so far."""
        return self._sha256.hexdigest()

    def matches(self, declared: str) -> bool:
        """Tell whether what came is what `declared` names, a sha256 or git's sha1 of a blob."""
        return declared == self.sha256 or (self._git is not None and declared == self._git.hexdigest())


def declared_digest(tag: str | None) -> str | None:
    """Return the digest that an HTTP entity tag is, or None where it is something else."""
    text = (tag or "").removeprefix("W/").strip('"').lower()
    return text if _SHA256.fullmatch(text) or _GIT.fullmatch(text) else None


async def sha256_of(path: Path) -> str:
    """Return the sha256 of a file; raises OSError."""
    digests = Digests(None)
    with path.open("rb") as file:
        await digests.read(file)
    return digests.sha256
