"""A web site of somebody else: another origin, a strict policy, styles of its own, and a back end that has the key."""

import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import aiohttp
from aiohttp import web

from benchmarks.own_server import OwnServer, free_ports, own_server
from web.auth import new_key

TIMEZONE: Final = "Europe/Berlin"

STYLES: Final = """
html { font-size: 62.5%; }
body { color: red; text-transform: uppercase; direction: rtl; }
* { letter-spacing: 3px; line-height: 3; --accent: red; --ink: red; }
button, dialog { display: none; }
"""
WATCH: Final = """
window.told = [];
for (const name of ["open", "close", "state", "message", "tool"])
  addEventListener(`flux-voice-${name}`, ({ type, target, detail }) => told.push({ type, id: target.id, detail }));
"""
PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Shop</title><link rel="stylesheet" href="/site.css">
<script src="/watch.js"></script><script src="{server}/widget.js" defer></script></head>
<body><main><h1>Shop</h1><p>Words</p>{elements}</main>
<script src="{server}/widget.js?again" defer></script></body></html>
"""
TWO: Final = """
<flux-voice id="one" token-url="/voice-token" label="Ask us" accent="#ffee00"></flux-voice>
<flux-voice id="two" token-url="voice-token" position="inline" theme="dark"></flux-voice>"""
BARE: Final = '<flux-voice id="one" position="middle"></flux-voice>'


@dataclass
class Site:
    """The site, the voice server that it calls, and the users for whom it asked."""

    voice: OwnServer
    port: int
    key: str
    users: list[str] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)

    @property
    def trusted(self) -> str:
        """The origin that the voice server knows."""
        return f"http://localhost:{self.port}"

    @property
    def stranger(self) -> str:
        """The same site at an origin that it does not know."""
        return f"http://127.0.0.1:{self.port}"

    def app(self) -> web.Application:
        """Return what serves the site."""
        app = web.Application()
        app.add_routes(
            [
                web.get("/", self._shop),
                web.get("/bare", self._bare),
                web.get("/narrow", self._narrow),
                web.get("/site.css", _text("text/css", STYLES)),
                web.get("/watch.js", _text("text/javascript", WATCH)),
                web.post("/voice-token", self._token),
            ]
        )
        return app

    async def _shop(self, _: web.Request) -> web.Response:
        return self._page(TWO, f"'self' {self.voice.url}")

    async def _bare(self, _: web.Request) -> web.Response:
        return self._page(BARE, f"'self' {self.voice.url}")

    async def _narrow(self, _: web.Request) -> web.Response:
        return self._page(TWO, "'self'")

    def _page(self, elements: str, connect: str) -> web.Response:
        policy = [
            "default-src 'none'",
            f"script-src 'self' {self.voice.url}",
            "style-src 'self'",
            f"connect-src {connect}",
            "base-uri 'none'",
            "require-trusted-types-for 'script'",
        ]
        headers = {"Content-Security-Policy": "; ".join(policy), "Permissions-Policy": "microphone=(self)"}
        text = PAGE.format(server=self.voice.url, elements=elements)
        response = web.Response(text=text, content_type="text/html", headers=headers)
        response.set_cookie("visitor", "known", samesite="Strict", httponly=True)
        return response

    async def _token(self, request: web.Request) -> web.Response:
        """Begin a session with the key, and hand on what the page needs of it."""
        if request.cookies.get("visitor") != "known":
            raise web.HTTPUnauthorized
        asked = await request.json()
        self.asked.append(asked)
        self.users.append(str(uuid4()))
        body = {"user_id": self.users[-1], "timezone": asked["timezone"]}
        async with (
            aiohttp.ClientSession() as client,
            client.post(f"{self.voice.url}/api/v1/voice/session", json=body, headers={"X-Api-Key": self.key}) as answer,
        ):
            session = await answer.json()
        handed = {name: session[name] for name in ("session_id", "token", "webrtc")}
        return web.json_response(handed, headers={"Cache-Control": "no-store"})


def _text(kind: str, text: str) -> Any:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=text, content_type=kind)

    return answer


@contextlib.asynccontextmanager
async def foreign_site(folder: Path) -> AsyncIterator[Site]:
    """Serve the site at two origins, beside a voice server with a key that trusts one of them."""
    [port] = free_ports(1)
    key, hashed = new_key()
    settings = {
        "FLUX_AUTH__KEYS": json.dumps([{"sha256": hashed, "tenant": "shop"}]),
        "FLUX_AUTH__ORIGINS": json.dumps([f"http://localhost:{port}"]),
    }
    async with own_server(folder, settings=settings) as voice:
        site = Site(voice, port, key)
        runner = web.AppRunner(site.app())
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        try:
            yield site
        finally:
            await runner.cleanup()
