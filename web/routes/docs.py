"""`GET /docs`: the interface, to be read and tried out; all of it comes from this server."""

import asyncio
import json
from functools import cache
from pathlib import Path
from typing import Final

from aiohttp import web

from web.keys import OPERATIONS
from web.openapi import describe
from web.routes.page import HEADERS

FOLDER: Final = Path(__file__).parent.parent / "api_page"
FILES: Final = {"/docs": "docs.html", "/docs/docs.js": "docs.js", "/docs/docs.css": "docs.css"}


def routes() -> list[web.RouteDef]:
    """Return the routes of the description and of the page that shows it."""
    return [web.get("/openapi.json", openapi), *(web.get(path, file) for path in FILES)]


async def openapi(request: web.Request) -> web.Response:
    """Describe the interface, for programs."""
    # Describing every model takes about 0.1 s: in a thread, for the loop may be carrying somebody's voice.
    body = await asyncio.to_thread(_described, request.app[OPERATIONS])
    return web.Response(body=body, content_type="application/json")


@cache
def _described(operations: tuple[object, ...]) -> bytes:
    return json.dumps(describe(operations)).encode()  # type: ignore[arg-type]


async def file(request: web.Request) -> web.FileResponse:
    """Serve one file of the page."""
    return web.FileResponse(FOLDER / FILES[request.path], headers={**HEADERS, "Cache-Control": "no-cache"})
