"""The section of the settings that says who answers (`FLUX_LLM__ENGINE`, `FLUX_LLM__MODEL`)."""

from collections.abc import Mapping
from typing import Any, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from models.llm.fallback import COOL_DOWN, FIRST_TOKEN_DEADLINE

OLLAMA_PORT: Final = 11434
OLLAMA_MODEL: Final = "qwen3:4b-instruct"


class ChatSettings(BaseModel):
    """One chat model; durations in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    engine: Literal["sentences", "ollama", "openai"] = Field(default="sentences", description="Engine that answers.")
    model: str | None = Field(
        default=None, min_length=1, description=f"Name of the model; unset: {OLLAMA_MODEL} with ollama."
    )
    host: str = Field(default=f"http://127.0.0.1:{OLLAMA_PORT}", description="Address of the Ollama server.")
    base_url: str | None = Field(
        default=None, description="Address of a server that speaks OpenAI's protocol, such as http://127.0.0.1:8000/v1."
    )
    api_key: SecretStr | None = Field(default=None, description="Key of that server, where it wants one.")
    pull: bool = Field(default=False, description="Whether Ollama downloads a model it does not have, at start.")
    think: bool | Literal["low", "medium", "high", "max"] = Field(
        default=False, description="Whether the model thinks before it answers; the caller waits for that."
    )
    context: int = Field(default=8192, ge=1024, description="Tokens that an Ollama model keeps in mind.")
    max_tokens: int = Field(default=256, ge=16, description="Longest answer, in tokens.")
    temperature: float = Field(default=0.2, ge=0, le=2, description="How freely the model picks its words.")
    keep_alive: int | str = Field(
        default=-1, description="How long Ollama keeps an idle model in memory: seconds, 10m; negative: for ever."
    )
    connect_timeout: float = Field(default=1.0, gt=0, le=60, description="Longest wait for a connection.")
    stall_timeout: float = Field(default=20.0, gt=0, description="Longest wait between two pieces of an answer.")
    load_timeout: float = Field(default=300.0, gt=0, description="Longest wait for a model to load, at start.")

    @field_validator("host")
    @classmethod
    def _with_scheme(cls, host: str) -> str:
        if "://" not in host:  # as OLLAMA_HOST may be
            host = f"http://{host}" if urlsplit(f"//{host}").port else f"http://{host}:{OLLAMA_PORT}"
        return _address(host, f"http://127.0.0.1:{OLLAMA_PORT}")

    @field_validator("base_url")
    @classmethod
    def _reachable(cls, base_url: str | None) -> str | None:
        return None if base_url is None else _address(base_url, "http://127.0.0.1:8000/v1")

    @model_validator(mode="after")
    def _says_where(self) -> Self:
        # Nothing may go to a cloud by default, so this address is never guessed.
        if self.engine == "openai" and not (self.base_url and self.model):
            raise ValueError("engine openai needs FLUX_LLM__BASE_URL and FLUX_LLM__MODEL")
        return self

    @property
    def title(self) -> str:
        """Engine and model, as logs and `doctor` name them."""
        if self.engine == "sentences":
            return self.engine
        return f"{self.engine}/{self.model or OLLAMA_MODEL}"


class LlmSettings(ChatSettings):
    """Who answers, and who when that one cannot.

    An entry of `fallback` is `"sentences"`, `"ollama/qwen3:0.6b"` or an object of settings; what it does not say is
    as in this section where the engine is the same.
    """

    fallback: tuple[ChatSettings, ...] = Field(
        default=(), description='Who is asked when the model is down or slow: ["ollama/qwen3:0.6b", "sentences"].'
    )
    first_token_deadline: float = Field(
        default=FIRST_TOKEN_DEADLINE,
        gt=0,
        le=60,
        description="Within this an answer begins, where there is a fallback.",
    )
    cool_down: float = Field(default=COOL_DOWN, ge=0, description="How long a model that failed is passed over.")

    @property
    def chain(self) -> tuple[ChatSettings, ...]:
        """Every model, in the order they are asked."""
        return (self, *self.fallback)

    @model_validator(mode="before")
    @classmethod
    def _complete_fallback(cls, values: Any) -> Any:
        if not isinstance(values, Mapping) or not isinstance(values.get("fallback"), list | tuple):
            return values
        own = {name: value for name, value in values.items() if name in ChatSettings.model_fields}
        return {**values, "fallback": [_entry(entry, own) for entry in values["fallback"]]}


def _entry(entry: Any, own: Mapping[str, Any]) -> Any:
    if isinstance(entry, str):
        engine, _, model = entry.partition("/")
        entry = {"engine": engine, "model": model} if model else {"engine": engine}
    if not isinstance(entry, Mapping) or entry.get("engine") != own.get("engine"):
        return entry
    return {**own, "model": None, **entry}


def _address(text: str, example: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"must be an address such as {example}")
    return text.rstrip("/")
