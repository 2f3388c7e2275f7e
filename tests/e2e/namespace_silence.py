"""Scenarios about silence: whole spoken conversations while every packet to another host is watched."""

import socket
from pathlib import Path
from typing import Any, Final

import numpy as np
from playwright.async_api import async_playwright

from benchmarks.browser_call import FLAGS, hold_call, write_microphone
from benchmarks.own_server import own_server
from tests.e2e.namespace import Facts
from tests.e2e.namespace_watcher import Watcher
from tests.e2e.peer import Peer
from tests.speech import load

ZONE: Final = "Europe/Berlin"

NOBODY: Final = "https://127.0.0.1:9"
QUIET: Final = (
    *FLAGS,
    # Chromium's own services, which have nothing to do with the page: each asks for a name every few seconds.
    f"--component-updater=url-source={NOBODY}",
    f"--gaia-url={NOBODY}",
    f"--google-apis-url={NOBODY}",
    f"--optimization-guide-service-get-models-url={NOBODY}",
    "--disable-features=AutofillServerCommunication,MediaRouter,NetworkTimeServiceQuerying,OptimizationHints,"
    "WebRtcHideLocalIpsWithMdns",
)

FORBIDDEN: Final = """async () => {
  const refused = [];
  addEventListener("securitypolicyviolation", ({ blockedURI }) => refused.push(blockedURI));
  const other = "//192.0.2.1";
  await fetch(`http:${other}/fetched`).catch(() => undefined);
  navigator.sendBeacon(`http:${other}/beacon`);
  try { new WebSocket(`ws:${other}/socket`); } catch { /* refused at once */ }
  for (const [kind, path] of [["img", "picture"], ["script", "code"]]) {
    const element = document.createElement(kind);
    await new Promise((resolve) => {
      element.onload = element.onerror = resolve;
      element.src = `http:${other}/${path}`;
      document.body.append(element);
    });
  }
  return refused.map((each) => each.split("/").pop()).sort();
}"""


async def deliberate() -> Facts:
    """Send what the watcher must not miss: a name asked for, of a far resolver and a near one, and a connection."""
    question = bytes(12) + b"\x05telex\x07example\x00" + b"\x00\x01\x00\x01"
    with Watcher() as watcher, socket.socket() as caller, socket.socket(type=socket.SOCK_DGRAM) as sender:
        before = watcher.take()
        for resolver in ("192.0.2.53", "127.0.0.1"):
            sender.sendto(question, (resolver, 53))
        sender.sendto(b"no name", ("127.0.0.1", 9))
        caller.setblocking(False)
        caller.connect_ex(("192.0.2.1", 443))
        return {"before": before, "sent": sorted(set(watcher.take()))}


async def peer_call(folder: str) -> Facts:
    """Serve, hold a spoken call with a client of our own, and stop: nothing but the server could send anything."""
    with Watcher() as watcher:
        async with own_server(Path(folder)) as server, Peer(server.url, start={"timezone": ZONE}) as peer:
            await peer.connect()
            await peer.until(lambda: peer.of_type("bot-stopped-speaking"))
            await peer.play(load("goal_1_rms")).done.wait()
            await peer.until(lambda: peer.own_messages("turn_latency"), 40)
            await peer.until(lambda: len(peer.of_type("bot-stopped-speaking")) > 1, 40)
            pcm = peer.heard()
            facts: dict[str, Any] = {
                "heard": [m["data"]["text"] for m in peer.of_type("user-transcription") if m["data"]["final"]],
                "tools": [[m["name"], m["status"]] for m in peer.own_messages("tool_call")],
                "said": [m["data"]["text"] for m in peer.of_type("bot-transcription")],
                "loudness": float(np.sqrt(np.mean(pcm**2))),
            }
            peer.send("disconnect-bot")
            await peer.until(lambda: peer.own_messages("call_ended"))
        left = [each.name for place in (Path.home(), Path.home() / ".cache") for each in place.glob("*")]
        return facts | {"sent": watcher.take(), "left": left}


async def browser_call(folder: str, chromium: str) -> Facts:
    """Serve, hold a spoken call in Chromium, let the page try to reach another host, and stop."""
    microphone = Path(folder) / "goal.wav"
    write_microphone(microphone, load("goal_1_rms"), lead=7.0, tail=30.0)
    with Watcher() as watcher:
        async with own_server(Path(folder)) as server, async_playwright() as playwright:
            seen = await hold_call(
                playwright, chromium, server.url, microphone, timezone=ZONE, patience=60, flags=QUIET
            )
            browser = await playwright.chromium.launch(executable_path=chromium, args=[*QUIET])
            page = await browser.new_page()
            await page.goto(server.url)
            refused = await page.evaluate(FORBIDDEN)
            await browser.close()
        return {
            "heard": seen.heard,
            "tools": seen.tools,
            "answer": seen.answer,
            "audible": seen.audible,
            "fault": seen.fault,
            "requests": sorted(seen.requests),
            "server": server.url.removeprefix("http://"),
            "refused": refused,
            "sent": watcher.take(),
        }
