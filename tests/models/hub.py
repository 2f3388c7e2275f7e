"""A Hugging Face hub on this machine, with every fault that one can have between here and there."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from unittest.mock import patch

from aiohttp import web

from models.catalog import File, Hub, Weights
from models.store import Store

COMMIT = "0123456789abcdef0123456789abcdef01234567"
REPOSITORY = "Maker/voice"
SIGNATURE = "as=inline%3B+filename%2A%3DUTF-8%27%27x&signature=a%2Bb~c%3D&policy=%7e%2F"
"""As in a signed address: whatever is changed in it makes it worthless."""
SLICE = 16 * 1024


def some_bytes(size: int, seed: int = 0) -> bytes:
    return Random(seed).randbytes(size)


def git_digest(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


@dataclass
class LocalHub:
    """Serves `files`; a fault holds for as many requests of the data as its list or number says."""

    files: dict[str, bytes]
    address: str = ""
    large: int = 100_000
    """Files of at least so many bytes are kept as on the real hub: their sha256 is declared, a store serves them."""
    cut_after: list[int] = field(default_factory=list)
    stall_after: list[int] = field(default_factory=list)
    corrupt: int = 0
    statuses: list[int] = field(default_factory=list)
    no_ranges: bool = False
    no_length: bool = False
    plain: bool = False
    """A mere file server: it declares no digest and no commit."""
    extra: bytes = b""
    """Sent after the promised end, where there is no length."""
    asked: list[tuple[str, str | None, int]] = field(default_factory=list)
    """(file, its Range, the status it got), for each request of the data."""
    gate: asyncio.Event | None = None
    """Data beyond the first slice comes only once this is set."""
    started: asyncio.Event = field(default_factory=asyncio.Event)

    def url(self, file: str) -> str:
        return f"{self.address}/{REPOSITORY}/resolve/main/{file}"

    async def resolve(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["file"]
        data = self.files.get(name)
        if data is None:
            return web.Response(status=404)
        headers = {} if self.plain else {"X-Repo-Commit": COMMIT}
        if len(data) < self.large or self.plain:
            return await self._data(request, name, data, git_digest(data), headers)
        headers |= {"X-Linked-ETag": f'"{hashlib.sha256(data).hexdigest()}"', "X-Linked-Size": str(len(data))}
        return web.Response(status=302, headers={**headers, "Location": f"{self.address}/store/{name}?{SIGNATURE}"})

    async def store(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["file"]
        if not request.raw_path.endswith(SIGNATURE):
            return web.Response(status=403)
        return await self._data(request, name, self.files[name], hashlib.md5(self.files[name]).hexdigest(), {})

    async def _data(
        self, request: web.Request, name: str, data: bytes, tag: str, headers: dict[str, str]
    ) -> web.StreamResponse:
        asked = request.headers.get("Range")
        status, start = 200, 0
        if self.statuses and (fault := self.statuses.pop(0)) != 200:
            self.asked.append((name, asked, fault))
            return web.Response(status=fault)
        if asked and not self.no_ranges and request.headers.get("If-Range", f'"{tag}"') == f'"{tag}"':
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            if start >= len(data):
                self.asked.append((name, asked, 416))
                return web.Response(status=416, headers={"Content-Range": f"bytes */{len(data)}"})
            status = 206
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        self.asked.append((name, asked, status))
        headers["ETag"] = f'"{tag}"'
        if not self.no_length:
            headers["Content-Length"] = str(len(data) - start)
        response = web.StreamResponse(status=status, headers=headers)
        await response.prepare(request)
        body = data[start:] + self.extra
        if self.corrupt and len(data) >= self.large:
            self.corrupt -= 1
            body = body[:-1] + bytes([body[-1] ^ 1])
        await self._send(request, response, body, big=len(data) >= self.large)
        return response

    async def _send(self, request: web.Request, response: web.StreamResponse, body: bytes, *, big: bool) -> None:
        cut = self.cut_after.pop(0) if big and self.cut_after else None
        stall = self.stall_after.pop(0) if big and self.stall_after else None
        for at in range(0, len(body), SLICE):
            if cut is not None and at >= cut:
                assert request.transport is not None
                request.transport.abort()
                return
            if stall is not None and at >= stall:
                await asyncio.sleep(3600)
            if at and big:
                self.started.set()
                if self.gate is not None:
                    await self.gate.wait()
            await response.write(body[at : at + SLICE])
        await response.write_eof()


@asynccontextmanager
async def local_hub(files: dict[str, bytes]) -> AsyncIterator[LocalHub]:
    """Serve files under a free port of this machine."""
    hub = LocalHub(files)
    with patch.dict(os.environ, {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}):
        async with _serving(hub):
            yield hub


@asynccontextmanager
async def _serving(hub: LocalHub) -> AsyncIterator[None]:
    app = web.Application()
    app.router.add_get("/Maker/voice/resolve/{revision}/{file:.+}", hub.resolve)
    app.router.add_get("/store/{file:.+}", hub.store)
    runner = web.AppRunner(app, shutdown_timeout=0, handler_cancellation=True)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        hub.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield
    finally:
        await runner.cleanup()


class Told:
    """A watcher that keeps what it was told."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.seen: list[tuple[str, int, int | None]] = []

    def at(self, file: str, done: int, total: int | None) -> None:
        self.seen.append((file, done, total))

    def note(self, text: str) -> None:
        self.notes.append(text)


def voice(files: dict[str, bytes], *, known: bool = True, name: str = "en_US-test-medium") -> Weights:
    """Describe these files as weights, with or without sizes and digests."""
    described = tuple(
        File(file, len(data) if known else None, hashlib.sha256(data).hexdigest() if known else None)
        for file, data in files.items()
    )
    return Weights(name, "tts", "Test", "public domain", Hub(REPOSITORY, "main", described), ("cpu",))


def everything(folder: Path) -> set[str]:
    """Return all files and folders beneath a folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def content(store: Store, weights: Weights) -> dict[str, bytes]:
    """Return the files in the place of some weights."""
    return {path.name: path.read_bytes() for path in store.place(weights).iterdir() if path.name != "manifest.json"}
