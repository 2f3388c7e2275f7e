"""One call held by a real headless Chromium with a recording as its microphone."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import numpy as np
import soundfile
from playwright.async_api import Page, Playwright

from models.audio import SAMPLE_RATE, Pcm

FLAGS: Final = (
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

# Keeps every peer connection that the page makes, so that what came back over it can be measured.
KEEP_CONNECTIONS: Final = """
window.peers = [];
window.RTCPeerConnection = class extends window.RTCPeerConnection {
  constructor(...args) { super(...args); window.peers.push(this); }
};
"""
RECEIVED: Final = """async () => {
  let energy = 0;
  for (const peer of window.peers) {
    if (peer.connectionState === "closed") continue;
    for (const report of (await peer.getStats()).values())
      if (report.type === "inbound-rtp" && report.kind === "audio") energy += report.totalAudioEnergy ?? 0;
  }
  return energy;
}"""
SEEN: Final = """() => {
  const lines = [...document.querySelectorAll('[data-testid="transcript"] > li')].map((item) => ({
    kind: item.dataset.testid === "tool-card" ? "tool" : item.dataset.role,
    final: item.dataset.final === "true",
    tool: item.dataset.tool ?? null,
    status: item.dataset.status ?? null,
    text: (item.querySelector(".words") ?? item).innerText.trim().replaceAll("\\n", " "),
  }));
  const waits = [...document.querySelectorAll('[data-testid="latency"]')].map((each) => each.dataset.voiceToVoice);
  const heard = [...document.querySelectorAll('[data-testid="latency"]')].map((each) => each.dataset.heard);
  const error = document.querySelector('[data-testid="error"] .notice-words');
  return {
    state: document.body.dataset.state ?? "",
    lines, waits, heard,
    error: error ? error.innerText.trim().replaceAll("\\n", " ") : null,
  };
}"""

# Of the sum of squares of the samples, times their length in seconds, as WebRTC's statistics count it.
AUDIBLE: Final = 1e-4


@dataclass(frozen=True, slots=True)
class Seen:
    """What the page showed in the end, and whether the answer could be heard.

    Of the last turn, in ms: `voice_to_voice` as the server measured it, `heard_after` as the page did.
    """

    heard: str = ""
    tools: tuple[tuple[str, str], ...] = ()
    answer: str = ""
    audible: bool = False
    voice_to_voice: float | None = None
    heard_after: float | None = None
    fault: str | None = None
    requests: frozenset[str] = field(default_factory=frozenset)


def write_microphone(path: Path, speech: Pcm, *, lead: float, tail: float) -> float:
    """Write what the microphone hears: silence, the speech, silence; return its length in seconds."""
    silence = (np.zeros(int(seconds * SAMPLE_RATE), dtype=np.float32) for seconds in (lead, tail))
    whole = np.concatenate([next(silence), speech, next(silence)])
    soundfile.write(path, whole, SAMPLE_RATE, subtype="PCM_16")
    return len(whole) / SAMPLE_RATE


async def hold_call(
    playwright: Playwright,
    chromium: str,
    url: str,
    microphone: Path,
    *,
    timezone: str,
    patience: float,
    flags: Sequence[str] = FLAGS,
) -> Seen:
    """Open the page, start a call, let the microphone play, and wait `patience` seconds at most for the answer."""
    capture = f"--use-file-for-fake-audio-capture={microphone}%noloop"
    browser = await playwright.chromium.launch(executable_path=chromium, args=[*flags, capture])
    try:
        context = await browser.new_context(timezone_id=timezone, locale="en-US", permissions=["microphone"])
        await context.add_init_script(KEEP_CONNECTIONS)
        requests: set[str] = set()
        context.on("request", lambda request: requests.add(_host(request.url)))  # of workers and frames too
        page = await context.new_page()
        page.on("websocket", lambda websocket: requests.add(_host(websocket.url)))
        await page.goto(url)
        await page.get_by_test_id("start").first.click()
        seen = await _until_answered(page, patience)
        end = page.get_by_test_id("end")
        if await end.count():
            await end.first.click()
            await page.wait_for_timeout(300)
        return Seen(**seen, requests=frozenset(requests))
    finally:
        await browser.close()


def _host(url: str) -> str:
    """Return who is asked; a `data:` or `blob:` URL asks nobody and is its own answer."""
    return urlsplit(url).netloc or url


async def _until_answered(page: Page, patience: float) -> dict[str, Any]:
    """Watch the page until an answer to the caller has been spoken, or the time is up."""
    loop = asyncio.get_running_loop()
    end = loop.time() + patience
    energy_before = 0.0
    quiet_since: float | None = None
    while True:
        snapshot = await page.evaluate(SEEN)
        lines = snapshot["lines"]
        turns = [i for i, line in enumerate(lines) if line["kind"] == "user"]
        if not turns:
            energy_before = await page.evaluate(RECEIVED)
        answers = [line for line in lines[turns[-1] :] if line["kind"] == "agent"] if turns else []
        settled = bool(answers) and snapshot["state"] in ("listening", "ended") and lines[turns[-1]]["final"]
        quiet_since = (quiet_since or loop.time()) if settled else None
        done = quiet_since is not None and loop.time() - quiet_since > 1.5
        if done or loop.time() > end or snapshot["state"] == "error":
            break
        await asyncio.sleep(0.2)
    energy = await page.evaluate(RECEIVED) - energy_before
    tools = tuple((line["tool"] or "", line["status"] or "") for line in lines if line["kind"] == "tool")
    waits, heard = ([float(each) for each in snapshot[of] if each != "unknown"] for of in ("waits", "heard"))
    return {
        "heard": " ".join(line["text"] for line in lines if line["kind"] == "user"),
        "tools": tools,
        "answer": " ".join(line["text"] for line in answers),
        "audible": energy > AUDIBLE,
        "voice_to_voice": waits[-1] if waits else None,
        "heard_after": heard[-1] if heard else None,
        "fault": snapshot["error"] or (None if done else f"no answer within {patience:.0f} s ({snapshot['state']})"),
    }
