"""Scenarios about the network that goes away in the middle of a call held by Chromium."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from playwright.async_api import Page, Request, async_playwright

from benchmarks.browser_call import FLAGS, SEEN, write_microphone
from benchmarks.own_server import own_server
from tests.e2e.namespace import Facts
from tests.e2e.namespace_network import cut, cut_media, restore
from tests.e2e.namespace_records import kept

PATIENCE: Final = 60_000.0  # milliseconds, for whatever is waited for; nothing takes as long


@dataclass(frozen=True, slots=True)
class Caller:
    """A person at the page, whose microphone hears nothing; `offers` are those that the page has made."""

    page: Page
    offers: list[dict[str, Any]] = field(default_factory=list)

    async def call(self) -> None:
        """Start a call and hear the greeting out."""
        await self.page.get_by_test_id("start").first.click()
        await self.answered(1)

    async def write(self, text: str) -> None:
        await self.page.get_by_test_id("textbox").fill(text)
        await self.page.get_by_test_id("send").click()

    async def answered(self, times: int) -> None:
        """Wait until the agent has said so much and listens."""
        said = self.page.locator('[data-role="agent"][data-final="true"]')
        await said.nth(times - 1).wait_for(timeout=PATIENCE)
        await self.state("listening")

    async def state(self, name: str) -> None:
        await self.page.locator(f'body[data-state="{name}"]').wait_for(timeout=PATIENCE)

    async def lines(self) -> list[str]:
        """Return what the conversation shows."""
        return [line["text"] for line in (await self.page.evaluate(SEEN))["lines"]]

    async def stage(self) -> str:
        return await self.page.locator(".stage-words").inner_text()

    def note(self, request: Request) -> None:
        if _is_offer(request):
            offer = request.post_data_json or {}
            self.offers.append({key: offer[key] for key in ("pc_id", "restart_pc")})


def _is_offer(request: Request) -> bool:
    return request.method == "POST" and request.url.endswith("/api/offer")


@contextlib.asynccontextmanager
async def _caller(folder: Path, chromium: str, url: str) -> AsyncIterator[Caller]:
    microphone = folder / "silence.wav"
    write_microphone(microphone, np.zeros(0, dtype=np.float32), lead=10, tail=0)
    flags = [*FLAGS, f"--use-file-for-fake-audio-capture={microphone}"]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=flags)
        try:
            context = await browser.new_context(timezone_id="Europe/Berlin", permissions=["microphone"])
            caller = Caller(await context.new_page())
            caller.page.on("request", lambda request: caller.note(request))
            await caller.page.goto(url)
            yield caller
        finally:
            await browser.close()


async def restored(folder: str, chromium: str) -> Facts:
    """Cut the network while a question is open, answer the question, and let the page make its link anew."""
    place, facts = Path(folder), Facts()
    settings = {"FLUX_PIPELINE__SILENCE_PROMPT": "120"}  # nobody is asked whether they are there on a slow machine
    async with own_server(place, settings=settings) as server, _caller(place, chromium, server.url) as caller:
        await caller.call()
        await caller.write("Remind me to call mom")
        await caller.answered(2)
        facts["before"] = await caller.lines()
        async with caller.page.expect_request(_is_offer, timeout=PATIENCE):
            cut()
            await caller.write("Tomorrow at noon")  # before the page can know
            await caller.state("reconnecting")
            facts["away"] = await caller.stage()
        restore()
        await caller.answered(3)
        facts["after"] = await caller.lines()
        facts["offers"] = caller.offers
        facts["meanwhile"] = [call["status"] for call in kept(place, "conversations")]
        await caller.page.get_by_test_id("end").click()
        await caller.state("ended")
    return facts


async def lost(folder: str, chromium: str) -> Facts:
    """Cut the way of the sound for longer than the server waits, then call anew."""
    place, facts = Path(folder), Facts()
    settings = {"FLUX_PIPELINE__RECONNECT_GRACE": "3"}
    async with own_server(place, settings=settings) as server, _caller(place, chromium, server.url) as caller:
        await caller.call()
        facts["before"] = await caller.lines()
        cut_media()
        await caller.state("error")
        notice = caller.page.get_by_test_id("error")
        facts["fault"] = await notice.get_attribute("data-fault")
        facts["told"] = await notice.inner_text()
        facts["after"] = await caller.lines()
        async with asyncio.timeout(PATIENCE / 1000):
            # The record is written once the call is over.
            while any(call["status"] == "active" for call in kept(place, "conversations")):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        facts["calls"] = kept(place, "conversations")
        restore()
        await caller.call()
        facts["again"] = await caller.lines()
    return facts
