"""A speech decoder is killed in the middle of a sentence: that caller is asked to repeat, the others go on."""

import asyncio
import contextlib
import os
import signal

import psutil
import pytest

from benchmarks.own_server import OwnServer
from tests.e2e.conversing import answered, caller, greeted, said, say
from tests.e2e.peer import Peer
from tests.speech import load

pytestmark = pytest.mark.asyncio(loop_scope="module")


def decoders(server: OwnServer) -> set[int]:
    found = set()
    for process in psutil.Process(server.pid).children():
        with contextlib.suppress(psutil.NoSuchProcess):
            if any("decoder_worker" in part for part in process.cmdline()):
                found.add(process.pid)
    return found


def asked_to_repeat(peer: Peer) -> bool:
    return any("did not catch that" in phrase for phrase in said(peer))


async def test_a_decoder_killed_in_mid_utterance_costs_one_turn(server: OwnServer) -> None:
    before = decoders(server)
    assert before
    async with Peer(server.url, start=caller()) as struck, Peer(server.url, start=caller()) as other:
        await asyncio.gather(greeted(struck), greeted(other))
        speaking = struck.play(load("goal_1_rms"))
        await struck.until(lambda: struck.of_type("user-started-speaking"))
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        await speaking.done.wait()
        await struck.until(lambda: asked_to_repeat(struck), 20)
        assert struck.of_type("error")
        async with asyncio.timeout(20):
            while len(after := decoders(server)) < len(before):  # noqa: ASYNC110 -- another process
                await asyncio.sleep(0.1)
        assert not after & before
        await struck.until(lambda: len(struck.of_type("bot-stopped-speaking")) == 2, 20)  # greeting and apology
        for peer in (struck, other):
            turns = len(peer.own_messages("turn_latency"))
            await say(peer, "goal_1_rms")
            await answered(peer, turns + 1)
            assert [tool["status"] for tool in peer.own_messages("tool_call")][-1:] == ["done"], peer.talk()
        assert not asked_to_repeat(other)
        assert not other.of_type("error")
