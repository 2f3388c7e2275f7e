"""The widget on a page of somebody else, in real Chromium: another origin, a strict policy, no key in the page."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from uuid import UUID

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from benchmarks.browser_call import FLAGS, KEEP_CONNECTIONS, write_microphone
from dao.client import DaoClient
from tests.e2e.foreign_site import TIMEZONE, Site, foreign_site
from tests.speech import load
from web.routes.page import DIST

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

MOST = 150_000
"""Bytes of the script as it travels."""

PATIENCE = 60_000
WATCHED = (
    KEEP_CONNECTIONS
    + """
window.microphones = [];
const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (...args) => {
  const stream = await ask(...args);
  window.microphones.push(...stream.getTracks());
  return stream;
};
window.broken = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.broken.push(`${event.effectiveDirective} ${event.blockedURI}`));
"""
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with foreign_site(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    microphone = tmp_path_factory.mktemp("microphone") / "goal.wav"
    write_microphone(microphone, load("goal_1_rms"), lead=9.0, tail=30.0)
    capture = f"--use-file-for-fake-audio-capture={microphone}%noloop"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=[*FLAGS, capture])
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(timezone_id=TIMEZONE, locale="en-US", permissions=["microphone"])
    await context.add_init_script(WATCHED)
    yield context
    await context.close()


async def test_a_visitor_of_another_site_speaks_and_is_served(site: Site, context: BrowserContext) -> None:
    seen: list[str] = []
    context.on("request", lambda request: seen.append(f"{request.url} {request.headers} {request.post_data}"))
    page = await context.new_page()
    await page.goto(site.trusted)
    one, two = page.locator("#one"), page.locator("#two")
    button = one.get_by_test_id("start")
    # Nothing of the page's own styles gets in, and what the element says does.
    await expect(button).to_have_text("Ask us")
    shown = """element => {
      const { fontSize, letterSpacing, textTransform, direction } = getComputedStyle(element);
      return [fontSize, letterSpacing, textTransform, direction];
    }"""
    assert await button.evaluate(shown) == ["18px", "normal", "none", "ltr"]
    assert await one.locator("[role=status]").first.evaluate(shown) == ["16px", "normal", "none", "ltr"]
    assert await background(page, "#one") != await background(page, "#two")

    await button.click()
    await one.locator('[data-testid="tool-card"][data-status="done"]').wait_for(timeout=PATIENCE)
    await expect(one.locator('[data-role="agent"]').last).to_contain_text("learn guitar", ignore_case=True)
    # The page is told, by events that leave the shadow root.
    told = await page.evaluate("told")
    assert {each["id"] for each in told} == {"one"}
    states = [each["detail"]["state"] for each in told if each["type"] == "flux-voice-state"]
    assert states[0] == "connecting" and "hearing" in states
    tools = [each["detail"] for each in told if each["type"] == "flux-voice-tool"]
    assert (tools[-1]["name"], tools[-1]["status"]) == ("submit_goal_intent", "done")
    assert any("guitar" in each["detail"]["text"].lower() for each in told if each["type"] == "flux-voice-message")
    assert await two.evaluate("element => element.state") == "idle"
    # It is kept for whom the site named, in the key's tenant.
    async with DaoClient(site.voice.dao_url) as dao:
        goals = await dao.of("shop").goals(UUID(site.users[-1]))
    assert [goal.statement.lower() for goal in goals] == ["learn guitar"]
    assert site.asked[-1]["timezone"] == TIMEZONE and UUID(site.asked[-1]["browser_id"])

    # An element that is only moved goes on; one that is taken away leaves nothing behind.
    await one.evaluate("element => document.body.append(element)")
    assert await one.evaluate("element => element.state") in ("listening", "hearing", "thinking", "speaking")
    await one.evaluate("element => element.remove()")
    await until(page, "microphones.length > 0 && microphones.every((each) => each.readyState === 'ended')")
    await until(page, "peers.length > 0 && peers.every((each) => each.connectionState === 'closed')")
    await no_calls(site)

    assert await page.evaluate("broken") == []
    assert {each.split("/")[2] for each in seen} == {f"localhost:{site.port}", site.voice.url.removeprefix("http://")}
    assert not [each for each in seen if site.key in each]


async def until(page: Page, condition: str) -> None:
    """Wait until the condition holds; Playwright's own way would need the page's policy to allow `eval`."""
    async with asyncio.timeout(30):
        while True:
            if await page.evaluate(condition):
                return
            await asyncio.sleep(0.1)


async def background(page: Page, element: str) -> str:
    shown: str = await page.locator(f"{element} .voice-button").evaluate(
        "button => getComputedStyle(button).backgroundColor"
    )
    return shown


async def no_calls(site: Site) -> None:
    """Wait until the server holds no call."""
    async with aiohttp.ClientSession() as client, asyncio.timeout(30):
        while True:
            async with client.get(f"{site.voice.url}/health") as answer:
                if (await answer.json())["calls"] == 0:
                    return
            await asyncio.sleep(0.2)


async def test_who_may_not_call_is_told_and_whoever_built_the_page_is_told_why(
    site: Site, context: BrowserContext
) -> None:
    page = await context.new_page()
    warned: list[str] = []
    page.on("console", lambda message: warned.append(message.text) if message.type == "warning" else None)
    cases = {
        # An origin that the server does not know.
        f"{site.stranger}/": f'add "{site.stranger}" to FLUX_AUTH__ORIGINS',
        # A page whose own policy forgets the server.
        f"{site.trusted}/narrow": f"add {site.voice.url} to its connect-src",
        # A server that asks for a key, and nobody who has one.
        f"{site.trusted}/bare": "FLUX_AUTH__MINT=open",
    }
    for url, why in cases.items():
        warned.clear()
        await page.goto(url)
        await page.locator("#one").get_by_test_id("start").click()
        error = page.locator("#one").get_by_test_id("error")
        await error.wait_for(timeout=PATIENCE)
        assert await error.get_attribute("data-fault") == "not-allowed", url
        ours = [each for each in warned if each.startswith("<flux-voice>: ")]
        assert any(why in each for each in ours), warned
        assert ours[-1] == next(each for each in ours if why in each)  # nothing else is blamed after it
        assert await page.locator("#one").evaluate("element => element.state") == "error"
        # The microphone that was asked for is given back.
        await until(page, "microphones.every((each) => each.readyState === 'ended')")
    assert any('position="middle"' in each for each in ours)


async def test_the_page_that_makes_the_snippet_previews_it(site: Site, context: BrowserContext) -> None:
    page = await context.new_page()
    await page.goto(f"{site.voice.url}/widget")
    assert (
        f'<script src="{site.voice.url}/widget.js" defer></script>' in await page.get_by_test_id("snippet").inner_text()
    )
    label = '"Ask" & <b>see</b>'
    await page.get_by_label("Words on the button").fill(label)
    await page.get_by_label("Light or dark").select_option("dark")
    preview = page.get_by_test_id("preview").locator("flux-voice")
    await expect(preview.get_by_test_id("start")).to_have_text(label)
    before = await background(page, "flux-voice")
    await page.get_by_label("Accent colour").fill("#b0005e")
    await expect(preview.locator(".voice-button")).not_to_have_css("background-color", before)
    # What is pasted into a page makes that very element.
    snippet = await page.get_by_test_id("snippet").inner_text()
    made = await page.evaluate(
        """(snippet) => {
          const element = new DOMParser().parseFromString(snippet, "text/html").querySelector("flux-voice");
          return Object.fromEntries([...element.attributes].map(({ name, value }) => [name, value]));
        }""",
        snippet,
    )
    assert made == {"token-url": "/voice-token", "label": label, "theme": "dark", "accent": "#b0005e"}
    assert f"connect-src 'self' {site.voice.url}" in await page.get_by_test_id("policy").inner_text()
    # It is the element itself, which tells what happens to it.
    await preview.get_by_test_id("start").click()
    await expect(page.get_by_test_id("events")).to_contain_text('flux-voice-state {"state":"error"', timeout=PATIENCE)
    await preview.get_by_test_id("close-overlay").click()
    await expect(page.get_by_test_id("events")).to_contain_text("flux-voice-close")
    assert await page.evaluate("broken") == []


async def test_the_script_is_small_and_may_be_loaded_by_any_page(site: Site) -> None:
    script = (DIST / "widget.js").read_bytes()
    assert len(gzip.compress(script)) < MOST
    async with (
        aiohttp.ClientSession(auto_decompress=False, headers={"Accept-Encoding": "gzip"}) as client,
        client.get(f"{site.voice.url}/widget.js") as answer,
    ):
        body = await answer.read()
        assert answer.headers["Content-Encoding"] == "gzip"
        assert answer.content_type.endswith("/javascript")
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        etag = answer.headers["ETag"]
        async with client.get(f"{site.voice.url}/widget.js", headers={"If-None-Match": etag}) as again:
            assert again.status == 304
    assert len(body) < MOST and gzip.decompress(body) == script
