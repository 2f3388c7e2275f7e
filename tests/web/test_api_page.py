"""`/docs` in a real browser: it shows every call, each can be tried, and nothing comes from elsewhere."""

from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright

from tests.web.api_server import Api, serve_api, serve_records

pytestmark = pytest.mark.browser


async def test_every_call_is_shown_and_can_be_tried(tmp_path: Path, chromium: str) -> None:
    async with (
        serve_records(tmp_path) as dao_url,
        serve_api(dao_url) as api,
        async_playwright() as playwright,
    ):
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        try:
            page = await browser.new_page()
            asked, faults = [], []
            page.on("request", lambda request: asked.append(request.url))
            page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
            page.on("pageerror", lambda error: faults.append(str(error)))
            await page.goto(f"{api.server.url}/docs")
            await _tries_a_session(page, api)
        finally:
            await browser.close()
    assert faults == []
    assert {url.split("/docs")[0].split("/openapi")[0].split("/api/")[0] for url in asked} == {api.server.url}


async def _tries_a_session(page: Page, api: Api) -> None:
    described = (await api.call("GET", "/openapi.json")).body["paths"]
    count = sum(len(methods) for methods in described.values())
    await page.locator("#operations details").nth(count - 1).wait_for()
    assert await page.locator("#operations details").count() == count
    opening = page.locator("#open_session")
    await opening.locator("summary").click()
    assert "user_id" in await opening.locator("textarea").input_value()
    await opening.get_by_role("button").click()
    answer = opening.locator("pre", has_text="session_id")
    await answer.wait_for()
    session = (await answer.inner_text()).split('"session_id": "')[1].split('"')[0]
    listing = page.locator("#list_messages")
    await listing.locator("summary").click()
    await listing.locator("input").fill(session)
    await listing.get_by_role("button").click()
    shown = listing.locator("pre", has_text="messages")
    await shown.wait_for()
    assert (await shown.inner_text()).startswith("200") and session in await shown.inner_text()


async def test_its_files_come_under_the_strict_policy(tmp_path: Path) -> None:
    async with serve_records(tmp_path) as dao_url, serve_api(dao_url) as api:
        for path in ("/docs", "/docs/docs.js", "/docs/docs.css"):
            answer = await api.call("GET", path)
            policy = answer.headers["Content-Security-Policy"]
            assert answer.status == 200 and "default-src 'self'" in policy and "unsafe" not in policy
            assert "://" not in answer.body
        assert (await api.call("GET", "/docs/docs.py")).status == 404
