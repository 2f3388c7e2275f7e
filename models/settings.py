"""What an operator can set about the engines; `web/settings.py` composes it (`FLUX_PROFILE`, `FLUX_STT__ENGINE`)."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from models.llm.settings import LlmSettings as LlmSettings

ESPEAK_VOICE: Final = "en-us"
ESPEAK_WORDS_PER_MINUTE: Final = 165
PIPER_VOICE: Final = "en_US-ljspeech-medium"

Profile = Literal["embedded", "cpu", "gpu", "deepgram"]

PROFILES: Final[Mapping[Profile, Mapping[str, Mapping[str, Any]]]] = {
    "embedded": {
        "vad": {"engine": "silero"},
        "stt": {"engine": "pocketsphinx"},
        "llm": {"engine": "sentences"},
        "tts": {"engine": "espeak"},
    },
    "cpu": {
        "vad": {"engine": "silero"},
        "stt": {"engine": "whisper", "model": "base.en", "device": "cpu"},
        "llm": {"engine": "ollama"},
        "tts": {"engine": "piper"},
    },
    "gpu": {
        "vad": {"engine": "silero"},
        "stt": {"engine": "whisper", "model": "large-v3-turbo", "device": "cuda"},
        "llm": {"engine": "ollama"},
        "tts": {"engine": "piper"},
    },
    "deepgram": {
        "vad": {"engine": "silero"},
        "stt": {"engine": "deepgram"},
        "llm": {"engine": "ollama"},
        "tts": {"engine": "deepgram"},
    },
}
"""The defaults of each profile, section by section; each section names its engine."""


def _data_folder() -> Path:
    home = os.environ.get("XDG_DATA_HOME", "")
    base = Path(home) if os.path.isabs(home) else Path(os.path.expanduser("~/.local/share"))
    return base / "flux-voice" / "models"


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class VadSettings(_Section):
    """How speech is told from silence."""

    engine: Literal["silero"] = Field(default="silero", description="Engine that hears speech.")


class SttSettings(_Section):
    """How speech becomes text."""

    engine: Literal["pocketsphinx", "whisper", "deepgram"] = Field(
        default="pocketsphinx", description="Engine that understands speech; deepgram sends it to that cloud."
    )
    workers: int = Field(
        default_factory=lambda: min(4, os.cpu_count() or 1),
        ge=1,
        le=64,
        description="Worker processes of engines that hold the interpreter; turns beyond this number wait.",
    )
    cache: Path | None = Field(
        default=None,
        description="Folder for the language models made from the agent's phrases; unset: the user's cache folder.",
    )
    model: str = Field(default="base.en", min_length=1, description="Whisper's weights: a name, or a folder's path.")
    device: Literal["auto", "cpu", "cuda"] = Field(default="auto", description="Where Whisper runs.")
    compute_type: Literal[
        "auto", "int8", "int8_float32", "int8_float16", "int8_bfloat16", "int16", "float16", "bfloat16", "float32"
    ] = Field(default="auto", description="How Whisper computes; auto: int8 on a CPU, float16 on CUDA.")
    language: str = Field(
        default="en", pattern=r"^[a-z]{2,3}$", description="Language that callers speak, such as de; .en models: en."
    )
    beam: int = Field(default=5, ge=1, le=10, description="Texts that Whisper weighs for a final; 1 is fastest.")
    partial_interval: float = Field(
        default=0.4, ge=0.1, le=10.0, description="Seconds of new speech after which Whisper's partial text is renewed."
    )
    batch_window: float = Field(
        default=0.01, ge=0.0, le=0.1, description="Seconds that Whisper waits for other calls to share a run."
    )
    max_batch: int = Field(
        default=0, ge=0, le=64, description="Turns that share a run of Whisper at most; 0: 1 on a CPU, 16 on CUDA."
    )
    threads: int = Field(default=0, ge=0, le=64, description="Threads of Whisper on a CPU; 0: its cores, at most 4.")


class TtsSettings(_Section):
    """How the agent sounds."""

    engine: Literal["espeak", "piper", "deepgram"] = Field(
        default="espeak", description="Engine that speaks; deepgram sends the agent's words to that cloud."
    )
    voice: str = Field(
        default_factory=lambda chosen: PIPER_VOICE if chosen.get("engine") == "piper" else ESPEAK_VOICE,
        min_length=1,
        description="Voice: en-us, en-gb-x-rp, en-us+f3 of espeak-ng; a name or the path of an .onnx file of Piper.",
    )
    words_per_minute: int = Field(
        default=ESPEAK_WORDS_PER_MINUTE, ge=80, le=450, description="Speed of espeak-ng's voice."
    )
    speed: float = Field(
        default=1.0, ge=0.5, le=2.0, description="Speed of Piper's or Deepgram's voice; 2 is twice as fast."
    )
    device: Literal["cpu", "cuda"] = Field(default="cpu", description="Where Piper runs.")
    threads: int = Field(
        default_factory=lambda: min(4, os.cpu_count() or 1),
        ge=1,
        le=64,
        description="Threads that Piper uses for one sentence.",
    )


class DeepgramSettings(_Section):
    """The cloud that hears and speaks where an engine is set to `deepgram`, or a session asks for it; else unused."""

    api_key: SecretStr | None = Field(default=None, description="Key of a Deepgram project; DEEPGRAM_API_KEY sets it.")
    url: str | None = Field(
        default=None,
        description="Another server that speaks Deepgram's protocol, such as https://deepgram.lan; unset: the cloud.",
    )
    listen_model: str = Field(default="nova-3", min_length=1, description="Model that understands speech.")
    speak_model: str = Field(default="aura-2-thalia-en", min_length=1, description="Voice.")
    think_provider: str = Field(
        default="open_ai", min_length=1, description="Whose language model Deepgram asks in a session of its own agent."
    )
    think_model: str = Field(default="gpt-4o-mini", min_length=1, description="That language model.")
    train: bool = Field(default=False, description="Whether Deepgram may train its models on what is said.")
    token_ttl: int = Field(
        default=60, ge=1, le=3600, description="Seconds within which a client must have begun its session."
    )
    connect_timeout: float = Field(default=5.0, gt=0, le=60, description="Longest wait for a connection, in seconds.")
    finalize_timeout: float = Field(
        default=0.7,
        gt=0,
        le=10,
        description="Seconds that words at a pause may take before the stream is ended for them.",
    )
    stall_timeout: float = Field(default=10.0, gt=0, le=60, description="Longest wait for more speech, in seconds.")

    @field_validator("url")
    @classmethod
    def _reachable(cls, url: str | None) -> str | None:
        if url is None:
            return None
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must be an address such as https://deepgram.lan")
        return url.rstrip("/")


class WeightsSettings(_Section):
    """Where the weights come from and where they lie; named `models` as the command is."""

    folder: Path = Field(default_factory=_data_folder, description="Folder of the weights; in containers /models.")
    hub: str = Field(default="https://huggingface.co", description="Hugging Face hub, or a mirror of it.")

    @field_validator("folder")
    @classmethod
    def _at_home(cls, folder: Path) -> Path:
        return Path(os.path.expanduser(folder))

    @field_validator("hub")
    @classmethod
    def _reachable(cls, hub: str) -> str:
        parts = urlsplit(hub)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must be an address such as https://huggingface.co")
        return hub.rstrip("/")


class ModelSettings(BaseModel):
    """The sections of all engines, with the defaults of a profile beneath what is set.

    A model to inherit from: `class Settings(ModelSettings, BaseSettings)` reads them from the environment.
    """

    profile: Profile = Field(default="embedded", description="Set of engines to start from.")
    vad: VadSettings = VadSettings()
    stt: SttSettings = Field(default_factory=SttSettings)
    llm: LlmSettings = LlmSettings()
    tts: TtsSettings = Field(default_factory=TtsSettings)
    deepgram: DeepgramSettings = DeepgramSettings()
    models: WeightsSettings = Field(default_factory=WeightsSettings)

    @model_validator(mode="before")
    @classmethod
    def _start_from_profile(cls, values: Any) -> Any:
        profile = PROFILES.get(values.get("profile", "embedded")) if isinstance(values, dict) else None
        if profile is None:
            return values  # a wrong profile is told by its own field
        merged = dict(values)
        for section, defaults in profile.items():
            chosen = values.get(section, {})
            # Options of one engine mean nothing to another: they hold only where the profile's engine is kept.
            if isinstance(chosen, Mapping) and chosen.get("engine", defaults["engine"]) == defaults["engine"]:
                merged[section] = {**defaults, **chosen}
        return merged
