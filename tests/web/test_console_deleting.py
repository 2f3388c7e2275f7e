"""The owner looks into conversations and deletes them, those that are live too."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from dao.records import MessageDraft
from pipeline.events import AgentStartedSpeaking, MessageKept, ToolInProgress, ToolStopped, TurnLatency, UserTurn
from tests.web.api_server import V1, Api, serve_api, serve_records
from tests.web.offers import CHROMIUM

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROOT = "/api/v1/console"
SECRET = "an elephant in the cellar"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Api]:
    async with serve_records(tmp_path_factory.mktemp("records")) as dao_url, serve_api(dao_url) as api:
        yield api


async def calling(api: Api, user: UUID) -> tuple[dict[str, Any], str]:
    """Begin a call in which something was said and done; return its session and its conversation."""
    session = await api.mint(user_id=str(user))
    headers = {"Authorization": f"Bearer {session['token']}"}
    body = {"sdp": CHROMIUM, "type": "offer"}
    begun = await api.call("POST", f"/sessions/{session['session_id']}/api/offer", body, headers=headers)
    assert begun.status == 200, begun.body
    conversation = api.server.conversations[-1]
    done = ToolStopped("1:0:0", "submit_goal_intent", {"goal_statement": "x"}, "Done.", "done", None, 0.1)
    for event in (
        UserTurn(1, SECRET, "voice"),
        MessageKept("user", SECRET, "voice", 1),
        ToolInProgress("1:0:0", "submit_goal_intent", {"goal_statement": "x"}),
        done,
        AgentStartedSpeaking(),
        MessageKept("assistant", "I see.", "voice", 1, interrupted=True),
        TurnLatency(1, {"endpoint": 100.0, "audio_out": 420.5}),
    ):
        conversation.emit(event)
    return session, conversation.id


async def test_a_live_call_is_shown_and_its_deletion_ends_it_for_good(api: Api) -> None:
    session, call = await calling(api, user := uuid4())
    await api.spool.empty()
    (live,) = (await api.call("GET", f"{ROOT}/calls")).body["calls"]
    assert (live["conversation_id"], live["user_id"], live["turns"]) == (call, str(user), 1)
    assert (live["activity"], live["last_turn_ms"], live["link"]) == ("speaking", 420.5, "webrtc")
    assert session["session_id"] not in str(live)
    (found,) = (await api.call("GET", f"{ROOT}/conversations?text=ELEPHANT")).body["items"]
    assert (found["id"], found["live"], found["excerpt"]) == (call, True, SECRET)
    shown = (await api.call("GET", f"{ROOT}/conversations/{call}")).body
    assert [(one["role"], one["turn"], one["interrupted"]) for one in shown["transcript"]] == [
        ("user", 1, False),
        ("assistant", 1, True),
    ]
    assert shown["latency"][0]["voice_to_voice_ms"] == 420.5
    assert shown["tools"][0]["status"] == "done" and shown["tools"][0]["duration_ms"] >= 0
    assert {one["kind"] for one in shown["timeline"]} == {"started", "message", "tool_call", "turn"}
    conversation = api.server.conversations[-1]
    receipt = await api.call("DELETE", f"{ROOT}/conversations/{call}")
    assert receipt.status == 200, receipt.body
    assert (receipt.body["kind"], receipt.body["deleted_by"]) == ("conversation", "loopback")
    assert receipt.body["counts"] | {"waiting": 0} == {
        **{"conversations": 1, "messages": 2, "turns": 1, "tool_calls": 1, "waiting": 0}
    }
    assert conversation.named("end") and (await api.call("GET", f"{ROOT}/calls")).body["calls"] == []
    # What comes late, from the call or its client, is dropped or refused.
    conversation.emit(MessageKept("user", "late", "voice", 2))
    await api.spool.empty()
    assert (await api.say(session["session_id"], "user", "late")).status == 404
    assert (await api.call("GET", f"{V1}/sessions/{session['session_id']}/messages")).status == 404
    assert (await api.call("GET", f"{ROOT}/conversations/{call}")).status == 404
    assert (await api.call("GET", f"{ROOT}/conversations?text=elephant")).body["total"] == 0
    assert (await api.call("DELETE", f"{ROOT}/conversations/{call}")).body == receipt.body
    assert (await api.call("GET", f"{ROOT}/deletions")).body["items"][0] == receipt.body


async def test_a_person_goes_with_all_calls_goals_and_the_session_that_waits(api: Api) -> None:
    session, _ = await calling(api, user := uuid4())
    other, kept = await calling(api, uuid4())
    later = await api.mint(user_id=str(user))
    goal = await api.intend(later["session_id"], "fc_1", "submit_goal_intent", goal_statement="Learn guitar")
    assert goal.status == 200
    (item,) = (await api.call("GET", f"{ROOT}/goals?user_id={user}")).body["items"]
    assert item["statement"] == "Learn guitar" and not item["conversation_deleted"]
    gone = (await api.call("DELETE", f"{ROOT}/conversations/{item['conversation_id']}")).body
    assert gone["counts"]["tool_calls"] == 1
    (item,) = (await api.call("GET", f"{ROOT}/goals?text=guitar")).body["items"]
    assert (item["conversation_id"], item["conversation_deleted"]) == (None, True)
    seen = (await api.call("GET", f"{ROOT}/users/{user}")).body
    assert (seen["counts"]["goals"], seen["live_calls"]) == (1, 1)
    receipt = (await api.call("DELETE", f"{ROOT}/users/{user}")).body
    assert (receipt["kind"], receipt["subject_id"], receipt["counts"]["users"]) == ("user", str(user), 1)
    assert receipt["counts"]["goals"] == 1
    for one in (session, later):
        assert (await api.say(one["session_id"], "user", "late")).status == 404
    assert (await api.call("GET", f"{ROOT}/users/{user}")).status == 404
    assert (await api.call("DELETE", f"{ROOT}/users/{user}")).body == receipt
    assert [one["conversation_id"] for one in (await api.call("GET", f"{ROOT}/calls")).body["calls"]] == [kept]
    await api.call("DELETE", f"{V1}/session/{other['session_id']}")
    again = await api.mint(user_id=str(user))  # may call again, and begins anew
    assert (await api.say(again["session_id"], "user", "hello again")).status == 200
    assert (await api.call("GET", f"{ROOT}/users/{user}")).body["counts"]["messages"] == 1


async def test_what_waits_while_the_database_is_busy_with_others_is_counted_and_gone(api: Api) -> None:
    call = uuid4()
    blocked = asyncio.Event()
    dao, deliver = api.client, type(api.client).put_message

    async def slow(self: Any, draft: MessageDraft) -> Any:
        if draft.content == "block":
            await blocked.wait()
        return await deliver(self, draft)

    type(dao).put_message = slow  # type: ignore[method-assign]
    try:
        for words, where in (("block", uuid4()), ("buried treasure", call), ("buried treasure", call)):
            api.spool.put("default", "message", where, message(where, words))
        await asyncio.sleep(0)
        receipt = await api.call("DELETE", f"{ROOT}/conversations/{call}")
        assert receipt.status == 200 and receipt.body["counts"]["waiting"] == 2
        assert api.spool.depth == 1
    finally:
        blocked.set()
        type(dao).put_message = deliver  # type: ignore[method-assign]
    await api.spool.empty()
    assert (await api.call("GET", f"{ROOT}/conversations?text=treasure")).body["total"] == 0


def message(conversation: UUID, words: str) -> MessageDraft:
    return MessageDraft(
        id=uuid4(),
        conversation_id=conversation,
        role="user",
        content=words,
        input_modality="voice",
        created_at=datetime.now(UTC),
    )


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("conversations?limit=0", "limit"),
        ("conversations?since=yesterday", "since"),
        ("conversations?text=", "text"),
        ("conversations?nonsense=1", "nonsense"),
        ("conversations?tenant=a/b", "tenant"),
        ("goals?limit=1&limit=2", "limit"),
        ("conversations/nobody", "conversation_id"),
        ("users/nobody", "user_id"),
    ],
)
async def test_a_wrong_question_is_told_which_part_of_it_is_wrong(api: Api, path: str, field: str) -> None:
    answer = await api.call("GET", f"{ROOT}/{path}")
    assert (answer.status, list(answer.body["error"]["details"])) == (422, [field])


async def test_the_server_tells_how_it_stands(api: Api) -> None:
    told = (await api.call("GET", ROOT)).body
    assert (told["agent"], told["tenants"][0], told["access"]) == ("flux", "default", "loopback")
    engines = (await api.call("GET", f"{ROOT}/engines")).body
    memory = engines["memory"]
    assert memory["resident_bytes"] == sum(one["resident_bytes"] for one in memory["processes"]) > 0
    settings = (await api.call("GET", f"{ROOT}/settings")).body["settings"]
    assert "FLUX_AUTH__ADMIN_KEY" in {one["variable"] for one in settings}
