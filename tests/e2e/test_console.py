"""The owner's console in real Chromium, against the real server, with a conversation that was really held."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route, ViewportSize, async_playwright, expect

from benchmarks.browser_call import FLAGS
from benchmarks.own_server import OwnServer, own_server
from dao.client import DaoClient
from dao.errors import DaoNotFound
from dao.records import UserDraft
from tests.e2e import axe
from tests.e2e.peer import Peer
from web.auth import new_key
from web.owner import LOCAL_USER

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

KEY, KEY_HASH = new_key()
SIGNING_KEY = "a secret that nobody may see in a browser"
WIDE, PHONE = ViewportSize(width=1280, height=800), ViewportSize(width=390, height=844)
NARROWEST = ViewportSize(width=320, height=640)
PATIENCE = 20_000
"""Milliseconds that a call's state may take to reach the page on a busy machine."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OwnServer]:
    """Run a server that has an admin key."""
    settings = {"FLUX_AUTH__ADMIN_KEY": KEY_HASH, "FLUX_AUTH__SIGNING_KEY": SIGNING_KEY}
    async with own_server(tmp_path_factory.mktemp("server"), settings=settings) as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """Run one browser for all tests."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser) -> AsyncIterator[Page]:
    """Open a tab of somebody who was never here; what the page's script could not do fails the test."""
    context = await browser.new_context(
        viewport=WIDE, reduced_motion="reduce", permissions=["clipboard-read", "clipboard-write"]
    )
    page = await context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
    yield page
    await context.close()
    assert wrong == []


async def sign_in(page: Page, server: OwnServer, view: str = "") -> None:
    await page.goto(f"{server.url}/console{view}")
    await page.get_by_test_id("admin-key").fill(KEY)
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("sign-out")).to_be_visible()


async def everybody_may(page: Page) -> None:
    """Nobody is kept out of what is shown: on a wide screen in the light, on a phone in the dark, magnified."""
    await page.emulate_media(color_scheme="light")
    assert await axe.faults(page) == ""
    await page.emulate_media(color_scheme="dark")
    await page.set_viewport_size(PHONE)
    assert await axe.faults(page) == ""
    await page.set_viewport_size(NARROWEST)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320
    await page.set_viewport_size(WIDE)


async def test_it_asks_for_the_admin_key_and_keeps_it_in_this_tab_only(server: OwnServer, page: Page) -> None:
    await page.goto(f"{server.url}/console#/settings")
    await expect(page.get_by_test_id("sign-in")).to_be_visible()
    await expect(page.get_by_test_id("nav-live")).to_have_count(0)
    await everybody_may(page)
    await page.get_by_test_id("admin-key").fill("of-somebody-else")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("does not know this key")
    await everybody_may(page)
    await page.get_by_test_id("admin-key").fill(KEY)
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("setting").first).to_be_visible()  # where one wanted to go

    await page.reload()
    await expect(page.get_by_test_id("setting").first).to_be_visible()
    assert await page.evaluate("[localStorage.length, document.cookie]") == [0, ""]
    other = await page.context.new_page()
    await other.goto(f"{server.url}/console")
    await expect(other.get_by_test_id("sign-in")).to_be_visible()

    await page.get_by_test_id("sign-out").click()
    await expect(page.get_by_test_id("sign-in")).to_be_visible()
    assert await page.evaluate("sessionStorage.length") == 0
    await page.reload()
    await expect(page.get_by_test_id("sign-in")).to_be_visible()


async def test_a_call_is_seen_found_and_deleted(server: OwnServer, page: Page, tmp_path: Path) -> None:
    await sign_in(page, server, "#/live")
    await expect(page.get_by_test_id("empty")).to_be_visible()
    await everybody_may(page)

    # It is seen while it is held, without a reload.
    async with Peer(server.url) as peer:
        await peer.connect()
        card = page.get_by_test_id("live-call")
        await expect(card).to_have_count(1, timeout=PATIENCE)
        conversation = str(await card.get_attribute("data-conversation"))
        peer.send("send-text", {"content": "I want to learn guitar in three months"})
        await peer.until(lambda: any(one["status"] == "done" for one in peer.own_messages("tool_call")))
        await peer.until(lambda: peer.own_messages("turn_latency"))
        await expect(card.locator("div", has_text="Turns").locator("dd").first).to_have_text("1", timeout=PATIENCE)
        await everybody_may(page)
        peer.send("disconnect-bot")
        await peer.until(lambda: peer.own_messages("call_ended"))
    await expect(page.get_by_test_id("empty")).to_be_visible(timeout=PATIENCE)

    # It is found by its words, and only by those.
    await page.get_by_test_id("nav-conversations").click()
    rows = page.get_by_test_id("conversation-row")
    await expect(rows).to_have_count(1)
    await page.get_by_label("Search in what was said and done").fill("PIANO")
    await page.get_by_test_id("search").click()
    await expect(page.get_by_test_id("empty")).to_contain_text("Nothing found")
    await page.get_by_test_id("clear").click()
    await page.get_by_label("Search in what was said and done").fill("GUITAR")
    await page.keyboard.press("Enter")
    await expect(rows).to_have_count(1)
    await expect(rows.locator("mark").first).to_have_text("guitar")
    await page.get_by_label("Caller's id").fill("somebody")
    await page.get_by_test_id("search").click()
    await expect(page.get_by_role("alert")).to_contain_text("An id has the form")
    await everybody_may(page)

    # What was said and done, and how long it took.
    await rows.click()
    transcript, timeline = page.get_by_test_id("transcript"), page.get_by_test_id("timeline")
    await expect(transcript).to_contain_text("I want to learn guitar in three months")
    await expect(transcript.get_by_test_id("tool-run")).to_have_attribute("data-status", "done")
    await expect(timeline.get_by_test_id("turn")).to_contain_text("Answered in")
    await expect(timeline.get_by_test_id("tool-step")).to_contain_text("took")
    for lane in ("caller", "wait", "tools", "agent"):
        assert await timeline.locator(f'[data-lane="{lane}"] i').count() >= 1, lane
    assert await timeline.locator(".bar i").count() >= 2
    await everybody_may(page)

    # It says what goes and what stays, and does nothing before it is confirmed.
    async with DaoClient(server.dao_url) as dao:
        await page.get_by_test_id("delete").click()
        confirmation = page.get_by_test_id("confirmation")
        await expect(confirmation).to_contain_text("the goal or task that was asked for in it")
        await everybody_may(page)
        await page.keyboard.press("Escape")
        await expect(confirmation).to_have_count(0)
        await expect(page.get_by_test_id("delete")).to_be_focused()
        assert (await dao.conversation(UUID(conversation))).id == UUID(conversation)
        await page.get_by_test_id("delete").click()
        await page.get_by_test_id("confirm").click()
        receipt = page.get_by_test_id("receipt")
        await expect(receipt).to_have_attribute("data-subject", conversation)
        with pytest.raises(DaoNotFound):
            await dao.conversation(UUID(conversation))

    # The receipt can be taken along, and lies under Deletions.
    await page.get_by_test_id("copy").click()
    await expect(page.get_by_test_id("copy")).to_contain_text("Copied")
    copied = json.loads(await page.evaluate("navigator.clipboard.readText()"))
    assert (copied["kind"], copied["subject_id"]) == ("conversation", conversation)
    assert copied["counts"]["messages"] >= 2 and copied["counts"]["tool_calls"] == 1
    async with page.expect_download() as downloading:
        await page.get_by_test_id("download").click()
    download = await downloading.value
    assert download.suggested_filename == f"deletion-conversation-{conversation}.json"
    taken = tmp_path / "receipt.json"
    await download.save_as(taken)
    assert json.loads(await asyncio.to_thread(taken.read_text)) == copied
    await everybody_may(page)
    await page.reload()
    await expect(page.get_by_test_id("fault")).to_have_attribute("data-fault", "gone")
    await page.get_by_test_id("nav-conversations").click()
    await expect(page.get_by_test_id("empty")).to_contain_text("No conversations yet")
    await page.get_by_test_id("nav-deletions").click()
    await page.locator(f'[data-subject="{conversation}"] summary').click()
    await expect(page.get_by_test_id("receipts")).to_contain_text(copied["id"])
    await everybody_may(page)

    # The goal stayed, until everything of its caller is deleted.
    await page.get_by_test_id("nav-goals").click()
    await expect(page.get_by_test_id("goal-row")).to_contain_text("Conversation deleted")
    await everybody_may(page)
    await page.get_by_test_id("kind-tasks").click()
    await expect(page.get_by_test_id("empty")).to_contain_text("No tasks yet")
    await page.get_by_test_id("kind-goals").click()
    await page.get_by_test_id("goal-row").get_by_role("link", name="Caller").click()
    await expect(page.get_by_test_id("person")).to_contain_text(str(LOCAL_USER))
    await everybody_may(page)
    await page.get_by_test_id("delete").click()
    await expect(page.get_by_test_id("confirm")).to_be_disabled()
    await page.get_by_test_id("sure").check()
    await page.get_by_test_id("confirm").click()
    await expect(page.get_by_test_id("receipt")).to_have_attribute("data-subject", str(LOCAL_USER))
    await page.get_by_test_id("nav-goals").click()
    await expect(page.get_by_test_id("empty")).to_contain_text("No goals yet")
    async with DaoClient(server.dao_url) as dao:
        assert await dao.goals(LOCAL_USER) == []


async def test_engines_and_settings_are_shown_and_secrets_are_not(server: OwnServer, page: Page) -> None:
    await sign_in(page, server, "#/engines")
    for part in ("vad", "stt", "llm", "tts"):
        await expect(page.locator(f'[data-testid="engine"][data-part="{part}"]')).to_have_attribute("data-status", "ok")
    await expect(page.get_by_test_id("part").first).to_be_visible()
    await expect(page.get_by_test_id("processes")).to_contain_text("MiB")
    await everybody_may(page)

    await page.get_by_test_id("nav-settings").click()
    settings = page.get_by_test_id("setting")
    await expect(settings.first).to_be_visible()
    everything = await page.locator("main").inner_text()
    assert SIGNING_KEY not in everything and KEY_HASH not in everything and KEY not in everything
    await page.get_by_label("Find a setting").fill("auth__signing")
    await expect(settings).to_have_count(1)
    await expect(settings).to_contain_text("Set, hidden here")
    await page.get_by_label("Find a setting").fill("")
    await page.get_by_label("Only what differs").check()
    names = [await one.get_attribute("data-name") for one in await settings.all()]
    assert {"port", "auth.signing_key"} <= set(names) and "stt.engine" not in names
    await everybody_may(page)


async def test_a_failure_is_told_and_tried_again(server: OwnServer, page: Page) -> None:
    await sign_in(page, server, "#/goals")

    async def unplug(route: Route) -> None:
        await route.abort()

    await page.route("**/api/v1/console/**", unplug)
    await page.get_by_test_id("nav-conversations").click()
    fault = page.get_by_test_id("fault")
    await expect(fault).to_have_attribute("data-fault", "unreachable")
    await everybody_may(page)
    await page.unroute("**/api/v1/console/**")
    await page.get_by_test_id("retry").click()
    await expect(fault).to_have_count(0)
    await expect(page.get_by_test_id("found")).to_be_visible()


async def test_live_calls_are_asked_for_only_while_somebody_looks(server: OwnServer, page: Page) -> None:
    await page.clock.install()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/calls") else None)
    await sign_in(page, server, "#/live")
    await expect(page.get_by_test_id("empty")).to_be_visible()
    assert len(asked) >= 1
    async with page.expect_request("**/calls"):
        await page.clock.run_for(15_000)

    await page.evaluate(
        """() => {
          Object.defineProperty(document, "hidden", { value: true, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )
    before = len(asked)
    await page.clock.run_for(600_000)
    assert len(asked) == before

    async with page.expect_request("**/calls"):
        await page.evaluate(
            """() => {
              Object.defineProperty(document, "hidden", { value: false, configurable: true });
              document.dispatchEvent(new Event("visibilitychange"));
            }"""
        )


async def test_each_tenant_has_records_of_its_own(server: OwnServer, page: Page) -> None:
    user = UserDraft(id=uuid4(), name="Ada of Acme")
    async with DaoClient(server.dao_url, tenant_id="acme") as dao:
        await dao.put_user(user)
    await sign_in(page, server, f"#/people/{user.id}")
    await expect(page.get_by_test_id("fault")).to_have_attribute("data-fault", "gone")
    await page.goto(f"{server.url}/console#/people/{user.id}?tenant=acme")
    await expect(page.get_by_role("heading", name="Ada of Acme")).to_be_visible()
    await expect(page.get_by_test_id("tenant")).to_have_value("acme")
    await everybody_may(page)
    await page.get_by_test_id("nav-conversations").click()
    await expect(page).to_have_url(f"{server.url}/console#/conversations?tenant=acme")
    await expect(page.get_by_test_id("empty")).to_be_visible()
    await page.get_by_test_id("tenant").select_option("default")
    await expect(page).to_have_url(f"{server.url}/console#/conversations")
