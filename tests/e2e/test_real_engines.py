"""A browser call with the product's engines: Whisper hears, a model behind Ollama's protocol thinks, Piper speaks."""

from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from benchmarks.browser_call import hold_call, write_microphone
from benchmarks.own_server import own_server
from dao.client import DaoClient
from intents.agent import load_agent
from tests.models.ollama_emulator import OllamaEmulator
from tests.models.remote_host import serving
from tests.speech import load
from tests.weights import WHISPER_WORDS
from web.owner import LOCAL_USER

pytest.importorskip("faster_whisper", reason="faster-whisper is not installed")
pytest.importorskip("ollama", reason="the extra ollama is not installed")
pytest.importorskip("onnx", reason="the test voice is made with onnx")

from models.recipes.piper_test_voice import make_voice


@pytest.mark.browser
async def test_a_spoken_goal_is_heard_by_whisper_kept_and_answered_by_piper(chromium: str, tmp_path: Path) -> None:
    microphone = tmp_path / "goal.wav"
    write_microphone(microphone, load("goal_1_rms"), lead=9.0, tail=30.0)
    emulator = OllamaEmulator([intent.spec for intent in load_agent("flux").intents])
    await emulator.warm()
    async with serving(emulator.app()) as host:
        settings = {
            "FLUX_STT__ENGINE": "whisper",
            "FLUX_STT__MODEL": str(WHISPER_WORDS),
            "FLUX_LLM__ENGINE": "ollama",
            "FLUX_LLM__HOST": host,
            "FLUX_TTS__ENGINE": "piper",
            "FLUX_TTS__VOICE": str(make_voice(tmp_path)),
        }
        async with own_server(tmp_path, settings=settings) as server, async_playwright() as playwright:
            seen = await hold_call(playwright, chromium, server.url, microphone, timezone="Europe/Berlin", patience=60)
            async with DaoClient(server.dao_url) as dao:
                goals = await dao.goals(LOCAL_USER)
    assert seen.fault is None
    assert "learn guitar" in seen.heard.lower()
    assert seen.tools == (("submit_goal_intent", "done"),)
    assert [goal.statement.lower() for goal in goals] == ["learn guitar"]
    assert "learn guitar" in seen.answer.lower()
    assert seen.audible
    assert emulator.loads == 1, "the model was never reloaded"
