"""The store on real databases: what is kept, for whom, and how often."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from uuid import uuid4

import pytest

from dao.errors import DaoConflict, DaoNotFound, DaoNotOpen, DaoRejected
from dao.queries import ConversationQuery, GoalQuery, MessageQuery, TaskQuery, ToolCallQuery, TurnQuery, UserQuery
from dao.records import Conversation, ConversationUpdate, Goal, Message, Task, ToolCall, Turn, User, UserDraft
from dao.store import Store
from tests.dao import samples
from tests.dao.conftest import Sql
from tests.dao.samples import ALICE, CALL, NOON

HOME = "home"


@pytest.fixture
async def home(store: Store) -> Store:
    """A store in which Alice is on the line."""
    await store.put_user(HOME, samples.user())
    await store.put_conversation(HOME, samples.conversation())
    return store


async def test_a_user_is_created_and_then_only_what_is_named_changes(store: Store) -> None:
    first = await store.put_user(HOME, samples.user(phone="+49 30 1", preferences={"voice": "calm"}))
    second = await store.put_user(HOME, UserDraft(id=ALICE, timezone="Asia/Tokyo"))
    assert second == first.model_copy(update={"timezone": "Asia/Tokyo"})
    third = await store.put_user(HOME, UserDraft(id=ALICE, phone=None, preferences={}))
    assert third == second.model_copy(update={"phone": None, "preferences": {}})
    assert await store.put_user(HOME, UserDraft(id=ALICE)) == third
    assert await store.get(HOME, User, ALICE) == third


async def test_a_conversation_is_kept_once_and_its_start_never_changes(home: Store) -> None:
    await home.update_conversation(HOME, CALL, ConversationUpdate(status="ended"))
    again = await home.put_conversation(HOME, samples.conversation())
    assert again.status == "ended"
    with pytest.raises(DaoConflict):
        await home.put_conversation(HOME, samples.conversation(agent="other"))


async def test_an_update_keeps_what_it_does_not_name(home: Store) -> None:
    goal = await home.create_goal(HOME, samples.goal())
    await home.update_conversation(
        HOME,
        CALL,
        ConversationUpdate(linked_goal_id=goal.id, extracted_intent="GOAL", intent_payload={"timeline": None}),
    )
    ended = NOON + timedelta(seconds=90)
    await home.update_conversation(
        HOME, CALL, ConversationUpdate(status="ended", ended_at=ended, duration_seconds=90.5)
    )
    kept = await home.get(HOME, Conversation, CALL)
    assert (kept.linked_goal_id, kept.extracted_intent, kept.intent_payload) == (goal.id, "GOAL", {"timeline": None})
    assert (kept.status, kept.ended_at, kept.duration_seconds) == ("ended", ended, 90.5)


async def test_messages_come_in_the_order_in_which_they_were_said(home: Store) -> None:
    drafts = [samples.message(second) for second in (3, 1, 2, 1)]
    for draft in drafts:
        await home.put_message(HOME, draft)
    listing = await home.find(HOME, Message, MessageQuery(conversation_id=CALL))
    expected = sorted(drafts, key=lambda draft: (draft.created_at, draft.id))
    assert [item.id for item in listing.items] == [draft.id for draft in expected]
    page = await home.find(HOME, Message, MessageQuery(conversation_id=CALL, limit=2, offset=1))
    assert (page.items, page.total) == (listing.items[1:3], 4)


async def test_a_message_keeps_every_character_and_its_metadata(home: Store) -> None:
    text = "Grüße 👩‍👩‍👧 \u202eabc 你好 \"quoted\" \\ 'x'; DROP TABLE messages;-- \n\t"
    draft = samples.message(content=text, metadata={"ключ": [1, 2.5, None, {"ß": True}]})
    kept = await home.put_message(HOME, draft)
    assert await home.get(HOME, Message, draft.id) == kept
    assert (kept.content, kept.metadata) == (text, draft.metadata)


async def test_a_message_is_kept_once_per_id(home: Store) -> None:
    draft = samples.message(metadata={"a": [1.5, None]})
    assert await home.put_message(HOME, draft) == await home.put_message(HOME, draft)
    with pytest.raises(DaoConflict):
        await home.put_message(HOME, draft.model_copy(update={"content": "something else"}))


async def test_a_goal_is_kept_once_per_origin(home: Store) -> None:
    first = await home.create_goal(HOME, samples.goal(target_date=NOON))
    in_tokyo = NOON.astimezone(timezone(timedelta(hours=9)))
    assert await home.create_goal(HOME, samples.goal(target_date=in_tokyo)) == first
    with pytest.raises(DaoConflict):
        await home.create_goal(HOME, samples.goal(statement="Learn the drums"))
    other = await home.create_goal(HOME, samples.goal("1:0:1"))
    assert other.id != first.id
    assert (await home.find(HOME, Goal, GoalQuery(user_id=ALICE))).items == (first, other)


async def test_a_goal_may_be_kept_before_its_conversation(store: Store) -> None:
    await store.put_user(HOME, samples.user())
    assert (await store.create_goal(HOME, samples.goal())).origin == samples.origin()


async def test_a_task_needs_what_its_trigger_waits_for(home: Store) -> None:
    with pytest.raises(DaoRejected, match="trigger_at"):
        await home.create_task(HOME, samples.task(trigger_at=None))
    with pytest.raises(DaoRejected, match="location"):
        await home.create_task(HOME, samples.task(trigger_type="location"))


async def test_a_task_serves_only_its_own_users_goal(home: Store) -> None:
    bob = await home.put_user(HOME, samples.user(id=uuid4()))
    goal = await home.create_goal(HOME, samples.goal(user_id=bob.id))
    with pytest.raises(DaoRejected) as rejected:
        await home.create_task(HOME, samples.task(goal_id=goal.id))
    assert rejected.value.fields == {"goal_id": "is another user's goal"}
    assert (await home.create_task(HOME, samples.task(goal_id=goal.id, user_id=bob.id))).goal_id == goal.id


async def test_a_row_that_no_draft_could_be_made_of_can_still_be_read(home: Store, sql: Sql) -> None:
    task = await home.create_task(HOME, samples.task())
    await sql(
        "UPDATE tasks SET title = ' ', location = '', recurrence = 'sometimes'",
        "UPDATE users SET timezone = 'Mars/Olympus'",
    )
    assert (await home.get(HOME, Task, task.id)).recurrence == "sometimes"
    assert (await home.get(HOME, User, ALICE)).timezone == "Mars/Olympus"


@pytest.mark.parametrize("status", ["done", "cancelled"])
async def test_a_task_that_is_not_open_stays_where_it_is(home: Store, sql: Sql, status: str) -> None:
    task = await home.create_task(HOME, samples.task())
    await sql(f"UPDATE tasks SET status = '{status}'")
    with pytest.raises(DaoNotOpen, match=f"is {status}; only an open task"):
        await home.reschedule_task(HOME, task.id, samples.move())
    assert (await home.get(HOME, Task, task.id)).trigger_at == NOON


async def test_a_move_keeps_the_new_time_and_the_history(home: Store) -> None:
    task = await home.create_task(HOME, samples.task())
    await home.reschedule_task(HOME, task.id, samples.move(1, "2:0:0", reason="busy"))
    moved = await home.reschedule_task(HOME, task.id, samples.move(5, "3:0:0"))
    assert moved.trigger_at == NOON + timedelta(hours=5)
    history = [(entry.from_at, entry.to_at, entry.reason) for entry in moved.reschedules]
    one, five = NOON + timedelta(hours=1), NOON + timedelta(hours=5)
    assert history == [(NOON, one, "busy"), (one, five, None)]
    assert (await home.find(HOME, Task, TaskQuery(user_id=ALICE, status="open"))).items == (moved,)


async def test_a_repeated_move_moves_nothing_and_a_repeated_create_still_finds_its_task(home: Store) -> None:
    task = await home.create_task(HOME, samples.task())
    await home.reschedule_task(HOME, task.id, samples.move(1, "2:0:0"))
    moved = await home.reschedule_task(HOME, task.id, samples.move(5, "3:0:0"))
    assert await home.reschedule_task(HOME, task.id, samples.move(1, "2:0:0")) == moved
    assert await home.create_task(HOME, samples.task()) == moved
    with pytest.raises(DaoConflict):
        await home.reschedule_task(HOME, task.id, samples.move(2, "2:0:0"))


async def test_one_origin_cannot_move_two_tasks(home: Store) -> None:
    first = await home.create_task(HOME, samples.task("1:0:0"))
    second = await home.create_task(HOME, samples.task("1:0:1"))
    await home.reschedule_task(HOME, first.id, samples.move())
    with pytest.raises(DaoConflict):
        await home.reschedule_task(HOME, second.id, samples.move())
    assert (await home.get(HOME, Task, second.id)) == second


async def test_a_task_at_a_place_can_be_moved_to_a_time(home: Store) -> None:
    task = await home.create_task(HOME, samples.task(trigger_type="location", trigger_at=None, location="the pharmacy"))
    moved = await home.reschedule_task(HOME, task.id, samples.move())
    assert (moved.trigger_type, moved.location) == ("time", "the pharmacy")
    assert moved.reschedules[0].from_at is None


async def warm(store: Store) -> None:
    """Open the connections first: while they are opened one by one, writes hardly meet."""
    await asyncio.gather(*(store.check() for _ in range(20)))


async def test_writes_at_once_wait_in_a_queue_and_not_for_the_lock_of_sqlite(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dao.database.SQLITE_PRAGMAS", ("busy_timeout=0", "foreign_keys=ON"))
    async with Store.open(database_url) as store:
        await warm(store)
        await asyncio.gather(*(store.put_user(HOME, samples.user(id=uuid4())) for _ in range(50)))
        assert (await store.find(HOME, User, UserQuery())).total == 50


async def test_of_twenty_different_goals_with_one_origin_the_first_is_kept(home: Store) -> None:
    await warm(home)
    answers = await asyncio.gather(
        *(home.create_goal(HOME, samples.goal(statement=f"Goal {number}")) for number in range(20)),
        return_exceptions=True,
    )
    kept = [answer for answer in answers if isinstance(answer, Goal)]
    assert (await home.find(HOME, Goal, GoalQuery())).items == tuple(kept)
    assert len(kept) == 1
    assert sum(isinstance(answer, DaoConflict) for answer in answers) == 19


async def test_twenty_duplicates_at_once_write_once(home: Store) -> None:
    await warm(home)
    goals = await asyncio.gather(*(home.create_goal(HOME, samples.goal()) for _ in range(20)))
    assert len({goal.id for goal in goals}) == 1
    tasks = await asyncio.gather(*(home.create_task(HOME, samples.task()) for _ in range(20)))
    assert len({task.id for task in tasks}) == 1
    moved = await asyncio.gather(*(home.reschedule_task(HOME, tasks[0].id, samples.move()) for _ in range(20)))
    assert {len(task.reschedules) for task in moved} == {1}
    draft = samples.message()
    await asyncio.gather(*(home.put_message(HOME, draft) for _ in range(20)))
    bob = uuid4()
    await asyncio.gather(*(home.put_user(HOME, samples.user(id=bob, name="Bob")) for _ in range(20)))
    calls = await asyncio.gather(*(home.put_tool_call(HOME, samples.tool_call()) for _ in range(20)))
    assert len({call.id for call in calls}) == 1
    totals = [
        (await home.find(HOME, User, UserQuery())).total,
        (await home.find(HOME, Goal, GoalQuery())).total,
        (await home.find(HOME, Task, TaskQuery())).total,
        (await home.find(HOME, Message, MessageQuery())).total,
        (await home.find(HOME, ToolCall, ToolCallQuery())).total,
    ]
    assert totals == [2, 1, 1, 1, 1]


async def test_moves_at_once_form_one_unbroken_history(home: Store) -> None:
    task = await home.create_task(HOME, samples.task())
    await asyncio.gather(
        *(home.reschedule_task(HOME, task.id, samples.move(hours, f"{hours}:0:0")) for hours in range(1, 11))
    )
    history = (await home.get(HOME, Task, task.id)).reschedules
    assert len(history) == 10
    assert [entry.from_at for entry in history] == [NOON, *(entry.to_at for entry in history[:-1])]


async def test_a_tool_call_advances_and_never_goes_back(home: Store) -> None:
    started = await home.put_tool_call(HOME, samples.tool_call())
    done = samples.tool_call(status="done", result="Goal created.", ended_at=NOON + timedelta(seconds=1))
    kept = await home.put_tool_call(HOME, done)
    assert (kept.id, kept.status, kept.result) == (started.id, "done", "Goal created.")
    assert await home.put_tool_call(HOME, samples.tool_call()) == kept
    with pytest.raises(DaoConflict):
        await home.put_tool_call(HOME, samples.tool_call(arguments={"goal_statement": "Other"}))


async def test_turns_are_listed_by_index_and_a_later_write_replaces_the_marks(home: Store) -> None:
    await home.put_turn(HOME, samples.turn(1, marks={"endpoint": 210.5}))
    await home.put_turn(HOME, samples.turn(0, marks={"endpoint": None}))
    await home.put_turn(HOME, samples.turn(1, marks={"endpoint": 210.5, "audio_out": 480.0}))
    listing = await home.find(HOME, Turn, TurnQuery(conversation_id=CALL))
    assert [(turn.index, turn.marks) for turn in listing.items] == [
        (0, {"endpoint": None}),
        (1, {"endpoint": 210.5, "audio_out": 480.0}),
    ]


async def test_what_the_client_measured_stays_with_its_turn(home: Store) -> None:
    kept = await home.put_turn(HOME, samples.turn(1, marks={"audio_out": 480.0}))
    assert kept.client_voice_to_voice_ms is None
    heard = samples.turn(1, marks={"audio_out": 480.0}, client_voice_to_voice_ms=612.5)
    assert (await home.put_turn(HOME, heard)).client_voice_to_voice_ms == 612.5
    again = await home.put_turn(HOME, samples.turn(1, marks={"audio_out": 481.0}))
    assert (again.id, again.marks, again.client_voice_to_voice_ms) == (kept.id, {"audio_out": 481.0}, 612.5)


async def test_every_reference_is_checked_and_named(home: Store) -> None:
    nobody = uuid4()
    with pytest.raises(DaoRejected) as rejected:
        await home.create_task(HOME, samples.task(user_id=nobody, goal_id=nobody))
    assert rejected.value.fields.keys() == {"user_id", "goal_id"}
    for write in (
        home.put_message(HOME, samples.message(conversation_id=nobody)),
        home.put_turn(HOME, samples.turn(conversation_id=nobody)),
        home.put_tool_call(HOME, samples.tool_call(conversation_id=nobody)),
    ):
        with pytest.raises(DaoRejected, match="conversation_id"):
            await write
    with pytest.raises(DaoRejected, match="linked_task_id"):
        await home.update_conversation(HOME, CALL, ConversationUpdate(linked_task_id=nobody))
    with pytest.raises(DaoNotFound):
        await home.update_conversation(HOME, nobody, ConversationUpdate(status="ended"))
    with pytest.raises(DaoNotFound):
        await home.reschedule_task(HOME, nobody, samples.move())


async def test_tenants_cannot_see_or_touch_each_other(home: Store) -> None:
    goal = await home.create_goal(HOME, samples.goal())
    task = await home.create_task(HOME, samples.task())
    for kind, key in ((User, ALICE), (Conversation, CALL), (Goal, goal.id), (Task, task.id)):
        with pytest.raises(DaoNotFound):
            await home.get("other", kind, key)
    for kind, query in ((User, UserQuery()), (Conversation, ConversationQuery()), (Goal, GoalQuery())):
        assert (await home.find("other", kind, query)).total == 0
    with pytest.raises(DaoNotFound):
        await home.reschedule_task("other", task.id, samples.move())
    with pytest.raises(DaoRejected):  # their conversation cannot point at our user
        await home.put_conversation("other", samples.conversation(id=uuid4()))
    # The same ids and the same origin are other records there.
    theirs = await home.put_user("other", samples.user(name="Mallory"))
    await home.put_conversation("other", samples.conversation(agent="other"))
    assert (await home.create_goal("other", samples.goal(statement="Theirs"))).id != goal.id
    assert theirs.name == "Mallory"
    assert (await home.get(HOME, User, ALICE)).name == "Alice"
    assert (await home.get(HOME, Conversation, CALL)).agent == "flux"


@pytest.mark.parametrize("offset", [timedelta(hours=-11), timedelta(hours=5, minutes=45), timedelta(hours=14)])
async def test_an_instant_survives_in_any_offset(home: Store, offset: timedelta) -> None:
    at = datetime(2026, 3, 29, 2, 30, 0, 999999, tzinfo=timezone(offset))
    created = await home.create_task(HOME, samples.task(trigger_at=at))
    read = await home.get(HOME, Task, created.id)
    assert read == created
    assert read.trigger_at == at
    assert read.trigger_at.tzinfo is not None and read.trigger_at.utcoffset() == UTC.utcoffset(None)
