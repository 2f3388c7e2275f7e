"""A session at Deepgram: a token that opens it, and Settings that its Voice Agent takes."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import pytest

pytest.importorskip("deepgram", reason="the extra deepgram is not installed")

from deepgram.agent.v1.types.agent_v1settings import AgentV1Settings
from pydantic import BaseModel, SecretStr

from intents.agent import load_agent
from models.errors import EngineError
from models.settings import DeepgramSettings
from models.tts.espeak import EspeakEngine
from tests.deepgram.emulator import KEY, DeepgramEmulator
from tests.models.remote_host import dead_address, serving
from tests.web.api_server import V1, serve_api, serve_records
from web.deepgram_session import DeepgramBackend, mint, voice_agent
from web.settings import Settings, load_settings


@pytest.fixture
async def deepgram() -> AsyncIterator[tuple[DeepgramEmulator, Settings]]:
    voice = EspeakEngine()
    emulator = DeepgramEmulator(voice, voice)  # type: ignore[arg-type]  # nobody speaks
    async with serving(emulator.app()) as url:
        yield emulator, load_settings(deepgram=DeepgramSettings(url=url, api_key=SecretStr(KEY), token_ttl=90))
    await voice.close()


async def test_a_minted_token_opens_a_socket_and_says_when_it_ends(
    deepgram: tuple[DeepgramEmulator, Settings],
) -> None:
    emulator, settings = deepgram
    before = datetime.now(UTC)
    grant = await mint(load_agent("flux"), settings)
    token, config = grant.token, grant.config
    assert grant.expires_at is not None
    assert before + timedelta(seconds=90) <= grant.expires_at <= datetime.now(UTC) + timedelta(seconds=90)
    assert emulator.authorizations == ["token"]
    assert KEY not in token and KEY not in json.dumps(config)
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(f"{settings.deepgram.url}/v1/speak", protocols=("bearer", token)) as socket,
    ):
        assert (await socket.receive_json())["type"] == "Metadata"


async def test_the_api_mints_sessions_there_and_keeps_what_their_clients_tell(
    deepgram: tuple[DeepgramEmulator, Settings], tmp_path: Path
) -> None:
    emulator, settings = deepgram
    backends = {"deepgram": DeepgramBackend(load_agent("flux"), settings)}
    async with serve_records(tmp_path) as dao_url, serve_api(dao_url, backends=backends) as api:
        opened = await api.mint(backend="deepgram")
        assert set(opened) == {"session_id", "deepgram_token", "config"}
        assert opened["config"]["agent"]["listen"]["provider"]["type"] == "deepgram"
        assert (await api.say(opened["session_id"], "user", "hello")).body["status"] == "saved"
        emulator.refusals.append((503, "no"))
        refused = await api.call("POST", f"{V1}/session", {"user_id": str(UUID(int=1)), "backend": "deepgram"})
        assert (refused.status, refused.code) == (503, "backend_unavailable")


def test_the_voice_agent_is_told_everything() -> None:
    agent, settings = load_agent("flux"), load_settings()
    config = voice_agent(agent, settings)
    told = AgentV1Settings(**json.loads(json.dumps(config)))
    assert not unknown(told), "the official client knows every field"
    assert told.audio.input is not None and told.audio.output is not None
    assert (told.audio.input.encoding, told.audio.input.sample_rate) == ("linear16", 16_000)
    assert (told.audio.output.encoding, told.audio.output.sample_rate) == ("linear16", 24_000)
    assert (told.mip_opt_out, config["agent"]["greeting"]) == (True, agent.greeting)
    think = config["agent"]["think"]
    assert think["prompt"] == agent.prompt and think["provider"]["model"] == "gpt-4o-mini"
    assert [function["name"] for function in think["functions"]] == [
        "submit_goal_intent",
        "submit_new_task_intent",
        "submit_reschedule_intent",
    ]
    for function, intent in zip(think["functions"], agent.intents, strict=True):
        assert function["parameters"] == intent.spec.parameters and function["description"]
        assert function["parameters"]["required"] and "endpoint" not in function
    assert "tomorrow at noon" in config["agent"]["listen"]["provider"]["keyterms"]


def unknown(told: BaseModel) -> list[str]:
    """Name the fields that a message of the client, which takes all, does not know."""
    found = list(told.model_extra or ())
    for name in type(told).model_fields:
        values = getattr(told, name)
        for value in values if isinstance(values, list) else [values]:
            if isinstance(value, BaseModel):
                found += [f"{name}.{one}" for one in unknown(value)]
    return found


def test_models_are_those_of_the_settings() -> None:
    chosen: dict[str, Any] = {"listen_model": "nova-2", "speak_model": "aura-2-apollo-en", "train": True}
    config = voice_agent(load_agent("flux"), load_settings(deepgram={**chosen, "think_provider": "anthropic"}))
    providers = [config["agent"][part]["provider"] for part in ("listen", "speak", "think")]
    assert [provider["type"] for provider in providers] == ["deepgram", "deepgram", "anthropic"]
    assert [provider["model"] for provider in providers[:2]] == ["nova-2", "aura-2-apollo-en"]
    assert "keyterms" not in providers[0] and config["mip_opt_out"] is False


@pytest.mark.parametrize(
    ("status", "told"), [(401, "refuses the key"), (403, "may not do this"), (429, "more work"), (503, "failed")]
)
async def test_a_refusal_is_told(status: int, told: str, deepgram: tuple[DeepgramEmulator, Settings]) -> None:
    emulator, settings = deepgram
    emulator.refusals.append((status, "no"))
    with pytest.raises(EngineError, match=told):
        await mint(load_agent("flux"), settings)


async def test_nobody_there_and_no_key() -> None:
    away = load_settings(deepgram={"url": dead_address(), "api_key": KEY})
    with pytest.raises(EngineError, match="cannot be reached"):
        await mint(load_agent("flux"), away)
    with pytest.raises(EngineError, match="set DEEPGRAM_API_KEY"):
        await mint(load_agent("flux"), load_settings(deepgram={}))


def test_without_the_package_it_says_what_to_install() -> None:
    code = (
        "import asyncio, sys; sys.modules['deepgram'] = None; from web.deepgram_session import mint;"
        "from web.settings import load_settings; from intents.agent import load_agent;"
        "asyncio.run(mint(load_agent('flux'), load_settings()))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "need the extra deepgram: run pip install" in ended.stderr.splitlines()[-1]
