"""Every route, with the key, the token, the session and the connection of another tenant.

Nothing is read, written or ended.
"""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from aiohttp import WSServerHandshakeError

from tests.web.api_server import KEYED, KEYS, V1, Api, serve_api, serve_records
from tests.web.offers import CHROMIUM
from tests.web.voice_agent.scripted import SETTINGS
from web.own_settings import WebSettings
from web.tokens import Tokens
from web.voice_agent.route import PATH as SOCKET

pytestmark = pytest.mark.asyncio(loop_scope="module")

AUDIO = ("/v1/audio/transcriptions", "/v1/audio/speech")
PAGES = ("/", "/console", "/{path}", "/openapi.json", "/docs", "/docs/docs.js", "/docs/docs.css")
USER = UUID(int=7)
"""The same user id with both tenants: they are still two persons."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Api]:
    auth = KEYED.model_copy(update={"mint_burst": 1_000, "call_burst": 10_000})
    async with (
        serve_records(tmp_path_factory.mktemp("records")) as dao_url,
        serve_api(dao_url, WebSettings(auth=auth)) as api,
    ):
        yield api


def key(tenant: str) -> dict[str, str]:
    return {"X-Api-Key": KEYS[tenant]}


async def opened(api: Api, tenant: str) -> dict[str, Any]:
    return await api.mint(user_id=str(USER), headers=key(tenant))


def bearer(session: dict[str, Any] | str) -> dict[str, str]:
    token = session if isinstance(session, str) else session["token"]
    return {"Authorization": f"Bearer {token}"}


def body_of(path: str, session_id: str) -> Any:
    offer = {"sdp": CHROMIUM, "type": "offer"}
    return {
        f"{V1}/session": {"user_id": str(USER)},
        f"{V1}/messages": {"session_id": session_id, "role": "user", "content": "mine"},
        f"{V1}/intents": {
            "session_id": session_id,
            "function_call_id": "fc_1",
            "function_name": "submit_goal_intent",
            "input": {"goal_statement": "take over"},
        },
        "/sessions/{session_id}/api/offer": offer | {"candidates": []},
        "/api/offer": offer | {"candidates": [], "pc_id": "nobody"},
    }.get(path)


async def routes(api: Api) -> list[tuple[str, str, dict[str, Any]]]:
    """Return method, path and description of every route."""
    described = (await api.call("GET", "/openapi.json")).body
    return [(m.upper(), path, one) for path, methods in described["paths"].items() for m, one in methods.items()]


async def test_what_is_shown_of_another_tenant_opens_no_session_of_ours(api: Api) -> None:
    ours, theirs = await opened(api, "acme"), await opened(api, "globex")
    await api.say(ours["session_id"], "user", "a secret")
    shown = [key("globex"), {"Authorization": f"Bearer {theirs['token']}"}]
    tried = 0
    for method, path, described in await routes(api):
        if "{session_id}" not in path and "session_id" not in (body_of(path, "x") or {}):
            continue  # it names no session: see below
        assert described["security"]
        url = path.replace("{session_id}", ours["session_id"])
        for headers in shown:
            answer = await api.call(method, url, body_of(path, ours["session_id"]), headers=headers)
            assert answer.status in (401, 403), (method, path, headers, answer.body)
            assert "secret" not in str(answer.body)
            tried += 1
    assert tried >= 2 * 7
    messages = await api.said(ours["session_id"])
    assert [one["content"] for one in messages] == ["a secret"]
    assert await api.dao("acme").goals(USER) == []
    assert (await api.dao("acme").conversation_of(ours["session_id"])).status == "active"


async def test_their_session_never_reaches_our_records(api: Api) -> None:
    ours, theirs = await opened(api, "acme"), await opened(api, "globex")
    done = await api.intend(
        ours["session_id"], "fc_1", "submit_new_task_intent", title="Ours", trigger_type="location", location="home"
    )
    assert done.status == 200
    moved = await api.intend(
        theirs["session_id"], "fc_1", "submit_reschedule_intent", task_reference="Ours", new_time="tomorrow"
    )
    assert "no open tasks" in moved.body["result"]
    await api.say(theirs["session_id"], "user", "theirs")
    assert await api.said(ours["session_id"]) == []
    assert [task.title for task in await api.dao("acme").tasks(USER)] == ["Ours"]
    assert await api.dao("globex").tasks(USER) == []


async def test_what_begins_a_session_takes_a_key_and_nothing_else(api: Api) -> None:
    ours = await opened(api, "acme")
    token = {"Authorization": f"Bearer {ours['token']}"}
    tried = 0
    for method, path, described in await routes(api):
        if {} not in described.get("security", []) or path not in (f"{V1}/session", "/start", "/api/offer"):
            continue
        sent = body_of(path, "") or {}
        sent = {name: value for name, value in sent.items() if name != "pc_id"}
        if method == "PATCH":
            continue
        for headers in ({}, {"X-Api-Key": "fv_wrong"}):
            assert (await api.call(method, path, sent, headers=headers)).status == 401, (method, path)
        if path != "/api/offer":  # where a token names the session that is linked
            assert (await api.call(method, path, sent, headers=token)).status == 401, (method, path)
        tried += 1
    assert tried == 3


async def test_a_connection_is_known_by_its_id_alone_and_that_is_not_to_be_guessed(api: Api) -> None:
    theirs = await opened(api, "globex")
    token = {"Authorization": f"Bearer {theirs['token']}"}
    for method in ("POST", "PATCH"):
        for headers in ({}, token, key("globex")):
            answer = await api.call(method, "/api/offer", body_of("/api/offer", ""), headers=headers)
            assert (answer.status, answer.code) == (404, "unknown_connection")


async def test_a_forgotten_session_is_found_only_with_its_own_tenant(api: Api) -> None:
    ours = await opened(api, "acme")
    await api.say(ours["session_id"], "user", "a secret")
    auth = KEYED.model_copy(update={"keys": KEYED.keys[1:]})
    async with serve_api(api.dao_url, WebSettings(auth=auth)) as other:  # a server that does not know acme
        answer = await other.call("GET", f"{V1}/sessions/{ours['session_id']}/messages", headers=key("globex"))
        assert answer.status == 404
    async with serve_api(api.dao_url, WebSettings(auth=KEYED)) as reborn:
        path = f"{V1}/sessions/{ours['session_id']}/messages"
        assert (await reborn.call("GET", path, headers=key("globex"))).status == 403
        assert (await reborn.call("GET", path, headers=key("acme"))).status == 200


async def test_an_id_of_nobody_is_a_404_on_every_route(api: Api) -> None:
    for method, path, described in await routes(api):
        if "{session_id}" not in path and "session_id" not in (body_of(path, "x") or {}):
            continue
        assert described["security"]
        url = path.replace("{session_id}", str(uuid4()))
        assert (await api.call(method, url, body_of(path, str(uuid4())))).status == 404, (method, path)


async def test_the_console_is_no_tenants_affair(api: Api) -> None:
    ours = await opened(api, "acme")
    await api.say(ours["session_id"], "user", "a secret")
    call = (await api.dao("acme").conversation_of(ours["session_id"])).id
    tried = 0
    for method, path, described in await routes(api):
        if not path.startswith("/api/v1/console"):
            continue
        assert described["security"]
        url = path.replace("{conversation_id}", str(call)).replace("{user_id}", str(USER))
        if "parameters" in described:
            url += "?tenant=acme"
        for headers, status in (({}, 401), (key("acme"), 403), (key("globex"), 403), (bearer(ours), 403)):
            answer = await api.call(method, url, headers=headers)
            assert answer.status == status, (method, path, headers, answer.body)
            assert "secret" not in str(answer.body)
            tried += 1
    assert tried == 12 * 4
    assert len(await api.said(ours["session_id"])) == 1


async def test_no_route_is_left_out_here(api: Api) -> None:
    served = {route.resource.canonical for route in api.server.app.router.routes() if route.resource is not None}
    assert served == {path for _, path, _ in await routes(api)} | {SOCKET, *AUDIO, *PAGES}


async def test_a_live_connection_of_ours_is_not_theirs_to_take_over(api: Api) -> None:
    ours, theirs = await opened(api, "acme"), await opened(api, "globex")
    path, offer = "/sessions/{}/api/offer", {"sdp": CHROMIUM, "type": "offer"}
    begun = await api.call("POST", path.format(ours["session_id"]), offer, headers=bearer(ours))
    conversation, session = api.server.conversations[-1], api.server.sessions[-1]
    named = {"pc_id": begun.body["pc_id"]}
    for method, body in (("POST", offer | named | {"restart_pc": True}), ("PATCH", {"candidates": []} | named)):
        for url in ("/api/offer", path.format(ours["session_id"])):
            for headers, code in ((key("globex"), "foreign_key"), (bearer(theirs), "foreign_token")):
                answer = await api.call(method, url, body, headers=headers)
                assert (answer.status, answer.code) == (403, code), (method, url)
        answer = await api.call(method, path.format(theirs["session_id"]), body, headers=bearer(theirs))
        assert (answer.status, answer.code) == (404, "unknown_connection"), method
    assert session.call is not None and session.call.pc_id == named["pc_id"]
    assert not conversation.named("end")


async def test_over_the_socket_too_everybody_has_their_own(api: Api) -> None:
    ours, theirs = await opened(api, "acme"), await opened(api, "globex")
    who = (ours["session_id"], uuid4(), USER, "globex")
    for status, headers in (
        (401, {}),
        (401, {"X-Api-Key": "fv_wrong"}),
        (401, bearer(Tokens(None, 600).make(*who)[0])),
        (403, bearer(api.tokens.make(*who)[0])),  # such as no server of ours ever signs
    ):
        with pytest.raises(WSServerHandshakeError) as refused:
            await api.http.ws_connect(api.server.url + SOCKET, headers=headers)
        assert refused.value.status == status
    for headers in (key("globex"), bearer(theirs)):
        async with api.http.ws_connect(api.server.url + SOCKET, headers=headers) as socket:
            await socket.send_json(SETTINGS)
            assert [(await socket.receive_json(timeout=5))["type"] for _ in "12"] == ["Welcome", "SettingsApplied"]
        session = api.server.sessions[-1]
        assert session.caller.tenant_id == "globex" and session.id != ours["session_id"]
    assert (await api.dao("acme").conversation_of(ours["session_id"])).status == "active"
    assert await api.said(ours["session_id"]) == []


async def test_the_engines_take_any_tenants_key_or_token_and_nothing_else(api: Api) -> None:
    theirs = await opened(api, "globex")
    for path in AUDIO:
        for headers in ({}, {"X-Api-Key": "fv_wrong"}, bearer("a.b.c")):
            assert (await api.call("POST", path, headers=headers)).status == 401, path
        for headers in (key("acme"), key("globex"), bearer(theirs)):
            assert (await api.call("POST", path, headers=headers)).status == 400, path  # let in; there is no body
