"""A call outlives its link: real peer connections that go quiet, come back, move and are taken over."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import aiohttp
import pytest
import pytest_asyncio

from benchmarks.own_server import OwnServer, own_server
from dao.client import DaoClient
from tests.e2e.conversing import answered, caller, greeted, said, say
from tests.e2e.peer import Peer

GRACE = 4.0
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OwnServer]:
    settings = {"FLUX_PIPELINE__RECONNECT_GRACE": str(GRACE)}
    async with own_server(tmp_path_factory.mktemp("server"), settings=settings) as server:
        yield server


async def state(server: OwnServer, peer: Peer) -> dict[str, Any]:
    async with aiohttp.ClientSession() as http, http.get(f"{server.url}/sessions/{peer.session_id}") as response:
        shown: dict[str, Any] = await response.json()
        return shown


async def ended(server: OwnServer, peer: Peer) -> None:
    async with asyncio.timeout(30):
        while (await state(server, peer))["state"] != "ended":  # noqa: ASYNC110 -- another process
            await asyncio.sleep(0.1)


async def conversation_of(peer: Peer) -> UUID:
    """Ask which conversation this is."""
    peer.send("client-message", {"t": "about"}, id="which")
    answers = await peer.until(lambda: [one for one in peer.of_type("server-response") if one["id"] == "which"])
    return UUID(answers[-1]["data"]["d"]["conversation_id"])


def go_quiet(peer: Peer) -> None:
    """Neither sound nor pings, as a laptop whose network is gone; the connection itself is not closed."""
    peer.ping = False
    peer.microphone.stop()


async def test_an_open_question_is_answered_over_a_new_connection(server: OwnServer) -> None:
    who = caller()
    async with Peer(server.url, start=who) as peer:
        await greeted(peer)
        await say(peer, "call_mom_rms")
        await answered(peer, 1)
        assert "When" in said(peer)[-1]
        conversation = await conversation_of(peer)
        await peer.reconnect()
        await peer.until(lambda: [m["state"] for m in peer.own_messages("link")][-1:] == ["restored"])
        await say(peer, "tomorrow_at_noon_rms")
        await answered(peer, 2)
        peer.messages = [one for one in peer.messages if one["type"] != "server-response"]
        assert await conversation_of(peer) == conversation
    async with DaoClient(server.dao_url) as dao:
        tasks = await dao.tasks(UUID(who["user_id"]))
    assert [task.title.lower() for task in tasks] == ["call mom"]
    assert tasks[0].trigger_at is not None
    assert sum("this is Flux" in phrase for phrase in said(peer)) == 1


async def test_a_quiet_link_is_lost_and_found_when_the_client_comes_back(server: OwnServer) -> None:
    async with Peer(server.url, start=caller()) as peer:
        await greeted(peer)
        go_quiet(peer)
        await peer.until(lambda: peer.own_messages("link"))
        assert (await state(server, peer))["state"] == "connecting"
        peer.ping = True
        await peer.reconnect()
        await peer.until(lambda: [m["state"] for m in peer.own_messages("link")] == ["lost", "restored"])
        assert (await state(server, peer))["state"] == "connected"


async def test_a_client_that_never_comes_back_ends_the_call_and_it_is_kept_so(server: OwnServer) -> None:
    async with Peer(server.url, start=caller()) as peer:
        await greeted(peer)
        conversation_id = await conversation_of(peer)
        go_quiet(peer)
        await ended(server, peer)
    async with DaoClient(server.dao_url) as dao, asyncio.timeout(30):
        # The record is written once the call is over.
        while (conversation := await dao.conversation(conversation_id)).status != "ended":  # noqa: ASYNC110 -- another process
            await asyncio.sleep(0.1)
    assert conversation.ended_at is not None and conversation.ended_at <= datetime.now(UTC)


async def test_a_second_tab_goes_on_where_the_first_was(server: OwnServer) -> None:
    who = caller()
    async with Peer(server.url, start=who) as first, Peer(server.url, start=who) as second:
        await greeted(first)
        first.send("send-text", {"content": "Remind me to call mom"})
        await answered(first, 1)
        second.session_id = first.session_id
        await second.connect()
        await first.until(lambda: any(one["message"]["type"] == "peerLeft" for one in first.signals))
        second.send("send-text", {"content": "tomorrow at noon"})
        await second.until(lambda: any(tool["status"] == "done" for tool in second.own_messages("tool_call")))
    async with DaoClient(server.dao_url) as dao:
        assert [task.title.lower() for task in await dao.tasks(UUID(who["user_id"]))] == ["call mom"]


async def test_a_muted_caller_is_not_heard_and_an_unmuted_one_is(server: OwnServer) -> None:
    async with Peer(server.url, start=caller()) as peer:
        await greeted(peer)
        peer.mute(True)
        await say(peer, "goal_1_rms")
        assert not peer.of_type("user-started-speaking")
        peer.mute(False)
        await say(peer, "help_rms")
        await answered(peer, 1)
        finals = [m["data"]["text"].lower() for m in peer.of_type("user-transcription") if m["data"]["final"]]
        assert finals == ["help"]


async def test_a_renegotiation_keeps_the_conversation(server: OwnServer) -> None:
    async with Peer(server.url, start=caller(), video=False) as peer:
        await greeted(peer)
        pc_id = peer.pc_id
        peer.pc.addTransceiver("video", direction="recvonly")
        await peer.negotiate()
        assert peer.pc_id == pc_id
        await say(peer, "help_rms")
        await answered(peer, 1)
