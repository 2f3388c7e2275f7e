"""The catalog is complete and says nothing twice; its profiles agree with the settings."""

import re

import pytest

from models.catalog import CATALOG, PROFILES, Hub, Ollama, Package, chosen, find
from models.errors import EngineError
from models.licences import ENGINES
from models.needs import needed
from models.settings import PROFILES as SETTINGS_PROFILES
from models.settings import ModelSettings, Profile

HUBS = [one for one in CATALOG.values() if isinstance(one.source, Hub)]


@pytest.mark.parametrize("weights", HUBS, ids=lambda one: one.name)
def test_every_file_has_a_size_and_a_digest_and_belongs_to_one_commit(weights: object) -> None:
    source = getattr(weights, "source", None)
    assert isinstance(source, Hub)
    assert re.fullmatch(r"[0-9a-f]{40}", source.revision)
    for file in source.files:
        assert file.size and re.fullmatch(r"[0-9a-f]{64}", file.sha256 or "")
    assert len({file.name for file in source.files}) == len(source.files)


def test_names_are_folders_of_their_own() -> None:
    assert all(re.fullmatch(r"[A-Za-z0-9_][\w.-]*", one.name) for one in HUBS)
    assert len({one.name.lower() for one in HUBS}) == len(HUBS)


def test_whisper_models_have_what_would_else_be_fetched_at_load_time() -> None:
    """Without its tokenizer, faster-whisper asks the network; without the preprocessor, 128 mel bins become 80."""
    for one in HUBS:
        if one.kind == "stt" and isinstance(one.source, Hub):
            assert {"model.bin", "config.json", "tokenizer.json"} <= {file.name for file in one.source.files}
    turbo = find("large-v3-turbo").source
    assert isinstance(turbo, Hub) and "preprocessor_config.json" in {file.name for file in turbo.files}


def test_a_voice_lies_where_its_name_says() -> None:
    voice = find("en_US-ljspeech-medium").source
    assert isinstance(voice, Hub)
    assert voice.url("https://hub.lan/", "x.onnx", "v1") == (
        "https://hub.lan/rhasspy/piper-voices/resolve/v1/en/en_US/ljspeech/medium/x.onnx"
    )


def test_every_profile_has_weights_to_hear_understand_and_speak() -> None:
    kinds = {profile: {one.kind for one in chosen([], profile)} for profile in PROFILES}
    assert kinds["cpu"] == kinds["gpu"] == {"vad", "stt", "llm", "tts"}
    assert kinds["embedded"] == {"vad", "stt", "tts"}, "the sentence templates have no weights"
    assert kinds["deepgram"] == {"vad", "llm"}


@pytest.mark.parametrize("profile", SETTINGS_PROFILES)
def test_the_catalog_and_the_settings_agree_on_what_a_profile_needs(profile: Profile) -> None:
    assert set(needed(ModelSettings(profile=profile))) == set(chosen([], profile))


def test_engines_that_are_set_one_by_one_need_their_own_weights() -> None:
    settings = ModelSettings.model_validate(
        {
            "stt": {"engine": "whisper", "model": "small.en"},
            "llm": {"engine": "ollama", "fallback": ["ollama/qwen3:0.6b", "sentences"]},
            "tts": {"engine": "piper", "voice": "/srv/own.onnx"},
        }
    )
    assert [one.name for one in needed(settings)] == ["silero", "small.en", "qwen3:4b-instruct", "qwen3:0.6b"]


def test_no_profile_depends_on_a_voice_for_research_only() -> None:
    assert not [one.name for one in CATALOG.values() if "research" in one.note and one.profiles]


def test_packages_are_engines_that_doctor_knows() -> None:
    engines = [one.source.engine for one in CATALOG.values() if isinstance(one.source, Package)]
    assert engines and set(engines) <= set(ENGINES)


def test_sizes_add_up() -> None:
    assert find("base.en").size == 147_769_510
    assert find("silero").size is None
    assert isinstance(find("qwen3:8b").source, Ollama)


@pytest.mark.parametrize(
    ("name", "told"),
    [("lessac", "did you mean en_US-lessac-medium"), ("base-en", "did you mean base.en"), ("?", "list")],
)
def test_an_unknown_name_is_answered_with_the_nearest(name: str, told: str) -> None:
    with pytest.raises(EngineError, match=told):
        find(name)


def test_what_is_chosen_twice_comes_once() -> None:
    assert [one.name for one in chosen(["base.en", "base.en"], "cpu")].count("base.en") == 1
