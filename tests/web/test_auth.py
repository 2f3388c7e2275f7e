"""Who may mint and link: keys, tokens, addresses, origins, limits."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner

from tests.e2e.peer import Peer, RefusedError
from tests.web.api_server import KEYED, KEYS, V1, Api, serve_api, serve_records
from tests.web.offers import CHROMIUM
from web import rtc
from web.auth import hash_of, require_decision
from web.auth_settings import ApiKey, AuthSettings
from web.cli import main
from web.errors import SettingsError
from web.own_settings import WebSettings
from web.tokens import Tokens

ELSEWHERE = {"X-Forwarded-For": "203.0.113.7"}
ACME = {"X-Api-Key": KEYS["acme"]}


@asynccontextmanager
async def api(folder: Path, tokens: Tokens | None = None, **auth: Any) -> AsyncIterator[Api]:
    async with (
        serve_records(folder) as dao_url,
        serve_api(dao_url, WebSettings(auth=AuthSettings(**auth)), tokens=tokens) as api,
    ):
        yield api


def body() -> dict[str, str]:
    return {"user_id": str(uuid4()), "timezone": "UTC"}


MINTS = [(f"{V1}/session", body()), ("/start", {}), ("/api/offer", {"sdp": CHROMIUM, "type": "offer"})]


async def test_this_box_needs_no_key_in_development_but_others_do(tmp_path: Path) -> None:
    async with api(tmp_path) as box:
        for path, sent in MINTS:
            assert (await box.call("POST", path, sent)).status == 200
            for headers in (ELSEWHERE, {"Via": "1.1 proxy"}):
                refused = await box.call("POST", path, sent, headers=headers)
                assert (refused.status, refused.code) == (401, "key_needed"), path
                assert "FLUX_AUTH__KEYS" in refused.body["error"]["message"]


async def test_with_keys_everybody_needs_one_and_has_its_tenant(tmp_path: Path) -> None:
    async with api(tmp_path, keys=KEYED.keys) as box:
        for path, sent in MINTS:
            assert (await box.call("POST", path, sent)).code == "key_needed"
            for wrong in ("fv_nobody", "\xff", "x" * 4_000):
                assert (await box.call("POST", path, sent, headers={"X-Api-Key": wrong})).code == "bad_key"
            for right in (ACME, {"Authorization": f"bearer {KEYS['acme']}"}):
                assert (await box.call("POST", path, sent, headers=right)).status == 200
            basic = ACME | {"Authorization": "Basic dTpw"}  # a proxy's own sign-in
            assert (await box.call("POST", path, sent, headers=basic)).status == 200
        opened = await box.mint(headers=ACME)
        assert (await box.dao("acme").conversation_of(opened["session_id"])).tenant_id == "acme"


async def test_an_open_server_mints_for_all_but_for_pages_of_other_sites(tmp_path: Path) -> None:
    async with api(tmp_path, mint="open", origins=("https://app.example",)) as box:
        own = box.server.url
        for origin, status in [(None, 200), (own, 200), ("https://app.example", 200), ("https://evil.example", 403)]:
            headers = ELSEWHERE | ({"Origin": origin} if origin else {})
            assert (await box.call("POST", f"{V1}/session", body(), headers=headers)).status == status, origin


async def test_only_named_origins_may_read_answers(tmp_path: Path) -> None:
    preflight = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    async with api(tmp_path, origins=("https://app.example",)) as box:
        for origin, allowed in [("https://app.example", "https://app.example"), ("https://evil.example", None)]:
            asked = await box.call("OPTIONS", f"{V1}/session", headers={"Origin": origin, **preflight})
            read = await box.call("GET", f"{V1}/sessions/{'x' * 22}/messages", headers={"Origin": origin})
            assert [one.headers.get("Access-Control-Allow-Origin") for one in (asked, read)] == [allowed, allowed]
            assert asked.status == (405 if allowed is None else 204)
            assert ("Access-Control-Allow-Methods" in asked.headers) == (allowed is not None)


async def test_in_development_pages_of_this_box_may_read_answers_and_nowhere_else(tmp_path: Path) -> None:
    preflight = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    frontends = ["http://localhost:3000", "http://127.0.0.1:5173", "http://[::1]:3000"]
    for auth, trusted in ({}, frontends), ({"mint": "open"}, []), ({"keys": KEYED.keys}, []):
        async with api(tmp_path, **auth) as box:
            for origin in [*frontends, "https://app.example", "null", "http://[", ""]:
                allowed = origin if origin in trusted else None
                asked = await box.call("OPTIONS", f"{V1}/session", headers={"Origin": origin, **preflight})
                read = await box.call("GET", f"{V1}/sessions/{'x' * 22}/messages", headers={"Origin": origin})
                assert asked.status == (405 if allowed is None else 204), origin
                assert [one.headers.get("Access-Control-Allow-Origin") for one in (asked, read)] == [allowed] * 2


async def test_minting_and_calling_have_rates_per_address_and_per_key(tmp_path: Path) -> None:
    async with api(tmp_path, keys=KEYED.keys, mint_burst=2, mint_rate=0.01, call_burst=3, call_rate=0.01) as box:
        for address in ("203.0.113.7", "203.0.113.8, 127.0.0.1"):
            mint = [await box.call("POST", "/start", {}, headers=ACME | {"X-Forwarded-For": address}) for _ in "12"]
        assert [one.status for one in mint] == [429, 429]  # the key's two are used up from another address
        assert mint[0].code == "too_often" and 1 <= int(mint[0].headers["Retry-After"]) <= 100
        other = {"X-Api-Key": KEYS["globex"], **ELSEWHERE}
        assert (await box.call("POST", "/start", {}, headers=other)).status == 429  # and so are the address's
        other["X-Forwarded-For"] = "2001:db8::1"
        assert (await box.call("POST", "/start", {}, headers=other)).status == 200
        other["X-Forwarded-For"] = "2001:db8::ffff"
        assert [(await box.call("POST", "/start", {}, headers=other)).status for _ in "12"] == [200, 429]
        calls = [
            await box.call("GET", f"{V1}/sessions/x/messages", headers={"X-Forwarded-For": "198.51.100.1"})
            for _ in range(4)
        ]
        assert [one.status for one in calls] == [404, 404, 404, 429]


async def test_what_a_stranger_says_of_its_address_is_not_believed(tmp_path: Path) -> None:
    limits: dict[str, Any] = {"mint": "open", "mint_burst": 1, "mint_rate": 0.01, "proxies": ()}
    async with api(tmp_path, **limits) as box:
        answers = [await box.call("POST", "/start", {}, headers={"X-Forwarded-For": f"10.0.0.{n}"}) for n in "12"]
        assert [one.status for one in answers] == [200, 429]
        told = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}
    async with api(tmp_path, mint="open", proxies=()) as box:
        assert "evil" not in (await box.mint(headers=told))["webrtc"]["offer_url"]
    async with api(tmp_path, mint="open") as box:
        told["X-Forwarded-Host"] = "voice.example"
        opened = await box.mint(headers=told)
        assert opened["webrtc"]["offer_url"].startswith("https://voice.example/sessions/")
        assert opened["config"]["url"] == "wss://voice.example/v1/agent/converse"


async def test_a_minted_session_is_linked_once_with_its_token_and_again_with_its_pc_id(tmp_path: Path) -> None:
    now = [datetime.now(UTC)]
    async with api(tmp_path, Tokens(None, 60, lambda: now[0])) as box:
        opened = await box.mint()
        async with Peer(box.server.url, use_start=False) as peer, Peer(box.server.url, use_start=False) as thief:
            peer.session_id = thief.session_id = opened["session_id"]
            assert await refused(peer) == (401, "token_needed")
            peer.headers["Authorization"] = "Bearer a.b.c"
            assert await refused(peer) == (401, "bad_token")
            peer.headers["Authorization"] = thief.headers["Authorization"] = f"Bearer {opened['token']}"
            await peer.connect()
            assert await refused(thief) == (409, "token_used")
            now[0] += timedelta(hours=1)
            assert await refused(thief) == (401, "expired_token")
            await peer.reconnect()
            peer.headers.clear()
            await peer.reconnect()
        late = await box.mint()
        now[0] += timedelta(hours=1)
        async with Peer(box.server.url, use_start=False) as peer:
            peer.session_id, peer.headers = late["session_id"], {"Authorization": f"Bearer {late['token']}"}
            assert await refused(peer) == (401, "expired_token")


async def test_a_token_names_its_session_where_the_url_does_not(tmp_path: Path) -> None:
    now = [datetime.now(UTC)]
    async with api(tmp_path, Tokens(None, 60, lambda: now[0])) as box:
        opened = await box.mint()
        async with Peer(box.server.url, use_start=False) as peer:
            peer.headers = {"Authorization": f"Bearer {opened['token']}"}
            await peer.connect()
            assert box.server.sessions[-1].id == opened["session_id"]
            now[0] += timedelta(hours=1)
            await peer.reconnect()


async def test_a_second_offer_does_not_end_the_call_whose_first_one_is_still_being_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, go_on, answer = asyncio.Event(), asyncio.Event(), rtc.Peer.answer

    async def slowly(self: rtc.Peer, sdp: str) -> str:
        asked.set()
        await go_on.wait()
        return await answer(self, sdp)

    monkeypatch.setattr(rtc.Peer, "answer", slowly)
    async with api(tmp_path) as box:
        opened = await box.mint()
        path, offer = f"/sessions/{opened['session_id']}/api/offer", {"sdp": CHROMIUM, "type": "offer"}
        token = {"Authorization": f"Bearer {opened['token']}"}
        first = asyncio.create_task(box.call("POST", path, offer, headers=token))
        await asyncio.wait_for(asked.wait(), 5)
        second = await box.call("POST", path, offer, headers=token)
        assert (second.status, second.code) == (409, "token_used")
        assert not box.server.conversations[0].named("end")
        go_on.set()
        assert (await first).status == 200


async def refused(peer: Peer) -> tuple[int, str]:
    with pytest.raises(RefusedError) as told:
        await peer.request("POST", peer.offer_url, {"sdp": CHROMIUM, "type": "offer"})
    return told.value.status, told.value.body["error"]["code"]


async def test_a_key_has_so_many_lines(tmp_path: Path) -> None:
    one = ApiKey(sha256=hash_of("fv_one"), max_calls=1)
    async with api(tmp_path, keys=(one, *KEYED.keys)) as box:
        asked = {"sdp": CHROMIUM, "type": "offer"}
        first = await box.call("POST", "/api/offer", asked, headers={"X-Api-Key": "fv_one"})
        busy = await box.call("POST", "/api/offer", asked, headers={"X-Api-Key": "fv_one"})
        assert (first.status, busy.status, busy.code) == (200, 503, "busy")
        assert int(busy.headers["Retry-After"]) > 0
        assert (await box.call("POST", "/api/offer", asked, headers=ACME)).status == 200
        box.server.conversations[0].end("caller")
        async with asyncio.timeout(10):
            await box.server.sessions[0].over.wait()
        assert (await box.call("POST", "/api/offer", asked, headers={"X-Api-Key": "fv_one"})).status == 200


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"host": "0.0.0.0"}, "FLUX_AUTH__KEYS"),
        ({"host": "voice.lan", "auth": {"tls": "proxy"}}, "FLUX_AUTH__MINT=open"),
        ({"host": "::", "auth": {"mint": "open"}}, "FLUX_AUTH__TLS"),
        ({"host": "0.0.0.0", "auth": KEYED}, "FLUX_AUTH__TLS"),
        ({"allowed_hosts": ["voice.lan"]}, "FLUX_AUTH__KEYS"),
        ({"auth": {"mint": "key"}}, "flux-voice key"),
    ],
)
def test_beyond_this_box_nothing_is_served_before_it_is_said_who_may_call(settings: Any, named: str) -> None:
    with pytest.raises(SettingsError) as told:
        require_decision(WebSettings.model_validate(settings))
    assert named in str(told.value) and "\n" not in str(told.value)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"host": "::1"},
        {"host": "localhost", "allowed_hosts": ["voice.lan"], "auth": {"mint": "open"}},
        {"host": "0.0.0.0", "auth": {"mint": "open", "tls": "none"}},
        {"host": "0.0.0.0", "auth": KEYED.model_copy(update={"tls": "proxy"})},
    ],
)
def test_a_decision_is_enough(settings: Any) -> None:
    require_decision(WebSettings.model_validate(settings))


def test_serve_says_so_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    ran = CliRunner().invoke(main, ["serve", "--host", "0.0.0.0", "--port", "0"])
    assert ran.exit_code == 1 and ran.output.count("\n") == 1
    assert "FLUX_AUTH__KEYS" in ran.output and "flux-voice key" in ran.output


def test_the_key_that_is_made_is_known_by_the_setting_that_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    from web.settings import load_settings

    printed = CliRunner().invoke(main, ["key", "--tenant", "acme"]).output.splitlines()
    key, setting = printed[0].split()[-1], printed[1].partition("FLUX_AUTH__KEYS=")[2].strip("'")
    monkeypatch.setenv("FLUX_AUTH__KEYS", setting)
    (known,) = load_settings().auth.keys
    assert (known.sha256, known.tenant) == (hash_of(key), "acme")
    assert CliRunner().invoke(main, ["key", "--tenant", "a b"]).exit_code == 1
