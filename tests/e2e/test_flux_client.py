"""A whole call of the existing Flux client, three spoken intents on PostgreSQL: nothing is stored twice, or lost."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from aiohttp import ClientSession

from benchmarks.own_server import own_server
from tests.dao.postgres import databases
from tests.e2e.flux_client import flux_call, speak
from tests.speech import load

RECORD = os.environ.get("FLUX_TEST_RECORD")
"""A file that gets what was said and written, for docs/flux-client.md."""


OF_CALL = "conversation_id = (SELECT id FROM conversations WHERE voice_session_id = $1)"


@pytest.fixture
def database() -> Iterator[str]:
    """A database on PostgreSQL."""
    with databases() as server, server.fresh() as url:
        yield url


async def earlier_task(url: str, user: str) -> None:
    """Keep a task as an earlier call of the same user did."""
    async with ClientSession(url) as http:
        async with http.post("/api/v1/voice/session", json={"user_id": user}) as answer:
            session = (await answer.json())["session_id"]
        given = {"title": "Team meeting", "trigger_type": "time", "trigger_time": "tomorrow at noon"}
        call = {"function_call_id": "fc_1", "function_name": "submit_new_task_intent", "input": given}
        async with http.post("/api/v1/voice/intents", json={"session_id": session, **call}) as answer:
            assert answer.status == 200, await answer.text()
        async with http.delete(f"/api/v1/voice/session/{session}") as answer:
            assert answer.status == 200


async def test_each_message_is_stored_once_and_three_intents_are_rows(database: str, tmp_path: Path) -> None:
    record: list[str] = []
    user = str(uuid4())
    async with own_server(tmp_path, settings={"FLUX_DAO__DATABASE_URL": database}) as server:
        await earlier_task(server.url, user)
        async with flux_call(server.url, user, record) as (client, caller):
            await caller.answered(1)
            for clip in ("goal_1_rms", "task_4_rms", "reschedule_2_rms"):
                await speak(caller, load(clip))
            ids = [told["message_id"] for told in await asyncio.gather(*client.saved)]
            kept = (await client.call("GET", f"/sessions/{client.session_id}/messages"))["messages"]
            closed = await client.call("DELETE", f"/session/{client.session_id}")
            await caller.until(lambda: caller.over)
    assert {one["message_id"] for one in kept} == set(ids), "each that was posted is one that the server recorded"
    assert [one["role"] for one in kept] == ["assistant", *["user", "assistant"] * 3]
    assert closed["message_count"] == len(kept) == 7
    connection = await asyncpg.connect(database)
    try:
        rows = {
            "goals": await connection.fetch("SELECT statement, status FROM goals"),
            "tasks": await connection.fetch(
                "SELECT title, trigger_type, trigger_at, status FROM tasks ORDER BY created_at"
            ),
            "tool_calls": await connection.fetch(
                f"SELECT name, status, result FROM tool_calls WHERE {OF_CALL} ORDER BY started_at", client.session_id
            ),
            "messages": await connection.fetch("SELECT role, content FROM messages ORDER BY created_at"),
            "conversations": await connection.fetch(
                "SELECT status, extracted_intent, linked_goal_id IS NOT NULL AS goal, linked_task_id IS NOT NULL"
                " AS task, ended_at >= started_at AS ended FROM conversations WHERE voice_session_id = $1",
                client.session_id,
            ),
        }
    finally:
        await connection.close()
    assert [row["statement"].lower() for row in rows["goals"]] == ["learn guitar"]
    assert [(row["title"].lower(), row["trigger_at"].hour) for row in rows["tasks"]] == [
        ("team meeting", 15),  # moved from noon
        ("pay the rent", 9),
    ]
    assert [(row["name"], row["status"]) for row in rows["tool_calls"]] == [
        ("submit_goal_intent", "done"),
        ("submit_new_task_intent", "done"),
        ("submit_reschedule_intent", "done"),
    ]
    assert [(row["role"], row["content"]) for row in rows["messages"]] == [(m["role"], m["content"]) for m in kept]
    assert tuple(rows["conversations"][0].values()) == ("ended", "RESCHEDULE", True, True, True)
    if RECORD:
        told = [*record, "", *(f"{table}: {dict(row)}" for table, found in rows.items() for row in found)]
        await asyncio.to_thread(Path(RECORD).write_text, "\n".join(told) + "\n")
