"""Bare pages on the public client SDK, as an integrator has them: built from npm, served at an origin not ours."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from aiohttp import web

from benchmarks.own_server import OwnServer, free_ports, own_server

PAGES: Final = Path(__file__).parent / "stock"
MODULES: Final = Path(__file__).parents[2] / "web/ui/node_modules"


@dataclass(frozen=True, slots=True)
class Stock:
    """A server that trusts the origin of the pages, and where those are."""

    server: OwnServer
    origin: str

    def url(self, page: str) -> str:
        """Return the address of a page, which is told where the server is."""
        return f"{self.origin}/{page}.html?server={self.server.url}"


@contextlib.asynccontextmanager
async def stock_pages(folder: Path) -> AsyncIterator[Stock]:
    """Build the pages and serve them, beside a server with fresh data; skips where the packages are not installed."""
    built = await _build(folder / "pages")
    [port] = free_ports(1)
    origin = f"http://127.0.0.1:{port}"
    app = web.Application()
    app.router.add_static("/", built)
    runner = web.AppRunner(app)
    async with own_server(folder, settings={"FLUX_AUTH__ORIGINS": f'["{origin}"]'}) as server:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        try:
            yield Stock(server, origin)
        finally:
            await runner.cleanup()


async def _build(folder: Path) -> Path:
    node = shutil.which("node")
    if node is None or not (MODULES / "@pipecat-ai/client-react").is_dir():
        pytest.skip("the page's packages are not installed: `make page`")
    shutil.copytree(PAGES, folder)
    (folder / "node_modules").symlink_to(MODULES)
    vite = MODULES / "vite/bin/vite.js"
    process = await asyncio.create_subprocess_exec(
        node,
        vite,
        "build",
        "--logLevel",
        "error",
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    return folder / "dist"
