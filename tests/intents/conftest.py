"""Flux over a real DAO service with an empty database, on a Friday morning in Berlin."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from dao.client import DaoClient
from dao.records import ConversationDraft, UserDraft
from intents.agent import Agent, load_agent
from intents.toolbox import Caller, Toolbox
from models.llm.sentences import SentencesModel
from tests.dao.conftest import client, database_url, migrated_sqlite, server, sqlite_url
from tests.intents.phone import Phone

__all__ = ["client", "database_url", "migrated_sqlite", "server", "sqlite_url"]

NOW = datetime(2026, 3, 6, 9, 0, tzinfo=UTC)
"""Friday, ten in the morning in Berlin."""

CALLER = Caller(
    tenant_id="default",
    user_id=UUID("00000000-0000-4000-8000-00000000a11c"),
    conversation_id=UUID("00000000-0000-4000-8000-0000000000ca"),
    timezone=ZoneInfo("Europe/Berlin"),
)


@pytest.fixture
def backend() -> str:
    """Which database the DAO runs on: its own tests see to it that they are alike."""
    return "sqlite"


@pytest.fixture(scope="session")
def flux() -> Agent:
    return load_agent("flux")


@pytest.fixture(scope="session")
def model() -> SentencesModel:
    """One engine for all tests, as for all calls: it keeps nothing of a conversation."""
    return SentencesModel()


@pytest.fixture
async def dao(client: DaoClient) -> AsyncIterator[DaoClient]:
    await client.put_user(UserDraft(id=CALLER.user_id, timezone="Europe/Berlin"))
    await client.put_conversation(
        ConversationDraft(
            id=CALLER.conversation_id, user_id=CALLER.user_id, agent="flux", voice_session_id="vs", started_at=NOW
        )
    )
    yield client


@pytest.fixture
def toolbox(flux: Agent, dao: DaoClient) -> Toolbox:
    return Toolbox(flux, dao, CALLER, lambda: NOW)


@pytest.fixture
def phone(model: SentencesModel, toolbox: Toolbox) -> Phone:
    return Phone(model, toolbox)
