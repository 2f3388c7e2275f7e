"""What a caller asks for while the records of many others wait for the DAO."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from dao.client import DaoClient
from dao.courier import delivering
from dao.owner_client import OwnerRecords
from dao.records import DeletionDraft
from dao.service import serve_dao
from dao.settings import DaoSettings
from dao.spool import Spool
from intents.agent import load_agent
from intents.toolbox import GONE, Caller, Toolbox, ToolOutcome
from tests.dao import samples
from web.conversations import CallOptions
from web.milestones import calling, opening

OTHERS = 100
CALLER = CallOptions(user_id=uuid4(), conversation_id=uuid4(), timezone=ZoneInfo("UTC"))


@pytest.fixture
async def dao(tmp_path: Path) -> AsyncIterator[DaoClient]:
    settings = DaoSettings(database_url=f"sqlite:///{tmp_path}/flux.db", port=0)
    async with serve_dao(settings) as service, DaoClient(service.url, tenant_id=CALLER.tenant_id) as dao:
        yield dao


async def ask(dao: DaoClient, called_at: datetime) -> ToolOutcome:
    who = Caller(CALLER.tenant_id, CALLER.user_id, CALLER.conversation_id, CALLER.timezone)
    introduce = partial(dao.put_user, calling(CALLER), called_at)
    toolbox = Toolbox(load_agent("flux"), dao, who, lambda: datetime.now(UTC), introduce)
    return await toolbox.run("1:0:0", "submit_goal_intent", {"goal_statement": "learn guitar"})


async def test_it_is_saved_though_the_caller_is_not_known_yet_and_waits_for_no_other(
    dao: DaoClient, tmp_path: Path
) -> None:
    with Spool.open(tmp_path / "spool") as spool:
        for number in range(OTHERS):
            spool.put(CALLER.tenant_id, "user", uuid4(), samples.user(id=uuid4(), name=f"{number}"))
        user, conversation = opening(CALLER, "flux", "session", datetime.now(UTC))
        spool.put(CALLER.tenant_id, "user", CALLER.conversation_id, user)
        spool.put(CALLER.tenant_id, "conversation", CALLER.conversation_id, conversation)
        async with delivering(spool, dao.of, patience=30.0):
            outcome = await ask(dao, datetime.now(UTC))
            assert outcome.status == "done" and spool.depth > OTHERS / 2
        assert len(await dao.goals(CALLER.user_id)) == 1 and spool.depth == 0


async def test_nothing_is_saved_for_a_caller_who_was_deleted_meanwhile(dao: DaoClient) -> None:
    called_at = datetime.now(UTC)
    await dao.put_user(calling(CALLER), called_at)
    await OwnerRecords(dao).delete_user(CALLER.user_id, DeletionDraft(deleted_by="owner"))
    outcome = await ask(dao, called_at)
    assert (outcome.content, outcome.status) == (GONE, "rejected")
    assert await dao.goals(CALLER.user_id) == []
