"""Deepgram's own SDK against the real server, by voice: only the address is not Deepgram's."""

import asyncio
import json
import os
import signal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import soxr
from deepgram.agent.v1 import types as sdk

from benchmarks.own_server import OwnServer, own_server
from dao.client import DaoClient
from dao.records import Conversation
from intents.agent import load_agent
from models.audio import SAMPLE_RATE, Pcm
from tests.e2e.conversing import loudness
from tests.e2e.deepgram_caller import DeepgramCaller, calling
from tests.speech import load
from web.owner import LOCAL_USER
from web.voice_agent import g711

pytestmark = pytest.mark.asyncio(loop_scope="module")

LINEAR: dict[str, Any] = {
    "audio": {
        "input": {"encoding": "linear16", "sample_rate": SAMPLE_RATE},
        "output": {"encoding": "linear16", "sample_rate": 24_000, "container": "none"},
    },
    "agent": {},
}
FLUX_FUNCTIONS = [
    {"name": one.spec.name, "description": one.spec.description, "parameters": one.spec.parameters}
    for one in load_agent("flux").intents
]


def conversation(caller: DeepgramCaller) -> UUID:
    return UUID(caller.of_type("Welcome")[0]["request_id"])


async def ended(dao: DaoClient, caller: DeepgramCaller) -> Conversation:
    """Return the conversation's record once its end is kept."""
    async with asyncio.timeout(10):
        while (record := await dao.conversation(conversation(caller))).ended_at is None:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return record


async def test_a_spoken_goal_is_kept_and_confirmed_aloud(server: OwnServer) -> None:
    async with DaoClient(server.dao_url) as dao:
        async with calling(server.url, LINEAR) as caller:
            await caller.answered(1)
            await caller.play(load("goal_1_rms"))
            await caller.answered(2)
            assert "guitar" in caller.said("user")[0] and "Goal created" in caller.said("assistant")[1]
            assert caller.heard().size / 24_000 > 3.0 and loudness(caller.heard()) > 0.01
            call, answer = caller.of_type("FunctionCallRequest")[0], caller.of_type("FunctionCallResponse")[0]
            assert call["functions"][0]["client_side"] is False and call["functions"][0]["id"] == answer["id"]
            assert json.loads(call["functions"][0]["arguments"])["goal_statement"] == "learn guitar"
            latency = caller.of_type("AgentStartedSpeaking")[1]["total_latency"]
            assert 0 < latency < 10
        record = await ended(dao, caller)
        assert record.status == "ended" and record.extracted_intent == "GOAL"
        messages = [(message.role, message.content) for message in await dao.messages(conversation(caller))]
        goals = {goal.id: goal for goal in await dao.goals(LOCAL_USER)}
        assert record.linked_goal_id is not None and goals[record.linked_goal_id].statement.lower() == "learn guitar"
    history = [(one["role"], one["content"]) for one in caller.of_type("History") if "role" in one]
    assert messages == history and [role for role, _ in messages] == ["assistant", "user", "assistant"]


async def test_a_function_of_the_client_is_run_by_the_client(server: OwnServer) -> None:
    """As the Flux frontend does it: it is given our intents as functions, runs them itself, and answers."""
    settings = LINEAR | {
        "agent": {"think": {"prompt": "You are Flux.", "functions": FLUX_FUNCTIONS}, "greeting": "Go on."}
    }
    async with DaoClient(server.dao_url) as dao, calling(server.url, settings) as caller:
        before = len(await dao.goals(LOCAL_USER))
        await caller.answered(1)
        assert caller.said("assistant") == ["Go on."]
        await caller.play(load("goal_2_rms"))
        await caller.until(lambda: caller.of_type("FunctionCallRequest"))
        function = caller.of_type("FunctionCallRequest")[0]["functions"][0]
        assert function["client_side"] is True and function["name"] == "submit_goal_intent"
        response = sdk.AgentV1SendFunctionCallResponse(
            type="FunctionCallResponse", id=function["id"], name=function["name"], content="Noted by the client."
        )
        await caller.socket.send_function_call_response(response)
        await caller.answered(2)
        assert caller.said("assistant")[1] == "Noted by the client."
        assert len(await dao.goals(LOCAL_USER)) == before, "nothing ran here"
        calls = await dao.tool_calls(conversation(caller))
        assert [(call.name, call.status, call.result) for call in calls] == [
            ("submit_goal_intent", "done", "Noted by the client.")
        ]


async def test_speaking_over_the_agent_stops_it_and_is_answered(server: OwnServer) -> None:
    async with calling(server.url, LINEAR) as caller:
        await caller.answered(1)
        await caller.socket.send_inject_user_message(
            sdk.AgentV1InjectUserMessage(type="InjectUserMessage", content="help")
        )
        await caller.until(lambda: len(caller.of_type("AgentStartedSpeaking")) >= 2)
        await asyncio.sleep(1.0)
        sent = len(caller.sound)
        before = len(caller.of_type("UserStartedSpeaking"))
        speaking = asyncio.create_task(caller.play(load("goal_1_rms")))
        await caller.until(lambda: len(caller.of_type("UserStartedSpeaking")) > before)
        stopped = len(caller.sound)
        assert stopped - sent < 50, "within a second of speech"
        await speaking
        assert len(caller.sound) - stopped <= 1  # it may say "One moment" after it
        await caller.until(lambda: caller.of_type("FunctionCallRequest"))
        await caller.answered(2)
        cut = next(one["content"] for one in caller.of_type("History")[2:] if one.get("role") == "assistant")
        whole = caller.said("assistant")[1]
        assert 0 < len(cut) < len(whole) and whole.startswith(cut.rstrip("."))


@pytest.mark.parametrize("law", ["mulaw", "alaw"])
async def test_a_telephone_is_understood_and_answered(server: OwnServer, law: g711.Law) -> None:
    form = {"encoding": law, "sample_rate": 8_000}
    settings = {"audio": {"input": form, "output": form}, "agent": {"greeting": "Hello."}}

    def narrow(pcm: Pcm) -> bytes:
        return g711.encode(pcm, law)

    async with calling(server.url, settings, rate=8_000, encode=narrow) as caller:
        await caller.answered(1)
        await caller.play(soxr.resample(load("goal_1_rms"), SAMPLE_RATE, 8_000))
        await caller.answered(2)
        assert "guitar" in caller.said("user")[0], "the band of a telephone is enough for it"
        voice = g711.decode(b"".join(data for _, data in caller.sound), law)
        assert voice.size / 8_000 > 2.0 and loudness(voice) > 0.01


async def test_sound_is_never_more_than_a_moment_ahead(server: OwnServer) -> None:
    async with calling(server.url, LINEAR) as caller:
        await caller.answered(1)
    first = caller.sound[0][0]
    ahead = [
        sum(len(data) for _, data in caller.sound[: index + 1]) / 48_000 - (at - first)
        for index, (at, _) in enumerate(caller.sound)
    ]
    assert max(ahead) < 0.3 and sum(len(data) for _, data in caller.sound) / 48_000 > 2.0


async def test_a_spoken_goodbye_is_heard_to_its_end_before_the_socket_closes(server: OwnServer) -> None:
    async with calling(server.url, LINEAR) as caller:
        await caller.answered(1)
        await caller.play(load("goodbye_rms"))
        await caller.until(lambda: caller.over)
        assert caller.messages[-1]["type"] in ("AgentAudioDone", "History")
        assert len(caller.of_type("AgentAudioDone")) == 2


async def test_at_a_shutdown_the_agent_says_goodbye_and_the_call_is_kept(tmp_path: Path) -> None:
    async with own_server(tmp_path, settings={"FLUX_DRAIN": "0.5"}) as server:
        async with calling(server.url, LINEAR) as caller:
            await caller.answered(1)
            os.kill(server.pid, signal.SIGTERM)
            await caller.until(lambda: caller.over, 20)
            assert "Please call again in a moment." in caller.of_type("ConversationText")[-1]["content"]
        conversation_id = conversation(caller)
    async with own_server(tmp_path) as again, DaoClient(again.dao_url) as dao:
        record = await dao.conversation(conversation_id)
        assert record.ended_at is not None and record.status == "ended"
        assert [message.role for message in await dao.messages(conversation_id)] == ["assistant", "assistant"]
