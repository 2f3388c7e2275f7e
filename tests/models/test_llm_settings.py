"""Which chat models the settings name, and what is built of them."""

import sys

import pytest
from pydantic import ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from models.engines import build_llm
from models.errors import EngineError
from models.llm.fallback import FallbackModel
from models.llm.sentences import SentencesModel
from models.settings import LlmSettings, ModelSettings


class Settings(ModelSettings, BaseSettings):
    """As `web/settings.py` composes it."""

    model_config = SettingsConfigDict(env_prefix="FLUX_", env_nested_delimiter="__", extra="forbid")


def set_llm(monkeypatch: pytest.MonkeyPatch, **values: str) -> LlmSettings:
    for name, value in values.items():
        monkeypatch.setenv(f"FLUX_LLM__{name.upper()}", value)
    return Settings().llm


def test_by_default_no_host_is_asked() -> None:
    settings = LlmSettings()
    assert [one.title for one in settings.chain] == ["sentences"]
    assert isinstance(build_llm(settings), SentencesModel)


def test_ollama_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = set_llm(monkeypatch, engine="ollama", host="gpu.lan", think="low", pull="true", api_key="secret")
    assert (settings.title, settings.host) == ("ollama/qwen3:4b-instruct", "http://gpu.lan:11434")
    assert (settings.think, settings.pull) == ("low", True)
    assert "secret" not in repr(settings)
    assert set_llm(monkeypatch, think="false", keep_alive="10m").think is False


def test_a_fallback_takes_over_what_it_does_not_say(monkeypatch: pytest.MonkeyPatch) -> None:
    fallback = '["ollama/hf.co/x/y:Q4", {"engine": "openai", "base_url": "http://b/v1/", "model": "m"}, "sentences"]'
    settings = set_llm(monkeypatch, engine="ollama", host="http://a:1", model="big", context="4096", fallback=fallback)
    assert [one.title for one in settings.chain] == ["ollama/big", "ollama/hf.co/x/y:Q4", "openai/m", "sentences"]
    assert (settings.fallback[0].host, settings.fallback[0].context) == ("http://a:1", 4096)
    assert (settings.fallback[1].base_url, settings.fallback[1].context) == ("http://b/v1", 8192)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"engine": "parrot"}, "engine"),
        ({"engine": "openai"}, "needs FLUX_LLM__BASE_URL and FLUX_LLM__MODEL"),
        ({"engine": "openai", "base_url": "box:8000", "model": "m"}, "such as http://127.0.0.1:8000/v1"),
        ({"host": "ftp://box"}, "such as http://127.0.0.1:11434"),
        ({"host": "box:port"}, "host"),
        ({"fallback": '["parrot"]'}, "engine"),
        ({"fallback": '[{"engine": "sentences", "fallback": []}]'}, "Extra inputs"),
        ({"think": "hard"}, "think"),
    ],
)
def test_a_wrong_value_is_refused(values: dict[str, str], told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValidationError, match=told):
        set_llm(monkeypatch, **values)


async def test_a_chain_is_built_of_what_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ollama", reason="the extra ollama is not installed")
    model = build_llm(set_llm(monkeypatch, engine="ollama", host="http://127.0.0.1:9", fallback='["sentences"]'))
    assert isinstance(model, FallbackModel)
    await model.warm()  # the second one can answer
    await model.close()


@pytest.mark.parametrize(
    ("package", "engine", "more"),
    [("ollama", "ollama", {}), ("openai", "openai", {"base_url": "http://b/v1", "model": "m"})],
)
def test_a_missing_package_names_the_extra(
    package: str, engine: str, more: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    for module in ("ollama", "ollama_library", "openai"):
        monkeypatch.delitem(sys.modules, f"models.llm.{module}", raising=False)
    with pytest.raises(EngineError, match=rf"run pip install 'flux-voice\[{engine}\]'"):
        build_llm(LlmSettings.model_validate({"engine": engine, **more}))
