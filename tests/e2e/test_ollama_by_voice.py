"""A spoken conversation with a model behind Ollama's protocol: the words heard decide the row in the DAO."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import pytest

from benchmarks.own_server import OwnServer, own_server
from dao.client import DaoClient
from intents.agent import load_agent
from tests.e2e.conversing import answered, caller, greeted, said, say
from tests.e2e.peer import Peer
from tests.models.ollama_emulator import OllamaEmulator, Style
from tests.models.remote_host import Script, serving

pytest.importorskip("ollama", reason="the extra ollama is not installed")


@asynccontextmanager
async def flux_with(emulator: OllamaEmulator, folder: Path, **more: str) -> AsyncIterator[OwnServer]:
    await emulator.warm()
    async with serving(emulator.app()) as url:
        settings = {"FLUX_LLM__ENGINE": "ollama", "FLUX_LLM__HOST": url, **more}
        async with own_server(folder, settings=settings) as server:
            yield server


def emulator(style: Style = "native") -> OllamaEmulator:
    return OllamaEmulator([intent.spec for intent in load_agent("flux").intents], style=style)


@pytest.mark.parametrize("style", ["native", "tagged"])
async def test_a_spoken_task_is_kept_as_it_was_said(style: Style, tmp_path: Path) -> None:
    """Also by a model that writes its calls into the text: of them nothing is spoken."""
    who, host = caller(), emulator(style)
    async with flux_with(host, tmp_path) as server, Peer(server.url, start=who) as peer:
        await greeted(peer)
        await say(peer, "call_mom_rms")
        await answered(peer, 1)
        assert any("When" in phrase for phrase in said(peer))
        await say(peer, "tomorrow_at_noon_rms")
        await answered(peer, 2)
        async with DaoClient(server.dao_url) as dao:
            tasks = await dao.tasks(UUID(who["user_id"]))
        assert [task.title.lower() for task in tasks] == ["call mom"]
        assert tasks[0].trigger_at is not None
        assert not any(sign in phrase for phrase in said(peer) for sign in "{}<>_")
    assert host.loads == 1, "the model was never reloaded"


async def test_when_the_model_dies_the_next_one_answers_the_same_turn(tmp_path: Path) -> None:
    who, host = caller(), emulator()
    async with flux_with(host, tmp_path, FLUX_LLM__FALLBACK='["sentences"]') as server:
        async with Peer(server.url, start=who) as peer:
            await greeted(peer)
            host.scripts += [Script(then="stall")] * 20
            await say(peer, "goal_1_rms")
            await answered(peer, 1)
            async with DaoClient(server.dao_url) as dao:
                goals = await dao.goals(UUID(who["user_id"]))
        assert [goal.statement.lower() for goal in goals] == ["learn guitar"]
    assert len(host.scripts) < 20, "it was asked"
