"""What `doctor` says of the chat models, one line for each of the chain."""

import pytest

pytest.importorskip("ollama", reason="the extra ollama is not installed")

from models.settings import LlmSettings
from tests.models.ollama_emulator import OllamaEmulator
from tests.models.remote_host import dead_address, serving
from web.checks import all_checks
from web.engine_checks import chat_model
from web.settings import load_settings


async def test_a_model_that_is_there() -> None:
    async with serving(OllamaEmulator(()).app()) as url:
        found = await chat_model(LlmSettings(engine="ollama", host=url))
    assert (found.part, found.well) == ("llm: ollama/qwen3:4b-instruct", True)
    assert found.detail.endswith("MIT")


async def test_a_model_that_is_missing_is_not_pulled_by_looking() -> None:
    emulator = OllamaEmulator((), models=())
    async with serving(emulator.app()) as url:
        found = await chat_model(LlmSettings(engine="ollama", host=url, pull=True))
    assert found.well is False and "run `ollama pull qwen3:4b-instruct`" in found.detail
    assert emulator.models == []


async def test_a_host_that_is_down() -> None:
    found = await chat_model(LlmSettings(engine="ollama", host=dead_address()))
    assert found.well is False and "start it with `ollama serve`" in found.detail and found.fix == ""


def test_every_model_of_the_chain_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    before = len(all_checks(load_settings()))
    monkeypatch.setenv("FLUX_LLM__FALLBACK", '["ollama", "sentences"]')
    assert len(all_checks(load_settings())) == before + 2
