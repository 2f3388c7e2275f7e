"""Every page at phone and desktop size, light and dark: nobody is kept out, nothing leaves the box, nothing jumps."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
import pytest_asyncio
from playwright.async_api import Browser, ViewportSize, async_playwright

from benchmarks.browser_call import FLAGS, write_microphone
from benchmarks.own_server import OwnServer
from tests.e2e import axe
from tests.e2e.looking import Watched, watch
from web.routes.page import DIST

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

PAGES = {"/": "index.html", "/console": "console.html", "/widget": "widget.html"}
BUILT = ["/"] + [path for path, file in PAGES.items() if path != "/" and (DIST / file).is_file()]
SIZES = {"phone": ViewportSize(width=390, height=844), "desktop": ViewportSize(width=1280, height=800)}
NARROWEST = ViewportSize(width=320, height=640)
"""What WCAG asks for: a page of 1280 px magnified four times."""
LARGEST = 200_000
"""Bytes over the wire of the first load of the page people talk on."""

Tell = Callable[[str, object], None]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    """Run a browser whose microphone hears nothing."""
    silent = tmp_path_factory.mktemp("microphone") / "silent.wav"
    write_microphone(silent, np.zeros(0, dtype=np.float32), lead=1.0, tail=1.0)
    async with async_playwright() as playwright:
        capture = f"--use-file-for-fake-audio-capture={silent}"
        browser = await playwright.chromium.launch(executable_path=chromium, args=[*FLAGS, capture])
        yield browser
        await browser.close()


@pytest.mark.parametrize("path", BUILT)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_page(
    server: OwnServer, browser: Browser, path: str, size: str, scheme: str, record_property: Tell
) -> None:
    seen = await watch(browser, viewport=SIZES[size], color_scheme=scheme, reduced_motion="reduce", locale="en-US")
    try:
        response = await seen.page.goto(server.url + path, wait_until="networkidle")
        assert response is not None and response.ok
        policy = response.headers["content-security-policy"]
        assert "default-src 'self'" in policy and "unsafe" not in policy and "*" not in policy
        loaded = await seen.loaded()
        assert loaded["shift"] < 0.05
        if path == "/":
            assert 0 < loaded["bytes"] < LARGEST
        assert await axe.faults(seen.page) == ""
        assert await seen.wider() == []
        assert await seen.moving() == []
        assert await seen.unreached() == ([], [])
        await seen.page.set_viewport_size(NARROWEST)
        assert await seen.wider() == []
        assert await seen.page.locator("script:not([src])").count() == 0
        assert await seen.blocked() == [] and seen.complaints == []
        assert seen.asked - {""} == {urlsplit(server.url).netloc}
    finally:
        await seen.page.context.close()
    if scheme == "light" and size == "phone":
        record_property(
            "told",
            f"first load of {path}: {loaded['bytes'] / 1000:.0f} kB, {loaded['plain'] / 1000:.0f} kB unpacked; painted "
            f"after {loaded['painted']:.0f} ms, usable after {loaded['usable']:.0f} ms; shift {loaded['shift']:.3f}",
        )


async def test_a_call_by_eye_by_ear_and_by_keyboard(server: OwnServer, browser: Browser) -> None:
    seen = await watch(browser, viewport=SIZES["desktop"], permissions=["microphone"], timezone_id="Europe/Berlin")
    page = seen.page
    try:
        await page.goto(server.url)
        await page.get_by_test_id("start").first.focus()
        await page.keyboard.press("Enter")
        await page.locator('body[data-state="listening"]').wait_for(timeout=20_000)
        await page.get_by_test_id("textbox").focus()
        await page.keyboard.type("Remind me to water the roses tomorrow at noon")
        await page.keyboard.press("Enter")
        await page.locator('[data-testid="tool-card"][data-status="done"]').wait_for(timeout=20_000)
        await page.locator('body[data-state="speaking"]').wait_for(timeout=20_000)
        await page.locator('body[data-state="listening"]').wait_for(timeout=20_000)
        await in_every_look(seen)
        assert await seen.unreached() == ([], [])
        told = await seen.announced()
        for state in ("Connecting", "Listening", "Thinking", "Speaking"):
            assert any(state in text for text in told), f"{state} in {told}"
        for words in ("water the roses", "Task created"):
            assert any(words in text for text in told), f"{words} in {told}"
        await page.get_by_test_id("end").focus()
        await page.keyboard.press("Enter")
        await page.locator('body[data-state="ended"]').wait_for(timeout=10_000)
        await in_every_look(seen)
        assert any("Call ended" in text for text in (await seen.announced())[len(told) :])
        assert await seen.blocked() == [] and seen.complaints == []
        assert seen.asked - {""} == {urlsplit(server.url).netloc}
    finally:
        await page.context.close()


async def in_every_look(seen: Watched) -> None:
    """Check what the page shows now at every size, light and dark, without motion."""
    for size, viewport in SIZES.items():
        await seen.page.set_viewport_size(viewport)
        for scheme in ("light", "dark"):
            await seen.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            assert await axe.faults(seen.page) == "", f"{size}, {scheme}"
            assert await seen.moving() == [], f"{size}, {scheme}"
        assert await seen.wider() == [], size


BAD = """<!doctype html><html><head><style>
  button:focus { outline: none } p { color: #ccc; background: #fff } div { width: 3000px }
  #under, b { position: fixed; left: 9px; top: 400px; width: 90px; height: 30px } b { background: #000 }
  hr { animation: fade 1s infinite } @keyframes fade { to { color: red } }
</style></head><body>
  <p>Pale words</p><div>Wide</div><button></button><button id="far" onfocus="this.blur()">Far</button>
  <a href="#" id="under">Under</a><b></b>
  <p role="status"></p><hr>
</body></html>"""


async def test_what_is_wrong_would_be_found(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "bad.html").write_text(BAD)
    seen = await watch(browser, viewport=SIZES["phone"])
    try:
        await seen.page.goto((tmp_path / "bad.html").as_uri())
        faults = await axe.faults(seen.page)
        for rule in ("color-contrast", "button-name", "html-has-lang", "document-title"):
            assert rule in faults
        assert "BUTTON" not in faults and "<button></button>" in faults
        assert len(await seen.wider()) == 1 and len(await seen.moving()) == 1
        missed, hidden = await seen.unreached()
        assert [each for each in missed if "far" in each] and "<button></button>" in hidden
        assert [each for each in hidden if "under" in each]
        await seen.page.evaluate("document.querySelector('[role=status]').textContent = 'Now'")
        assert await seen.announced() == ["Now"]
    finally:
        await seen.page.context.close()
