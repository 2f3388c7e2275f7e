"""Take the pictures of docs/pages.md: every page, light and dark, on a phone and on a desktop, in a real conversation.

A view whose page is not built, or which the page does not have yet, is named and left out.
"""

import asyncio
import base64
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import click
import numpy as np
from playwright.async_api import Browser, BrowserContext, Page, Playwright, ViewportSize, async_playwright
from playwright.async_api import TimeoutError as NotThere

from benchmarks.browser_call import FLAGS, write_microphone
from benchmarks.own_server import own_server
from models.audio import SAMPLE_RATE
from scripts.lock import ROOT
from tests.speech import load
from web.routes.page import DIST

IMAGES: Final = ROOT / "docs/images"
SIZES: Final = {"desktop": ViewportSize(width=1280, height=800), "phone": ViewportSize(width=390, height=844)}
SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
QUALITY: Final = 78
LARGEST: Final = 60_000
"""Bytes of a picture: a repository keeps each of them for ever."""
BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
PATIENCE: Final = 8_000
"""Milliseconds after which something is not on the page."""
CLIPS: Final = ("goal_1_rms", "call_mom_rms", "tomorrow_at_noon_rms")
GREETING, ANSWER = 9.0, 9.0
"""Seconds that the caller leaves for the greeting and for an answer."""


@dataclass(frozen=True, slots=True)
class View:
    """A picture: how one comes to it from the view before, and the built file without which there is none."""

    name: str
    come: Callable[[Page], Awaitable[None]]
    file: str = "index.html"


async def talk(page: Page) -> None:
    """Open the page."""
    await page.goto("/")
    await page.get_by_test_id("start").first.wait_for()


async def call(page: Page) -> None:
    """Say what `CLIPS` say, until a goal and a task are kept."""
    await page.get_by_test_id("start").first.click()
    kept = page.locator('[data-testid="tool-card"][data-status="done"]')
    await kept.nth(1).wait_for(timeout=90_000)
    await page.get_by_test_id("latency").nth(len(CLIPS) - 1).wait_for(timeout=20_000)
    await page.locator('body[data-state="listening"]').wait_for(timeout=30_000)


async def latency(page: Page) -> None:
    """Look at how long the answers took."""
    await page.get_by_test_id("open-latency").click()
    await page.get_by_test_id("latency-panel").wait_for()


async def settings(page: Page) -> None:
    """Look at the settings, not at the figures any more."""
    if await page.get_by_test_id("latency-sheet-close").count():
        await page.get_by_test_id("latency-sheet-close").click()
    await page.get_by_test_id("open-settings").click()
    await page.get_by_test_id("settings").wait_for()


async def error(page: Page) -> None:
    """Start a call without a microphone."""
    await page.goto("/")
    await page.get_by_test_id("start").first.click()
    await page.get_by_test_id("error").wait_for()


def console(view: str, shown: str) -> Callable[[Page], Awaitable[None]]:
    """Return how one comes to a view of the console, in which `shown` is then seen."""

    async def come(page: Page) -> None:
        await page.goto(f"/console#/{view}")
        await page.locator(shown).first.wait_for()

    return come


async def one_conversation(page: Page) -> None:
    """Open the latest conversation in the console."""
    await page.goto("/console#/conversations")
    await page.get_by_test_id("conversation-row").first.click()
    await page.get_by_test_id("timeline").wait_for()


async def widget(page: Page) -> None:
    """Open the page that makes a widget's snippet."""
    await page.goto("/widget", wait_until="networkidle")


TALK: Final = (View("talk", talk), View("call", call), View("latency", latency), View("settings", settings))
WITHOUT_MICROPHONE: Final = (View("error", error),)
BESIDES: Final = (
    View("console-live", console("live", "[data-testid=live-call]"), "console.html"),
    View("console-conversations", console("conversations", "[data-testid=conversation-row]"), "console.html"),
    View("console-conversation", one_conversation, "console.html"),
    View("console-goals", console("goals", "[data-testid=goal-row]"), "console.html"),
    View("console-engines", console("engines", "[data-testid=engine]"), "console.html"),
    View("console-settings", console("settings", "[data-testid=setting]"), "console.html"),
    View("widget", widget, "widget.html"),
)
"""What is looked at while the call of `TALK` goes on."""
VIEWS: Final = (*TALK, *WITHOUT_MICROPHONE, *BESIDES)


def names(view: View) -> list[str]:
    """Return the names of a view's pictures."""
    return [f"{view.name}-{size}-{scheme}.webp" for scheme in SCHEMES for size in SIZES]


async def take(page: Page, views: tuple[View, ...], folder: Path) -> list[str]:
    """Go through the views and take each in every look; return what was not there."""
    left_out = []
    for view in views:
        if not (DIST / view.file).is_file():
            left_out.append(f"{view.name}: {view.file} is not built")
            continue
        await page.set_viewport_size(SIZES["desktop"])
        try:
            await view.come(page)
        except NotThere as missing:
            left_out.append(f"{view.name}: {str(missing).splitlines()[-1].strip()}")
            continue
        for size, viewport in SIZES.items():
            await page.set_viewport_size(viewport)
            for scheme in SCHEMES:
                await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                await page.wait_for_timeout(200)  # a plot measures its width anew
                await _shoot(page, folder / f"{view.name}-{size}-{scheme}.webp")
    return left_out


async def _shoot(page: Page, path: Path) -> None:
    # Of the formats that Chromium itself writes, the smallest; Playwright knows only the others.
    session = await page.context.new_cdp_session(page)
    shot = await session.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
    await session.detach()
    picture = base64.b64decode(shot["data"])
    if len(picture) > LARGEST:
        raise click.ClickException(f"{path.name} has {len(picture)} bytes, more than {LARGEST}")
    await asyncio.to_thread(path.write_bytes, picture)


@asynccontextmanager
async def browsing(playwright: Playwright, chromium: str, url: str, *flags: str) -> AsyncIterator[BrowserContext]:
    """Run a browser whose pages are opened below `url`."""
    browser: Browser = await playwright.chromium.launch(executable_path=chromium, args=list(flags))
    try:
        context = await browser.new_context(base_url=url, timezone_id="Europe/Berlin", locale="en-US")
        context.set_default_timeout(PATIENCE)
        yield context
    finally:
        await browser.close()


async def take_all(chromium: str, folder: Path) -> list[str]:
    """Take every picture; return what was not there."""
    with tempfile.TemporaryDirectory() as scratch:
        microphone = Path(scratch) / "microphone.wav"
        pause = np.zeros(int(ANSWER * SAMPLE_RATE), dtype=np.float32)
        speech = np.concatenate([part for clip in CLIPS for part in (load(clip), pause)])
        write_microphone(microphone, speech, lead=GREETING, tail=300.0)
        hears = f"--use-file-for-fake-audio-capture={microphone}%noloop"
        deaf = [flag for flag in FLAGS if "fake" not in flag]
        async with own_server(Path(scratch)) as server, async_playwright() as playwright:
            async with browsing(playwright, chromium, server.url, *deaf) as context:
                left_out = await take(await context.new_page(), WITHOUT_MICROPHONE, folder)
            async with browsing(playwright, chromium, server.url, *FLAGS, hears) as context:
                left_out += await take(await context.new_page(), TALK, folder)
                left_out += await take(await context.new_page(), BESIDES, folder)
    return left_out


@click.command()
@click.option(
    "--out", type=click.Path(path_type=Path), default=IMAGES, show_default=True, help="Where they are written."
)
def main(out: Path) -> None:
    """Take the pictures of docs/pages.md."""
    chromium = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if chromium is None:
        raise click.ClickException("no Chromium: `make browser` installs it")
    out.mkdir(parents=True, exist_ok=True)
    left_out = asyncio.run(take_all(chromium, out))
    for line in left_out:
        click.echo(f"left out: {line}", err=True)
    sys.exit(1 if left_out else 0)


if __name__ == "__main__":
    main()
