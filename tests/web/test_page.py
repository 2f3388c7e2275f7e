"""The page is served with headers that keep it on this box; health tells each part."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from yarl import URL

from web.app import create_app
from web.calls import Call
from web.metrics import Metrics
from web.own_settings import WebSettings
from web.readiness import Readiness
from web.sessions import Session


def no_call(session: Session) -> Call:
    raise NotImplementedError


@asynccontextmanager
async def client(
    root: Path, readiness: Readiness | None = None, settings: WebSettings | None = None
) -> AsyncIterator[aiohttp.ClientSession]:
    app = create_app(settings or WebSettings(), no_call, readiness or Readiness(), Metrics(), page_root=root)
    async with TestServer(app) as server, aiohttp.ClientSession(str(server.make_url("/"))) as session:
        yield session


async def test_the_page_and_its_assets_are_cached_as_they_deserve(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html>")
    (tmp_path / "assets" / "app-1a2b.js").write_text("1")
    async with client(tmp_path) as http:
        page, script = await http.get("/"), await http.get("/assets/app-1a2b.js")
    assert (page.status, script.status) == (200, 200)
    assert page.headers["Cache-Control"] == "no-cache"
    assert "immutable" in script.headers["Cache-Control"]
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy and "connect-src 'self'" in policy
    assert "http" not in policy and "*" not in policy and "unsafe" not in policy


async def test_the_widget_is_for_other_sites_and_is_asked_after_again(tmp_path: Path) -> None:
    (tmp_path / "widget.js").write_text("1")
    (tmp_path / "widget.html").write_text("<!doctype html>")
    async with client(tmp_path) as http:
        script, page = await http.get("/widget.js"), await http.get("/widget")
        again = await http.get("/widget.js", headers={"If-None-Match": script.headers["ETag"]})
        head = await http.head("/widget.js", headers={"Origin": "https://shop.example"})
    assert (script.status, again.status, head.status) == (200, 304, 200)
    for answer in (script, again):
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert answer.headers["Cache-Control"] == "public, max-age=300"
    # Any page may load the script; whose scripts may read answers, and so call the API, is another question.
    assert "Access-Control-Allow-Origin" not in head.headers and "Origin" in head.headers["Vary"]
    assert (page.status, page.content_type, page.headers["Cache-Control"]) == (200, "text/html", "no-cache")
    assert "Cross-Origin-Resource-Policy" not in page.headers


async def test_a_page_that_is_not_built_says_how_to_build_it(tmp_path: Path) -> None:
    async with client(tmp_path) as http:
        page = await http.get("/")
        text = await page.text()
    assert page.status == 503 and "make page" in text


OUTSIDE = ("/../secret", "/%2e%2e/secret", "/assets/../../secret", "/nothing", "/%00", "/" + 300 * "a")


@pytest.mark.parametrize("path", OUTSIDE)
async def test_nothing_outside_the_page_is_served(tmp_path: Path, path: str) -> None:
    (tmp_path / "secret").write_text("secret")
    root = tmp_path / "dist"
    root.mkdir()
    async with client(root) as http:
        answer = await http.get(URL(path, encoded=True))
        body = await answer.json()
    assert answer.status == 404 and body["error"]["code"] == "not_found"


async def test_health_tells_each_part() -> None:
    async def fine() -> bool:
        return True

    async def broken() -> bool:
        raise OSError("gone")

    engines = {"stt": "pocketsphinx"}
    async with client(Path("/nowhere"), Readiness(engines, {"stt": fine, "dao": fine})) as http:
        answer = await http.get("/health")
        assert answer.status == 200
        assert (await answer.json())["parts"]["stt"] == {"status": "ok", "detail": "pocketsphinx"}
    async with client(Path("/nowhere"), Readiness(engines, {"stt": broken, "dao": fine})) as http:
        answer = await http.get("/health")
        assert answer.status == 503
        assert (await answer.json())["parts"] == {
            "stt": {"status": "unavailable", "detail": "pocketsphinx: OSError"},
            "dao": {"status": "ok", "detail": ""},
        }


async def test_another_name_for_this_box_is_refused_unless_allowed() -> None:
    async with client(Path("/nowhere")) as http:
        refused = await http.get("/health", headers={"Host": "evil.example"})
        assert refused.status == 403
    async with client(Path("/nowhere"), settings=WebSettings(allowed_hosts=["voice.lan"])) as http:
        assert (await http.get("/health", headers={"Host": "voice.lan"})).status == 200


@pytest.mark.parametrize(
    ("body", "kind", "status"), [(b"{}", "text/plain", 415), (b"{", "application/json", 400), (b"\xff", None, 415)]
)
async def test_a_body_that_is_no_json_is_refused(body: bytes, kind: str | None, status: int) -> None:
    async with client(Path("/nowhere")) as http:
        headers = {"Content-Type": kind} if kind else {}
        answer = await http.post("/start", data=body, headers=headers)
        assert answer.status == status
        assert "error" in await answer.json()
