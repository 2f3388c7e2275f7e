"""A client that vanishes: what was begun is finished once and kept, everything else is freed, others go on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from intents.toolbox import ToolOutcome
from models.audio import SAMPLE_RATE, Pcm
from models.llm import ToolCall
from pipeline.conversation import Conversation
from pipeline.settings import PipelineSettings
from tests.e2e.peer import Peer
from tests.pipeline.scripted import LoudnessVad, PlainAgent, ScriptedChat, ScriptedStt, ScriptedTools, ToneTts
from tests.web.scripted import Server, serve
from tests.web.test_recorder import ScriptedSpool
from web.calls import Call
from web.recorder import Recorder
from web.rtc import PeerOptions
from web.sessions import Session

GRACE = 1.0
GOAL = {"kind": "goal", "id": str(UUID(int=3))}


class Box:
    """A server with real conversations over scripted engines, and what they share."""

    def __init__(self) -> None:
        self.spool = ScriptedSpool()
        self.stt = ScriptedStt(["this is said while the line breaks", "and this when it is back"])
        self.chat = ScriptedChat([[ToolCall("1", "save_goal", {"goal": "swim"})], ["It is saved now."]])
        self.tts = ToneTts()
        self.tools = ScriptedTools({"save_goal": ToolOutcome("saved", "done", GOAL)}, delay=0.6)
        self.calls: list[Call] = []

    def call(self, session: Session) -> Call:
        conversation = Conversation(
            conversation_id=str(session.caller.conversation_id),
            agent=PlainAgent(),
            tools=self.tools,
            vad=LoudnessVad(),
            stt=self.stt,
            llm=self.chat,
            tts=self.tts,
            settings=PipelineSettings(reconnect_grace=GRACE),
        )
        recorder = Recorder(self.spool, session.caller, agent="test", session_id=session.id)
        call = Call(conversation, recorder, session.caller, PeerOptions(ready_wait=0.5, link_timeout=0.6))
        self.calls.append(call)
        return call

    def kept(self, name: str) -> list[Any]:
        return [value for kind, value in self.spool.puts if kind == name]


@asynccontextmanager
async def box() -> AsyncIterator[tuple[Box, Server]]:
    made = Box()
    async with serve(call=made.call) as server:
        yield made, server
    assert made.stt.open_streams == 0
    assert made.tts.running == 0


def voice(seconds: float) -> Pcm:
    steps = np.arange(int(seconds * SAMPLE_RATE))
    return (0.3 * np.sin(2 * np.pi * 300 * steps / SAMPLE_RATE)).astype(np.float32)


async def vanish(peer: Peer, how: str) -> None:
    """Close the tab, which says so, or fall silent for good, as a phone in a tunnel does."""
    if how == "closed":
        await peer.close()
    else:
        peer.ping = False
        peer.pc.getTransceivers()[0].sender.replaceTrack(None)


async def over(call: Call) -> None:
    while not call.ended:  # noqa: ASYNC110 -- nobody is told of it but the record
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("how", ["closed", "silent"])
async def test_a_tool_that_has_begun_is_finished_once_and_kept(how: str) -> None:
    async with box() as (made, server), Peer(server.url) as peer, asyncio.timeout(30):
        await peer.connect()
        peer.send("send-text", {"content": "I want to swim"})
        await peer.until(lambda: peer.of_type("llm-function-call-in-progress"))
        await vanish(peer, how)
        await over(made.calls[0])
    assert [name for _, name, _ in made.tools.runs] == ["save_goal"]
    assert [(call.name, call.status, call.result) for call in made.kept("tool_call")] == [
        ("save_goal", "running", None),
        ("save_goal", "done", "saved"),
    ]
    assert made.spool.kinds[-1] == "end"  # the end itself


@pytest.mark.parametrize("how", ["closed", "silent"])
async def test_a_caller_gone_in_the_middle_of_a_sentence_holds_nothing(how: str) -> None:
    async with box() as (made, server), Peer(server.url) as peer, asyncio.timeout(30):
        await peer.connect()
        peer.play(voice(10))
        await peer.until(lambda: peer.of_type("user-started-speaking"))
        await vanish(peer, how)
        await over(made.calls[0])
    assert made.spool.kinds[-1] == "end"


@pytest.mark.parametrize("how", ["closed", "silent"])
async def test_an_agent_left_alone_in_the_middle_of_a_sentence_ends_the_call(how: str) -> None:
    async with box() as (made, server), Peer(server.url) as peer, asyncio.timeout(30):
        made.chat = ScriptedChat([["this answer is long " * 20]])
        await peer.connect()
        peer.send("send-text", {"content": "tell me a story"})
        await peer.until(lambda: peer.of_type("bot-started-speaking"))
        await vanish(peer, how)
        await over(made.calls[0])
    roles = [message.role for message in made.kept("message")]
    assert "user" in roles
    assert made.spool.kinds[-1] == "end"


async def test_a_caller_who_comes_back_over_a_slow_network_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async with box() as (made, server), Peer(server.url) as peer, asyncio.timeout(30):
        await peer.connect()
        request = peer.request

        async def slowly(method: str, url: str, body: Any) -> Any:
            answer = await request(method, url, body)
            await asyncio.sleep(1.5 * GRACE)
            return answer

        monkeypatch.setattr(peer, "request", slowly)
        await peer.reconnect()
        peer.send("send-text", {"content": "I want to swim"})
        await peer.until(lambda: peer.of_type("llm-function-call-in-progress"))
        assert not made.calls[0].ended


async def test_another_call_goes_on_when_one_vanishes() -> None:
    async with box() as (made, server), Peer(server.url) as other, asyncio.timeout(30):
        await other.connect()
        for _ in range(3):
            async with Peer(server.url) as peer:
                await peer.connect()
                peer.play(voice(1))
                await peer.until(partial(peer.of_type, "user-started-speaking"))
        for gone in made.calls[1:]:
            await over(gone)
        before = len(other.received)
        await other.until(lambda: len(other.received) > before + 25)
        other.send("client-message", {"t": "about"})
        await other.until(lambda: other.of_type("server-response"))
        assert not made.calls[0].ended
