"""Real Chromium with a spoken recording as its microphone, against the real server."""

from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import async_playwright
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.browser_call import FLAGS, hold_call, write_microphone
from benchmarks.own_server import OwnServer
from dao.client import DaoClient
from tests.speech import load
from web.owner import LOCAL_USER

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def test_a_person_says_a_goal_and_it_is_kept(server: OwnServer, chromium: str, tmp_path: Path) -> None:
    microphone = tmp_path / "goal.wav"
    write_microphone(microphone, load("goal_1_rms"), lead=9.0, tail=30.0)
    async with async_playwright() as playwright:
        seen = await hold_call(playwright, chromium, server.url, microphone, timezone="Europe/Berlin", patience=60)
    assert seen.fault is None
    assert "guitar" in seen.heard.lower()
    assert seen.tools == (("submit_goal_intent", "done"),)
    assert "learn guitar" in seen.answer.lower()
    assert seen.audible and seen.voice_to_voice is not None
    assert seen.requests == {server.url.removeprefix("http://")}
    async with DaoClient(server.dao_url) as dao:
        assert "learn guitar" in [goal.statement.lower() for goal in await dao.goals(LOCAL_USER)]
    # The page told the server what it measured, and neither clock can have been the other's.
    assert seen.heard_after is not None and seen.heard_after != seen.voice_to_voice
    async with aiohttp.ClientSession() as client, client.get(f"{server.url}/metrics") as answer:
        families = text_string_to_metric_families(await answer.text())
        figures = {sample.name: sample.value for family in families for sample in family.samples if not sample.labels}
    assert figures["flux_voice_client_voice_to_voice_seconds_count"] >= 1
    assert round(figures["flux_voice_client_voice_to_voice_seconds_sum"] * 1000, 1) >= seen.heard_after


async def test_without_a_microphone_one_can_type(server: OwnServer, chromium: str) -> None:
    flags = [flag for flag in FLAGS if "fake" not in flag]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=flags)
        try:
            page = await browser.new_page(timezone_id="Europe/Berlin")
            await page.goto(server.url)
            await page.get_by_test_id("start").first.click()
            error = page.get_by_test_id("error")
            await error.wait_for(timeout=20_000)
            assert "microphone" in (await error.inner_text()).lower()
            await page.get_by_test_id("textbox").fill("Remind me to water the roses tomorrow at noon")
            await page.get_by_test_id("send").click()
            card = page.get_by_test_id("tool-card")
            await card.wait_for(timeout=20_000)
            await page.locator('[data-testid="tool-card"][data-status="done"]').wait_for(timeout=20_000)
            assert await card.get_attribute("data-tool") == "submit_new_task_intent"
        finally:
            await browser.close()
    async with DaoClient(server.dao_url) as dao:
        assert "water the roses" in [task.title.lower() for task in await dao.tasks(LOCAL_USER)]
