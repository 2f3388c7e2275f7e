"""The Flux API, call by call: sessions, messages, intents."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from dao.errors import DaoRejected, DaoUnavailable
from dao.records import Message, MessageDraft, Origin, TaskDraft, ToolCallDraft
from pipeline.events import MessageKept, ToolInProgress, ToolStopped
from tests.e2e.peer import Peer
from tests.web.api_server import V1, Answer, Api, serve_api, serve_records
from tests.web.voice_agent.scripted import SETTINGS
from web import minutes
from web.ledger import Ledger

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Api]:
    async with serve_records(tmp_path_factory.mktemp("records")) as dao_url, serve_api(dao_url) as api:
        yield api


async def test_a_session_brings_all_that_a_client_needs(api: Api) -> None:
    user = uuid4()
    opened = await api.mint(user_id=str(user), timezone="Europe/Berlin")
    host = api.server.url.removeprefix("http://")
    assert opened["deepgram_token"] == opened["token"]
    assert opened["webrtc"] == {
        "offer_url": f"http://{host}/sessions/{opened['session_id']}/api/offer",
        "ice_servers": [],
    }
    assert datetime.fromisoformat(opened["expires_at"]) > datetime.now(UTC)
    config = opened["config"]
    assert (config["type"], config["url"]) == ("Settings", f"ws://{host}/v1/agent/converse")
    names = [function["name"] for function in config["agent"]["think"]["functions"]]
    assert names == ["submit_goal_intent", "submit_new_task_intent", "submit_reschedule_intent"]
    conversation = await api.dao().conversation_of(opened["session_id"])
    assert (conversation.user_id, conversation.agent, conversation.status) == (user, "flux", "active")
    assert (await api.dao().user(user)).timezone == "Europe/Berlin"


async def test_a_user_keeps_the_time_zone_that_a_client_does_not_name(api: Api) -> None:
    user = str(uuid4())
    await api.mint(user_id=user, timezone="Asia/Tokyo")
    await api.mint(user_id=user)
    assert (await api.dao().user(UUID(user))).timezone == "Asia/Tokyo"


async def test_messages_are_kept_in_order_and_counted(api: Api) -> None:
    session = (await api.mint())["session_id"]
    first, second = await api.say(session, "user", "hello"), await api.say(session, "assistant", "Hi!")
    assert first.body["status"] == "saved"
    told = await api.said(session)
    assert [(one["role"], one["content"]) for one in told] == [("user", "hello"), ("assistant", "Hi!")]
    assert [one["message_id"] for one in told] == [first.body["message_id"], second.body["message_id"]]
    assert set(told[0]) == {"message_id", "role", "content", "input_modality", "created_at", "metadata"}
    closed = await api.call("DELETE", f"{V1}/session/{session}")
    assert closed.body == {"session_id": session, "status": "closed", "message_count": 2}
    conversation = await api.dao().conversation_of(session)
    assert conversation.status == "ended" and conversation.ended_at is not None
    assert conversation.duration_seconds is not None and conversation.duration_seconds >= 0


async def test_a_closed_session_is_a_409_but_can_be_read(api: Api) -> None:
    session = (await api.mint())["session_id"]
    await api.say(session, "user", "hello")
    await api.call("DELETE", f"{V1}/session/{session}")
    answers = [
        await api.say(session, "user", "more"),
        await api.intend(session, "fc_1", "submit_goal_intent", goal_statement="learn guitar"),
        await api.call("DELETE", f"{V1}/session/{session}"),
    ]
    assert [(one.status, one.code) for one in answers] == [(409, "session_closed")] * 3
    assert len(await api.said(session)) == 1


async def test_an_intent_is_done_and_told(api: Api) -> None:
    user = str(uuid4())
    session = (await api.mint(user_id=user))["session_id"]
    answer = await api.intend(session, "fc_1", "submit_goal_intent", goal_statement="learn guitar", timeline="3 months")
    assert answer.body == {
        "function_call_id": "fc_1",
        "result": "Goal created: Learn guitar with a target of 3 months.",
    }
    (goal,) = await api.dao().goals(UUID(user))
    conversation = await api.dao().conversation_of(session)
    assert (conversation.extracted_intent, conversation.linked_goal_id) == ("GOAL", goal.id)
    (call,) = await api.dao().tool_calls(conversation.id)
    assert (call.call_id, call.status, call.result) == ("fc_1", "done", answer.body["result"])


async def test_the_same_call_id_runs_once_in_a_session_and_again_in_another(api: Api) -> None:
    user = str(uuid4())
    session = (await api.mint(user_id=user))["session_id"]
    asked = {"goal_statement": "learn guitar"}
    first = await api.intend(session, "fc_123", "submit_goal_intent", **asked)
    again = await api.intend(session, "fc_123", "submit_goal_intent", **asked)
    assert (again.status, again.body) == (200, first.body)
    other = await api.intend(session, "fc_123", "submit_goal_intent", goal_statement="learn piano")
    assert (other.status, other.code) == (409, "call_id_reused")
    another = await api.intend(session, "fc_123", "submit_new_task_intent", **asked)
    assert another.status == 409
    assert len(await api.dao().goals(UUID(user))) == 1
    second = (await api.mint(user_id=user))["session_id"]
    assert (await api.intend(second, "fc_123", "submit_goal_intent", **asked)).status == 200
    assert len(await api.dao().goals(UUID(user))) == 2


async def test_what_a_killed_server_had_kept_is_found_when_it_is_asked_for_again(api: Api) -> None:
    user = uuid4()
    session = (await api.mint(user_id=str(user)))["session_id"]
    call = (await api.dao().conversation_of(session)).id
    asked = {"title": "Stretch", "trigger_type": "time", "trigger_time": "in five minutes"}
    begun = datetime.now(UTC) - timedelta(minutes=3)
    await api.dao().put_tool_call(
        ToolCallDraft(
            conversation_id=call,
            call_id="fc_1",
            name="submit_new_task_intent",
            arguments=asked,
            status="running",
            started_at=begun,
        )
    )
    task = await api.dao().create_task(
        TaskDraft(
            user_id=user,
            title="Stretch",
            trigger_type="time",
            trigger_at=begun + timedelta(minutes=5),
            origin=Origin(conversation_id=call, call_id="fc_1"),
        )
    )
    for _ in range(2):
        again = await api.intend(session, "fc_1", "submit_new_task_intent", **asked)
        assert (again.status, again.body["result"]) == (200, f"It was kept: task {task.id}.")
    assert await api.dao().tasks(user) == [task]
    (kept,) = await api.dao().tool_calls(call)
    assert kept.status == "done"
    conversation = await api.dao().conversation_of(session)
    assert (conversation.extracted_intent, conversation.intent_payload) == ("NEW_TASK", asked)
    assert conversation.linked_task_id == task.id


async def test_what_has_to_be_asked_is_a_result_and_stays_the_answer(api: Api) -> None:
    session = (await api.mint())["session_id"]
    asked = {"task_reference": "dentist", "new_time": "tomorrow"}
    first = await api.intend(session, "fc_1", "submit_reschedule_intent", **asked)
    assert first.status == 200 and "no open tasks" in first.body["result"]
    await api.intend(
        session, "fc_2", "submit_new_task_intent", title="Dentist", trigger_type="location", location="home"
    )
    assert (await api.intend(session, "fc_1", "submit_reschedule_intent", **asked)).body == first.body
    missing = await api.intend(session, "fc_3", "submit_goal_intent")
    assert missing.status == 200 and "goal statement is missing" in missing.body["result"]


async def test_who_shows_it_to_people_learns_what_became_of_an_intent(api: Api) -> None:
    session = (await api.mint(user_id=str(uuid4())))["session_id"]
    call = {"session_id": session, "function_name": "submit_goal_intent", "explain": True}
    done = {**call, "function_call_id": "fc_1", "input": {"goal_statement": "learn guitar"}}
    first = (await api.call("POST", f"{V1}/intents", done)).body
    await api.spool.empty()
    assert first["status"] == "done" and first["record"]["statement"].lower() == "learn guitar"
    again = (await api.call("POST", f"{V1}/intents", done)).body
    assert again == {key: value for key, value in first.items() if key != "record"}
    missing = {**call, "function_call_id": "fc_2", "input": {}}
    assert (await api.call("POST", f"{V1}/intents", missing)).body["status"] == "rejected"


async def test_sent_twice_at_once_runs_once(api: Api) -> None:
    user = str(uuid4())
    session = (await api.mint(user_id=user))["session_id"]
    calls = (api.intend(session, "fc_1", "submit_goal_intent", goal_statement="run far") for _ in range(5))
    answers = await asyncio.gather(*calls)
    assert {(one.status, one.body["result"]) for one in answers} == {(200, "Goal created: Run far.")}
    assert len(await api.dao().goals(UUID(user))) == 1


async def test_each_wrong_field_is_named(api: Api) -> None:
    session = (await api.mint())["session_id"]
    for path, body, wrong in [
        ("session", {}, {"user_id"}),
        ("session", {"user_id": "me", "timezone": "Mars/Base", "backend": "cloud"}, {"user_id", "timezone", "backend"}),
        ("session", {"user_id": str(uuid4()), "agent": "smith"}, {"agent"}),
        ("messages", {"session_id": session, "role": "system", "content": ""}, {"role", "content"}),
        ("messages", {"session_id": session, "role": "user", "content": "a\0b"}, {"content"}),
        ("messages", {"session_id": session, "role": "user", "content": "a" * 20_001}, {"content"}),
        ("intents", {"session_id": session}, {"function_call_id", "function_name", "input"}),
        (
            "intents",
            {
                "session_id": session,
                "function_call_id": "f",
                "function_name": "submit_goal_intent",
                "input": {"a": "\0"},
            },
            {"input.a"},
        ),
        (
            "intents",
            {"session_id": session, "function_call_id": "f", "function_name": "order_pizza", "input": {}},
            {"function_name"},
        ),
    ]:
        answer = await api.call("POST", f"{V1}/{path}", body)
        assert (answer.status, set(answer.body["error"]["details"])) == (422, wrong), (path, body)
    wholes: tuple[Any, ...] = ([], "text", 7)
    for whole in wholes:
        assert (await api.call("POST", f"{V1}/session", whole)).status == 422


async def test_an_unknown_session_is_a_404(api: Api) -> None:
    for unknown in ("nobody", "A" * 22, "a b"):
        answers = [
            await api.say(unknown, "user", "hello"),
            await api.intend(unknown, "f", "submit_goal_intent"),
            await api.call("GET", f"{V1}/sessions/{unknown}/messages"),
            await api.call("DELETE", f"{V1}/session/{unknown}"),
        ]
        assert [(one.status, one.code) for one in answers] == [(404, "unknown_session")] * 4


async def test_a_backend_that_is_not_set_up_is_a_503_that_says_what_is_missing(api: Api) -> None:
    answer = await api.call("POST", f"{V1}/session", {"user_id": str(uuid4()), "backend": "deepgram"})
    assert (answer.status, answer.code) == (503, "no_backend")
    assert "DEEPGRAM_API_KEY" in answer.body["error"]["message"] and int(answer.headers["Retry-After"]) > 0


async def test_a_session_outlives_the_server(api: Api) -> None:
    user = str(uuid4())
    session = (await api.mint(user_id=user, timezone="Asia/Tokyo"))["session_id"]
    await api.say(session, "user", "hello")
    first = await api.intend(session, "fc_1", "submit_goal_intent", goal_statement="learn guitar")
    async with serve_api(api.dao_url) as reborn:
        again = await reborn.intend(session, "fc_1", "submit_goal_intent", goal_statement="learn guitar")
        assert again.body == first.body and len(await reborn.dao().goals(UUID(user))) == 1
        await reborn.say(session, "user", "hello")
        closed = await reborn.call("DELETE", f"{V1}/session/{session}")
        assert closed.body["message_count"] == 2
    async with serve_api(api.dao_url) as reborn:
        assert (await reborn.say(session, "user", "hello")).status == 409


async def test_without_records_every_call_is_a_503_and_nothing_is_half_done(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    async with serve_records(tmp_path_factory.mktemp("gone")) as dao_url, serve_api(dao_url) as api:
        session = (await api.mint())["session_id"]
        gone = dao_url
    async with serve_api(gone, patience=2.0) as api:
        body = {"user_id": str(uuid4()), "timezone": "UTC"}
        answers = [await api.call("POST", f"{V1}/session", body), await api.say(session, "user", "hello")]
        assert [(one.status, one.code) for one in answers] == [(503, "records_unavailable")] * 2
        assert all(int(one.headers["Retry-After"]) > 0 for one in answers)
        assert "127.0.0.1" not in answers[0].body["error"]["message"]


async def test_what_is_said_in_a_call_is_stored_once_and_closing_ends_the_call(api: Api) -> None:
    opened = await api.mint()
    session = opened["session_id"]
    async with Peer(api.server.url, use_start=False) as peer:
        peer.session_id, peer.headers = session, {"Authorization": f"Bearer {opened['token']}"}
        await peer.connect()
        conversation = api.server.conversations[-1]
        conversation.emit(MessageKept("user", "Remind me to call mom.", "voice", 1))
        conversation.emit(MessageKept("assistant", "When? Say a day.", "voice", 1, interrupted=True))
        answers = [
            await api.say(session, "user", "remind me to call mom"),
            await api.say(session, "assistant", "When?"),
            await api.say(session, "assistant", "Say a day, or a place."),
        ]
        told = await api.said(session)
        assert [(one["role"], one["content"]) for one in told] == [
            ("user", "Remind me to call mom."),
            ("assistant", "When? Say a day."),
        ]
        ids = [one["message_id"] for one in told]
        assert [one.body["message_id"] for one in answers] == [ids[0], ids[1], ids[1]]
        closed = await api.call("DELETE", f"{V1}/session/{session}")
        assert closed.body["message_count"] == 2
        assert conversation.named("end") == [("end", "caller")]


async def test_an_intent_that_a_client_ran_in_a_call_is_kept_as_it_came_out(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = ("submit_reschedule_intent", {"task_reference": "dentist", "new_time": "tomorrow"})
    aim = ("submit_goal_intent", {"goal_statement": "learn guitar"})

    async def away(*_: object) -> Any:
        raise DaoUnavailable("it is away")

    opened = await api.mint()
    session = opened["session_id"]
    async with Peer(api.server.url, use_start=False) as peer:
        peer.session_id, peer.headers = session, {"Authorization": f"Bearer {opened['token']}"}
        await peer.connect()
        conversation = api.server.conversations[-1]

        async def run(call_id: str, name: str, arguments: dict[str, Any]) -> Answer:
            """Do what the existing client does: it hands on whatever the answer was."""
            conversation.emit(ToolInProgress(call_id, name, arguments))
            answer = await api.intend(session, call_id, name, **arguments)
            conversation.emit(ToolStopped(call_id, name, arguments, str(answer.body), "done", None, 0.1))
            await api.spool.empty()
            return answer

        assert (await run("1:0:0", *moved)).status == 200
        with monkeypatch.context() as broken:
            broken.setattr(api.dao(), "create_goal", away)
            assert (await run("2:0:0", *aim)).status == 503
            broken.setattr(Ledger, "written", away)
            assert (await run("3:0:0", *aim)).status == 503
        found = await api.dao().conversation_of(session)
        assert (found.extracted_intent, found.intent_payload, found.linked_goal_id) == (None, None, None)
        assert (await run("4:0:0", *aim)).status == 200
        found = await api.dao().conversation_of(session)
        assert (found.extracted_intent, found.intent_payload) == ("GOAL", aim[1]) and found.linked_goal_id is not None
        calls = {call.call_id: call for call in await api.dao().tool_calls(found.id)}
        assert {key: call.status for key, call in calls.items()} == {
            "1:0:0": "rejected",
            "2:0:0": "failed",
            "3:0:0": "failed",
            "4:0:0": "done",
        }
        assert "no open tasks" in str(calls["1:0:0"].result)
        again = await api.intend(session, "1:0:0", moved[0], **moved[1])
        assert again.body["result"] == calls["1:0:0"].result


async def test_a_message_that_waits_when_its_session_is_closed_is_kept_and_counted(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = api.dao().put_message

    async def slowly(draft: MessageDraft) -> Message:
        await asyncio.sleep(0.5)
        return await put(draft)

    monkeypatch.setattr(api.dao(), "put_message", slowly)
    opened = await api.mint()
    session = opened["session_id"]
    async with Peer(api.server.url, use_start=False) as peer:
        peer.session_id, peer.headers = session, {"Authorization": f"Bearer {opened['token']}"}
        await peer.connect()
        post = asyncio.create_task(api.say(session, "user", "only I know"))
        await asyncio.sleep(0.3)
        closed = await api.call("DELETE", f"{V1}/session/{session}")
        assert (await post).status == 200 and closed.body["message_count"] == 1


async def test_a_message_that_waits_in_vain_stands_where_it_was_told(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minutes, "PATIENCE", 1.0)
    opened = await api.mint()
    session = opened["session_id"]
    async with api.http.ws_connect(opened["config"]["url"], protocols=("bearer", opened["token"])) as socket:
        await socket.send_json(SETTINGS)
        assert [(await socket.receive_json(timeout=5))["type"] for _ in "12"] == ["Welcome", "SettingsApplied"]
        post = asyncio.create_task(api.say(session, "user", "only I know"))
        await asyncio.sleep(0.3)
        assert not post.done()
        api.server.conversations[-1].emit(MessageKept("assistant", "Said later.", "voice", 1))
        assert (await post).status == 200
        assert [one["content"] for one in await api.said(session)] == ["only I know", "Said later."]


async def test_a_message_that_waits_is_kept_when_the_server_stops(api: Api) -> None:
    async with serve_api(api.dao_url) as stopping:
        opened = await stopping.mint()
        async with Peer(stopping.server.url, use_start=False) as peer:
            peer.session_id, peer.headers = opened["session_id"], {"Authorization": f"Bearer {opened['token']}"}
            await peer.connect()
            post = asyncio.create_task(stopping.say(opened["session_id"], "user", "only I know"))
            await asyncio.sleep(0.3)
            assert not post.done()
            await stopping.server.app.shutdown()
            assert (await post).body["status"] == "saved"
    assert [one["content"] for one in await api.said(opened["session_id"])] == ["only I know"]


async def test_what_waits_of_one_conversation_holds_up_no_other(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    away = asyncio.Event()

    async def wait(_: MessageDraft) -> Message:
        await away.wait()
        raise DaoRejected("it is too late")

    monkeypatch.setattr(api.dao(), "put_message", wait)
    stuck, free = (await api.mint())["session_id"], (await api.mint())["session_id"]
    assert (await api.say(stuck, "user", "hello")).status == 200
    assert (await api.call("GET", f"{V1}/sessions/{free}/messages")).body["messages"] == []
    asked = {"function_name": "submit_goal_intent", "input": {"goal_statement": "learn guitar"}}
    answer = await api.call("POST", f"{V1}/intents", {"session_id": free, "function_call_id": "fc_1", **asked})
    assert answer.body["result"] == "Goal created: Learn guitar."
    away.set()
    await api.spool.empty()


async def test_what_is_told_while_the_records_are_down_is_saved_and_delivered_later(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serve_records(tmp_path_factory.mktemp("down")) as dao_url, serve_api(dao_url) as api:
        session = (await api.mint())["session_id"]
        put = api.dao().put_message
        away = asyncio.Event()

        async def wait(draft: MessageDraft) -> Message:
            await away.wait()
            return await put(draft)

        monkeypatch.setattr(api.dao(), "put_message", wait)
        kept = await api.say(session, "user", "hello")
        assert kept.body["status"] == "saved" and api.spool.depth == 1
        away.set()
        assert [one["message_id"] for one in await api.said(session)] == [kept.body["message_id"]]
