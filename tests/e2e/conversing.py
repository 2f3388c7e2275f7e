"""What tests by voice do with a caller: begin a call, speak, and wait for the answer."""

from typing import Any
from uuid import uuid4

import numpy as np

from models.audio import Pcm
from tests.e2e.peer import Peer
from tests.speech import load

ZONE = "Europe/Berlin"


def caller() -> dict[str, Any]:
    """Return the start options of a caller of whom nothing is kept yet."""
    return {"user_id": str(uuid4()), "timezone": ZONE}


async def greeted(peer: Peer) -> None:
    """Connect and hear the greeting to its end."""
    await peer.connect()
    await peer.until(lambda: peer.of_type("bot-stopped-speaking"), 20)


async def say(peer: Peer, *clips: str) -> None:
    """Speak `clips` and wait until the last sample has left."""
    for clip in clips:
        await peer.play(load(clip)).done.wait()


async def answered(peer: Peer, turns: int) -> None:
    """Wait until as many turns were answered and the agent is silent."""
    await peer.until(lambda: len(peer.own_messages("turn_latency")) >= turns, 30)
    # The latency is known at the first sound of an answer; it is kept when it was heard to its end.
    await peer.until(lambda: any(m["role"] == "assistant" and m["turn"] >= turns for m in peer.own_messages("message")))
    await peer.until(lambda: len(peer.of_type("bot-stopped-speaking")) >= len(peer.of_type("bot-started-speaking")), 30)


def said(peer: Peer) -> list[str]:
    """Return the agent's phrases so far."""
    return [message["data"]["text"] for message in peer.of_type("bot-transcription")]


def loudness(pcm: Pcm) -> float:
    """Return the root mean square."""
    return float(np.sqrt(np.mean(pcm**2))) if pcm.size else 0.0
