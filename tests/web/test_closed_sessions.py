"""What is left of a session whose call is over, or that was closed, when it is read from its records again."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.web.api_server import V1, Answer, Api, serve_api, serve_records
from tests.web.voice_agent.scripted import SETTINGS


@pytest.fixture
async def dao_url(tmp_path: Path) -> AsyncIterator[str]:
    async with serve_records(tmp_path) as url:
        yield url


async def close(api: Api, session_id: str) -> Answer:
    return await api.call("DELETE", f"{V1}/session/{session_id}")


async def test_who_hung_up_first_may_still_tell_and_close(dao_url: str) -> None:
    async with serve_api(dao_url) as api:
        opened = await api.mint()
        session = opened["session_id"]
        async with api.http.ws_connect(opened["config"]["url"], protocols=("bearer", opened["token"])) as socket:
            await socket.send_json(SETTINGS)
            assert [(await socket.receive_json(timeout=5))["type"] for _ in "12"] == ["Welcome", "SettingsApplied"]
        await api.server.sessions[-1].over.wait()
    async with serve_api(dao_url) as reborn:
        before = await reborn.dao().conversation_of(session)
        assert before.status == "ended"
        assert (await reborn.say(session, "assistant", "Goodbye.")).status == 200
        closed = await close(reborn, session)
        assert (closed.status, closed.body["message_count"]) == (200, 1)
        after = await reborn.dao().conversation_of(session)
        assert (after.status, after.ended_at, after.closed_at is not None) == ("ended", before.ended_at, True)
        assert (await close(reborn, session)).code == "session_closed"


async def test_of_a_call_that_was_cut_off_the_rest_may_be_told(dao_url: str) -> None:
    async with serve_api(dao_url) as api:
        session = (await api.mint())["session_id"]
        await api.dao().close_conversation((await api.dao().conversation_of(session)).id)
    async with serve_api(dao_url) as reborn:
        assert (await reborn.say(session, "user", "and milk")).status == 200
        done = await reborn.intend(session, "fc_1", "submit_goal_intent", goal_statement="learn guitar")
        assert done.status == 200
        closed = await close(reborn, session)
        assert (closed.status, closed.body["message_count"]) == (200, 1)
        assert (await reborn.dao().conversation_of(session)).status == "failed"


async def test_what_was_closed_stays_closed(dao_url: str) -> None:
    async with serve_api(dao_url) as api:
        session = (await api.mint())["session_id"]
        assert (await close(api, session)).status == 200
        assert (await api.dao().conversation_of(session)).status == "ended"
    async with serve_api(dao_url) as reborn:
        for answer in (await reborn.say(session, "user", "hello"), await close(reborn, session)):
            assert (answer.status, answer.code) == (409, "session_closed")
        assert await reborn.said(session) == []
