"""A server that is about to stop: calls may come to their end, then their agents say goodbye."""

import asyncio

import pytest
from aiohttp import ClientSession

from tests.web.scripted import ScriptedConversation, Server, serve
from web.calls import Call
from web.errors import RequestError
from web.keys import SESSIONS
from web.sessions import Session
from web.start_options import StartOptions


async def test_no_call_is_taken_any_more_and_health_says_so() -> None:
    async with serve() as server, ClientSession() as client:
        sessions = server.app[SESSIONS]
        await sessions.drain(60.0)
        with pytest.raises(RequestError) as refused:
            begun(server)
        assert (refused.value.status, refused.value.code) == (503, "stopping")
        async with client.get(f"{server.url}/health") as answer:
            assert (answer.status, (await answer.json())["status"]) == (503, "stopping")


async def test_a_call_that_ends_in_time_is_let_end() -> None:
    async with serve() as server:
        conversation = begun(server)
        draining = asyncio.create_task(server.app[SESSIONS].drain(60.0))
        await asyncio.sleep(0)
        conversation.end("caller")
        await asyncio.wait_for(draining, 5)
        assert conversation.calls == [("end", "caller")]


async def test_the_agents_of_the_others_take_their_leave() -> None:
    async with serve() as server:
        conversations = [begun(server), begun(server)]
        draining = asyncio.create_task(server.app[SESSIONS].drain(0.0))
        for conversation in conversations:
            async with asyncio.timeout(5):
                while not conversation.calls:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            assert conversation.calls == [("take_leave", "shutdown")] and not draining.done()
        for conversation in conversations:
            conversation.end("shutdown")
        await asyncio.wait_for(draining, 5)


def begun(server: Server) -> ScriptedConversation:
    """Begin a call, as a link would."""
    made: list[ScriptedConversation] = []

    def make(session: Session) -> Call:
        made.append(ScriptedConversation(str(session.caller.conversation_id)))
        return Call(made[0], None, session.caller, None)

    sessions = server.app[SESSIONS]
    sessions.begin(sessions.start(StartOptions()), make)
    return made[0]
