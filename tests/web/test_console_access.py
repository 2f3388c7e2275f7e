"""Who opens the console: the holder of the admin key, or the box itself where the server is for development."""

import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from tests.web.api_server import KEYED, KEYS, Api, serve_api, serve_records
from web.auth import hash_of
from web.auth_settings import AuthSettings
from web.own_settings import WebSettings

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROOT = "/api/v1/console"
ADMIN = "fv_admin"
OWNED = KEYED.model_copy(update={"admin_key": hash_of(ADMIN), "call_burst": 10_000})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def dao_url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    async with serve_records(tmp_path_factory.mktemp("records")) as url:
        yield url


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def owned(dao_url: str) -> AsyncIterator[Api]:
    async with serve_api(dao_url, WebSettings(auth=OWNED)) as api:
        yield api


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def open_one(dao_url: str) -> AsyncIterator[Api]:
    async with serve_api(dao_url) as api:
        yield api


async def console_routes(api: Api) -> list[tuple[str, str]]:
    paths = (await api.call("GET", "/openapi.json")).body["paths"]
    found = [(method.upper(), path) for path, one in paths.items() if path.startswith(ROOT) for method in one]
    assert len(found) == 12
    return [(method, re.sub(r"{\w+}", str(UUID(int=0)), path)) for method, path in found]


async def test_each_call_takes_the_admin_key_and_nothing_else(owned: Api) -> None:
    session = await owned.mint(headers={"X-Api-Key": KEYS["acme"]})
    refused: list[tuple[dict[str, str], int]] = [
        ({}, 401),
        ({"X-Api-Key": "fv_wrong"}, 401),
        ({"X-Api-Key": hash_of(ADMIN)}, 401),
        ({"Authorization": "Bearer a.b.c"}, 401),
        ({"Cookie": f"key={ADMIN}"}, 401),
        ({"X-Api-Key": KEYS["acme"]}, 403),
        ({"Authorization": f"Bearer {KEYS['globex']}"}, 403),
        ({"Authorization": f"Bearer {session['token']}"}, 403),
    ]
    for method, path in await console_routes(owned):
        for headers, status in refused:
            answer = await owned.call(method, path, headers=headers)
            assert answer.status == status, (method, path, headers, answer.body)
        for headers in ({"X-Api-Key": ADMIN}, {"Authorization": f"Bearer {ADMIN}"}):
            answer = await owned.call(method, path, headers=headers)
            assert answer.status in (200, 404), (method, path, answer.body)
    assert (await owned.call("GET", ROOT, headers={"X-Api-Key": ADMIN})).body["access"] == "admin_key"


async def test_the_admin_key_begins_no_sessions_and_opens_none(owned: Api) -> None:
    session = await owned.mint(headers={"X-Api-Key": KEYS["acme"]})
    shown = {"X-Api-Key": ADMIN}
    assert (await owned.call("POST", "/start", {}, headers=shown)).status == 401
    path = f"/api/v1/voice/sessions/{session['session_id']}/messages"
    assert (await owned.call("GET", path, headers=shown)).status == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Origin": "{own}"}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "http://localhost:3000"}, 403),  # of this box too, but another site's page
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),  # an image or a form has no Origin
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Host": "evil.example"}, 403),  # its name was made to point here
        ({"X-Forwarded-For": "203.0.113.9"}, 401),  # behind a proxy nobody is from this box
        ({"X-Forwarded-Host": "flux.example"}, 401),
        ({"Via": "1.1 proxy"}, 401),
        ({"X-Api-Key": "fv_wrong"}, 401),
    ],
)
async def test_in_development_the_box_itself_needs_no_key(open_one: Api, headers: dict[str, str], status: int) -> None:
    sent = {name: value.format(own=open_one.server.url) for name, value in headers.items()}
    for method, path in await console_routes(open_one):
        answer = await open_one.call(method, path, headers=sent)
        assert answer.status == status or (status == 200 and answer.status == 404), (method, path, answer.body)
    if status == 200:
        assert (await open_one.call("GET", ROOT, headers=sent)).body["access"] == "loopback"


@pytest.mark.parametrize(
    "settings",
    [
        {"auth": KEYED},
        {"auth": AuthSettings(mint="open")},
        {"auth": AuthSettings(admin_key=hash_of(ADMIN))},
        {"allowed_hosts": ["flux.example"], "auth": AuthSettings(mint="open")},
    ],
)
async def test_a_server_that_is_set_up_for_others_asks_the_box_for_the_key_too(
    dao_url: str, settings: dict[str, Any]
) -> None:
    async with serve_api(dao_url, WebSettings(**settings)) as api:
        assert {(await api.call(method, path)).status for method, path in await console_routes(api)} == {401}


async def test_who_guesses_is_slowed_down_however_many_keys_are_tried(dao_url: str) -> None:
    auth = OWNED.model_copy(update={"call_rate": 0.001, "call_burst": 5})
    async with serve_api(dao_url, WebSettings(auth=auth)) as api:
        tried = [await api.call("GET", ROOT, headers={"X-Api-Key": f"fv_{number}"}) for number in range(8)]
        assert [answer.status for answer in tried] == [401] * 5 + [429] * 3
        assert int(tried[-1].headers["Retry-After"]) > 0
        assert (await api.call("GET", ROOT, headers={"X-Api-Key": ADMIN})).status == 429


async def test_a_page_of_a_trusted_site_needs_the_key_as_well(dao_url: str) -> None:
    auth = OWNED.model_copy(update={"origins": ("https://app.example",)})
    async with serve_api(dao_url, WebSettings(auth=auth)) as api:
        headers = {"Origin": "https://app.example"}
        assert (await api.call("GET", ROOT, headers=headers)).status == 401
        assert (await api.call("GET", ROOT, headers=headers | {"X-Api-Key": ADMIN})).status == 200


async def test_the_pages_address_is_served_with_the_pages_headers(open_one: Api) -> None:
    answer = await open_one.call("GET", "/console")
    assert answer.status in (200, 503)  # as the page was built here or not
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "<script>" not in answer.body
