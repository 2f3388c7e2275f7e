import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from structlog.testing import capture_logs

from models.audio import SAMPLE_RATE, silence
from models.engines import Engines, build_engines, build_turn, describe
from models.errors import EngineError
from models.settings import (
    ESPEAK_VOICE,
    LlmSettings,
    ModelSettings,
    SttSettings,
    TtsSettings,
    VadSettings,
)
from models.tts.espeak import EspeakEngine
from models.turn import SmartTurn
from models.vad.silero import SileroModel


class Settings(ModelSettings, BaseSettings):
    """As `web/settings.py` composes it."""

    model_config = SettingsConfigDict(env_prefix="FLUX_", env_nested_delimiter="__", extra="forbid")


async def test_the_embedded_profile_is_built_warmed_and_closed() -> None:
    engines = build_engines(vad=VadSettings(), stt=SttSettings(workers=1), llm=LlmSettings(), tts=TtsSettings())
    try:
        seconds = await engines.warm()
        assert list(seconds) == ["vad", "stt", "llm", "tts"]
        assert engines.tts.sample_rate >= SAMPLE_RATE
        assert engines.vad.open().feed([]) == []  # type: ignore[arg-type]
    finally:
        await engines.close()


async def test_warming_tells_every_engine_that_failed() -> None:
    engines = Engines(
        vad=SileroModel(),
        stt=EspeakEngine("no-such-voice"),  # type: ignore[arg-type]
        llm=EspeakEngine(),  # type: ignore[arg-type]
        tts=EspeakEngine("nor-this-one"),
    )
    with pytest.raises(EngineError, match=r"^stt: .*no-such-voice.*; tts: .*nor-this-one"):
        await engines.warm()
    await engines.close()


async def test_all_engines_are_closed_even_if_one_fails() -> None:
    class Stubborn(SileroModel):
        async def close(self) -> None:
            raise EngineError("stuck")

    speaker = EspeakEngine()
    engines = Engines(vad=Stubborn(), stt=speaker, llm=speaker, tts=speaker)  # type: ignore[arg-type]
    with pytest.raises(EngineError, match="stuck"):
        await engines.close()
    with pytest.raises(EngineError, match="closed"):
        await anext(speaker.speak("hello"))


async def test_without_an_end_of_turn_model_that_works_calls_go_on(tmp_path: Path) -> None:
    (tmp_path / "broken.onnx").write_bytes(b"not a model")
    speaker, turn = EspeakEngine(), SmartTurn(tmp_path / "broken.onnx")
    engines = Engines(vad=SileroModel(), stt=speaker, llm=speaker, tts=speaker, turn=turn)  # type: ignore[arg-type]
    with capture_logs() as logs:
        assert list(await engines.warm()) == ["vad", "stt", "llm", "tts"]
    (told,) = (entry for entry in logs if entry["log_level"] == "warning")
    assert "words alone" in told["event"] and "broken.onnx" in told["error"]
    await engines.close()
    with pytest.raises(EngineError, match="closed"):
        await turn.finished(silence(1))


def test_an_end_of_turn_model_is_built_where_its_file_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.turn.find_model", lambda: Path("/there/smart-turn-v3.onnx"))
    assert isinstance(build_turn(), SmartTurn)

    def absent() -> Path:
        raise EngineError("not installed")

    monkeypatch.setattr("models.turn.find_model", absent)
    assert build_turn() is None


@pytest.mark.parametrize(
    ("package", "build"),
    [
        ("espeakng_loader", "build_tts(TtsSettings())"),
        ("onnxruntime", "build_vad(VadSettings())"),
    ],
)
def test_a_missing_package_names_the_extra(package: str, build: str) -> None:
    imports = "from models.engines import *; from models.settings import *"
    without = f"import sys; sys.modules[{package!r}] = None; {imports}; {build}"
    ended = subprocess.run([sys.executable, "-c", without], capture_output=True, text=True)
    assert ended.stderr.splitlines()[-1].startswith("models.errors.EngineError: ")
    assert "needs the extra embedded: run pip install 'flux-voice[embedded]'" in ended.stderr


def test_every_engine_states_version_and_licence() -> None:
    told = describe(vad=VadSettings(), stt=SttSettings(), llm=LlmSettings(), tts=TtsSettings())
    assert {section: (info.name, info.licence) for section, info in told.items()} == {
        "vad": ("silero", "MIT"),
        "stt": ("pocketsphinx", "BSD-2-Clause"),
        "llm": ("sentences", "Apache-2.0"),
        "tts": ("espeak", "GPL-3.0-or-later"),
    }
    assert all(info.version for info in told.values())


def test_the_environment_sets_one_engine_over_its_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLUX_PROFILE", "embedded")
    monkeypatch.setenv("FLUX_TTS__WORDS_PER_MINUTE", "200")
    monkeypatch.setenv("FLUX_STT__WORKERS", "3")
    settings = Settings()
    assert (settings.tts.engine, settings.tts.voice, settings.tts.words_per_minute) == ("espeak", ESPEAK_VOICE, 200)
    assert settings.stt.workers == 3
    assert settings.vad.engine == "silero"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FLUX_PROFILE", "cloud"),
        ("FLUX_STT__ENGINE", "parrot"),
        ("FLUX_STT__WORKERS", "0"),
        ("FLUX_TTS__PITCH", "2"),
        ("FLUX_TTS__WORDS_PER_MINUTE", "fast"),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as refused:
        Settings()
    assert [str(part).upper() for part in refused.value.errors()[0]["loc"]] == name.removeprefix("FLUX_").split("__")
