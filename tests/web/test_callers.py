"""Who calls and where they are, as clients tell or leave out."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from dao.records import UserDraft
from tests.web.api_server import KEYED, KEYS, Api, serve_api, serve_records
from tests.web.offers import CHROMIUM
from tests.web.voice_agent.scripted import SETTINGS
from web import home_zone
from web.auth_settings import AuthSettings
from web.conversations import CallOptions
from web.own_settings import WebSettings
from web.owner import LOCAL_USER
from web.voice_agent.route import PATH

BERLIN = WebSettings(timezone="Europe/Berlin")


async def call(api: Api, **who: str) -> CallOptions:
    """Begin a call over WebRTC and return whose it is."""
    answer = await api.call("POST", "/api/offer", {"sdp": CHROMIUM, "type": "offer", "requestData": who})
    assert answer.status == 200, answer.body
    caller = api.server.sessions[-1].caller
    await api.spool.delivered(caller.conversation_id)
    return caller


async def call_over_a_socket(api: Api) -> CallOptions:
    async with api.http.ws_connect(api.server.url + PATH, headers=api.headers) as socket:
        await socket.send_json(SETTINGS)
        assert [(await socket.receive_json(timeout=5))["type"] for _ in "12"] == ["Welcome", "SettingsApplied"]
    caller = api.server.sessions[-1].caller
    await api.spool.delivered(caller.conversation_id)
    return caller


async def test_a_call_that_names_no_time_zone_has_the_users_own_and_leaves_it(tmp_path: Path) -> None:
    async with serve_records(tmp_path) as dao_url, serve_api(dao_url, BERLIN) as api:
        user = uuid4()
        for one in (user, LOCAL_USER):
            await api.dao().put_user(UserDraft(id=one, timezone="Asia/Tokyo"))
        for caller in (await call(api, user_id=str(user)), await call(api), await call_over_a_socket(api)):
            assert caller.timezone.key == "Asia/Tokyo"
            assert (await api.dao().user(caller.user_id)).timezone == "Asia/Tokyo"
        await call(api, timezone="America/New_York")
        assert (await api.dao().user(LOCAL_USER)).timezone == "America/New_York"


async def test_a_new_user_who_names_no_time_zone_has_the_boxs(tmp_path: Path) -> None:
    async with serve_records(tmp_path) as dao_url, serve_api(dao_url, BERLIN) as api:
        called, minted = uuid4(), uuid4()
        await call(api, user_id=str(called))
        await api.mint(user_id=str(minted))
        assert [(await api.dao().user(one)).timezone for one in (called, minted)] == ["Europe/Berlin"] * 2


async def test_a_call_without_records_begins_in_the_boxs_time_zone_which_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home_zone, "PATIENCE", 0.2)
    async with serve_api("http://127.0.0.1:9", BERLIN) as api:
        answer = await api.call("POST", "/api/offer", {"sdp": CHROMIUM, "type": "offer"})
        assert answer.status == 200
        caller = api.server.sessions[-1].caller
        assert caller.timezone.key == "Europe/Berlin"
        first = await api.spool.next()
        assert (first.kind, first.body) == ("user", {"id": str(caller.user_id)})


async def test_a_forgotten_session_has_its_users_time_zone(tmp_path: Path) -> None:
    async with serve_records(tmp_path) as dao_url:
        async with serve_api(dao_url) as api:
            opened: dict[str, Any] = await api.mint(timezone="Asia/Tokyo")
        async with serve_api(dao_url) as reborn:
            body = {
                "function_name": "submit_new_task_intent",
                "title": "call mom",
                "trigger_type": "time",
                "trigger_time": "tomorrow at 5 pm",
            }
            done = await reborn.intend(opened["session_id"], "fc_1", body.pop("function_name"), **body)
            assert done.status == 200
            found = await reborn.dao().conversation_of(opened["session_id"])
            (task,) = await reborn.dao().tasks(found.user_id)
            assert task.trigger_at is not None and task.trigger_at.hour == 8, "17:00 in Tokyo"


async def test_on_ones_own_box_who_names_nobody_is_its_user(tmp_path: Path) -> None:
    async with serve_records(tmp_path) as dao_url, serve_api(dao_url) as api:
        browser = await call(api, browser_id=str(uuid4()))
        assert {(await call(api)).user_id, (await call_over_a_socket(api)).user_id, browser.user_id} == {LOCAL_USER}


@pytest.mark.parametrize("auth", [AuthSettings(mint="open"), KEYED])
async def test_beyond_ones_own_box_who_names_nobody_is_somebody_new(tmp_path: Path, auth: AuthSettings) -> None:
    headers = {"X-Api-Key": KEYS["acme"]} if auth.keys else {}
    async with serve_records(tmp_path) as dao_url, serve_api(dao_url, WebSettings(auth=auth)) as box:
        api = box.using(**headers)
        browser, user = uuid4(), uuid4()
        nobody = {(await call(api)).user_id, (await call(api)).user_id, (await call_over_a_socket(api)).user_id}
        assert len(nobody | {LOCAL_USER}) == 4
        again = [(await call(api, browser_id=str(browser))).user_id for _ in "12"]
        assert again == [browser, browser]
        assert (await call(api, browser_id=str(browser), user_id=str(user))).user_id == user


def test_chat_leaves_the_time_zone_that_it_is_not_told(tmp_path: Path) -> None:
    own = {"FLUX_DAO__DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/flux.db", "FLUX_DAO__PORT": "0"}
    for more in (["--timezone", "Asia/Tokyo"], []):
        subprocess.run(
            [sys.executable, "-c", "from web.cli import main; main()", "chat", *more],
            env=os.environ | own,
            input=b"",
            check=True,
            timeout=120,
        )
    with sqlite3.connect(tmp_path / "flux.db") as database:
        assert database.execute("SELECT timezone FROM users").fetchall() == [("Asia/Tokyo",)]
