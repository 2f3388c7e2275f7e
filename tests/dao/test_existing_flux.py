"""An existing Flux database is taken over in place, and given back, without losing a row."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner
from sqlalchemy import PrimaryKeyConstraint, UniqueConstraint, inspect, text
from sqlalchemy.exc import IntegrityError

from dao.database import database_address, open_engine
from dao.migrations import migrate, newest, roll_back
from dao.migrations.old_names import OURS
from dao.operations import Call
from dao.owner import remove_conversation, remove_user
from dao.queries import ConversationQuery, MessageQuery
from dao.records import Conversation, DeletionDraft, Goal, Message, Task, User
from dao.store import Store
from dao.tables import Row
from tests.dao import samples
from tests.dao.conftest import run_sql
from web.cli import main

TENANT: Final = "default"
USER, GOAL, TASK, LOST_TASK = (UUID(int=number) for number in (0xA, 0xB, 0xC, 0xD))
CALLS: Final = [UUID(int=0x100 + number) for number in range(3)]
SAID: Final = [UUID(int=0x200 + number) for number in range(7)]
AT: Final = datetime(2025, 11, 3, 9, 30, tzinfo=UTC)

# As a hosted PostgreSQL has them; SQLite knows no such types, so there everything is text.
POSTGRES: Final = {"id": "uuid", "json": "jsonb", "at": "timestamptz", "number": "integer", "now": "DEFAULT now()"}
SQLITE: Final = {"id": "text", "json": "text", "at": "text", "number": "integer", "now": ""}


def tables(kind: dict[str, str]) -> list[str]:
    described = """
        CREATE TABLE conversations (id {id} PRIMARY KEY, user_id {id} NOT NULL, voice_session_id text,
            extracted_intent text, intent_payload {json}, linked_goal_id {id}, linked_task_id {id}, ended_at {at},
            duration_seconds {number}, created_at {at} {now}, mood text);
        CREATE TABLE messages (id {id} PRIMARY KEY, conversation_id {id} REFERENCES conversations (id),
            role text NOT NULL, content text NOT NULL, input_modality text DEFAULT 'voice', metadata {json},
            created_at {at} {now});
        CREATE TABLE goals (id {id} PRIMARY KEY, user_id {id} NOT NULL, title text NOT NULL, timeline text,
            status text DEFAULT 'active', created_at {at} {now})"""
    return described.format(**kind).split(";")


def value(given: object) -> str:
    if given is None:
        return "NULL"
    if isinstance(given, dict):
        given = json.dumps(given).replace(":", r"\:")
    if isinstance(given, datetime):
        given = given.isoformat().replace(":", r"\:")
    return str(given) if isinstance(given, int) else f"'{given}'"


def row(table: str, **columns: object) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(map(value, columns.values()))})"


def rows() -> list[str]:
    end = AT + timedelta(minutes=2)
    call = {"user_id": USER, "created_at": AT}
    return [
        row("goals", id=GOAL, user_id=USER, title="Learn guitar", timeline="3 months", status="completed"),
        row(
            "conversations",
            **call | {"id": CALLS[0], "voice_session_id": "vs-0", "ended_at": end, "duration_seconds": 120},
            extracted_intent="GOAL",
            intent_payload={"goal_statement": "Learn guitar"},
            linked_goal_id=GOAL,
            mood="hopeful",
        ),
        # Its task is in no table here: Flux kept it elsewhere.
        row(
            "conversations",
            **call | {"id": CALLS[1], "voice_session_id": "vs-1"},
            intent_payload={"title": "Call mom"},
            linked_task_id=LOST_TASK,
        ),
        row("conversations", **call | {"id": CALLS[2]}),
        row("messages", id=SAID[0], conversation_id=CALLS[0], role="user", content="I want to learn guitar"),
        row("messages", id=SAID[1], conversation_id=CALLS[0], role="agent", content="Since when?", created_at=end),
        row("messages", id=SAID[2], conversation_id=CALLS[1], role="system", content="x" * 30_000),
        row(
            "messages",
            id=SAID[3],
            conversation_id=CALLS[1],
            role="user",
            content="typed",
            input_modality="text",
            metadata={"turn": 1, "interrupted": True},
        ),
        row("messages", id=SAID[4], conversation_id=None, role="user", content="of no call"),
    ]


@pytest.fixture
async def flux_url(backend: str, fresh_url: str) -> str:
    """A database as Flux left it."""
    await run_sql(fresh_url, *tables(POSTGRES if backend == "postgresql" else SQLITE), *rows())
    return fresh_url


async def read(database_url: str, statement: str) -> list[dict[str, Any]]:
    engine = open_engine(database_address(database_url))
    try:
        async with engine.connect() as connection:
            return [dict(one) for one in (await connection.execute(text(statement))).mappings()]
    finally:
        await engine.dispose()


async def all_of(database_url: str, prefix: str = "") -> dict[str, list[dict[str, Any]]]:
    names = ("conversations", "messages", "goals")
    return {name: await read(database_url, f"SELECT * FROM {prefix}{name} ORDER BY id") for name in names}


async def test_every_row_is_there_under_its_id_and_can_be_read(flux_url: str) -> None:
    before = await all_of(flux_url)
    done = await migrate(flux_url)
    assert (done.before, done.taken) == (None, {"goals": 1, "conversations": 3, "messages": 5})
    assert await all_of(flux_url, "old_flux_") == before
    async with Store.open(flux_url) as store:
        calls = {one.id: one for one in (await store.find(TENANT, Conversation, ConversationQuery())).items}
        said = {one.id: one for one in (await store.find(TENANT, Message, MessageQuery())).items}
        goal = await store.get(TENANT, Goal, GOAL)
        task = await store.get(TENANT, Task, LOST_TASK)
        assert (await store.get(TENANT, User, USER)).timezone == "UTC"
    first = calls[CALLS[0]]
    assert (first.voice_session_id, first.extracted_intent, first.linked_goal_id) == ("vs-0", "GOAL", GOAL)
    assert (first.intent_payload, first.duration_seconds) == ({"goal_statement": "Learn guitar"}, 120.0)
    assert (first.started_at, first.ended_at, first.status) == (AT, AT + timedelta(minutes=2), "ended")
    assert (calls[CALLS[1]].linked_task_id, calls[CALLS[1]].status) == (LOST_TASK, "failed")
    assert len(calls) == 4  # with that of the message of no call
    assert (goal.statement, goal.timeline, goal.status, goal.user_id) == ("Learn guitar", "3 months", "done", USER)
    assert (task.title, task.status, task.user_id) == ("Call mom", "open", USER)
    assert said.keys() == set(SAID[:5])
    assert [said[key].role for key in SAID[:4]] == ["user", "assistant", "assistant", "user"]
    assert said[SAID[2]].metadata == {"flux_role": "system"} and said[SAID[2]].content == "x" * 30_000
    assert (said[SAID[3]].input_modality, said[SAID[3]].metadata) == ("text", {"turn": 1, "interrupted": True})


async def test_it_is_done_once_and_a_new_call_is_kept_beside_the_old_ones(flux_url: str) -> None:
    await migrate(flux_url)
    again = await migrate(flux_url)
    assert (again.before, again.after, again.taken, again.statements) == (newest(), newest(), {}, [])
    async with Store.open(flux_url) as store:
        await store.put_user(TENANT, samples.user(id=USER))
        await store.put_conversation(TENANT, samples.conversation(user_id=USER))
        await store.put_message(TENANT, samples.message())
        assert (await store.find(TENANT, Conversation, ConversationQuery())).total == 5


async def test_the_steps_may_be_taken_back_and_again_without_taking_a_row_twice(flux_url: str) -> None:
    await migrate(flux_url)
    before = await all_of(flux_url)
    await roll_back(flux_url, "0002")
    await migrate(flux_url)
    assert await all_of(flux_url) == before


async def test_what_is_deleted_is_gone_from_the_old_tables_too(flux_url: str) -> None:
    await migrate(flux_url)
    by = DeletionDraft(deleted_by="loopback")
    async with Store.open(flux_url) as store:
        one = await remove_conversation(store, Call(TENANT, CALLS[0], by))
        old = await all_of(flux_url, "old_flux_")
        assert str(CALLS[0]) not in str(
            [(row["id"], row.get("conversation_id")) for kind in old.values() for row in kind]
        )
        assert one.counts["earlier_flux"] == 1 + one.counts["messages"] and old["goals"] != []
        everything = await remove_user(store, Call(TENANT, USER, by))
        assert everything.counts["earlier_flux"] > 1
    left = await all_of(flux_url, "old_flux_")
    assert str(USER) not in str([(row["id"], row.get("user_id")) for kind in left.values() for row in kind])
    assert "Learn guitar" not in str(left)


async def test_going_back_gives_back_what_was_there_with_what_came_since(flux_url: str) -> None:
    before = await all_of(flux_url)
    await migrate(flux_url)
    async with Store.open(flux_url) as store:
        await store.put_conversation(TENANT, samples.conversation(id=uuid4(), user_id=USER, voice_session_id="new"))
        new = (await store.find(TENANT, Conversation, ConversationQuery(voice_session_id="new"))).items[0]
        await store.put_message(TENANT, samples.message(conversation_id=new.id, metadata={"turn": 3}))
        await store.create_goal(TENANT, samples.goal(user_id=USER, statement="Swim"))
    await run_sql(flux_url, "UPDATE goals SET timeline = 'a year' WHERE statement = 'Learn guitar'")
    await roll_back(flux_url, "base")
    after = await all_of(flux_url)
    kept = {name: [str(one["id"]) for one in rows] for name, rows in before.items()}
    for name in ("conversations", "messages"):
        assert [one for one in after[name] if str(one["id"]) in kept[name]] == before[name]
    added = [one for one in after["messages"] if str(one["id"]) not in kept["messages"]]
    assert [(str(one["conversation_id"]), one["content"]) for one in added] == [(str(new.id), "hello")]
    metadata = added[0]["metadata"]
    assert (metadata if isinstance(metadata, dict) else json.loads(metadata)) == {"turn": 3}
    assert "new" in {one["voice_session_id"] for one in after["conversations"]}
    assert {(one["title"], one["timeline"]) for one in after["goals"]} == {("Learn guitar", "a year"), ("Swim", None)}
    # And up again: nothing of it is lost on the way.
    await migrate(flux_url)
    async with Store.open(flux_url) as store:
        assert (await store.find(TENANT, Message, MessageQuery())).total == 6


async def test_ids_that_are_no_uuids_keep_their_rows_together(fresh_url: str) -> None:
    await run_sql(
        fresh_url,
        "CREATE TABLE conversations (id integer PRIMARY KEY, voice_session_id text, user_id text)",
        "CREATE TABLE messages (id integer PRIMARY KEY, conversation_id integer, role text, content text)",
        *(row("conversations", id=number, voice_session_id=f"vs-{number}", user_id="ann") for number in (1, 2)),
        *(row("messages", id=number, conversation_id=1, role="user", content=str(number)) for number in range(2500)),
    )
    assert (await migrate(fresh_url)).taken == {"conversations": 2, "messages": 2500}
    async with Store.open(fresh_url) as store:
        one, two = (await store.find(TENANT, Conversation, ConversationQuery())).items
        assert one.user_id == two.user_id
        counts = [
            (await store.find(TENANT, Message, MessageQuery(conversation_id=call.id))).total for call in (one, two)
        ]
        assert sorted(counts) == [0, 2500]


async def indexes_of(database_url: str, table: str) -> dict[str | None, bool | None]:
    """Return the names of a table's indexes, and which let nothing in twice."""
    engine = open_engine(database_address(database_url))
    try:
        async with engine.connect() as connection:
            found = await connection.run_sync(lambda one: inspect(one).get_indexes(table))
            return {index["name"]: bool(index["unique"]) for index in found}
    finally:
        await engine.dispose()


async def test_indexes_that_bear_names_of_ours_make_room_and_get_them_back(flux_url: str) -> None:
    await run_sql(
        flux_url,
        "CREATE TABLE users (id text, phone text, CONSTRAINT pk_users PRIMARY KEY (id))",
        row("users", id=USER, phone="+49 30 1"),
        "CREATE UNIQUE INDEX ix_users_phone ON users (phone) WHERE phone IS NOT NULL",
        'CREATE INDEX "ix_conversations_user" ON conversations (user_id, created_at DESC)',
        "CREATE INDEX their_own ON conversations (mood)",
    )
    before = {table: await indexes_of(flux_url, table) for table in ("users", "conversations")}
    assert before == {
        "users": {"ix_users_phone": True},
        "conversations": {"ix_conversations_user": False, "their_own": False},
    }
    await migrate(flux_url)
    assert await indexes_of(flux_url, "old_flux_users") == {"old_flux_ix_users_phone": True}
    assert (await indexes_of(flux_url, "old_flux_conversations")).keys() == {
        "old_flux_ix_conversations_user",
        "their_own",
    }
    async with Store.open(flux_url) as store:
        assert (await store.get(TENANT, User, USER)).phone == "+49 30 1"
    await roll_back(flux_url, "base")
    assert {table: await indexes_of(flux_url, table) for table in ("users", "conversations")} == before
    with pytest.raises(IntegrityError):
        await run_sql(flux_url, row("users", id=GOAL, phone="+49 30 1"))
    await migrate(flux_url)


def test_no_name_of_ours_is_forgotten() -> None:
    named = {str(index.name) for table in Row.metadata.sorted_tables for index in table.indexes}
    for table in Row.metadata.sorted_tables:
        keys = (one for one in table.constraints if isinstance(one, PrimaryKeyConstraint | UniqueConstraint))
        named |= {str(key.name) for key in keys}
    assert set(OURS) == named


async def test_another_programs_table_of_that_name_is_left_alone(fresh_url: str) -> None:
    await run_sql(fresh_url, "CREATE TABLE conversations (id integer PRIMARY KEY, topic text)")
    with pytest.raises(Exception, match="already exists"):
        await migrate(fresh_url)
    assert await read(fresh_url, "SELECT topic FROM conversations") == []


@pytest.mark.parametrize("backend", ["postgresql"])
async def test_tables_that_were_hidden_from_the_internet_stay_hidden(flux_url: str) -> None:
    await run_sql(flux_url, "ALTER TABLE conversations ENABLE ROW LEVEL SECURITY")
    await migrate(flux_url)
    (open_ones,) = await read(
        flux_url,
        "SELECT count(*) AS number FROM pg_tables WHERE schemaname = 'public' AND NOT rowsecurity "
        "AND tablename NOT LIKE 'old_flux%'",
    )
    assert open_ones["number"] == 0


Cli = Callable[..., str]


@pytest.fixture
def cli(flux_url: str, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Runs `flux-voice dao migrate` on it; the alias is what an existing installation has set."""
    monkeypatch.delenv("FLUX_DAO__DATABASE_URL", raising=False)
    monkeypatch.setenv("DATABASE_URL", flux_url)

    def run(*arguments: str) -> str:
        ended = CliRunner().invoke(main, ["dao", "migrate", *arguments])
        assert ended.exit_code == 0, ended.output
        return ended.output

    return run


def test_the_command_line_tells_what_it_does(cli: Cli) -> None:
    dry = cli("--dry-run")
    assert re.search(rf"would go from revision base to {newest()}\.\n  1 rows of goals .*old_flux_goals", dry)
    assert dry.endswith("Nothing was changed.\n")
    sql = cli("--sql")
    assert "ALTER TABLE conversations RENAME TO old_flux_conversations;" in sql
    assert re.search(r"INSERT INTO messages .*;  -- 5 rows", sql)
    head = newest()
    assert f"went from revision base to {head}" in cli()
    assert f"is at revision {head}; there is nothing to do" in cli()
    assert f"went from revision {head} to 0002.\nThis version needs revision {head}" in cli("--down", "--to", "0002")
    assert "went from revision 0002 to base" in cli("--down", "--to", "base")
    assert "--dry-run" in cli("--help")
