"""What `doctor` says of the device, the engines and their voice, with engines that really run."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("piper", reason="piper-tts is not installed")
pytest.importorskip("onnx", reason="the test voice is made with onnx")

from models.licences import ENGINES
from models.recipes import piper_test_voice
from web import engine_checks
from web.engine_checks import device, engine, turn_model, voice
from web.settings import load_settings


def test_the_device_is_told_and_no_gpu_is_no_fault_unless_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(*_: object, **__: object) -> None:
        raise FileNotFoundError("nvidia-smi")

    monkeypatch.setattr(subprocess, "run", absent)
    found = device(load_settings())
    assert found.well is None and "CPU cores" in found.detail and "no NVIDIA GPU" in found.detail
    found = device(load_settings(profile="gpu"))
    assert found.well is False and "FLUX_PROFILE=cpu" in found.fix


def test_a_gpu_is_told_with_its_memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    told = "NVIDIA L4, 23034, 20480, 550.54.15"
    (tmp_path / "nvidia-smi").write_text(f"#!/bin/sh\necho '{told}'\n")
    (tmp_path / "nvidia-smi").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    found = device(load_settings(profile="gpu"))
    assert found.well is True and "NVIDIA L4, 21.5 GB of 24.2 GB free, driver 550.54.15" in found.detail


async def test_an_engine_says_which_model_runs_where(tmp_path: Path) -> None:
    path = piper_test_voice.make_voice(tmp_path)
    settings = load_settings(tts={"engine": "piper", "voice": str(path), "threads": 1})
    found = await engine("tts", settings)
    assert found.well is True
    assert found.detail.startswith(f"voice {path.stem} at ") and "1 CPU threads; piper-tts" in found.detail


async def test_the_end_of_turn_model_is_no_fault_where_it_is_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    info = replace(ENGINES["smart-turn"], distribution="no-such-package")
    monkeypatch.setattr(engine_checks, "ENGINES", {"smart-turn": info})
    found = await turn_model()
    assert found.well is None and "pip install --no-deps pipecat-ai" in found.detail


async def test_the_end_of_turn_model_is_checked_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    if ENGINES["smart-turn"].version is None:
        pytest.skip("pipecat-ai is not installed")
    found = await turn_model()
    assert found.well is True and "BSD-2-Clause" in found.detail
    assert found.detail.startswith("smart-turn-v3") and ".onnx at 1 CPU thread; pipecat-ai" in found.detail
    monkeypatch.setattr("models.turn.MODEL", "gone*.onnx")
    found = await turn_model()
    assert found.well is False and "pip install --no-deps pipecat-ai" in found.fix


async def test_the_agent_listens_to_its_own_voice() -> None:
    found = await voice(load_settings())
    assert found.well is not False, "pocketsphinx hears espeak-ng badly, which is no fault"
    assert f"{engine_checks.SENTENCES} sentences said and heard, word error rate" in found.detail
