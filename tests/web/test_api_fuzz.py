"""The API against its own description: no 5xx, no answer that is not declared, whatever is sent."""

import asyncio
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import schemathesis
from hypothesis import given
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.web.api_server import KEYED, KEYS, V1, Api, serve_api, serve_records
from tests.web.fuzz import fuzzed
from web.auth import hash_of
from web.backends import Grant
from web.own_settings import WebSettings
from web.sessions import Session

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
MODES = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
ADMIN = "fv_admin"
TIMEOUT = 120.0  # a busy machine is no failure


class Elsewhere:
    """Stands for a backend at another place, so that what is sent decides, not what is set up here."""

    async def grant(self, session: Session, base_url: str) -> Grant:
        return Grant("a token", {"type": "Settings"})


@dataclass
class Target:
    """A running server, its description, sessions that it knows, and the token of the first of them."""

    url: str
    sessions: list[str]
    token: str
    known: list[str] = field(default_factory=list)
    description: dict[str, Any] = field(default_factory=dict)
    operations: list[Any] = field(default_factory=list)
    made: dict[Any, st.SearchStrategy[Any]] = field(default_factory=dict)

    def describe(self) -> None:
        schema: Any = schemathesis.openapi.from_url(f"{self.url}/openapi.json")
        self.description = dict(schema.raw_schema)
        self.operations = [result.ok() for result in schema.get_all_operations()]

    def strategy(self, operation: Any, mode: GenerationMode) -> st.SearchStrategy[Any]:
        """Return what is sent to an operation; made once, for that takes a tenth of a second."""
        key = (operation.label, mode)
        if key not in self.made:
            self.made[key] = operation.as_strategy(generation_mode=mode)
        return self.made[key]


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """The API as it is in development: everybody may."""
    with serving(tmp_path_factory.mktemp("records")) as target:
        yield target


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """The API with keys, and with rates that many requests exceed."""
    auth = KEYED.model_copy(update={"mint_rate": 0.01, "mint_burst": 20, "call_rate": 0.01, "call_burst": 50})
    auth = auth.model_copy(update={"admin_key": hash_of(ADMIN)})
    with serving(tmp_path_factory.mktemp("records"), WebSettings(auth=auth), {"X-Api-Key": KEYS["acme"]}) as target:
        yield target


@contextmanager
def serving(
    folder: Path, settings: WebSettings | None = None, headers: Mapping[str, str] | None = None
) -> Iterator[Target]:
    """Serve the API in a thread of its own, with sessions that are open, one of them closed."""
    ready: list[Target] = []
    begun, stop = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        async with (
            serve_records(folder) as dao_url,
            serve_api(dao_url, settings, backends={"deepgram": Elsewhere()}) as server,
        ):
            api, tenant = server.using(**(headers or {})), "acme" if headers else "default"
            opened = [await api.mint(user_id=str(UUID(int=1))) for _ in range(4)]
            sessions = [one["session_id"] for one in opened]
            await api.call("DELETE", f"{V1}/session/{sessions[-1]}")
            known = [str((await api.dao(tenant).conversation_of(sessions[-1])).id), str(UUID(int=1))]
            ready.append(Target(api.server.url, [*sessions, await _linked(api)], opened[0]["token"], known))
            begun.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    try:
        assert begun.wait(60)
        ready[0].describe()
        yield ready[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(30)


async def _linked(api: Api) -> str:
    return str((await api.call("POST", "/start", {})).body["sessionId"])


def cases(target: Target, data: st.DataObject) -> Any:
    """Draw what is sent to one of the operations, for a session that is known more often than not."""
    operation = data.draw(st.sampled_from(target.operations))
    mode = data.draw(st.sampled_from(MODES if operation.body or operation.path_parameters else MODES[:1]))
    case = data.draw(target.strategy(operation, mode))
    for name in ("conversation_id", "user_id"):
        if case.path_parameters and name in case.path_parameters and operation.method.upper() == "GET":
            case.path_parameters[name] = data.draw(st.sampled_from([*target.known, case.path_parameters[name]]))
    session = data.draw(st.sampled_from([*target.sessions, None]))
    if session is not None:
        if case.path_parameters and "session_id" in case.path_parameters:
            case.path_parameters["session_id"] = session
        if isinstance(case.body, dict) and isinstance(case.body.get("session_id"), str):
            case.body["session_id"] = session
    return case


@pytest.mark.filterwarnings("ignore")
def test_every_answer_is_one_that_is_declared(target: Target) -> None:
    @fuzzed(300)
    @given(st.data())
    def try_one(data: st.DataObject) -> None:
        case = cases(target, data)
        case.call_and_validate(base_url=target.url, checks=CHECKS, timeout=TIMEOUT)

    try_one()


@pytest.mark.filterwarnings("ignore")
def test_so_is_every_refusal_of_those_who_may_not(keyed: Target) -> None:
    shown: list[dict[str, str]] = [
        {},
        *({"X-Api-Key": key} for key in (*KEYS.values(), ADMIN, "fv_wrong")),
        *({"Authorization": f"Bearer {token}"} for token in (keyed.token, "a.b.c")),
    ]
    seen = set()

    @fuzzed(150)
    @given(st.data())
    def try_one(data: st.DataObject) -> None:
        case = cases(keyed, data)
        address = data.draw(st.sampled_from(["203.0.113.1", "203.0.113.2"]))
        headers = data.draw(st.sampled_from(shown)) | {"X-Forwarded-For": address}
        answer = case.call_and_validate(base_url=keyed.url, headers=headers, checks=CHECKS, timeout=TIMEOUT)
        seen.add(answer.status_code)

    try_one()
    assert seen >= {200, 401, 403, 429}


@pytest.mark.filterwarnings("ignore")
def test_what_does_not_fit_the_description_is_refused(target: Target) -> None:
    strict = [one for one in target.operations if one.path.startswith(V1) and one.body]
    assert len(strict) == 3

    @fuzzed(60)
    @given(st.data())
    def try_one(data: st.DataObject) -> None:
        case = data.draw(target.strategy(data.draw(st.sampled_from(strict)), GenerationMode.NEGATIVE))
        case.call_and_validate(base_url=target.url, checks=[*CHECKS, negative_data_rejection], timeout=TIMEOUT)

    try_one()


def test_nothing_is_declared_that_would_let_everything_pass(target: Target) -> None:
    paths = target.description["paths"]
    assert set(paths) >= {f"{V1}/session", f"{V1}/messages", f"{V1}/intents", "/start", "/health", "/metrics"}
    for path, methods in paths.items():
        for method, operation in methods.items():
            assert not operation["responses"].keys() & {"default", "500", "2XX"}, (method, path)
            problems = [answer for status, answer in operation["responses"].items() if status[0] == "4"]
            assert all("Problem" in str(answer["content"]["application/json"]) for answer in problems)
