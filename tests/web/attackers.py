"""A caller who only wants a quiet call, one who does not, and how to tell whether the first was disturbed."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame

from models.audio import SAMPLE_RATE
from tests.e2e.peer import FRAME, Peer
from tests.web.scripted import ScriptedConversation, Server


class QuietCaller(Peer):
    """Notes the time line of the agent's voice: a frame that was lost or dropped on the way leaves a hole in it."""

    def __init__(self, base_url: str) -> None:
        super().__init__(base_url)
        self.stamps: list[int] = []

    async def _read(self, track: MediaStreamTrack) -> None:
        try:
            while True:
                frame = await track.recv()
                assert frame.pts is not None
                self.stamps.append(frame.pts)
                await self._notify()
        except MediaStreamError:
            pass

    @property
    def holes(self) -> list[int]:
        return [after - before for before, after in pairwise(self.stamps) if after - before != 960]


class Flood(MediaStreamTrack):
    """A microphone whose audio comes `speed` times as fast as time goes by."""

    kind = "audio"

    def __init__(self, speed: float) -> None:
        super().__init__()
        self._pause = FRAME / SAMPLE_RATE / speed
        self.frames = 0

    async def recv(self) -> AudioFrame:
        if self.readyState != "live":
            raise MediaStreamError
        await asyncio.sleep(self._pause)
        pcm = np.full((1, FRAME), 8_000, dtype=np.int16)
        frame = AudioFrame.from_ndarray(pcm, format="s16", layout="mono")
        frame.sample_rate, frame.time_base, frame.pts = SAMPLE_RATE, Fraction(1, SAMPLE_RATE), self.frames * FRAME
        self.frames += 1
        return frame


async def joined(server: Server, peer: Peer) -> ScriptedConversation:
    """Connect `peer` and return its conversation."""
    await peer.connect()
    conversation = server.conversations[-1]
    await asyncio.wait_for(conversation.attached.wait(), 10)
    return conversation


@asynccontextmanager
async def undisturbed(server: Server) -> AsyncIterator[QuietCaller]:
    """Hold another call for as long as the attack lasts, and check that it hears nothing of it.

    No wall clock: its frames are counted by their own time line, its questions and answers by their numbers.
    """
    caller = QuietCaller(server.url)
    async with caller:
        conversation = await joined(server, caller)
        yield caller
        stamps, heard, asked = len(caller.stamps), len(conversation.audio), 20
        for number in range(asked):
            caller.send("client-message", {"t": "about"}, id=f"after-{number}")
        answers = await caller.until(lambda: len(got := caller.of_type("server-response")) >= asked and got, 30)
        assert [one["id"] for one in answers[-asked:]] == [f"after-{number}" for number in range(asked)]
        await caller.until(lambda: len(caller.stamps) > stamps + 25 and len(conversation.audio) > heard + 25, 30)
        assert caller.holes == []
        assert [name for name, *_ in conversation.calls] == ["expect", "attach"]
        assert not caller.of_type("error") and not caller.signals


def errors(peer: Peer) -> list[bool]:
    """Return for each error that the peer was told whether it was fatal."""
    return [one["data"]["fatal"] for one in peer.of_type("error")]


def message(kind: str, data: Any = None) -> str:
    return json.dumps({"label": "rtvi-ai", "type": kind, "id": "1", "data": data})
