"""What a server says of a file before the first byte: how long it is, where it starts, what its digest is."""

import re
from dataclasses import dataclass
from typing import Final, Self

import aiohttp

from models.digests import declared_digest

_RANGE: Final = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


@dataclass(frozen=True, slots=True)
class Offer:
    """The answer to one request.

    `size` is of the whole file in bytes, `start` the first byte that comes, `tag` a strong entity tag to resume by,
    `declared` the digest that a Hugging Face hub vouches for, `revision` the commit that it served.
    """

    status: int
    size: int | None
    start: int
    tag: str | None
    declared: str | None
    revision: str | None

    @classmethod
    def of(cls, response: aiohttp.ClientResponse) -> Self:
        """Read the headers of an answer and of the redirects that led to it."""
        start, size = 0, response.content_length
        found = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if response.status == 206:
            start = int(found[1]) if found else -1
            size = int(found[2]) if found and found[2] != "*" else None
        tag = response.headers.get("ETag")
        # The hub itself vouches for the file, then redirects to a store that does not: its word is in the first answer.
        hops = [hop.headers for hop in (*response.history, response)]
        hub = next((headers for headers in hops if "X-Repo-Commit" in headers or "X-Linked-ETag" in headers), None)
        declared = revision = None
        if hub is not None:
            declared = declared_digest(hub.get("X-Linked-ETag") or hub.get("ETag"))
            revision = hub.get("X-Repo-Commit")
            linked = hub.get("X-Linked-Size", "")
            size = int(linked) if size is None and linked.isdecimal() else size
        strong = tag if tag is not None and not tag.startswith("W/") else None
        return cls(response.status, size, start, strong, declared, revision)

    def continues(self, done: int, size: int | None, declared: str | None) -> bool:
        """Tell whether this goes on after `done` bytes of a file that had this size and digest."""
        same = self.declared == declared and (None in (size, self.size) or size == self.size)
        return self.status == 206 and self.start == done and same

    def contradicts(self, sha256: str | None) -> bool:
        """Tell whether the hub vouches for another sha256; a digest of git's says nothing of it."""
        return None not in (sha256, self.declared) and len(self.declared or "") == 64 and self.declared != sha256
