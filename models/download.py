"""Downloads one file: to a `.part` beside its place, resumed where it broke off, checked, then moved into place.

Whatever ends a download, its place holds the whole, checked file or what was there before. Only `.part` and the note of
its origin may stay behind, and the next call goes on from them.
"""

import asyncio
import errno
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Literal, Protocol, Self
from urllib.parse import urlsplit

import aiohttp
from pydantic import BaseModel, ValidationError
from rich.filesize import decimal

from models.digests import Digests
from models.errors import EngineError
from models.offer import Offer

PAUSES: Final = (1.0, 2.0, 4.0, 8.0)
"""Seconds before each further try; the count starts anew whenever bytes have come."""
STALL: Final = 30.0
"""Seconds without a byte after which a connection counts as broken."""
FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}

_BLOCK: Final = 256 * 1024

Checked = Literal["catalog", "hub", "size"]
"""What a file was compared with: a digest of the catalog, one that the hub declared, or only its length."""


class Watcher(Protocol):
    """Who is told how it goes."""

    def at(self, file: str, done: int, total: int | None) -> None:
        """Take note that `done` of `total` bytes of a file are here."""

    def note(self, text: str) -> None:
        """Take note of something worth a line."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file at `url` that shall be at `place`; `size` in bytes and `sha256` where they are known beforehand."""

    url: str
    place: Path
    size: int | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """What came: `revision` is the commit that the hub says it is of."""

    size: int
    sha256: str
    checked: Checked
    revision: str | None


def open_session(stall: float = STALL) -> aiohttp.ClientSession:
    """Return a session for downloads; it heeds the proxy variables of the environment."""
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=15, sock_read=stall)
    # What a server compresses on the way would have neither the length nor the digest that were promised.
    headers = {"User-Agent": "flux-voice", "Accept-Encoding": "identity"}
    return aiohttp.ClientSession(
        timeout=timeout,
        headers=headers,
        trust_env=True,
        auto_decompress=False,
        requote_redirect_url=False,  # the hub's redirects are signed: a single character quoted anew spoils them
    )


async def fetch(
    session: aiohttp.ClientSession, wanted: Wanted, watcher: Watcher, pauses: Sequence[float] = PAUSES
) -> Received:
    """Download one file; tries again after a broken connection, after each of `pauses` seconds.

    Raises EngineError that says what happened and what to do.
    """
    download = _Download(session, wanted, watcher)
    tries = 0
    while True:
        try:
            return await download.attempt()
        except _BrokenError as broken:
            tries = 0 if broken.progress else tries
            if tries == len(pauses):
                raise EngineError(f"{download.name}: {broken}; {download.kept()}") from broken
            watcher.note(f"{download.name}: {broken}; trying again in {pauses[tries]:g} s")
            await asyncio.sleep(pauses[tries])
            tries += 1


def without_user(url: str) -> str:
    """Return an address without the name and password that it may hold, fit to be shown and kept."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def ensure_room(folder: Path, needed: int) -> None:
    """Raise EngineError unless `needed` bytes fit on the disk of `folder`, which exists."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise EngineError(
            f"not enough room in {folder}: {decimal(needed)} are needed, {decimal(free)} are free; "
            "make room or set FLUX_MODELS__FOLDER"
        )


def no_room(folder: Path, error: OSError) -> EngineError:
    """Return what to tell when a write failed; what a full disk could not hold has been removed."""
    if error.errno in FULL:
        return EngineError(
            f"the disk filled up in {folder} ({error.strerror}); what was written was removed again: "
            "make room or set FLUX_MODELS__FOLDER"
        )
    return EngineError(f"cannot write in {folder}: {error.strerror or error}; check FLUX_MODELS__FOLDER")


class _BrokenError(Exception):
    """The connection failed; `progress` tells whether bytes had come over it."""

    def __init__(self, text: str, *, progress: bool) -> None:
        super().__init__(text)
        self.progress = progress


class _Origin(BaseModel):
    """Where a `.part` comes from, kept beside it so that nothing foreign is ever appended."""

    url: str
    size: int | None
    tag: str | None
    declared: str | None
    revision: str | None

    @classmethod
    def read(cls, path: Path) -> Self | None:
        try:
            return cls.model_validate_json(path.read_bytes())
        except (OSError, ValidationError):
            return None


class _Download:
    def __init__(self, session: aiohttp.ClientSession, wanted: Wanted, watcher: Watcher) -> None:
        self.name = wanted.place.name
        self._session = session
        self._wanted = wanted
        self._watcher = watcher
        self._part = wanted.place.with_name(f"{self.name}.part")
        self._note = wanted.place.with_name(f"{self.name}.part.json")
        self._shown = without_user(wanted.url)
        self._mended = False  # went on from a part of an earlier connection, which may be what was bad
        self._started_anew = False

    async def attempt(self) -> Received:
        """Go on from what is here until the file is whole; raises _BrokenError or EngineError."""
        origin, done = self._resumable()
        try:
            if origin is None or done != origin.size:
                origin, done = await self._transfer(origin, done)
            received = await self._checked(origin, done)
        except OSError as error:
            if error.errno in FULL:
                self._discard()
            raise no_room(self._part.parent, error) from error
        if received is None:
            return await self.attempt()
        return received

    def kept(self) -> str:
        """Say what a further call will do."""
        if self._part.exists() and self._part.stat().st_size:
            return f"{decimal(self._part.stat().st_size)} are kept: run the same command to go on"
        return "run the same command to try again"

    def _resumable(self) -> tuple[_Origin | None, int]:
        origin = _Origin.read(self._note)
        if origin is not None and origin.url == self._shown and self._part.exists():
            done = self._part.stat().st_size
            if done and (origin.size is None or done <= origin.size):
                return origin, done
        self._discard()
        return None, 0

    async def _transfer(self, origin: _Origin | None, done: int) -> tuple[_Origin, int]:
        headers = {}
        if origin is not None:
            headers["Range"] = f"bytes={done}-"
            if origin.tag is not None:
                headers["If-Range"] = origin.tag
        received = 0
        try:
            async with self._session.get(self._wanted.url, headers=headers) as response:
                offer = Offer.of(response)
                if response.status == 416 and origin is not None:
                    self._discard()
                    return await self._transfer(None, 0)
                self._refuse(offer, asked_for_rest=origin is not None)
                size = self._wanted.size if offer.size is None else offer.size
                continues = origin is not None and offer.continues(done, origin.size, origin.declared)
                if offer.start and not continues:  # another file by now: a 206 of its middle is of no use
                    self._discard()
                    return await self._transfer(None, 0)
                if not continues:
                    if done:
                        self._watcher.note(f"{self.name}: the server starts from the beginning")
                    done = 0
                ensure_room(self._part.parent, (size or 0) - done)
                origin = _Origin(
                    url=self._shown, size=size, tag=offer.tag, declared=offer.declared, revision=offer.revision
                )
                if done:
                    self._mended = True
                    self._watcher.note(f"{self.name}: going on at {decimal(done)}")
                else:
                    self._part.unlink(missing_ok=True)
                self._note.write_text(origin.model_dump_json())
                with self._part.open("ab") as file:
                    self._watcher.at(self.name, done, size)
                    async for block in response.content.iter_chunked(_BLOCK):
                        self._append(file, block, done + received, size)
                        received += len(block)
                        self._watcher.at(self.name, done + received, size)
        except (aiohttp.InvalidURL, aiohttp.TooManyRedirects, aiohttp.ClientConnectorCertificateError) as error:
            raise EngineError(f"cannot download from {self._shown} ({error}); check FLUX_MODELS__HUB") from error
        except aiohttp.ClientConnectorError as error:
            if not done:
                raise EngineError(
                    f"cannot reach {error.host}:{error.port} ({error.strerror}); on a box without internet, use "
                    "flux-voice models export elsewhere and import here, or set FLUX_MODELS__HUB to a mirror"
                ) from error
            raise _BrokenError(f"cannot reach {error.host}:{error.port}", progress=False) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            why = "gave no more bytes" if isinstance(error, TimeoutError) else "broke off"
            total = "" if origin is None or origin.size is None else f" of {decimal(origin.size)}"
            text = f"the connection {why} at {decimal(done + received)}{total}"
            raise _BrokenError(text, progress=received > 0) from error
        if origin.size is not None and done + received < origin.size:
            raise _BrokenError(f"the connection ended at {decimal(done + received)}", progress=received > 0)
        return origin, done + received

    def _refuse(self, offer: Offer, *, asked_for_rest: bool) -> None:
        wanted = self._wanted
        if offer.status in (408, 425, 429) or offer.status >= 500:
            raise _BrokenError(f"{self._shown} answered {offer.status}", progress=False)
        if offer.status in (401, 403):
            raise EngineError(f"{self._shown} is not open to everyone ({offer.status}); check FLUX_MODELS__HUB")
        if offer.status != 200 and not (offer.status == 206 and asked_for_rest):
            raise EngineError(
                f"{self._shown} is not there ({offer.status}); check FLUX_MODELS__HUB, and the revision if you gave one"
            )
        if None not in (wanted.size, offer.size) and wanted.size != offer.size:
            raise EngineError(
                f"{self._shown} has {offer.size} bytes instead of {wanted.size}: not the file that the catalog names; "
                "check FLUX_MODELS__HUB"
            )
        if offer.contradicts(wanted.sha256):
            raise EngineError(
                f"{self._shown} declares the sha256 {offer.declared} instead of {wanted.sha256}: not the file that the "
                "catalog names; check FLUX_MODELS__HUB"
            )

    def _append(self, file: BinaryIO, block: bytes, done: int, size: int | None) -> None:
        if size is not None and done + len(block) > size:
            self._discard()
            raise EngineError(f"{self._shown} sent more than the {size} bytes it should have; nothing was kept")
        file.write(block)
        file.flush()  # a full disk is told here, not when the file is closed

    async def _checked(self, origin: _Origin, size: int) -> Received | None:
        """Check and move the file; None where a resumed part turned out bad and all has to come anew."""
        digests = Digests(size)
        # What lies on the disk is read, not what passed by: it may be made of parts, and disks err too.
        with self._part.open("rb") as file:
            await digests.read(file)
            await asyncio.to_thread(os.fsync, file.fileno())
        expected = [digest for digest in (self._wanted.sha256, origin.declared) if digest is not None]
        if not all(map(digests.matches, expected)):
            self._discard()
            if self._mended and not self._started_anew:
                self._started_anew = True
                self._watcher.note(f"{self.name}: the parts do not make the whole; it is downloaded anew")
                return None
            raise EngineError(
                f"{self._shown} is damaged or was changed: its digest is {digests.sha256} instead of {expected[0]}; it "
                "was thrown away. Try again later, or set FLUX_MODELS__HUB to another mirror"
            )
        os.replace(self._part, self._wanted.place)
        self._note.unlink(missing_ok=True)
        checked: Checked = "catalog" if self._wanted.sha256 else "hub" if origin.declared else "size"
        return Received(size, digests.sha256, checked, origin.revision)

    def _discard(self) -> None:
        self._part.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)
