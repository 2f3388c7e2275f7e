"""The client against a running service, and against none."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import uuid4

import pytest
from aiohttp import ClientSession, web

from dao.client import DaoClient
from dao.errors import DaoConflict, DaoError, DaoNotFound, DaoNotKept, DaoNotOpen, DaoRejected, DaoUnavailable
from dao.records import ConversationUpdate, UserDraft
from dao.service import DaoServer, serve_dao
from dao.settings import DaoSettings
from tests.dao import samples
from tests.dao.conftest import Sql
from tests.dao.samples import ALICE, CALL, NOON


async def test_a_whole_call(client: DaoClient) -> None:
    assert await client.healthy()
    user = await client.put_user(samples.user(name="Zoë 🎸", preferences={"voice": "calm"}))
    assert (user.name, user.tenant_id) == ("Zoë 🎸", "default")
    await client.put_conversation(samples.conversation())
    said = await client.put_message(samples.message(0, content="I want to learn guitar 吉他"))
    answered = await client.put_message(samples.message(1, role="assistant", content="For how long?"))
    assert await client.messages(CALL) == [said, answered]
    goal = await client.create_goal(samples.goal(target_date=NOON + timedelta(days=90)))
    assert await client.goals(ALICE, status="open") == [goal]
    assert await client.goals(ALICE, status="done") == []
    task = await client.create_task(samples.task(goal_id=goal.id))
    moved = await client.reschedule_task(task.id, samples.move(reason="späti"))
    assert await client.tasks(ALICE) == [moved]
    assert [entry.reason for entry in moved.reschedules] == ["späti"]
    call = await client.put_tool_call(samples.tool_call(status="done", result="ok", ended_at=NOON))
    assert await client.tool_calls(CALL) == [call]
    turn = await client.put_turn(
        samples.turn(0, marks={"endpoint": 200.0, "audio_out": None}, client_voice_to_voice_ms=640)
    )
    assert await client.turns(CALL) == [turn]
    ended = await client.update_conversation(
        CALL, ConversationUpdate(status="ended", ended_at=NOON, linked_goal_id=goal.id, linked_task_id=task.id)
    )
    assert await client.conversation(CALL) == ended


async def test_a_user_keeps_what_a_later_call_does_not_name(client: DaoClient) -> None:
    first = await client.put_user(samples.user(phone="+49 30 1", preferences={"voice": "calm"}))
    assert await client.put_user(UserDraft(id=ALICE)) == first
    later = await client.put_user(UserDraft(id=ALICE, timezone="UTC", name=None))
    assert later == first.model_copy(update={"timezone": "UTC", "name": None})


async def test_a_task_that_is_not_open_is_told_apart_from_a_conflict(client: DaoClient, sql: Sql) -> None:
    await client.put_user(samples.user())
    task = await client.create_task(samples.task())
    await sql("UPDATE tasks SET status = 'done'")
    with pytest.raises(DaoNotOpen, match="only an open task can be moved"):
        await client.reschedule_task(task.id, samples.move())


async def test_twenty_duplicates_over_http_write_once(client: DaoClient) -> None:
    await client.put_user(samples.user())
    goals = await asyncio.gather(*(client.create_goal(samples.goal()) for _ in range(20)))
    assert len({goal.id for goal in goals}) == 1
    assert await client.goals(ALICE) == [goals[0]]


async def test_all_pages_are_read_in_order(client: DaoClient, server: DaoServer) -> None:
    await client.put_user(samples.user())
    await client.put_conversation(samples.conversation())
    drafts = [samples.message(second, content=str(second)) for second in range(503)]
    for draft in drafts:
        await server.store.put_message("default", draft)
    assert [message.content for message in await client.messages(CALL)] == [draft.content for draft in drafts]


async def test_failures_have_their_own_exceptions(client: DaoClient) -> None:
    await client.put_user(samples.user())
    with pytest.raises(DaoNotFound, match="conversation"):
        await client.conversation(uuid4())
    with pytest.raises(DaoRejected, match="conversation_id") as rejected:
        await client.put_message(samples.message(conversation_id=uuid4()))
    assert rejected.value.fields.keys() == {"conversation_id"}
    await client.create_goal(samples.goal())
    with pytest.raises(DaoConflict):
        await client.create_goal(samples.goal(statement="Other"))
    with pytest.raises(DaoRejected):
        await client.put_user(samples.user(preferences={"broken": "\ud800"}))
    with pytest.raises(DaoRejected, match="content"):
        await client.put_message(samples.message(content="a\0b"))


async def test_tenants_are_apart(client: DaoClient, server: DaoServer) -> None:
    await client.put_user(samples.user())
    await client.create_goal(samples.goal())
    async with DaoClient(server.url, tenant_id="other") as other:
        assert await other.goals(ALICE) == []
        with pytest.raises(DaoRejected, match="user_id"):
            await other.create_goal(samples.goal())
    with pytest.raises(DaoRejected, match="tenant_id"):
        DaoClient(server.url, tenant_id="a\r\nX-Evil: 1")


async def test_a_restart_keeps_everything_and_the_client_goes_on(database_url: str) -> None:
    async with serve_dao(DaoSettings(database_url=database_url, port=0)) as server:
        client = DaoClient(server.url, timeout=2)
        await client.put_user(samples.user())
        goal = await client.create_goal(samples.goal())
        port = server.port
    with pytest.raises(DaoUnavailable):
        await client.goals(ALICE)
    async with serve_dao(DaoSettings(database_url=database_url, port=port)):
        assert await client.goals(ALICE) == [goal]
        assert await client.create_goal(samples.goal()) == goal
        await client.close()
        await client.close()
        with pytest.raises(DaoError, match="closed"):
            await client.goals(ALICE)


async def test_no_service_is_unavailable() -> None:
    with socket.socket() as taken:  # bound but not listening: refuses, and nobody else can take the port
        taken.bind(("127.0.0.1", 0))
        async with DaoClient(f"http://127.0.0.1:{taken.getsockname()[1]}", timeout=0.5) as client:
            with pytest.raises(DaoNotKept, match="FLUX_DAO__URL"):
                await client.put_user(samples.user())
            assert not await client.healthy()


async def test_a_url_that_is_none_is_named() -> None:
    async with DaoClient("not a url") as client:
        with pytest.raises(DaoError, match="FLUX_DAO__URL"):
            await client.goals(ALICE)
        assert not await client.healthy()


Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def something_else(answer: Answer) -> AsyncIterator[str]:
    """Serve `answer` on every path, as a service that is broken or no DAO would."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_a_service_that_never_answers_is_unavailable() -> None:
    async def hang(_: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    async with something_else(hang) as url, DaoClient(url, timeout=0.2) as client:
        with pytest.raises(DaoUnavailable, match=r"0\.2 s"):
            await client.put_user(samples.user())
        assert not await client.healthy()


async def test_another_service_is_told_apart_from_a_dao() -> None:
    async def page(_: web.Request) -> web.StreamResponse:
        return web.Response(text="<html>hello</html>", content_type="text/html")

    async with something_else(page) as url, DaoClient(url, timeout=0.3) as client:
        with pytest.raises(DaoUnavailable, match="does not answer like a DAO"):
            await client.goals(ALICE)
        assert await client.database() is None and not await client.healthy()


NOT_OURS = {"error": {"code": "not_found", "message": "there is nothing here", "details": {}}}


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 409, 422, 500])
@pytest.mark.parametrize("body", ["<html>soon back</html>", "{}", json.dumps(NOT_OURS)])
async def test_what_another_service_answers_is_no_verdict(status: int, body: str) -> None:
    """A proxy while the DAO starts, a page for guests of a network: a record of which it says no is not refused."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(text=body, status=status)

    async with something_else(answer) as url, DaoClient(url, timeout=0.2) as client:
        with pytest.raises(DaoUnavailable) as error:
            await client.create_goal(samples.goal())
    assert not isinstance(error.value, DaoNotKept)


async def test_what_comes_after_another_service_answered_counts(server: DaoServer, client: DaoClient) -> None:
    await client.put_user(samples.user())
    strange = 3

    async def soon(request: web.Request) -> web.StreamResponse:
        nonlocal strange
        strange -= 1
        if strange >= 0:
            return web.Response(text="soon back", status=(404, 200, 500)[strange])
        body, headers = await request.read(), {"Content-Type": "application/json"}
        async with ClientSession() as http, http.post(server.url + request.path, data=body, headers=headers) as kept:
            return web.Response(body=await kept.read(), content_type="application/json")

    async with something_else(soon) as url, DaoClient(url, timeout=30) as through:
        goal = await through.create_goal(samples.goal())
    assert strange < 0 and await client.goals(ALICE) == [goal]


async def test_a_record_that_a_proxy_finds_too_large_waits_for_nothing() -> None:
    async def refuse(_: web.Request) -> web.StreamResponse:
        return web.Response(text="<html>413</html>", status=413)

    async with something_else(refuse) as url, DaoClient(url) as client:
        with pytest.raises(DaoRejected, match="larger"):
            await client.put_message(samples.message())


async def test_a_service_for_its_own_box_refuses_the_host_not_the_record(server: DaoServer) -> None:
    async with DaoClient(server.url, timeout=0.3) as client:
        client._headers["Host"] = "elsewhere.example"
        with pytest.raises(DaoNotKept, match="FLUX_DAO__HOST"):
            await client.put_user(samples.user())


@pytest.mark.parametrize("failures", [1, 5, 1000])
async def test_a_write_is_tried_until_its_time_is_up(server: DaoServer, client: DaoClient, failures: int) -> None:
    """A connection that breaks after the service has read the request: the write may have been done or not."""
    await client.put_user(samples.user())
    seen = 0

    async def break_first(request: web.Request) -> web.StreamResponse:
        nonlocal seen
        seen += 1
        body = await request.read()
        # Passed on before the connection breaks: only the answer is lost.
        async with (
            ClientSession() as session,
            session.post(
                server.url + request.path, data=body, headers={"Content-Type": "application/json"}
            ) as response,
        ):
            answer = await response.read()
        if seen <= failures:
            assert request.transport is not None
            request.transport.abort()
        return web.Response(body=answer, content_type="application/json")

    async with something_else(break_first) as url, DaoClient(url, timeout=2 if failures > 5 else 30) as through:
        if failures <= 5:
            assert (await through.create_goal(samples.goal())).user_id == ALICE
            assert seen == failures + 1
        else:
            with pytest.raises(DaoUnavailable) as error:
                await through.create_goal(samples.goal())
            assert not isinstance(error.value, DaoNotKept)
    assert len(await client.goals(ALICE)) == 1


@pytest.mark.parametrize(
    ("code", "sure"), [("unavailable", True), ("unknown", False), ("busy", False)], ids=["not kept", "lost", "a proxy"]
)
async def test_what_is_certain_is_told_apart_from_what_nobody_knows(code: str, sure: bool) -> None:
    async def away(_: web.Request) -> web.StreamResponse:
        return web.json_response({"error": {"code": code, "message": "the database is away"}}, status=503)

    async with something_else(away) as url, DaoClient(url, timeout=0.5) as client:
        with pytest.raises(DaoUnavailable, match="the database is away") as error:
            await client.create_goal(samples.goal())
    assert isinstance(error.value, DaoNotKept) == sure


async def test_once_it_was_sent_it_is_not_certain_any_more() -> None:
    """The first attempt may have been done; that the later ones were refused does not change it."""
    seen = 0

    async def break_then_refuse(request: web.Request) -> web.StreamResponse:
        nonlocal seen
        seen += 1
        if seen == 1:
            assert request.transport is not None
            request.transport.abort()
        return web.json_response({"error": {"code": "unavailable", "message": "away"}}, status=503)

    async with something_else(break_then_refuse) as url, DaoClient(url, timeout=0.5) as client:
        with pytest.raises(DaoUnavailable) as error:
            await client.create_goal(samples.goal())
    assert seen > 1 and not isinstance(error.value, DaoNotKept)


async def test_a_client_of_another_tenant_is_closed_with_its_own(server: DaoServer) -> None:
    async with DaoClient(server.url) as client:
        other = client.of("other")
        assert client.of("other") is other and client.of("default") is client
        await other.put_user(samples.user())
        assert (await client.of("other").put_user(samples.user())).tenant_id == "other"
    with pytest.raises(DaoError, match="closed"):
        await other.goals(ALICE)
