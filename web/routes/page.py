"""The page: the built `web/ui/dist`, with headers that keep everything on this box."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from aiohttp import web

from web.keys import PAGE, PAGE_CHOICE

DIST: Final = Path(__file__).parent.parent / "ui" / "dist"

POLICY: Final = "; ".join(
    [
        "default-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
        "media-src 'self' blob: mediastream:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
CONNECT: Final = "connect-src 'self'"
WIDGET: Final = "widget.js"
EMBEDDED: Final = {
    "Cross-Origin-Resource-Policy": "cross-origin",  # pages of other sites load it, isolated ones too
    "Cache-Control": "public, max-age=300",  # its name stays, so an old one is soon asked after again, by its ETag
}
FOREVER: Final = "public, max-age=31536000, immutable"  # the names of assets carry a hash of their content

NOT_BUILT: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Flux Voice</title>
<h1>The page is not built yet</h1>
<p>The server runs. Build its page with <code>make page</code> (needs Node 20 or newer), then reload.</p>
<p>Without a page, <code>flux-voice chat</code> talks to the same agent in a terminal.</p>
</html>
"""


def routes() -> list[web.RouteDef]:
    """Return the routes of the page and its files; the last ones to be tried."""
    return [web.get("/", index), web.get("/console", console), web.get("/{path:.+}", asset)]


async def index(request: web.Request) -> web.StreamResponse:
    """Serve the page."""
    return _entry(request, "index.html")


async def console(request: web.Request) -> web.StreamResponse:
    """Serve the owner's console; what it shows it asks for with the owner's key."""
    return _entry(request, "console.html")


def _entry(request: web.Request, name: str) -> web.StreamResponse:
    file = request.app[PAGE] / name
    if not file.is_file():
        return web.Response(text=NOT_BUILT, content_type="text/html", status=503, headers=HEADERS)
    return web.FileResponse(file, headers={**_headers(request), "Cache-Control": "no-cache"})


def _headers(request: web.Request) -> Mapping[str, str]:
    """Return the headers of the page, which may connect to Deepgram where its calls are held there."""
    source = request.app[PAGE_CHOICE].source
    if source is None:
        return HEADERS
    return {**HEADERS, "Content-Security-Policy": POLICY.replace(CONNECT, f"{CONNECT} {source}")}


async def asset(request: web.Request) -> web.StreamResponse:
    """Serve one file of the page; another page than the first goes without its `.html`."""
    path = request.match_info["path"]
    file = _file(request.app[PAGE].resolve(), path) or _file(request.app[PAGE].resolve(), f"{path}.html")
    if file is None:
        # This route takes every path, those that others serve by another method among them.
        resolved = [await resource.resolve(request) for resource in request.app.router.resources()]
        if others := {method for _, methods in resolved for method in methods} - {"GET", "HEAD"}:
            raise web.HTTPMethodNotAllowed(request.method, others)
        raise web.HTTPNotFound
    if path == WIDGET:
        return web.FileResponse(file, headers={**HEADERS, **EMBEDDED})
    cache = FOREVER if file.parent.name == "assets" else "no-cache"
    return web.FileResponse(file, headers={**_headers(request), "Cache-Control": cache})


def _file(root: Path, path: str) -> Path | None:
    """Return the file of that name, if it is one below `root`."""
    try:
        file = (root / path).resolve()
        return file if file.is_relative_to(root) and file.is_file() else None
    except (ValueError, OSError):  # a name that no file can have
        return None
