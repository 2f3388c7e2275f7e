"""The callers of `benchmarks.soak`: a process of their own, so that the server's holds nothing of theirs.

Reads the number of calls of a round from each line of standard input, holds them at once, and answers with a JSON line
`{"calls": [{"ending": …, "fault": …}]}`.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any
from uuid import uuid4

from tests.e2e.peer import Peer
from tests.speech import load

GREETED = "bot-started-speaking"
PATIENCE = 60.0
"""Seconds to wait for one step of a call: this is about what is left after calls, not about how fast they are."""


async def _hang_up(peer: Peer) -> None:
    """The caller has a task kept and hangs up."""
    peer.send("send-text", {"content": "Remind me to call mom tomorrow at noon"})
    tool = await peer.until(lambda: _ended(peer.own_messages("tool_call")), PATIENCE)
    if tool["status"] != "done":
        raise RuntimeError(f"the tool ended as {tool['status']}: {tool['result']}")
    peer.send("disconnect-bot")
    await _over(peer)


async def _over(peer: Peer) -> None:
    """Wait for the end of the call; on a machine that is too busy the word of it can be lost with the link."""
    await peer.until(lambda: peer.own_messages("call_ended") or peer.pc.connectionState == "closed", PATIENCE)


def _ended(tools: list[dict[str, Any]]) -> dict[str, Any] | None:
    return next((tool for tool in tools if tool["status"] not in ("started", "running")), None)


async def _vanish(peer: Peer) -> None:
    """The caller is gone in the middle of the greeting."""
    await peer.until(lambda: peer.of_type(GREETED), PATIENCE)


async def _vanish_in_a_sentence(peer: Peer) -> None:
    """The caller is gone while speaking."""
    await peer.until(lambda: peer.of_type(GREETED), PATIENCE)
    peer.play(load("goal_1_rms"))
    await peer.until(lambda: peer.of_type("user-started-speaking"), PATIENCE)


async def _vanish_in_a_tool(peer: Peer) -> None:
    """The caller is gone while a tool runs."""
    peer.send("send-text", {"content": "I want to learn guitar in three months"})
    await peer.until(lambda: peer.own_messages("tool_call"), PATIENCE)


async def _speak(peer: Peer) -> None:
    """The caller speaks over the greeting, is answered, and hangs up in the answer."""
    await peer.until(lambda: peer.of_type(GREETED), PATIENCE)
    peer.play(load("call_mom_rms"))
    await peer.until(lambda: len(peer.of_type(GREETED)) > 1, PATIENCE)
    peer.send("disconnect-bot")
    await _over(peer)


async def _reconnect(peer: Peer) -> None:
    """The caller comes back over another connection and hangs up."""
    await peer.reconnect(within=PATIENCE)
    peer.send("send-text", {"content": "help"})
    await peer.until(lambda: peer.of_type("bot-llm-started"), PATIENCE)
    peer.send("disconnect-bot")
    await _over(peer)


async def _goodbye(peer: Peer) -> None:
    """The agent ends the call."""
    peer.send("send-text", {"content": "goodbye"})
    await _over(peer)


ENDINGS: tuple[Callable[[Peer], Awaitable[None]], ...] = (
    _hang_up,
    _vanish,
    _reconnect,
    _vanish_in_a_sentence,
    _goodbye,
    _vanish_in_a_tool,
    _speak,
)


async def hold(url: str, number: int) -> dict[str, str | None]:
    """Hold one call; `number` picks how it ends."""
    ending = ENDINGS[number % len(ENDINGS)]
    fault = None
    try:
        async with Peer(url, start={"user_id": str(uuid4())}) as peer:
            await peer.connect(within=PATIENCE)
            await ending(peer)
    except Exception as error:  # a call that failed is a result, told with the others
        fault = repr(error)
    return {"ending": ending.__name__.strip("_").replace("_", " "), "fault": fault}


async def main(url: str) -> None:
    """Hold rounds of calls until standard input ends."""
    numbers = count()
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        calls = [hold(url, next(numbers)) for _ in range(int(line))]
        print(json.dumps({"calls": await asyncio.gather(*calls)}), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
