"""The talk page in real Chromium: a spoken call from the first key to the last, and push-to-talk on a phone."""

import json
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from benchmarks.browser_call import FLAGS, write_microphone
from benchmarks.own_server import OwnServer
from tests.e2e.looking import comes
from tests.speech import load

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

PATIENCE: Final = 60_000.0  # milliseconds, for whatever is waited for; nothing takes as long

# Keeps what the page shows, however briefly, and the channel that the server speaks on.
WATCH: Final = """
window.seen = {states: [], statuses: [], partials: [], spoken: [], you: 0, agent: 0};
const {seen} = window;
const note = (list, value) => { if (value && list.at(-1) !== value) list.push(value); };
const level = (side) => Number(document.querySelector(".stage")?.style.getPropertyValue(side) ?? 0);
const look = () => {
  note(seen.states, document.body?.dataset.state);
  for (const card of document.querySelectorAll('[data-testid="tool-card"]')) note(seen.statuses, card.dataset.status);
  const mine = document.querySelector('[data-role="user"] .words');
  note(seen.partials, mine && mine.closest("li").dataset.final + ": " + mine.innerText);
  note(seen.spoken, document.querySelector('[data-role="agent"] .words')?.innerText);
  seen.you = Math.max(seen.you, level("--you"));
  seen.agent = Math.max(seen.agent, level("--agent"));
};
new MutationObserver(look).observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
const create = RTCPeerConnection.prototype.createDataChannel;
RTCPeerConnection.prototype.createDataChannel = function (...args) {
  return (window.channel = create.apply(this, args));
};
const media = navigator.mediaDevices;
const open = media.getUserMedia.bind(media);
media.getUserMedia = async (constraints) => {
  const stream = await open(constraints);
  window.microphone = stream.getAudioTracks()[0];
  return stream;
};
"""
TELL: Final = """(messages) => {
  for (const each of messages) window.channel.dispatchEvent(new MessageEvent("message", {data: JSON.stringify(each)}));
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    """Run a browser whose microphone hears a goal, once, some time after it was opened."""
    microphone: Path = tmp_path_factory.mktemp("microphone") / "goal.wav"
    write_microphone(microphone, load("goal_1_rms"), lead=9.0, tail=60.0)
    capture = f"--use-file-for-fake-audio-capture={microphone}%noloop"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=[*FLAGS, capture])
        yield browser
        await browser.close()


async def opened(browser: Browser, url: str, width: int, height: int, script: str = "") -> Page:
    """Open the page in a context of its own."""
    context = await browser.new_context(
        locale="en-US", viewport={"width": width, "height": height}, permissions=["microphone"]
    )
    context.set_default_timeout(PATIENCE)
    await context.add_init_script(WATCH + script)
    page = await context.new_page()
    await page.goto(url)
    await page.get_by_test_id("start").wait_for()
    return page


async def state(page: Page, name: str) -> None:
    await page.locator(f'body[data-state="{name}"]').wait_for()


async def write(page: Page, text: str) -> None:
    await page.get_by_test_id("textbox").fill(text)
    await page.get_by_test_id("send").click()


def in_order(wanted: Iterable[str], seen: Iterable[str]) -> bool:
    """Tell whether all that is wanted was seen, one after the other, whatever came between."""
    rest = iter(seen)
    return all(each in rest for each in wanted)


async def test_a_spoken_call_from_the_first_key_to_the_last(server: OwnServer, browser: Browser) -> None:
    page = await opened(browser, server.url, 1280, 800)
    await page.keyboard.press("Space")
    await page.get_by_test_id("overlay").wait_for()
    await page.locator('[data-testid="tool-card"][data-status="done"]').wait_for()
    await state(page, "speaking")
    await state(page, "listening")
    seen: dict[str, Any] = await page.evaluate("window.seen")
    states = ("idle", "connecting", "speaking", "listening", "hearing", "thinking", "speaking", "listening")
    assert in_order(states, seen["states"]), seen["states"]
    # The caller's words came while they were spoken, and settled.
    partials = seen["partials"]
    assert partials[0].startswith("false: ") and partials[-1].startswith("true: ")
    assert "guitar" in partials[-1]
    # The agent's were shown as they were spoken.
    assert len(seen["spoken"]) > 3
    assert all(later.startswith(sooner) for sooner, later in zip(seen["spoken"], seen["spoken"][1:], strict=False))
    assert seen["you"] > 0.2 and seen["agent"] > 0.2
    assert set(seen["statuses"]) <= {"asked", "running", "done"} and seen["statuses"][-1] == "done"
    assert "learn guitar" in (await page.get_by_test_id("tool-card").inner_text()).lower()

    mute = page.get_by_test_id("mute")
    await page.keyboard.press("Space")
    await expect(mute).to_have_attribute("data-mic", "muted")
    assert (await page.locator(".stage-words").inner_text()).startswith("You are muted")
    assert await page.evaluate("window.microphone.enabled") is False
    await page.get_by_test_id("textbox").focus()
    await page.keyboard.type("a b")  # a space of the text, not of the call
    assert await page.get_by_test_id("textbox").input_value() == "a b"
    await expect(mute).to_have_attribute("data-mic", "muted")
    await mute.press("Space")  # the button's own
    await expect(mute).to_have_attribute("data-mic", "on")

    # What is written while the agent speaks interrupts it.
    await write(page, "What can you do?")
    await state(page, "speaking")
    await write(page, "Remind me to call mom tomorrow at noon")
    cut = page.locator('[data-role="agent"][data-interrupted="true"]')
    await cut.wait_for()
    assert "Interrupted" in await cut.inner_text()

    await page.keyboard.press("Escape")
    await state(page, "ended")
    assert await page.evaluate("window.microphone.readyState") == "ended"
    assert await page.get_by_test_id("overlay").is_visible()
    await page.keyboard.press("Escape")
    await page.get_by_test_id("overlay").wait_for(state="hidden")
    assert await page.evaluate("document.activeElement === document.querySelector('.voice-button')")
    await page.context.close()


async def test_push_to_talk_on_a_phone_and_an_intent_that_was_refused(server: OwnServer, browser: Browser) -> None:
    settings = json.dumps(json.dumps({"pushToTalk": True}))
    page = await opened(browser, server.url, 390, 844, f"localStorage.setItem('flux-voice-settings', {settings});")
    await page.get_by_test_id("start").click()
    await page.locator('[data-role="agent"][data-final="true"]').wait_for()
    hold = page.get_by_test_id("hold")
    open_now = "window.microphone.enabled"
    await expect(hold).to_have_attribute("data-mic", "muted")
    assert await page.evaluate(open_now) is False
    await state(page, "listening")
    assert "Hold the button" in await page.locator(".stage-words").inner_text()
    await page.get_by_test_id("overlay").focus()
    await page.keyboard.down("Space")
    await expect(hold).to_have_attribute("data-mic", "on")
    assert await page.evaluate(open_now) is True
    await page.keyboard.up("Space")
    await expect(hold).to_have_attribute("data-mic", "muted")
    await hold.hover()
    await page.mouse.down()
    await expect(hold).to_have_attribute("data-mic", "on")
    await page.mouse.move(5, 5)  # a finger may slip
    await expect(hold).to_have_attribute("data-mic", "on")
    await page.mouse.up()
    await expect(hold).to_have_attribute("data-mic", "muted")
    await page.get_by_test_id("overlay").focus()
    await page.keyboard.down("Space")
    await expect(hold).to_have_attribute("data-mic", "on")
    await page.evaluate("dispatchEvent(new Event('blur'))")  # the key is lifted in another window
    await expect(hold).to_have_attribute("data-mic", "muted")
    assert await page.evaluate(open_now) is False
    await page.keyboard.up("Space")

    # The call goes on behind the page, and can be fetched back; who held its button holds it no more.
    await page.get_by_test_id("textbox").fill("half a")
    await hold.hover()
    await page.mouse.down()
    await expect(hold).to_have_attribute("data-mic", "on")
    await page.get_by_test_id("close-overlay").dispatch_event("click")
    await comes(page, f"!({open_now})")
    await page.mouse.up()
    assert await page.get_by_test_id("textbox").input_value() == "half a"
    button = page.get_by_test_id("open-call")
    await expect(button).to_contain_text("Listening")
    await write(page, "What can you do?")
    await page.locator('[data-role="agent"][data-final="true"]').nth(1).wait_for()
    await button.click()
    assert await page.get_by_test_id("transcript").count() == 1

    # The public protocol's end of a call comes before our own word that it was rejected.
    call = {"call_id": "x:1:0", "name": "submit_goal_intent", "arguments": {"goal_statement": "Sing"}, "record": None}
    asked = {"type": "tool_call", **call, "status": "started", "result": None}
    await page.evaluate(TELL, [rtvi({"type": "server-message", "data": asked})])
    card = page.get_by_test_id("tool-card").last
    await expect(card).to_have_attribute("data-status", "asked")
    stopped = {"function_name": call["name"], "tool_call_id": call["call_id"], "cancelled": False, "result": "By when?"}
    await page.evaluate(TELL, [rtvi({"type": "llm-function-call-stopped", "data": stopped})])
    await expect(card).to_have_attribute("data-status", "running")
    rejected = {"type": "tool_call", **call, "status": "rejected", "result": "By when?"}
    await page.evaluate(TELL, [rtvi({"type": "server-message", "data": rejected})])
    await expect(card).to_have_attribute("data-status", "rejected")
    assert "Not done yet" in await card.inner_text()
    assert "done" not in await page.evaluate("window.seen.statuses")
    await page.get_by_test_id("end").click()
    await state(page, "ended")
    assert await page.evaluate("document.activeElement === document.querySelector('.voice-overlay')")
    await page.context.close()


def rtvi(message: dict[str, Any]) -> dict[str, Any]:
    """Return a message as the server sends it."""
    return {"label": "rtvi-ai", "id": "x", **message}
