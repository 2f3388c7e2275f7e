"""docs/add-an-intent.md, followed to the letter: the new intent works by text and by speech."""

import re
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks.own_server import own_server
from dao.client import DaoClient
from intents.agent import load_agent
from intents.toolbox import Toolbox
from models.llm.sentences import SentencesModel
from tests.e2e.peer import Peer
from tests.intents.conftest import CALLER, NOW
from tests.intents.phone import Phone
from tests.speech import load

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/add-an-intent.md"


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert found is not None
    return found.group(1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of Flux to which the page's three blocks were appended."""
    folder = tmp_path / "flux"
    shutil.copytree(ROOT / "intents/flux", folder)
    with (folder / "agent.yaml").open("a") as agent:
        agent.write("\n" + block("yaml"))
    with (folder / "handlers.py").open("a") as handlers:
        handlers.write("\n\n" + block("python"))
    prompt = folder / "prompt.md"
    prompt.write_text(prompt.read_text().replace("\nHow to work:", block("markdown") + "\nHow to work:"))
    return folder


@pytest.fixture
async def phone(folder: Path) -> AsyncIterator[Phone]:
    agent = load_agent(folder)
    async with DaoClient("http://127.0.0.1:9") as dao:  # this intent keeps nothing
        yield Phone(SentencesModel(), Toolbox(agent, dao, CALLER, lambda: NOW))


async def test_the_new_intent_works_by_text(phone: Phone) -> None:
    assert await phone.say("How many days until next Monday?") == "There are 3 days until next Monday."
    assert [call.name for call in phone.calls] == ["count_days_intent"]


async def test_its_missing_parameter_is_asked_for(phone: Phone) -> None:
    assert await phone.say("how many days") == "Until which day?"
    assert await phone.say("next monday") == "There are 3 days until next monday."


async def test_the_model_is_told_of_it(folder: Path) -> None:
    agent = load_agent(folder)
    assert "count_days_intent" in agent.prompt
    spec = next(intent.spec for intent in agent.intents if intent.name == "count_days_intent")
    assert spec.parameters["required"] == ["day"]


async def test_the_new_intent_works_by_speech(folder: Path, tmp_path: Path) -> None:
    async with own_server(tmp_path, settings={"FLUX_AGENT": str(folder)}) as server, Peer(server.url) as peer:
        await peer.connect()
        await peer.until(lambda: peer.of_type("bot-stopped-speaking"), 20)
        await peer.play(load("count_days_rms")).done.wait()
        await peer.until(lambda: any(call["status"] == "done" for call in peer.own_messages("tool_call")), 30)
        call = peer.own_messages("tool_call")[-1]
        assert (call["name"], call["status"]) == ("count_days_intent", "done")
        today = datetime.now(UTC).date()
        days = (4 - today.weekday()) % 7 or 7
        assert call["result"].startswith(f"There are {days} days until")
