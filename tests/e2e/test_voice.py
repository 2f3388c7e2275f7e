"""Real speech over real WebRTC into the real server: what is said decides what the DAO holds."""

import asyncio
from uuid import UUID

import aiohttp
import pytest

from benchmarks.own_server import OwnServer
from dao.client import DaoClient
from tests.e2e.conversing import answered, caller, greeted, loudness, say
from tests.e2e.peer import Peer

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_spoken_goal_is_kept_and_confirmed_aloud(server: OwnServer) -> None:
    who = caller()
    async with Peer(server.url, start=who) as peer:
        await greeted(peer)
        await say(peer, "goal_1_rms")
        await answered(peer, 1)
        tool = peer.own_messages("tool_call")[-1]
        assert (tool["name"], tool["status"]) == ("submit_goal_intent", "done")
        assert loudness(peer.heard()) > 0.01
        finals = [m["data"]["text"] for m in peer.of_type("user-transcription") if m["data"]["final"]]
        partials = [m for m in peer.of_type("user-transcription") if not m["data"]["final"]]
        assert "guitar" in finals[-1].lower() and partials
        marks = peer.own_messages("turn_latency")[0]["marks"]
        assert all(marks[mark] is not None for mark in ("endpoint", "transcript", "llm_first_token", "audio_out"))
        async with DaoClient(server.dao_url) as dao:
            goals = await dao.goals(UUID(who["user_id"]))
            assert [goal.statement.lower() for goal in goals] == ["learn guitar"]
            assert goals[0].target_date is not None


async def test_a_missing_time_is_asked_for_and_filled_by_voice(server: OwnServer) -> None:
    who = caller()
    async with Peer(server.url, start=who) as peer:
        await greeted(peer)
        await say(peer, "call_mom_rms")
        await answered(peer, 1)
        assert any("When" in m["data"]["text"] for m in peer.of_type("bot-transcription"))
        await say(peer, "tomorrow_at_noon_rms")
        await answered(peer, 2)
        async with DaoClient(server.dao_url) as dao:
            tasks = await dao.tasks(UUID(who["user_id"]))
        assert [task.title.lower() for task in tasks] == ["call mom"]
        assert tasks[0].trigger_at is not None


async def test_speaking_over_the_agent_stops_it_and_is_answered(server: OwnServer) -> None:
    async with Peer(server.url, start=caller()) as peer:
        await greeted(peer)
        peer.send("send-text", {"content": "help"})
        await peer.until(lambda: len(peer.of_type("bot-started-speaking")) >= 2, 10)
        await asyncio.sleep(1.0)
        await say(peer, "goal_1_rms")
        await peer.until(lambda: peer.own_messages("tool_call"), 20)
        await answered(peer, 2)
        interrupted = [m for m in peer.own_messages("message") if m.get("interrupted")]
        assert len(interrupted) == 1
        whole = " ".join(m["data"]["text"] for m in peer.of_type("bot-llm-text"))
        heard = interrupted[0]["content"]
        assert 0 < len(heard) < len(whole.split("Goal created")[0])


async def test_typed_and_spoken_turns_share_one_conversation(server: OwnServer) -> None:
    who = caller()
    async with Peer(server.url, start=who) as peer:
        await greeted(peer)
        peer.send("send-text", {"content": "Remind me to call mom"})
        await answered(peer, 1)
        await say(peer, "tomorrow_at_noon_slt")
        await answered(peer, 2)
        async with DaoClient(server.dao_url) as dao:
            assert [task.title.lower() for task in await dao.tasks(UUID(who["user_id"]))] == ["call mom"]


async def test_a_spoken_goodbye_ends_the_call(server: OwnServer) -> None:
    async with Peer(server.url, start=caller()) as peer:
        await greeted(peer)
        await say(peer, "goodbye_rms")
        await peer.until(lambda: peer.own_messages("call_ended"), 20)
        assert peer.own_messages("call_ended")[0]["reason"] == "goodbye"
    async with aiohttp.ClientSession() as client, client.get(f"{server.url}/metrics") as answer:
        figures = await answer.text()
    assert 'flux_voice_calls_total{reason="goodbye"} 1.0' in figures
    assert 'flux_voice_turn_seconds_bucket{le="+Inf",mark="audio_out",modality="voice"}' in figures
