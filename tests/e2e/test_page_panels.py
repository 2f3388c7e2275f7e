"""The page's settings and latency panels in real Chromium: devices, what is kept, and what is measured."""

import asyncio
import csv
import statistics
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page, async_playwright

from benchmarks.browser_call import FLAGS, KEEP_CONNECTIONS, write_microphone
from benchmarks.own_server import OwnServer
from tests.speech import load

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

# Keeps every microphone that the page opens, and what plays the agent's voice.
KEEP_DEVICES = """
window.opened = [];
window.players = [];
const media = navigator.mediaDevices;
const open = media.getUserMedia.bind(media);
media.getUserMedia = async (constraints) => {
  const stream = await open(constraints);
  window.opened.push(...stream.getTracks());
  return stream;
};
const play = HTMLMediaElement.prototype.play;
HTMLMediaElement.prototype.play = function () {
  window.players.push(this);
  return play.call(this);
};
"""
LIVE = "() => window.opened.filter((each) => each.readyState === 'live').map((each) => each.label)"
SENT = "() => window.peers.at(-1).getSenders().map((each) => each.track?.label)"
MARKS = ("endpoint", "transcript", "llm_first_token", "llm_first_phrase", "tts_first_audio", "audio_out")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def context(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BrowserContext]:
    """Run a browser whose every microphone hears the same recording from its beginning."""
    microphone = tmp_path_factory.mktemp("microphone") / "goal.wav"
    write_microphone(microphone, load("goal_1_rms"), lead=9.0, tail=60.0)
    capture = f"--use-file-for-fake-audio-capture={microphone}%noloop"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=[*FLAGS, capture])
        context = await browser.new_context(locale="en-US", permissions=["microphone"], accept_downloads=True)
        await context.add_init_script(KEEP_CONNECTIONS + KEEP_DEVICES)
        yield context
        await browser.close()


async def test_settings_are_tried_kept_and_shared_with_other_tabs(server: OwnServer, context: BrowserContext) -> None:
    page = await opened(context, server)
    await page.get_by_test_id("open-settings").click()
    assert await page.get_by_role("dialog", name="Settings").is_visible()
    await page.locator('[data-testid="preview"][data-preview="open"]').wait_for()
    first = await page.evaluate(LIVE)
    assert len(first) == 1
    choice = page.get_by_label("Microphone", exact=True)
    other = "Fake Audio Input 2"
    await choice.select_option(label=other)  # waits until it is listed
    await until(lambda: page.evaluate(LIVE), [other])  # the first one was given back
    bar = page.get_by_test_id("preview-level")
    await until(lambda: bar.evaluate("(each) => Number(each.style.getPropertyValue('--level')) > 0.2"), True)
    await page.locator('[data-testid="preview-hears"][data-hears="true"]').wait_for()

    loudspeaker = page.get_by_label("Loudspeaker")
    await loudspeaker.select_option(index=1)
    chosen = await loudspeaker.input_value()
    assert chosen
    await page.get_by_role("slider").fill("40")
    await page.get_by_test_id("settings-captions-huge").check()
    await page.get_by_test_id("settings-push-to-talk").check()
    await page.get_by_test_id("settings-chime").click()
    await page.locator('[data-testid="settings-chime"][data-state="quiet"]').wait_for()
    assert await page.evaluate("() => window.players.map((each) => [each.volume, each.sinkId])") == [[0.4, chosen]]
    await page.keyboard.press("Escape")
    await page.get_by_test_id("settings").wait_for(state="hidden")
    assert await page.evaluate(LIVE) == []
    assert await page.evaluate("() => document.activeElement.dataset.testid") == "open-settings"

    second = await opened(context, server)
    assert await second.locator(".page").get_attribute("data-captions") == "huge"
    await second.get_by_test_id("open-settings").click()
    assert await second.get_by_test_id("settings-volume-shown").inner_text() == "40 %"
    await second.get_by_test_id("settings-captions-large").check()
    await page.locator('.page[data-captions="large"]').wait_for()  # the other tab
    await second.close()
    await page.reload()
    await page.get_by_test_id("open-settings").click()
    assert await page.get_by_role("slider").input_value() == "40"
    assert await page.get_by_test_id("settings-captions-large").is_checked()
    assert await page.get_by_test_id("settings-push-to-talk").is_checked()
    await page.get_by_test_id("settings-push-to-talk").uncheck()
    await page.get_by_test_id("settings-close").click()
    await page.close()
    # It holds for calls: the chosen devices, and the volume.
    page = await opened(context, server)
    await page.get_by_test_id("start").first.click()
    await page.locator('body[data-state="listening"]').wait_for(timeout=20_000)
    assert await page.evaluate(SENT) == [other]
    assert await page.evaluate("() => [window.players[0].volume, window.players[0].sinkId]") == [0.4, chosen]
    await page.get_by_test_id("open-settings").click()
    await page.locator('[data-testid="preview"][data-preview="call"]').wait_for()
    assert await page.evaluate(LIVE) == [other]  # not opened twice
    await page.get_by_label("Microphone", exact=True).select_option(value="")
    await until(lambda: page.evaluate(SENT), first)
    await until(lambda: page.evaluate(LIVE), first)
    await page.get_by_role("slider").fill("75")
    await until(lambda: page.evaluate("() => window.players[0].volume"), 0.75)
    await page.get_by_test_id("settings-close").click()
    await page.get_by_test_id("end").first.click()
    await until(lambda: page.evaluate(LIVE), [])
    await page.close()


async def test_where_the_time_went_is_shown_and_taken_away(
    server: OwnServer, context: BrowserContext, tmp_path: Path
) -> None:
    page = await opened(context, server)
    await page.get_by_test_id("open-latency").click()
    assert "No answer has been measured yet" in await page.get_by_test_id("latency-panel").inner_text()
    await page.get_by_test_id("latency-sheet-close").click()
    await page.get_by_test_id("start").first.click()
    # A busy machine may hear one sentence as two turns, of which the first is never answered.
    answered = page.locator('[data-testid="latency"]:not([data-voice-to-voice="unknown"])')
    await answered.first.wait_for(timeout=60_000)
    await page.locator('body[data-state="listening"]').wait_for(timeout=30_000)
    before = await answered.count()
    await page.get_by_test_id("textbox").fill("What can you do?")
    await page.get_by_test_id("send").click()
    await answered.nth(before).wait_for(timeout=30_000)
    of_page = "(all) => all.map(({dataset}) => [dataset.turn, dataset.voiceToVoice, dataset.heard])"
    under_answers = await answered.evaluate_all(of_page)

    await page.get_by_test_id("open-latency").click()
    panel = page.get_by_test_id("latency-panel")
    last = panel.get_by_role("img", name="When each stage was reached")
    said = await last.get_attribute("aria-label") or ""
    assert "Heard you finish: not in a typed turn" in said and "Sound sent: " in said and "Heard here" not in said
    history = await panel.get_by_role("img", name="Voice to voice").get_attribute("aria-label") or ""
    async with page.expect_download() as download:
        await panel.get_by_test_id("latency-csv").click()
    file = await download.value
    assert file.suggested_filename.startswith("flux-voice-latency-2")
    await file.save_as(tmp_path / "latency.csv")
    with (tmp_path / "latency.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [row["turn"] for row in rows] == sorted({row["turn"] for row in rows}, key=int)
    taken = [[row["turn"], row["audio_out_ms"], row["heard_ms"] or "unknown"] for row in rows]
    assert all(each in taken for each in under_answers)
    *spoken, typed = rows
    assert {row["kind"] for row in spoken} == {"spoken"} and typed["kind"] == "typed"
    assert [mark for mark in MARKS if typed[f"{mark}_ms"] == ""] == ["endpoint", "transcript"]
    assert typed["voice_to_voice_ms"] == typed["heard_ms"] == ""
    for clock, column in (("server", "voice_to_voice_ms"), ("heard", "heard_ms")):
        waits = [float(row[column]) / 1000 for row in spoken if row[column]]
        count, middle, _ = await panel.get_by_test_id(f"latency-figures-{clock}").locator("td").all_inner_texts()
        assert int(count) == len(waits)
        if not waits:  # the page did not hear for sure, on a busy machine
            assert clock == "heard" and middle == "unknown"
            continue
        assert abs(float(middle.removesuffix(" s")) - statistics.median(waits)) <= 0.051  # as it is rounded
        assert f"half within {middle}" in history
    await page.close()


async def opened(context: BrowserContext, server: OwnServer) -> Page:
    """Open the talk page in a tab."""
    page = await context.new_page()
    await page.goto(server.url)
    await page.get_by_test_id("open-settings").wait_for()
    return page


async def until(look: Callable[[], Awaitable[object]], wanted: object) -> None:
    """Wait until the page is as wanted, 30 s at most."""
    for _ in range(300):
        if (seen := await look()) == wanted:
            return
        await asyncio.sleep(0.1)
    assert seen == wanted
