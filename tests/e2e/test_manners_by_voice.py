"""A sample of the conversation's manners by real speech over real WebRTC into the real server.

Every manner, at every moment of a turn, is in `tests/pipeline/test_manners*.py`, on the fake clock.
"""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from benchmarks.own_server import OwnServer
from dao.client import DaoClient
from dao.records import Task
from tests.e2e.conversing import ZONE, caller, greeted, say
from tests.e2e.peer import Peer

pytestmark = pytest.mark.asyncio(loop_scope="module")

FRIDAY = 4


def answers(peer: Peer) -> list[str]:
    """Return what the agent said, as heard, without what the caller cut."""
    kept = peer.own_messages("message")
    return [message["content"] for message in kept if message["role"] == "assistant" and not message["interrupted"]]


async def hears(peer: Peer, answer: str, times: int = 1) -> None:
    """Wait until answers with these words were heard to their end."""
    await peer.until(lambda: sum(answer in said for said in answers(peer)) == times, 60)


async def ran(peer: Peer, times: int) -> None:
    """Wait until as many tools took effect."""
    await peer.until(lambda: [call["status"] for call in peer.own_messages("tool_call")].count("done") == times, 60)


async def tasks_of(server: OwnServer, user_id: str) -> dict[str, Task]:
    async with DaoClient(server.dao_url) as dao:
        return {task.title.lower(): task for task in await dao.tasks(UUID(user_id))}


def spoken_time(task: Task) -> datetime:
    assert task.trigger_at is not None
    return task.trigger_at.astimezone(ZoneInfo(ZONE))


async def test_no_friday_moves_the_task_that_was_just_kept(server: OwnServer) -> None:
    who = caller()
    async with Peer(server.url, start=who) as peer:
        await greeted(peer)
        await say(peer, "task_1_rms")
        await ran(peer, 1)
        await say(peer, "no_friday_rms")
        await hears(peer, "Task moved")
        tasks = await tasks_of(server, who["user_id"])
        assert list(tasks) == ["call mom"]
        moved = tasks["call mom"]
        assert len(moved.reschedules) == 1
        assert (spoken_time(moved).weekday(), spoken_time(moved).hour) == (FRIDAY, 12)


async def test_a_question_is_repeated_then_cancelled_and_the_next_request_is_fresh(server: OwnServer) -> None:
    who, question = caller(), "When should I remind you?"
    async with Peer(server.url, start=who) as peer:
        await greeted(peer)
        await say(peer, "call_mom_rms")
        await hears(peer, question)
        await say(peer, "repeat_rms")
        await hears(peer, question, times=2)
        await say(peer, "cancel_rms")
        await hears(peer, "I have dropped that.")
        assert not peer.own_messages("tool_call")
        await say(peer, "task_2_rms")
        await ran(peer, 1)
        assert list(await tasks_of(server, who["user_id"])) == ["buy milk"]


async def test_who_talks_over_the_greeting_is_answered(server: OwnServer) -> None:
    who = caller()
    async with Peer(server.url, start=who) as peer:
        await peer.connect()
        await peer.until(lambda: peer.of_type("bot-started-speaking"), 20)
        await say(peer, "goal_1_rms")
        await hears(peer, "Goal created: Learn guitar")
        greeting = next(message for message in peer.own_messages("message"))
        assert greeting["role"] == "user" or (greeting["interrupted"] and not greeting["content"].endswith("done?"))
        async with DaoClient(server.dao_url) as dao:
            assert len(await dao.goals(UUID(who["user_id"]))) == 1


async def test_two_requests_in_one_sentence_are_both_kept_and_confirmed(server: OwnServer) -> None:
    who = caller()
    async with Peer(server.url, start=who) as peer:
        await greeted(peer)
        await say(peer, "two_requests_rms")
        await hears(peer, "Task created: Buy milk")
        assert "Task created: Call mom" in answers(peer)[-1]
        tasks = await tasks_of(server, who["user_id"])
        assert list(tasks) == ["call mom", "buy milk"]
        assert (spoken_time(tasks["call mom"]).hour, tasks["buy milk"].location) == (12, "the store")


async def test_a_reference_that_matches_two_tasks_is_settled_by_voice(server: OwnServer) -> None:
    who = caller()
    async with Peer(server.url, start=who) as peer:
        await greeted(peer)
        for number, title in enumerate(("prepare the team meeting", "book the team meeting"), 1):
            text = f"remind me to {title} tomorrow at noon"
            peer.send("send-text", {"content": text, "options": {"audio_response": False}})
            await ran(peer, number)
        await say(peer, "reschedule_2_rms")
        await hears(peer, "Which one?")
        assert "“Prepare the team meeting” and “Book the team meeting”" in answers(peer)[-1]
        await say(peer, "second_one_rms")
        await hears(peer, "Task moved: Book the team meeting")
        tasks = await tasks_of(server, who["user_id"])
        assert not tasks["prepare the team meeting"].reschedules
        moved = spoken_time(tasks["book the team meeting"])
        assert (moved.weekday(), moved.hour) == (FRIDAY, 15)
