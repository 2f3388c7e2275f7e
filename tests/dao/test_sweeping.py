"""Conversations that nobody ended."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from dao import sweeping
from dao.client import DaoClient
from dao.records import Conversation, ConversationUpdate
from dao.service import serve_dao
from dao.settings import DaoSettings
from dao.store import Store
from dao.sweeping import QUIET
from tests.dao import samples
from tests.dao.samples import CALL, NOON

HOME = "home"


async def begun(store: Store, tenant: str = HOME, started_at: datetime = NOON) -> UUID:
    await store.put_user(tenant, samples.user())
    draft = samples.conversation(id=uuid4(), started_at=started_at)
    return (await store.put_conversation(tenant, draft)).id


async def test_what_was_left_is_ended_at_the_last_that_is_known_of_it_in_every_tenant(store: Store) -> None:
    left, elsewhere, silent = await begun(store), await begun(store, "other"), await begun(store)
    await store.put_message(HOME, samples.message(30, conversation_id=left))
    await store.put_tool_call(HOME, samples.tool_call(conversation_id=left, started_at=NOON + timedelta(seconds=40)))
    assert await store.end_abandoned(QUIET) == 3
    ended = await store.get(HOME, Conversation, left)
    assert (ended.status, ended.ended_at, ended.duration_seconds) == ("ended", NOON + timedelta(seconds=40), 40.0)
    for tenant, one in (("other", elsewhere), (HOME, silent)):
        ended = await store.get(tenant, Conversation, one)
        assert (ended.status, ended.ended_at, ended.duration_seconds) == ("ended", NOON, 0.0)
    assert await store.end_abandoned(QUIET) == 0


async def test_where_something_was_said_or_done_lately_or_an_end_is_kept_nothing_changes(store: Store) -> None:
    now = datetime.now(UTC)
    speaking, acting, turning, young = [await begun(store) for _ in range(3)] + [await begun(store, started_at=now)]
    await store.put_message(HOME, samples.message(conversation_id=speaking, created_at=now))
    await store.put_tool_call(HOME, samples.tool_call(conversation_id=acting, ended_at=now))
    await store.put_turn(HOME, samples.turn(conversation_id=turning, created_at=now))
    failed = await begun(store)
    before = await store.update_conversation(HOME, failed, ConversationUpdate(status="failed", ended_at=NOON))
    assert await store.end_abandoned(QUIET) == 0
    for one in (speaking, acting, turning, young):
        assert (await store.get(HOME, Conversation, one)).status == "active"
    assert await store.get(HOME, Conversation, failed) == before


async def test_they_are_ended_in_portions(store: Store) -> None:
    for _ in range(3):
        await begun(store)
    assert [await store.end_abandoned(QUIET, most=2) for _ in range(3)] == [2, 1, 0]


async def test_the_service_looks_after_them(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "FIRST", 0.0)
    async with Store.open(database_url) as store:
        await store.put_user(HOME, samples.user())
        await store.put_conversation(HOME, samples.conversation())
    async with (
        serve_dao(DaoSettings(database_url=database_url, port=0)) as server,
        DaoClient(server.url, tenant_id=HOME) as client,
        asyncio.timeout(20),
    ):
        while (await client.conversation(CALL)).status != "ended":  # noqa: ASYNC110 -- another process may end it
            await asyncio.sleep(0.05)
