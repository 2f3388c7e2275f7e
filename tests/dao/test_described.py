"""The service against its own description: no 5xx, no answer that is not declared, whatever is sent."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import given
from hypothesis import strategies as st

from dao.client import DaoClient
from dao.service import serve_dao
from dao.settings import DaoSettings
from tests.dao import samples
from tests.dao.samples import ALICE, CALL
from tests.web.fuzz import fuzzed
from tests.web.test_api_fuzz import CHECKS, MODES, TIMEOUT

IDS = ("id", "user_id", "conversation_id", "goal_id")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, list[str]]]:
    """Serve records of one call in a thread of its own; yields where, and ids that are known."""
    url = f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('records')}/flux.db"
    ready: list[tuple[str, list[str]]] = []
    begun, stop = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        async with serve_dao(DaoSettings(database_url=url, port=0)) as server, DaoClient(server.url) as client:
            await client.put_user(samples.user())
            await client.put_conversation(samples.conversation())
            goal, task = await client.create_goal(samples.goal()), await client.create_task(samples.task("2:0:0"))
            ready.append((server.url, [str(one) for one in (ALICE, CALL, goal.id, task.id)]))
            begun.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True)
    thread.start()
    try:
        assert begun.wait(60)
        yield ready[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(30)


@pytest.mark.filterwarnings("ignore")
def test_every_answer_is_one_that_is_declared(served: tuple[str, list[str]]) -> None:
    url, known = served
    schema: Any = schemathesis.openapi.from_url(f"{url}/openapi.json")
    operations = [result.ok() for result in schema.get_all_operations()]
    made = {
        (operation.label, mode): operation.as_strategy(generation_mode=mode)
        for operation in operations
        for mode in (MODES if operation.body or operation.path_parameters else MODES[:1])
    }

    @fuzzed(300)
    @given(st.data())
    def try_one(data: st.DataObject) -> None:
        case = data.draw(made[data.draw(st.sampled_from(list(made)))])
        # Records that are there, more often than not: otherwise nearly all is refused for what it refers to.
        origin = case.body.get("origin") if isinstance(case.body, dict) else None
        for place in (case.path_parameters, case.body, origin):
            if not isinstance(place, dict):
                continue
            for name in IDS:
                if name in place:
                    place[name] = data.draw(st.sampled_from([*known, place[name]]))
        case.headers = {name: value for name, value in (case.headers or {}).items() if name != "X-Tenant-Id"}
        case.call_and_validate(base_url=url, checks=CHECKS, timeout=TIMEOUT)

    try_one()
