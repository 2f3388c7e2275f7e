"""Which line the page takes, and that it may connect to Deepgram then only."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from tests.web.api_server import KEYED
from web.app import create_app
from web.calls import Call
from web.errors import SettingsError
from web.keys import PAGE_CHOICE
from web.metrics import Metrics
from web.own_settings import WebSettings
from web.owner import LOCAL_USER
from web.page_choice import DEEPGRAM_SOCKET, PageChoice, agent_socket
from web.readiness import Readiness
from web.sessions import Session
from web.settings import load_settings

PLAIN = MappingProxyType({"backend": "webrtc", "socket": None, "user_id": None, "choices": ["webrtc"]})


def no_call(session: Session) -> Call:
    raise NotImplementedError


@asynccontextmanager
async def page(
    root: Path, settings: WebSettings, choice: PageChoice | None = None
) -> AsyncIterator[aiohttp.ClientSession]:
    (root / "index.html").write_text("<!doctype html>")
    app = create_app(settings, no_call, Readiness(), Metrics(), page_root=root)
    if choice is not None:
        app[PAGE_CHOICE] = choice
    async with TestServer(app) as server, aiohttp.ClientSession(str(server.make_url("/"))) as http:
        yield http


async def told(http: aiohttp.ClientSession) -> tuple[object, str]:
    """Return what the page learns, and to whom it may connect."""
    options, index = await http.get("/client.json"), await http.get("/")
    policy = index.headers["Content-Security-Policy"]
    connect = next(part for part in policy.split("; ") if part.startswith("connect-src"))
    return await options.json(), connect


async def test_on_ones_own_box_the_page_may_choose(tmp_path: Path) -> None:
    async with page(tmp_path, WebSettings()) as http:
        options, connect = await told(http)
    assert options == {**PLAIN, "choices": ["webrtc", "socket"], "user_id": str(LOCAL_USER)}
    assert connect == "connect-src 'self'"


async def test_elsewhere_only_the_operator_chooses(tmp_path: Path) -> None:
    async with page(tmp_path, WebSettings(auth=KEYED)) as http:
        assert await told(http) == (PLAIN, "connect-src 'self'")
    async with page(tmp_path, WebSettings(auth=KEYED), PageChoice("socket", DEEPGRAM_SOCKET)) as http:
        options, connect = await told(http)
    assert options == {**PLAIN, "backend": "socket", "choices": ["socket"]}, "a key alone lets nobody out"
    assert connect == "connect-src 'self'"


async def test_the_page_may_connect_to_deepgram_where_its_calls_are_held_there(tmp_path: Path) -> None:
    async with page(tmp_path, WebSettings(auth=KEYED), PageChoice("deepgram", DEEPGRAM_SOCKET)) as http:
        options, connect = await told(http)
    assert options == {**PLAIN, "backend": "deepgram", "choices": ["deepgram"], "socket": DEEPGRAM_SOCKET}
    assert connect == "connect-src 'self' wss://agent.deepgram.com"


@pytest.mark.parametrize(
    ("url", "socket"),
    [
        (None, "wss://agent.deepgram.com/v1/agent/converse"),
        ("https://deepgram.lan", "wss://deepgram.lan/v1/agent/converse"),
        ("http://someone:secret@10.0.0.1:9000/dg/", "ws://10.0.0.1:9000/dg/v1/agent/converse"),
    ],
)
def test_visitors_get_no_password_of_an_address(url: str | None, socket: str) -> None:
    assert agent_socket(url) == socket
    assert "secret" not in str(PageChoice("deepgram", agent_socket(url)).source)


def test_deepgram_needs_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLUX_PAGE_BACKEND", "deepgram")
    monkeypatch.delenv("DEEPGRAM_API_KEY", raising=False)
    with pytest.raises(SettingsError, match=r"FLUX_PAGE_BACKEND: .*DEEPGRAM_API_KEY"):
        load_settings()
    monkeypatch.setenv("DEEPGRAM_API_KEY", "k")
    assert load_settings().page_backend == "deepgram"
