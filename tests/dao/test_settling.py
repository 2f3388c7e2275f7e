"""Tool calls whose end nobody knows: the truth is found and noted, and stays true whatever comes late."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from dao.client import DaoClient
from dao.errors import DaoConflict, DaoGivenUp, DaoNotFound
from dao.queries import GoalQuery, ToolCallQuery
from dao.records import Conversation, ConversationUpdate, Goal, ToolCall
from dao.store import Store
from dao.transactions import begin
from tests.dao import samples
from tests.dao.samples import CALL, NOON

HOME = "home"
TOOLS = ToolCallQuery(conversation_id=CALL)
FAILED = samples.tool_call(
    intent="GOAL", status="failed", result="I could not confirm it.", ended_at=NOON + timedelta(seconds=5)
)


@pytest.fixture
async def home(store: Store) -> Store:
    await store.put_user(HOME, samples.user())
    await store.put_conversation(HOME, samples.conversation())
    return store


async def test_a_goal_that_was_kept_is_found(home: Store) -> None:
    await home.put_tool_call(HOME, samples.tool_call())
    goal = await home.create_goal(HOME, samples.goal())
    settled = await home.settle(HOME, FAILED)
    assert (settled.status, settled.result, settled.ended_at) == (
        "done",
        f"It was kept: goal {goal.id}.",
        FAILED.ended_at,
    )
    call = await home.get(HOME, Conversation, CALL)
    assert (call.extracted_intent, call.intent_payload, call.linked_goal_id) == ("GOAL", FAILED.arguments, goal.id)
    assert await home.settle(HOME, FAILED) == settled
    assert await home.create_goal(HOME, samples.goal()) == goal


async def test_a_move_that_was_kept_is_found(home: Store) -> None:
    task = await home.create_task(HOME, samples.task())
    await home.reschedule_task(HOME, task.id, samples.move(call_id="2:0:0"))
    settled = await home.settle(HOME, FAILED.model_copy(update={"call_id": "2:0:0"}))
    assert (settled.status, settled.result) == ("done", f"It was kept: task {task.id}.")
    assert (await home.get(HOME, Conversation, CALL)).linked_task_id == task.id


async def test_the_conversation_shows_what_took_effect_last(home: Store) -> None:
    await home.create_goal(HOME, samples.goal("0:0:0"))
    before = await home.settle(HOME, FAILED.model_copy(update={"call_id": "0:0:0"}))
    later = await home.create_goal(HOME, samples.goal())
    await home.settle(HOME, FAILED.model_copy(update={"intent": None}))  # as a server of before kept it
    call = await home.get(HOME, Conversation, CALL)
    assert (before.intent, call.extracted_intent, call.linked_goal_id) == ("GOAL", "GOAL", later.id)


async def test_what_was_not_kept_is_noted_and_a_late_write_of_it_is_refused(home: Store) -> None:
    task = await home.create_task(HOME, samples.task("0:0:0"))
    settled = await home.settle(HOME, FAILED)
    assert (settled.status, settled.result) == ("failed", "I could not confirm it.")
    for late in (
        home.create_goal(HOME, samples.goal()),
        home.create_task(HOME, samples.task()),
        home.reschedule_task(HOME, task.id, samples.move(call_id="1:0:0")),
    ):
        with pytest.raises(DaoGivenUp):
            await late
    assert (await home.find(HOME, Goal, GoalQuery())).total == 0
    # Asked again under another id it is another request; under its mark of a second try the first one finds it.
    goal = await home.create_goal(HOME, samples.goal("1:0:0~2"))
    assert (await home.settle(HOME, FAILED)).result == f"It was kept: goal {goal.id}."


async def test_what_is_known_to_be_done_stays_so(home: Store) -> None:
    done = await home.put_tool_call(HOME, samples.tool_call(status="done", result="Goal created.", ended_at=NOON))
    assert await home.settle(HOME, FAILED) == done
    with pytest.raises(DaoConflict):
        await home.settle(HOME, FAILED.model_copy(update={"arguments": {}}))


async def test_who_is_about_to_try_undoes_no_outcome_and_finds_what_was_kept(home: Store) -> None:
    running = samples.tool_call()
    assert (await home.settle(HOME, running)).status == "running"
    goal = await home.create_goal(HOME, samples.goal())  # nothing was given up
    assert (await home.settle(HOME, running)).result == f"It was kept: goal {goal.id}."
    for number, status in enumerate(("rejected", "failed", "cancelled", "done")):
        other = running.model_copy(update={"call_id": f"9:0:{number}"})
        ended = await home.put_tool_call(HOME, other.model_copy(update={"status": status, "result": "Which one?"}))
        assert await home.settle(HOME, other) == ended


async def test_a_write_and_its_settlement_at_once_agree(home: Store) -> None:
    """Whichever comes first: kept and `done`, or refused and `failed`; never anything else."""
    ids = [f"{number}:0:0" for number in range(20)]
    outcomes = await asyncio.gather(
        *(home.create_goal(HOME, samples.goal(key)) for key in ids),
        *(home.settle(HOME, FAILED.model_copy(update={"call_id": key})) for key in ids),
        return_exceptions=True,
    )
    kept = {goal.origin.call_id for goal in (await home.find(HOME, Goal, GoalQuery())).items}
    for key, made, settled in zip(ids, outcomes[:20], outcomes[20:], strict=True):
        assert isinstance(settled, ToolCall)
        assert (settled.status == "done") == (key in kept) == isinstance(made, Goal)
        assert key in kept or isinstance(made, DaoGivenUp)


async def test_a_settlement_waits_for_a_write_that_is_under_way(home: Store) -> None:
    async with begin(home._sessions, HOME) as writing:
        await writing.alone(CALL, "1:0:0")
        settling = asyncio.create_task(home.settle(HOME, FAILED))
        done, _ = await asyncio.wait([settling], timeout=0.5)
        assert not done
        await writing.session.rollback()
    assert (await settling).status == "failed"


async def test_a_call_that_was_cut_off_is_closed_at_the_last_that_is_known_of_it(home: Store) -> None:
    await home.put_message(HOME, samples.message(30))
    await home.put_tool_call(HOME, samples.tool_call(intent="GOAL", started_at=NOON + timedelta(seconds=31)))
    await home.put_tool_call(HOME, samples.tool_call(call_id="1:0:1", started_at=NOON + timedelta(seconds=40)))
    goal = await home.create_goal(HOME, samples.goal())
    other = samples.conversation(id=uuid4())
    await home.put_conversation(HOME, other)
    closed = await home.close_conversation(HOME, CALL)
    assert (closed.status, closed.ended_at, closed.duration_seconds) == ("failed", NOON + timedelta(seconds=40), 40.0)
    assert (closed.extracted_intent, closed.intent_payload) == ("GOAL", samples.tool_call().arguments)
    assert closed.linked_goal_id == goal.id
    calls = {call.call_id: call for call in (await home.find(HOME, ToolCall, TOOLS)).items}
    assert (calls["1:0:0"].status, calls["1:0:1"].status) == ("done", "cancelled")
    assert await home.close_conversation(HOME, CALL) == closed
    assert (await home.get(HOME, Conversation, other.id)).status == "active"
    with pytest.raises(DaoNotFound):
        await home.close_conversation("other", CALL)


async def test_a_call_that_has_ended_stays_as_it_is(home: Store) -> None:
    ended = await home.update_conversation(HOME, CALL, ConversationUpdate(status="ended", ended_at=NOON))
    assert await home.close_conversation(HOME, CALL) == ended


async def test_it_works_over_http(client: DaoClient) -> None:
    await client.put_user(samples.user())
    await client.put_conversation(samples.conversation())
    assert (await client.settle(FAILED)).status == "failed"
    with pytest.raises(DaoGivenUp):
        await client.create_goal(samples.goal())
    assert (await client.close_conversation(CALL)).status == "failed"
    with pytest.raises(DaoNotFound):
        await client.close_conversation(UUID(int=5))
