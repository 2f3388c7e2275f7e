"""What the audio API takes."""

from pydantic import BaseModel, ConfigDict, Field


class AudioApiSettings(BaseModel):
    """Limits of OpenAI's audio API; the engines belong to the callers first."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_upload: int = Field(default=25 << 20, ge=1024, description="Largest recording in bytes.")
    max_seconds: float = Field(default=1_800.0, gt=0, description="Longest recording in seconds.")
    at_once: int = Field(default=2, ge=1, description="Requests served at once; further ones are told to wait.")
