"""Newline-delimited JSON out of bytes that come in pieces of any size."""

from typing import Final

LONGEST_LINE: Final = 1024 * 1024
"""Bytes; a chunk of a chat is some hundred."""


class Lines:
    """Cuts bytes into lines; raises ValueError for one that is longer than `longest` bytes."""

    def __init__(self, longest: int = LONGEST_LINE) -> None:
        self._longest = longest
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Take the next bytes; return the lines that are complete, without empty ones."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if any(len(line) > self._longest for line in (*lines, self._rest)):
            raise ValueError(f"a line is longer than {self._longest} bytes")
        return [line for line in lines if line.strip()]

    def finish(self) -> list[bytes]:
        """Return the last line where no line break follows it."""
        rest, self._rest = self._rest, b""
        return [rest] if rest.strip() else []
