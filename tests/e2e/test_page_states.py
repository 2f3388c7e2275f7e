"""What stands in the way of a call, and what the page says of it: each in real Chromium, most of it really so."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import numpy as np
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Playwright, Route, async_playwright, expect

from benchmarks.browser_call import FLAGS, SEEN, write_microphone
from benchmarks.own_server import OwnServer, own_server
from tests.e2e.looking import comes

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

PATIENCE: Final = 30_000.0  # milliseconds, for whatever is waited for; nothing takes as long
PHONE: Final = {"width": 390, "height": 844}
DESKTOP: Final = {"width": 1280, "height": 800}
SETTINGS: Final = {"FLUX_MAX_CALLS": "2", "FLUX_PIPELINE__SILENCE_PROMPT": "120"}

# Whose switch for the microphone is where: what the page says it must be, in a word of each browser's own.
AGENTS: Final = {
    "chrome": ("", "icon to the left"),
    "edge": (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0 Safari/537.36 Edg/142.0",
        "lock",
    ),
    "firefox": ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "crossed-out"),
    "safari": (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.1 Safari/605.1.15",
        "menu",
    ),
}

# Holds back the browser's answer, as a person does who has not decided, and looks at every frame that is drawn.
GATE: Final = """
window.tracks = [];
window.betrayals = [];
window.gate = Promise.withResolvers();
const media = navigator.mediaDevices;
const open = media.getUserMedia.bind(media);
media.getUserMedia = async (constraints) => {
  await window.gate.promise;
  const stream = await open(constraints);
  window.tracks.push(...stream.getTracks());
  return stream;
};
const look = () => {
  const words = document.body?.innerText ?? "";
  const live = window.tracks.some((each) => each.readyState === "live");
  if (live && /Allow the microphone|Waiting for permission/.test(words)) window.betrayals.push(words);
  requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""
# Only by a relay, of which there is none.
NO_WAY: Final = """
window.RTCPeerConnection = class extends window.RTCPeerConnection {
  constructor(config) { super({ ...config, iceTransportPolicy: "relay" }); }
};
"""
LIVE: Final = "() => window.tracks.filter((each) => each.readyState === 'live').length"


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab with the talk page."""

    page: Page

    async def start(self) -> None:
        await self.page.get_by_test_id("start").first.click()

    async def write(self, text: str) -> None:
        await self.page.get_by_test_id("textbox").fill(text)
        await self.page.get_by_test_id("send").click()

    async def state(self, name: str) -> None:
        await self.page.locator(f'body[data-state="{name}"]').wait_for(timeout=PATIENCE)

    async def fault(self, name: str) -> str:
        """Wait for this fault, and for no other, and return what is said of it."""
        notice = self.page.get_by_test_id("error")
        await notice.wait_for(timeout=PATIENCE)
        assert await notice.get_attribute("data-fault") == name
        return await notice.inner_text()

    async def answered(self, times: int) -> None:
        """Wait until the agent has said so much."""
        said = self.page.locator('[data-role="agent"][data-final="true"]')
        await said.nth(times - 1).wait_for(timeout=PATIENCE)

    async def shown(self) -> str:
        return await self.page.locator(".stage-words").inner_text()

    async def lines(self) -> list[str]:
        """Return what the conversation shows."""
        return [line["text"] for line in (await self.page.evaluate(SEEN))["lines"]]

    async def looks_well(self) -> None:
        """Nothing sticks out at the side, and whatever can be pressed is big enough to be hit."""
        assert await self.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
        small = """each => each.filter((one) => one.checkVisibility())
          .map((one) => one.getBoundingClientRect()).filter((box) => box.width < 24 || box.height < 24).length"""
        assert await self.page.locator("button, input, summary, select").evaluate_all(small) == 0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("states")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def playwright() -> AsyncIterator[Playwright]:
    async with async_playwright() as playwright:
        yield playwright


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(folder: Path) -> AsyncIterator[OwnServer]:
    """Run a server with room for two calls; the last test takes it away."""
    async with own_server(folder, settings=SETTINGS) as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(playwright: Playwright, chromium: str, folder: Path) -> AsyncIterator[Browser]:
    """Run a browser with a microphone that hears nothing, which asks before it gives it, and keeps pages one leaves."""
    microphone = folder / "silence.wav"
    write_microphone(microphone, np.zeros(0, dtype=np.float32), lead=10, tail=0)
    flags = [flag for flag in FLAGS if flag != "--use-fake-ui-for-media-stream"]
    browser = await playwright.chromium.launch(
        executable_path=chromium,
        args=[*flags, f"--use-file-for-fake-audio-capture={microphone}"],
        ignore_default_args=["--disable-back-forward-cache"],
    )
    yield browser
    await browser.close()


@contextlib.asynccontextmanager
async def tab(browser: Browser, url: str | None, *, script: str = "", **options: Any) -> AsyncIterator[Tab]:
    """Open the page in a context of its own: another person, or the same one's other device."""
    context = await browser.new_context(**{"locale": "en-US", "viewport": DESKTOP, **options})
    context.set_default_timeout(PATIENCE)
    try:
        await context.add_init_script(script)
        page = await context.new_page()
        if url is not None:
            await page.goto(url)
        yield Tab(page)
    finally:
        await context.close()


@pytest.mark.parametrize("name", AGENTS)
async def test_a_blocked_microphone_tells_how_to_allow_it_in_this_browser(
    server: OwnServer, browser: Browser, name: str
) -> None:
    agent, told = AGENTS[name]
    size = PHONE if name == "safari" else DESKTOP
    async with tab(browser, server.url, viewport=size, **({"user_agent": agent} if agent else {})) as it:
        await it.start()
        assert told in await it.fault("permission-denied")
        await it.state("error")
        await it.looks_well()
        if name == "chrome":  # one can do without it, and need not
            await it.page.get_by_test_id("type-instead").click()
            await it.answered(1)
            await it.page.context.grant_permissions(["microphone"])
            await it.page.get_by_test_id("mute").click()
            await expect(it.page.get_by_test_id("mute")).to_have_attribute("data-mic", "on")
            await it.page.keyboard.press("Escape")
            await it.state("ended")


async def test_an_address_that_is_not_secure_says_so(server: OwnServer, browser: Browser) -> None:
    async def serve(route: Route) -> None:
        await route.fulfill(response=await route.fetch(url=server.url + urlsplit(route.request.url).path))

    async with tab(browser, None, viewport=PHONE) as it:
        await it.page.route("http://flux.test/**", serve)
        await it.page.goto("http://flux.test/")
        assert await it.page.evaluate("isSecureContext") is False
        await it.start()
        told = await it.fault("insecure-origin")
        assert "https://" in told
        await it.looks_well()


async def test_a_microphone_is_never_open_while_the_page_waits_for_permission(
    server: OwnServer, browser: Browser
) -> None:
    async with tab(browser, server.url, script=GATE, permissions=["microphone"], viewport=PHONE) as it:
        await it.start()
        assert (await it.shown()).startswith("Allow the microphone")
        await it.looks_well()
        await it.page.keyboard.press("Space")  # there is nothing to mute yet
        assert (await it.shown()).startswith("Allow the microphone")
        await it.page.get_by_test_id("end").click()  # the person says yes too late
        await it.state("ended")
        await it.page.evaluate("window.gate.resolve()")
        await comes(it.page, "window.tracks.length === 1")
        await comes(it.page, f"({LIVE})() === 0")
        # A call without a microphone, in which it is asked for.
        await it.page.evaluate("window.gate = Promise.withResolvers()")
        await it.write("What can you do?")
        await it.answered(1)
        button = it.page.get_by_test_id("mute")
        await button.click()
        await expect(button).to_have_text("Waiting for permission")
        await it.page.evaluate("window.gate.resolve()")
        await expect(button).to_have_attribute("data-mic", "on")
        assert await it.page.evaluate(LIVE) == 1
        await it.page.get_by_test_id("end").click()
        await comes(it.page, f"({LIVE})() === 0")
        assert await it.page.evaluate("window.betrayals") == []


async def test_a_server_that_cannot_be_reached(server: OwnServer, browser: Browser) -> None:
    async with tab(browser, server.url, viewport=PHONE) as it:
        await it.page.context.set_offline(True)
        await it.write("Are you there?")
        told = await it.fault("server-gone")
        assert "does not answer" in told
        assert "not delivered" in await it.page.locator('[data-role="user"]').inner_text()
        assert await it.page.get_by_test_id("textbox").input_value() == "Are you there?"  # so that it can be sent again
        await it.looks_well()
        await it.page.context.set_offline(False)
        await it.write("What can you do?")
        await it.answered(1)
        assert await it.page.get_by_test_id("error").count() == 0


async def test_two_tabs_hold_a_call_each_and_a_third_finds_the_lines_busy(server: OwnServer, browser: Browser) -> None:
    async with tab(browser, server.url) as first, tab(browser, None) as third:
        second = Tab(await first.page.context.new_page())
        await second.page.goto(server.url)
        await first.write("Remind me to call mom tomorrow at noon")
        await second.write("I want to learn guitar in three months")
        for each, mine, other in ((first, "mom", "guitar"), (second, "guitar", "mom")):
            await each.page.locator('[data-testid="tool-card"][data-status="done"]').wait_for(timeout=PATIENCE)
            words = " ".join(await each.lines()).lower()
            assert mine in words and other not in words
        await third.page.goto(server.url)
        await third.write("What can you do?")
        told = await third.fault("server-busy")
        assert "All lines are busy" in told
        await third.page.get_by_text("For the administrator").click()
        assert "FLUX_MAX_CALLS" in await third.page.get_by_test_id("error").inner_text()
        await first.page.keyboard.press("Escape")
        await first.state("ended")
        async with asyncio.timeout(PATIENCE / 1000):
            while True:  # until the server has let go of the first one's call
                await third.write("What can you do?")
                await third.page.locator('body:not([data-state="connecting"])').wait_for()
                if await third.page.get_by_test_id("error").count() == 0:
                    break
        await third.answered(1)
        await second.state("listening")


async def test_a_session_that_ended_says_by_whom(server: OwnServer, browser: Browser) -> None:
    async with tab(browser, server.url, viewport=PHONE) as it:
        await it.write("Goodbye")
        await it.state("ended")
        await it.page.get_by_test_id("start").click()
        # The same button, and the call it starts: nothing was allowed here.
        await it.fault("permission-denied")
        await it.page.get_by_test_id("type-instead").click()
        await it.answered(1)
        await it.page.get_by_test_id("end").click()
        assert "You ended the call" in await it.shown()
        await it.write("Goodbye")
        await it.state("ended")
        assert "You said goodbye" in await it.shown()
        assert await it.page.get_by_test_id("start").inner_text() == "Start a new call"
        await it.looks_well()


async def test_a_page_that_the_browser_brings_back_shows_no_dead_call(server: OwnServer, browser: Browser) -> None:
    async with tab(browser, server.url) as it:
        await it.write("Remind me to call mom tomorrow at noon")
        await it.page.locator('[data-testid="tool-card"][data-status="done"]').wait_for()
        await it.page.evaluate("window.same = true")
        await it.page.goto(f"{server.url}/docs")
        await it.page.go_back()
        await comes(it.page, "document.body.dataset.state")
        if not await it.page.evaluate("window.same === true"):
            # This Chromium loads it anew: what it would tell a page that it keeps is told by hand.
            await it.write("Remind me to call mom tomorrow at noon")
            await it.page.locator('[data-testid="tool-card"][data-status="done"]').wait_for()
            for name in ("pagehide", "pageshow"):
                await it.page.evaluate(f"dispatchEvent(new PageTransitionEvent('{name}', {{persisted: true}}))")
        await it.state("ended")
        assert await it.page.get_by_test_id("tool-card").count() == 1  # what was said is still there
        await it.write("What can you do?")
        await it.answered(1)


async def test_without_a_microphone_and_behind_a_firewall(
    server: OwnServer, playwright: Playwright, chromium: str
) -> None:
    """A browser without any device, which finds no way for the sound, as behind a firewall."""
    browser = await playwright.chromium.launch(
        executable_path=chromium, args=[flag for flag in FLAGS if "fake" not in flag]
    )
    async with tab(browser, server.url, script=NO_WAY, permissions=["microphone"], viewport=PHONE) as it:
        await it.start()
        assert "Connect a microphone" in await it.fault("no-microphone")
        await it.looks_well()
        await it.page.get_by_test_id("type-instead").click()
        await it.page.locator('[data-fault="ice-failed"]').wait_for(timeout=PATIENCE)
        told = await it.fault("ice-failed")
        for needed in ("UDP", "32768 to 60999", "FLUX_ICE_SERVERS", "3478"):
            assert needed in told
        await it.looks_well()
    await browser.close()


async def test_a_call_outlives_no_restart_but_says_what_was_kept_and_offers_another(
    server: OwnServer, browser: Browser, folder: Path
) -> None:
    ports = (urlsplit(server.url).port or 0, urlsplit(server.dao_url).port or 0)
    async with tab(browser, server.url, permissions=["microphone"]) as it:
        await it.start()
        await it.answered(1)
        await it.write("Remind me to call mom tomorrow at noon")
        await it.page.locator('[data-testid="tool-card"][data-status="done"]').wait_for()
        await it.answered(2)
        os.kill(server.pid, signal.SIGKILL)
        await it.state("reconnecting")
        away = await it.shown()
        assert away.startswith("Reconnecting") and "Saved: Call mom" in away
        async with own_server(folder, log=folder / "again.log", settings=SETTINGS, ports=ports) as again:
            assert again.url == server.url
            await it.fault("call-gone")
            kept = await it.page.get_by_test_id("kept").inner_text()
            assert "What was said so far is kept" in kept and "Saved: Call mom" in kept
            assert "Remind me to call mom tomorrow at noon" in await it.lines()
            assert await it.page.get_by_test_id("start").inner_text() == "Start a new call"
            await it.start()
            await it.answered(1)
            assert await it.page.get_by_test_id("tool-card").count() == 0
        await it.state("ended")
        assert "shut down" in await it.shown()
