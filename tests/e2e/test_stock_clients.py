"""The SDK as npm has it, in pages with none of our code at another origin, holds spoken conversations with us."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
import pytest_asyncio
from playwright.async_api import Page, async_playwright

from benchmarks.browser_call import AUDIBLE, FLAGS, KEEP_CONNECTIONS, RECEIVED, write_microphone
from dao.client import DaoClient
from models.audio import SAMPLE_RATE, Pcm
from tests.e2e.stock_pages import Stock, stock_pages
from tests.speech import load
from web.owner import LOCAL_USER

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

GREETING = 9.0
"""Seconds before the caller speaks: the connection is made and the greeting heard to its end."""
ANSWER = 8.0
"""Seconds of silence after a sentence: longer than any answer to it."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stock(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stock]:
    async with stock_pages(tmp_path_factory.mktemp("stock")) as stock:
        yield stock


@asynccontextmanager
async def opened(stock: Stock, name: str, chromium: str, folder: Path, *clips: str) -> AsyncIterator[Page]:
    """Open a page whose microphone plays the clips; it asked nobody but its own origin and the server."""
    pause = np.zeros(int(ANSWER * SAMPLE_RATE), dtype=np.float32)
    speech: list[Pcm] = [part for clip in clips for part in (load(clip), pause)]
    write_microphone(folder / "microphone.wav", np.concatenate(speech), lead=GREETING, tail=60.0)
    capture = f"--use-file-for-fake-audio-capture={folder / 'microphone.wav'}%noloop"
    asked: set[str] = set()
    faults: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=[*FLAGS, capture])
        try:
            context = await browser.new_context(permissions=["microphone"])
            await context.add_init_script(KEEP_CONNECTIONS)
            context.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
            page = await context.new_page()
            page.on("pageerror", lambda error: faults.append(str(error)))
            await page.goto(stock.url(name))
            try:
                yield page
            except Exception as error:
                error.add_note("the page showed:\n" + await page.locator("body").inner_text())
                raise
        finally:
            await browser.close()
    assert faults == []
    assert asked - {""} == {urlsplit(url).netloc for url in (stock.origin, stock.server.url)}


async def lines(page: Page, kind: str) -> list[str]:
    """Return the lines of one kind that the page shows."""
    return await page.locator(f"#talk > .{kind}").all_inner_texts()


async def ran(page: Page) -> list[dict[str, Any]]:
    """Return the function calls that the page shows."""
    return [json.loads(line) for line in await lines(page, "tool")]


async def test_the_plain_client_holds_a_conversation(stock: Stock, chromium: str, tmp_path: Path) -> None:
    clips = ("goal_1_rms", "task_1_rms", "goodbye_rms")
    async with opened(stock, "plain", chromium, tmp_path, *clips) as page:
        await page.locator("#start").click()
        await page.locator("#talk > .ready").wait_for(timeout=20_000)
        assert await page.locator("#state").inner_text() == "ready"
        await page.locator("#talk > .tool").nth(1).wait_for(timeout=60_000)
        energy = await page.evaluate(RECEIVED)
        # The agent hangs up when it was told goodbye, and the SDK takes that for an end, not for a fault.
        await page.wait_for_function("document.getElementById('state').textContent === 'disconnected'", timeout=40_000)
        events = await page.evaluate("window.events")
        heard, told, tools = await lines(page, "user"), await lines(page, "bot"), await ran(page)
        assert await lines(page, "error") == []

    assert "guitar" in heard[0].lower() and "mom" in heard[1].lower() and "bye" in heard[2].lower()
    assert [(tool["function_name"], tool["cancelled"]) for tool in tools] == [
        ("submit_goal_intent", False),
        ("submit_new_task_intent", False),
    ]
    assert "learn guitar" in " ".join(told).lower() and "call mom" in " ".join(told).lower()
    assert energy > AUDIBLE
    in_order = [each["name"] for each in events]
    for kind in ("botStarted", "botReady", "trackStarted", "userStartedSpeaking", "userStoppedSpeaking"):
        assert kind in in_order, kind
    for kind in ("botStartedSpeaking", "botStoppedSpeaking", "botOutput", "botTtsText", "botLlmText", "metrics"):
        assert kind in in_order, kind
    calls = [name for name in in_order if name.startswith("llmFunctionCall") and name != "llmFunctionCall"]
    assert calls == ["llmFunctionCallStarted", "llmFunctionCallInProgress", "llmFunctionCallStopped"] * 2
    assert any(not each["data"]["final"] for each in events if each["name"] == "userTranscript"), "no partial words"
    async with DaoClient(stock.server.dao_url) as dao:
        assert "learn guitar" in [goal.statement.lower() for goal in await dao.goals(LOCAL_USER)]
        assert "call mom" in [task.title.lower() for task in await dao.tasks(LOCAL_USER)]


async def test_the_react_client_shows_one_that_asks_back(stock: Stock, chromium: str, tmp_path: Path) -> None:
    async with opened(stock, "react", chromium, tmp_path, "call_mom_rms", "tomorrow_at_noon_rms") as page:
        await page.locator("#start").click()
        answer = page.locator('#talk > .tool ~ .assistant[data-final="true"]')
        await answer.wait_for(timeout=60_000)
        assert await page.locator("#state").inner_text() == "ready"
        assert await answer.get_attribute("data-unspoken") == "", "all of it was heard"
        heard, told, tools = await lines(page, "user"), await lines(page, "assistant"), await ran(page)
        assert await page.evaluate(RECEIVED) > AUDIBLE
        await page.locator("#mute").click()
        assert await page.locator("#mute").inner_text() == "Unmute"
        await page.locator("#end").click()
        await page.wait_for_function("document.getElementById('state').textContent === 'disconnected'", timeout=10_000)

    assert "call mom" in heard[0].lower() and "noon" in heard[-1].lower()
    assert "when" in told[1].lower() and "call mom" in told[2].lower()
    assert [(tool["function_name"], tool["status"], tool["cancelled"]) for tool in tools] == [
        ("submit_new_task_intent", "completed", False)
    ]
    async with DaoClient(stock.server.dao_url) as dao:
        kept = [task for task in await dao.tasks(LOCAL_USER) if task.title.lower() == "call mom"]
    assert kept and kept[-1].trigger_at is not None
