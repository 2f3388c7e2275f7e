"""What an owner finds, on both databases."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from dao.client import DaoClient
from dao.found import ConversationSearch, GoalSearch, TaskSearch
from dao.owner_client import OwnerRecords
from dao.records import ConversationUpdate
from dao.searching import excerpt
from dao.service import DaoServer
from tests.dao import samples
from tests.dao.samples import ALICE, CALL, NOON

SECOND = UUID(int=2)


@pytest.fixture
async def owner(client: DaoClient, server: DaoServer) -> OwnerRecords:
    await client.put_user(samples.user())
    await client.put_conversation(samples.conversation())
    await client.put_conversation(samples.conversation(id=SECOND, started_at=NOON + timedelta(hours=1)))
    said = ("100% of it_all", "the Quick brown fox", "C:\\path", "a_b")
    for second, words in enumerate(said):
        await client.put_message(samples.message(second, content=words))
    await client.put_message(samples.message(9, conversation_id=SECOND, content="Äpfel und Birnen"))
    await client.put_tool_call(
        samples.tool_call(conversation_id=SECOND, arguments={"title": 'say "Käse" loud'}, result="A goat was kept")
    )
    await client.put_turn(samples.turn(1))
    await client.update_conversation(
        SECOND, ConversationUpdate(extracted_intent="GOAL", intent_payload={"x": "violin"})
    )
    async with DaoClient(server.url, tenant_id="other", timeout=20) as other:
        await other.put_user(samples.user())
        await other.put_conversation(samples.conversation())
        await other.put_message(samples.message(content="quick theirs"))
    return OwnerRecords(client)


async def test_words_are_found_wherever_they_are_and_no_character_is_special(owner: OwnerRecords) -> None:
    wanted = {
        "QUICK": {CALL},
        "quick brown": {CALL},
        "100%": {CALL},
        "10%": set(),
        "it_a": {CALL},
        "itXa": set(),
        "a_b": {CALL},
        "aXb": set(),
        "c:\\PATH": {CALL},
        "äpfel": {SECOND},
        "goal": {SECOND},
        "Violin": {SECOND},
        "goat": {SECOND},
        'say "käse"': {SECOND},
        "nothing of it": set(),
        "theirs": set(),
    }
    for text, ids in wanted.items():
        found = await owner.conversations(ConversationSearch(text=text))
        assert ({one.id for one in found.items}, found.total) == (ids, len(ids)), text


async def test_the_latest_come_first_with_what_there_is_of_them(owner: OwnerRecords) -> None:
    page = await owner.conversations(ConversationSearch())
    assert [one.id for one in page.items] == [SECOND, CALL]
    second, first = page.items
    assert (first.user_name, first.messages, first.turns, first.tool_calls) == ("Alice", 4, 1, 0)
    assert (second.messages, second.turns, second.tool_calls) == (1, 0, 1)
    assert first.excerpt == "100% of it_all"
    (found,) = (await owner.conversations(ConversationSearch(text="fox"))).items
    assert found.excerpt == "the Quick brown fox"


async def test_people_times_states_and_pages_narrow_it(owner: OwnerRecords) -> None:
    half = NOON + timedelta(minutes=30)
    for search, ids in (
        (ConversationSearch(since=half), [SECOND]),
        (ConversationSearch(until=half), [CALL]),
        (ConversationSearch(since=NOON, until=NOON + timedelta(hours=1)), [CALL]),
        (ConversationSearch(user_id=uuid4()), []),
        (ConversationSearch(user_id=ALICE, limit=1, offset=1), [CALL]),
        (ConversationSearch(status="ended"), []),
    ):
        assert [one.id for one in (await owner.conversations(search)).items] == ids, search


async def test_goals_and_tasks_are_found_too(client: DaoClient, owner: OwnerRecords) -> None:
    goal = await client.create_goal(samples.goal(context="for the band"))
    await client.create_goal(samples.goal("2:0:0", statement="Run", origin=samples.origin("1", uuid4())))
    task = await client.create_task(samples.task(notes="bring flowers", goal_id=goal.id))
    assert [one.id for one in (await owner.goals(GoalSearch(text="BAND"))).items] == [goal.id]
    assert {one.origin_state for one in (await owner.goals(GoalSearch(text="run"))).items} == {"unknown"}
    for search in (TaskSearch(text="Flower"), TaskSearch(goal_id=goal.id), TaskSearch(conversation_id=CALL)):
        assert [one.id for one in (await owner.tasks(search)).items] == [task.id], search
    assert (await owner.tasks(TaskSearch(status="done"))).total == 0
    assert await owner.tenants() == ("default", "other")


def test_an_excerpt_shows_what_is_around_the_words() -> None:
    text = "x" * 200 + " needle " + "y" * 200
    cut = excerpt(text, "NEEDLE")
    assert cut.startswith("…x") and " needle " in cut and cut.endswith("y…") and len(cut) < 200
    assert excerpt("short", None) == excerpt("short", "nowhere") == "short"
