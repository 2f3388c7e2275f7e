"""Who may call over the socket, and whose call it is then."""

import asyncio
from pathlib import Path

import pytest
from aiohttp import WSCloseCode, WSServerHandshakeError

from pipeline.events import MessageKept
from tests.web.api_server import KEYED, KEYS, V1, Api, serve_api, serve_records
from tests.web.offers import CHROMIUM
from tests.web.voice_agent.scripted import SETTINGS, told
from web.auth import hash_of
from web.auth_settings import ApiKey, AuthSettings
from web.own_settings import WebSettings
from web.tokens import Tokens
from web.voice_agent.route import LINKS, PATH


async def refused(api: Api, *protocols: str) -> tuple[int, str]:
    with pytest.raises(WSServerHandshakeError) as refusal:
        await api.http.ws_connect(api.server.url + PATH, protocols=protocols)
    assert refusal.value.headers is not None
    return refusal.value.status, refusal.value.headers["dg-error"]


async def test_with_keys_the_socket_takes_one_and_the_call_is_its_tenants(tmp_path: Path) -> None:
    async with serve_records(tmp_path) as dao_url, serve_api(dao_url, WebSettings(auth=KEYED)) as api:
        assert "X-Api-Key" in (await refused(api))[1]
        for wrong in ("fv_nobody", "a.b.c"):
            assert (await refused(api, "token", wrong))[0] == 401
        async with api.http.ws_connect(api.server.url + PATH, protocols=("token", KEYS["acme"])) as socket:
            await socket.send_json(SETTINGS)
            kinds = [(await socket.receive_json(timeout=5))["type"] for _ in range(2)]
            assert kinds == ["Welcome", "SettingsApplied"]
            (session,) = api.server.sessions
            assert session.caller.tenant_id == "acme"
            await api.spool.empty()
            assert (await api.dao("acme").conversation(session.caller.conversation_id)).status == "active"


async def test_the_token_of_a_session_holds_its_one_call_and_what_is_said_is_the_sessions(tmp_path: Path) -> None:
    async with serve_records(tmp_path) as dao_url, serve_api(dao_url) as api:
        opened = await api.mint()
        session, bearer = opened["session_id"], ("bearer", opened["token"])
        async with api.http.ws_connect(opened["config"]["url"], protocols=bearer) as socket:
            conversation = await api.dao().conversation_of(session)
            assert (await socket.receive_json(timeout=5))["request_id"] == str(conversation.id)
            await socket.send_json(SETTINGS)
            assert (await socket.receive_json(timeout=5))["type"] == "SettingsApplied"
            assert (await refused(api, *bearer))[0] == 409
            token = {"Authorization": f"Bearer {opened['token']}"}
            offer = {"sdp": CHROMIUM, "type": "offer"}
            answer = await api.call("POST", f"/sessions/{session}/api/offer", offer, headers=token)
            assert (answer.status, answer.code) == (409, "token_used")
            agent = api.server.conversations[-1]
            await asyncio.wait_for(agent.attached.wait(), 5)
            agent.emit(MessageKept("user", "hello", "voice", 1))
            kept = await api.say(session, "user", "Hello.")
            assert [(one["message_id"], one["content"]) for one in await api.said(session)] == [
                (kept.body["message_id"], "hello")
            ]
            assert not agent.named("end"), "who is refused ends no call of others"
            closed = await api.call("DELETE", f"{V1}/session/{session}")
            assert closed.body["message_count"] == 1
        assert (await refused(api, *bearer))[0] == 409


async def test_of_two_sockets_with_one_token_the_first_to_send_its_settings_has_the_call(tmp_path: Path) -> None:
    async with serve_records(tmp_path) as dao_url, serve_api(dao_url) as api:
        opened = await api.mint()
        url, bearer = opened["config"]["url"], ("bearer", opened["token"])
        async with api.http.ws_connect(url, protocols=bearer) as first:
            async with api.http.ws_connect(url, protocols=bearer) as second:
                await first.send_json(SETTINGS)
                assert [(await first.receive_json(timeout=5))["type"] for _ in "12"] == ["Welcome", "SettingsApplied"]
                await second.send_json(SETTINGS)
                messages, code = await asyncio.wait_for(told(second), 5)
                assert messages[-1]["type"] == "Error" and code == WSCloseCode.TRY_AGAIN_LATER
            async with asyncio.timeout(5):
                while len(api.server.app[LINKS]) > 1:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            (agent,) = api.server.conversations
            assert not agent.named("end") and not first.closed


async def test_a_keys_lines_are_counted_for_its_sessions_of_before_a_restart_too(tmp_path: Path) -> None:
    one_line = ApiKey(sha256=hash_of("fv_one"), max_calls=1)
    settings = WebSettings(auth=AuthSettings(keys=(one_line, *KEYED.keys)))
    tokens = Tokens("signing" * 8, 600)
    async with serve_records(tmp_path) as dao_url:
        async with serve_api(dao_url, settings, tokens=tokens) as api:
            minted = [await api.mint(headers={"X-Api-Key": "fv_one"}) for _ in "123"]
        async with serve_api(dao_url, settings, tokens=tokens) as reborn:
            bearers = [("bearer", one["token"]) for one in minted]
            async with reborn.http.ws_connect(reborn.server.url + PATH, protocols=bearers[0]) as socket:
                await socket.send_json(SETTINGS)
                assert [(await socket.receive_json(timeout=5))["type"] for _ in "12"] == ["Welcome", "SettingsApplied"]
                status, why = await refused(reborn, *bearers[1])
                assert (status, "1 lines of this key" in why) == (503, True)
                await reborn.say(minted[2]["session_id"], "user", "hello")  # its id alone tells of no key
                offer, token = {"sdp": CHROMIUM, "type": "offer"}, {"Authorization": f"Bearer {minted[2]['token']}"}
                path = f"/sessions/{minted[2]['session_id']}/api/offer"
                assert (await reborn.call("POST", path, offer, headers=token)).code == "busy"
        async with serve_api(dao_url, WebSettings(auth=KEYED), tokens=tokens) as without_it:
            assert (await refused(without_it, *bearers[1]))[0] == 401
