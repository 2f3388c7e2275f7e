"""What is deleted is gone, whole, once, and does not come back; on both databases."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from dao.client import DaoClient
from dao.errors import DaoConflict, DaoDeleted, DaoNotFound, DaoRejected, DaoUnavailable
from dao.found import DeletionQuery, GoalSearch, TaskSearch
from dao.owner_client import OwnerRecords
from dao.records import ConversationUpdate, Deletion, DeletionDraft, UserDraft
from dao.service import DaoServer
from tests.dao import samples
from tests.dao.conftest import Sql
from tests.dao.samples import ALICE, CALL

BY = DeletionDraft(deleted_by="loopback")


@pytest.fixture
def owner(client: DaoClient) -> OwnerRecords:
    return OwnerRecords(client)


async def fill(dao: DaoClient, conversation: UUID = CALL, user: UUID = ALICE) -> None:
    """Keep one call with everything that can be of it."""
    await dao.put_user(samples.user(id=user))
    await dao.put_conversation(samples.conversation(id=conversation, user_id=user))
    for second in range(3):
        await dao.put_message(samples.message(second, conversation_id=conversation))
    await dao.put_turn(samples.turn(1, conversation_id=conversation))
    await dao.put_tool_call(samples.tool_call(conversation_id=conversation))
    origin: dict[str, Any] = {"user_id": user, "origin": samples.origin("1:0:0", conversation)}
    goal = await dao.create_goal(samples.goal(**origin))
    task = await dao.create_task(samples.task(**{**origin, "origin": samples.origin("2:0:0", conversation)}))
    await dao.reschedule_task(task.id, samples.move(origin=samples.origin("3:0:0", conversation)))
    await dao.update_conversation(conversation, ConversationUpdate(linked_goal_id=goal.id, linked_task_id=task.id))


async def test_a_conversation_goes_with_its_parts_and_its_goals_stay(client: DaoClient, owner: OwnerRecords) -> None:
    await fill(client)
    await fill(client, other := uuid4())
    receipt = await owner.delete_conversation(CALL, DeletionDraft(deleted_by="loopback", waiting=2))
    assert (receipt.kind, receipt.subject_id, receipt.deleted_by) == ("conversation", CALL, "loopback")
    assert receipt.counts == {"conversations": 1, "messages": 3, "turns": 1, "tool_calls": 1, "waiting": 2}
    with pytest.raises(DaoNotFound):
        await client.conversation(CALL)
    assert await client.messages(CALL) == []
    assert await client.turns(CALL) == []
    assert await client.tool_calls(CALL) == []
    assert len(await client.messages(other)) == 3
    goals = (await owner.goals(GoalSearch())).items
    assert {one.origin.conversation_id: one.origin_state for one in goals} == {CALL: "deleted", other: "there"}
    tasks = (await owner.tasks(TaskSearch(conversation_id=CALL))).items
    assert [one.origin_state for one in tasks] == ["deleted"]


async def test_a_repeat_gives_the_same_receipt_and_it_is_kept(client: DaoClient, owner: OwnerRecords) -> None:
    await fill(client)
    one, two = await asyncio.gather(*(owner.delete_conversation(CALL, BY) for _ in range(2)))
    assert one == two == await owner.delete_conversation(CALL, DeletionDraft(deleted_by="other", waiting=9))
    assert (await owner.deletions(DeletionQuery())).items == (one,)
    assert "hello" not in one.model_dump_json()


async def test_nothing_is_written_for_what_was_deleted(client: DaoClient, owner: OwnerRecords) -> None:
    await fill(client)
    await owner.delete_conversation(CALL, BY)
    task = (await client.tasks(ALICE))[0]
    late: list[Any] = [
        client.put_conversation(samples.conversation()),
        client.update_conversation(CALL, ConversationUpdate(status="ended")),
        client.close_conversation(CALL),
        client.put_message(samples.message(9)),
        client.put_turn(samples.turn(2)),
        client.put_tool_call(samples.tool_call(call_id="9:0:0")),
        client.settle(samples.tool_call(call_id="9:0:0")),
        client.create_goal(samples.goal("9:0:0")),
        client.create_task(samples.task("9:0:0")),
        client.reschedule_task(task.id, samples.move(call_id="9:0:0")),
    ]
    for write in late:
        with pytest.raises(DaoDeleted):
            await write
    assert await client.messages(CALL) == []
    assert len(await client.goals(ALICE)) == 1


async def test_a_user_goes_with_everything_and_nobody_else_does(
    client: DaoClient, server: DaoServer, owner: OwnerRecords
) -> None:
    bob = uuid4()
    await fill(client)
    await fill(client, uuid4())
    await fill(client, its := uuid4(), bob)
    async with DaoClient(server.url, tenant_id="other", timeout=20) as other:
        await fill(other)
        assert await owner.counts(ALICE) == {
            **{"conversations": 2, "messages": 6, "turns": 2, "tool_calls": 2},
            **{"goals": 2, "tasks": 2, "task_reschedules": 2},
        }
        # Somebody else's conversation that was about her goal only loses that.
        goal = (await client.goals(ALICE))[0]
        await client.update_conversation(its, ConversationUpdate(linked_goal_id=goal.id))
        receipt = await owner.delete_user(ALICE, BY)
        assert receipt.counts == {
            **{"conversations": 2, "messages": 6, "turns": 2, "tool_calls": 2, "waiting": 0},
            **{"goals": 2, "tasks": 2, "task_reschedules": 2, "users": 1},
        }
        assert await other.messages(CALL) != []
        assert len(await other.goals(ALICE)) == 1
    with pytest.raises(DaoNotFound):
        await client.user(ALICE)
    assert set((await owner.counts(ALICE)).values()) == {0}
    assert (await client.conversation(its)).linked_goal_id is None
    assert len(await client.goals(bob)) == 1
    assert await owner.delete_user(ALICE, BY) == receipt
    assert await owner.delete_conversation(CALL, BY) == receipt  # it went with her


async def test_who_was_deleted_can_begin_anew_but_what_is_older_stays_away(
    client: DaoClient, owner: OwnerRecords
) -> None:
    await fill(client)
    before = datetime.now(UTC) - timedelta(seconds=1)
    receipt = await owner.delete_user(ALICE, BY)
    with pytest.raises(DaoDeleted):
        await client.put_user(UserDraft(id=ALICE), before)
    unknown = samples.conversation(id=uuid4(), started_at=before)  # another server had not delivered it
    with pytest.raises(DaoDeleted):
        await client.put_conversation(unknown)
    with pytest.raises(DaoDeleted):  # and so what comes after it is dropped as well
        await client.put_message(samples.message(conversation_id=unknown.id))
    later = receipt.deleted_at + timedelta(seconds=1)
    await client.put_user(UserDraft(id=ALICE), later)
    await client.put_conversation(samples.conversation(id=uuid4(), started_at=later))
    again = await owner.delete_user(ALICE, BY)
    assert (again.counts["users"], again.counts["conversations"]) == (1, 1) and again.id != receipt.id
    assert [one.id for one in (await owner.deletions(DeletionQuery(subject_id=ALICE))).items] == [again.id, receipt.id]


async def test_of_what_is_not_there_no_receipt_is_given(client: DaoClient, owner: OwnerRecords) -> None:
    for delete in (owner.delete_conversation, owner.delete_user):
        with pytest.raises(DaoNotFound):
            await delete(uuid4(), BY)
    # Unless something of it waits somewhere: then that must not come.
    waiting = await owner.delete_conversation(CALL, DeletionDraft(deleted_by="loopback", waiting=3))
    assert (waiting.counts["waiting"], waiting.counts["conversations"]) == (3, 0)
    await client.put_user(samples.user())
    with pytest.raises(DaoDeleted):
        await client.put_conversation(samples.conversation())


async def test_writes_that_come_at_the_same_time_are_deleted_or_refused(client: DaoClient, owner: OwnerRecords) -> None:
    await fill(client)
    deleting = asyncio.create_task(owner.delete_conversation(CALL, BY))
    writes: list[Any] = [client.put_message(samples.message(second)) for second in range(30)]
    writes += [client.put_conversation(samples.conversation()) for _ in range(5)]
    outcomes = await asyncio.gather(*writes, return_exceptions=True)
    receipt = await deleting
    refused = [one for one in outcomes if isinstance(one, DaoDeleted | DaoRejected | DaoConflict)]
    assert len(refused) == sum(isinstance(one, BaseException) for one in outcomes)
    kept = sum(not isinstance(one, BaseException) for one in outcomes[:30])
    assert receipt.counts["messages"] == 3 + kept
    assert await client.messages(CALL) == []
    with pytest.raises(DaoNotFound):
        await client.conversation(CALL)


async def test_where_it_fails_nothing_was_deleted(client: DaoClient, owner: OwnerRecords, sql: Sql) -> None:
    await fill(client)
    await sql("ALTER TABLE deleted_conversations RENAME TO elsewhere")
    with pytest.raises(DaoUnavailable):
        path = f"/v1/users/{ALICE}/deletion"
        await client.call("POST", path, Deletion, BY, patience=1.0)
    assert len(await client.messages(CALL)) == 3
    assert len(await client.goals(ALICE)) == 1
    await sql("ALTER TABLE elsewhere RENAME TO deleted_conversations")
    assert (await owner.delete_user(ALICE, BY)).counts["messages"] == 3


async def test_no_byte_of_it_is_left_in_sqlite(
    server: DaoServer, client: DaoClient, backend: str, tmp_path: Path
) -> None:
    if backend != "sqlite":
        return  # PostgreSQL's rows are its vacuum's affair
    await fill(client)
    secret = "an elephant in the cellar"
    await client.put_message(samples.message(5, content=secret))
    files = [one for one in (tmp_path / "data").iterdir() if one.name.startswith("flux.db")]
    assert any(secret.encode() in one.read_bytes() for one in files)
    await OwnerRecords(client).delete_conversation(CALL, BY)
    assert not any(secret.encode() in one.read_bytes() for one in files if one.exists())
