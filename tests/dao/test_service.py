"""The REST service through a real socket, as any HTTP client sees it."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import pytest
from aiohttp import web

from dao.client import DaoClient
from dao.errors import DaoError
from dao.owner_client import OwnerRecords
from dao.records import DeletionDraft
from dao.routes import OPERATIONS
from dao.service import DaoServer, create_dao_app, serve_dao
from dao.settings import DaoSettings
from dao.store import Store
from tests.dao import samples
from tests.dao.conftest import Sql
from tests.dao.samples import ALICE, CALL

GOAL = samples.goal().model_dump(mode="json")
MESSAGE = samples.message().model_dump(mode="json")
TASK = samples.task().model_dump(mode="json")
TURN = samples.turn().model_dump(mode="json")
USER = samples.user().model_dump(mode="json")
NOBODY = UUID("5f3ca6e7-2e12-45ec-93db-2bfa6afb023c")


@pytest.fixture
async def http(server: DaoServer) -> AsyncIterator[aiohttp.ClientSession]:
    """A plain HTTP client, with Alice and her call in the database."""
    async with DaoClient(server.url, timeout=20) as client:
        await client.put_user(samples.user())
        await client.put_conversation(samples.conversation())
    async with aiohttp.ClientSession(server.url) as session:
        yield session


async def ask(http: aiohttp.ClientSession, method: str, path: str, **options: Any) -> tuple[int, dict[str, Any]]:
    async with http.request(method, path, **options) as response:
        assert response.content_type == "application/json"
        answer: dict[str, Any] = await response.json()
        if response.status != 200:
            assert answer.keys() == {"error"}
            assert answer["error"].keys() == {"code", "message", "details"}
            assert "Traceback" not in str(answer)
        return response.status, answer


def fields(answer: dict[str, Any]) -> set[str]:
    return {detail["field"] for detail in answer["error"]["details"]}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "wrong"),
    [
        ("POST", "/v1/goals", {}, 422, {"user_id", "statement", "origin"}),
        (
            "POST",
            "/v1/goals",
            {**GOAL, "statement": "", "nonsense": 1, "target_date": "2026-03-01T12:00:00", "origin": {"call_id": ""}},
            422,
            {"statement", "nonsense", "target_date", "origin.call_id", "origin.conversation_id"},
        ),
        ("POST", "/v1/goals", {**GOAL, "target_date": "0001-01-01T00:00:00+14:00"}, 422, {"target_date"}),
        ("POST", "/v1/goals", {**GOAL, "user_id": str(NOBODY)}, 422, {"user_id"}),
        ("POST", "/v1/goals", {**GOAL, "user_id": "42"}, 422, {"user_id"}),
        ("POST", "/v1/goals", {**GOAL, "statement": " \n"}, 422, {"statement"}),
        (
            "POST",
            "/v1/tasks",
            {**TASK, "title": " ", "location": "", "recurrence": "every day"},
            422,
            {"title", "location", "recurrence"},
        ),
        ("PUT", f"/v1/users/{ALICE}", {**USER, "timezone": "Mars/Olympus"}, 422, {"timezone"}),
        ("POST", "/v1/messages", {**MESSAGE, "content": "a\u0000b"}, 422, {"content"}),
        ("POST", "/v1/messages", {**MESSAGE, "metadata": {"a": {"b": ["\ud800"]}}}, 422, {"metadata.a.b.0"}),
        ("POST", "/v1/messages", {**MESSAGE, "metadata": {"\u0000": 1}}, 422, {"metadata"}),
        ("POST", "/v1/messages", {**MESSAGE, "role": "robot", "input_modality": None}, 422, {"role", "input_modality"}),
        ("POST", "/v1/messages", {**MESSAGE, "conversation_id": str(NOBODY)}, 422, {"conversation_id"}),
        ("POST", "/v1/turns", {**TURN, "index": -1}, 422, {"index"}),
        ("POST", "/v1/turns", {**TURN, "index": 2**70}, 422, {"index"}),
        ("PUT", f"/v1/users/{NOBODY}", USER, 422, {"id"}),
        ("PUT", "/v1/users/me", USER, 422, {"id"}),
        ("PATCH", f"/v1/conversations/{CALL}", {"status": "lost"}, 422, {"status"}),
        ("PATCH", f"/v1/conversations/{NOBODY}", {"status": "ended"}, 404, set()),
        ("POST", f"/v1/tasks/{NOBODY}/reschedules", samples.move().model_dump(mode="json"), 404, set()),
        ("POST", "/v1/goals", [], 400, set()),
        ("DELETE", "/v1/goals", {}, 405, set()),
        ("POST", "/v1/nothing", {}, 404, set()),
    ],
)
async def test_a_bad_body_is_refused_and_every_wrong_field_named(
    http: aiohttp.ClientSession, method: str, path: str, body: Any, status: int, wrong: set[str]
) -> None:
    answered, answer = await ask(http, method, path, json=body)
    assert (answered, fields(answer)) == (status, wrong)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"null", 400),
        (b'{"a": NaN}', 400),
        (b'{"a": Infinity}', 400),
        (b'{"a": 1e999}', 422),
        (b"\xff\xfe{}", 400),
        (b"[" * 100_000, 400),
        (b'{"metadata": ' + b'{"a":' * 200 + b"1" + b"}" * 200 + b"}", 422),
        (b'{"index": ' + b"9" * 5_000 + b"}", 400),
        (b'{"content": "' + b"x" * 2_000_000 + b'"}', 413),
    ],
)
async def test_a_body_that_is_no_record_at_all(http: aiohttp.ClientSession, data: bytes, status: int) -> None:
    answered, _ = await ask(http, "POST", "/v1/messages", data=data, headers={"Content-Type": "application/json"})
    assert answered == status


async def test_a_form_of_a_foreign_page_cannot_write(http: aiohttp.ClientSession) -> None:
    assert (await ask(http, "POST", "/v1/messages", data="{}"))[0] == 415
    status, _ = await ask(http, "POST", "/v1/messages", data="{}", headers={"Content-Type": "text/plain"})
    assert status == 415
    status, _ = await ask(http, "OPTIONS", "/v1/messages", headers={"Origin": "https://evil.example"})
    assert status == 405


async def test_a_rebound_host_name_cannot_read(http: aiohttp.ClientSession) -> None:
    for host in ("evil.example", "evil.example:8001", "127.0.0.1.evil.example", "[", ""):
        assert (await ask(http, "GET", "/v1/users", headers={"Host": host}))[0] == 403
    for host in ("localhost:8001", "127.0.0.1", "[::1]:8001"):
        assert (await ask(http, "GET", "/v1/users", headers={"Host": host}))[0] == 200


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("limit=0", {"limit"}),
        ("limit=501", {"limit"}),
        ("offset=-1&limit=x", {"offset", "limit"}),
        ("offset=99999999999999999999", {"offset"}),
        ("conversation_id=1&role=robot", {"conversation_id", "role"}),
        ("colour=red", {"colour"}),
        ("role=user&role=user", {"role"}),
        ("role=%00", {"role"}),
    ],
)
async def test_a_bad_filter_is_refused_and_named(http: aiohttp.ClientSession, query: str, wrong: set[str]) -> None:
    status, answer = await ask(http, "GET", f"/v1/messages?{query}")
    assert (status, fields(answer)) == (422, wrong)


async def test_filters_and_paging(http: aiohttp.ClientSession) -> None:
    for index in range(3):
        role = "user" if index % 2 == 0 else "assistant"
        body = samples.message(index, role=role, content=str(index)).model_dump(mode="json")
        assert (await ask(http, "POST", "/v1/messages", json=body))[0] == 200
    _, answer = await ask(http, "GET", f"/v1/messages?conversation_id={CALL}&role=user&limit=1&offset=1")
    assert ([item["content"] for item in answer["items"]], answer["total"]) == (["2"], 2)
    _, answer = await ask(http, "GET", f"/v1/messages?conversation_id={CALL}&offset=50")
    assert answer == {"items": [], "total": 3}
    _, answer = await ask(http, "GET", "/v1/conversations?voice_session_id=vs-1&status=active")
    assert [item["id"] for item in answer["items"]] == [str(CALL)]
    _, answer = await ask(http, "GET", "/v1/users?phone=nobody's")
    assert answer["total"] == 0


@pytest.mark.parametrize("tenant", ["", "a b", "-a", "a" * 65, "tenant/../other", "ä"])
async def test_a_tenant_that_cannot_be_is_refused(http: aiohttp.ClientSession, tenant: str) -> None:
    status, answer = await ask(http, "GET", "/v1/users", headers={"X-Tenant-Id": tenant})
    assert (status, fields(answer)) == (422, {"X-Tenant-Id"})


async def test_another_tenant_finds_nothing_on_any_path(http: aiohttp.ClientSession, server: DaoServer) -> None:
    async with DaoClient(server.url) as client:
        goal = await client.create_goal(samples.goal())
        task = await client.create_task(samples.task())
        message = await client.put_message(samples.message())
        tool_call = await client.put_tool_call(samples.tool_call())
        turn = await client.put_turn(samples.turn())
        await client.put_conversation(samples.conversation(id=(gone := uuid4())))
        deletion = await OwnerRecords(client).delete_conversation(gone, DeletionDraft(deleted_by="loopback"))
        assert await OwnerRecords(client).counts(ALICE) != await OwnerRecords(client.of("other")).counts(ALICE)
    ids = {
        "/v1/users": ALICE,
        "/v1/conversations": CALL,
        "/v1/messages": message.id,
        "/v1/goals": goal.id,
        "/v1/tasks": task.id,
        "/v1/tool_calls": tool_call.id,
        "/v1/turns": turn.id,
        "/v1/deletions": deletion.id,
    }
    searches = {f"/v1/searches/{kind}" for kind in ("conversations", "goals", "tasks")}
    asked = {operation.path for operation in OPERATIONS if operation.query and operation.method == "GET"}
    assert asked == set(ids) | searches
    for path in searches:
        for headers, found in (({}, 1), ({"X-Tenant-Id": "other"}, 0)):
            assert (await ask(http, "GET", path, headers=headers))[1]["total"] == found
    for path in (f"/v1/conversations/{CALL}/deletion", f"/v1/users/{ALICE}/deletion"):
        body = {"deleted_by": "them"}
        assert (await ask(http, "POST", path, json=body, headers={"X-Tenant-Id": "other"}))[0] == 404
    for path, record_id in ids.items():
        for headers, found in (({}, 1), ({"X-Tenant-Id": "other"}, 0)):
            assert (await ask(http, "GET", path, headers=headers))[1]["total"] == found
            assert (await ask(http, "GET", f"{path}/{record_id}", headers=headers))[0] == (200 if found else 404)


async def test_what_is_wrong_is_said_without_quoting_it(http: aiohttp.ClientSession) -> None:
    _, answer = await ask(http, "PUT", f"/v1/users/{ALICE}", json={**USER, "timezone": "Mars/Olympus"})
    problem = {"field": "timezone", "message": "is not an IANA time zone such as Europe/Berlin"}
    assert answer["error"] == {"code": "invalid", "message": "the body is not valid", "details": [problem]}


async def test_a_conflict_is_409(http: aiohttp.ClientSession) -> None:
    assert (await ask(http, "POST", "/v1/goals", json=GOAL))[0] == 200
    assert (await ask(http, "POST", "/v1/goals", json={**GOAL, "statement": "Other"}))[0] == 409


async def test_the_description_covers_every_route_and_needs_no_other_host(
    http: aiohttp.ClientSession, server: DaoServer
) -> None:
    _, described = await ask(http, "GET", "/openapi.json")
    paths = {(method.upper(), path) for path, methods in described["paths"].items() for method in methods}
    assert paths == {(operation.method, operation.path) for operation in OPERATIONS} | {("GET", "/health")}
    names = set(re.findall(r"#/components/schemas/([^'\"]+)", str(described)))
    assert names <= described["components"]["schemas"].keys()
    async with http.get("/docs") as response:
        text = await response.text()
        assert response.content_type == "text/html"
    assert not re.search(r"https?://|<script|src=|@import", text)
    for path in described["paths"]:
        assert path in text


async def test_every_code_that_is_sent_is_described(http: aiohttp.ClientSession) -> None:
    _, described = await ask(http, "GET", "/openapi.json")
    codes = described["components"]["schemas"]["Problem"]["properties"]["error"]["properties"]["code"]["enum"]
    failed = samples.tool_call(status="failed").model_dump(mode="json")
    assert (await ask(http, "POST", "/v1/settlements", json=failed))[0] == 200
    status, answer = await ask(http, "POST", "/v1/goals", json=GOAL)
    assert (status, answer["error"]["code"]) == (409, "given_up") and "given_up" in codes
    assert {"unknown", "unavailable", "not_open", "conflict"} <= set(codes)


async def test_health_and_requests_tell_when_the_database_is_gone(
    http: aiohttp.ClientSession, server: DaoServer, sql: Sql
) -> None:
    assert await ask(http, "GET", "/health") == (200, {"status": "ok", "database": "ok"})
    tables = ("goals", "users")
    await sql(*(f"ALTER TABLE {table} RENAME TO lost_{table}" for table in tables))
    async with http.get("/health") as response:
        assert (response.status, (await response.json())["status"]) == (503, "unavailable")
    status, answer = await ask(http, "GET", "/v1/goals")
    assert (status, answer["error"]["code"]) == (503, "unavailable")
    status, answer = await ask(http, "POST", "/v1/goals", json=GOAL)
    assert (status, answer["error"]["details"]) == (503, [])


async def test_a_defect_of_ours_is_a_plain_500(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    said = "what a caller said"

    async def broken(_: web.Request) -> web.Response:
        raise RuntimeError(said)

    app = create_dao_app(store)
    app.router.add_get("/broken", broken)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{runner.addresses[0][1]}") as http:
            status, answer = await ask(http, "GET", "/broken")
        assert (status, answer["error"]["code"]) == (500, "internal")
    finally:
        await runner.cleanup()
    logged = capsys.readouterr()
    assert said not in str(answer) + logged.out + logged.err
    assert "RuntimeError" in logged.out + logged.err


async def test_a_taken_port_is_named(server: DaoServer, tmp_path: Path) -> None:
    settings = DaoSettings(database_url=f"sqlite:///{tmp_path}/other.db", port=server.port)
    with pytest.raises(DaoError, match=f"port {server.port} on 127.0.0.1 is taken.*FLUX_DAO__PORT"):
        async with serve_dao(settings):
            pass


async def test_a_host_that_is_not_ours_is_named(tmp_path: Path) -> None:
    settings = DaoSettings(database_url=f"sqlite:///{tmp_path}/other.db", port=0, host="192.0.2.1")
    with pytest.raises(DaoError, match="FLUX_DAO__HOST"):
        async with serve_dao(settings):
            pass


async def test_the_service_leaves_nothing_behind(database_url: str) -> None:
    before = asyncio.all_tasks()
    async with serve_dao(DaoSettings(database_url=database_url, port=0)) as server:
        async with DaoClient(server.url) as client:
            await client.put_user(samples.user())
        port = server.port
    assert asyncio.all_tasks() == before
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_settings_derive_the_url_and_refuse_what_is_wrong() -> None:
    assert DaoSettings().url == "http://127.0.0.1:8001"
    assert DaoSettings(host="0.0.0.0", port=9).url == "http://127.0.0.1:9"
    assert DaoSettings(host="::1").url == "http://[::1]:8001"
    assert DaoSettings(url="https://dao.example").url == "https://dao.example"
    for wrong in ({"port": 70_000}, {"host": ""}, {"url": "dao.example"}, {"dburl": "x"}, {"database_url": ""}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            DaoSettings.model_validate(wrong)
