"""What an operator can set about the engines; `web/settings.py` composes it (`FLUX_PROFILE`, `FLUX_STT__ENGINE`)."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

ESPEAK_VOICE: Final = "en-us"
ESPEAK_WORDS_PER_MINUTE: Final = 165

Profile = Literal["embedded"]

PROFILES: Final[Mapping[Profile, Mapping[str, Mapping[str, Any]]]] = {
    "embedded": {
        "vad": {"engine": "silero"},
        "stt": {"engine": "pocketsphinx"},
        "llm": {"engine": "sentences"},
        "tts": {"engine": "espeak"},
    },
}
"""The defaults of each profile, section by section; each section names its engine."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class VadSettings(_Section):
    """How speech is told from silence."""

    engine: Literal["silero"] = Field(default="silero", description="Engine that hears speech.")


class SttSettings(_Section):
    """How speech becomes text."""

    engine: Literal["pocketsphinx"] = Field(default="pocketsphinx", description="Engine that understands speech.")
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


class LlmSettings(_Section):
    """Who answers."""

    engine: Literal["sentences"] = Field(default="sentences", description="Engine that answers.")


class TtsSettings(_Section):
    """How the agent sounds."""

    engine: Literal["espeak"] = Field(default="espeak", description="Engine that speaks.")
    voice: str = Field(default=ESPEAK_VOICE, min_length=1, description="Voice, such as en-us, en-gb-x-rp or en-us+f3.")
    words_per_minute: int = Field(default=ESPEAK_WORDS_PER_MINUTE, ge=80, le=450, description="Speed of the voice.")


class ModelSettings(BaseModel):
    """The sections of all engines, with the defaults of a profile beneath what is set.

    A model to inherit from: `class Settings(ModelSettings, BaseSettings)` reads them from the environment.
    """

    profile: Profile = Field(default="embedded", description="Set of engines to start from.")
    vad: VadSettings = VadSettings()
    stt: SttSettings = Field(default_factory=SttSettings)
    llm: LlmSettings = LlmSettings()
    tts: TtsSettings = TtsSettings()

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
