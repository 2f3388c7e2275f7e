"""A database that is lost in the middle: what is certain is told apart from what nobody knows."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from dao.errors import DaoNotKept, DaoUnavailable
from dao.queries import TaskQuery
from dao.records import Task
from dao.store import Store
from tests.dao import samples

HOME = "home"


@pytest.fixture
async def home(store: Store) -> Store:
    """A store in which Alice is on the line."""
    await store.put_user(HOME, samples.user())
    await store.put_conversation(HOME, samples.conversation())
    return store


@pytest.mark.parametrize("when", ["before", "at"])
async def test_a_database_that_is_lost_at_a_commit_leaves_it_open_whether_it_was_kept(
    home: Store, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    async def lost(_: AsyncSession) -> None:
        raise ConnectionResetError("gone")

    monkeypatch.setattr(AsyncSession, "flush" if when == "before" else "commit", lost)
    for write in (
        home.create_goal(HOME, samples.goal()),
        home.put_message(HOME, samples.message()),
        home.put_user(HOME, samples.user(name="Bob")),
        home.settle(HOME, samples.tool_call(status="failed")),
    ):
        with pytest.raises(DaoUnavailable) as error:
            await write
        assert isinstance(error.value, DaoNotKept) == (when == "before")


async def test_a_task_that_was_kept_but_cannot_be_read_back_is_not_called_lost(
    home: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lost(*_: object) -> Task:
        raise DaoNotKept("gone")

    with monkeypatch.context() as patch:
        patch.setattr(home, "get", lost)
        with pytest.raises(DaoUnavailable) as error:
            await home.create_task(HOME, samples.task())
    assert not isinstance(error.value, DaoNotKept)
    assert (await home.find(HOME, Task, TaskQuery())).total == 1
