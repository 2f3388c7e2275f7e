"""The `Settings` of a client: what of it we honour, checked; all else is left aside."""

from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Encoding = Literal["linear16", "mulaw", "alaw"]

FRAMES_PER_SECOND: Final = 50
"""Audio is handled in frames of 20 ms, which must be whole samples."""


class Part(BaseModel):
    """Base of all that a client sends; what we do not know is left aside, as SDKs add fields."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class AudioFormat(Part):
    """How sound is written in binary messages: mono, without container."""

    encoding: Encoding = "linear16"
    sample_rate: int = Field(default=24_000, ge=8_000, le=48_000)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, given: Any) -> Any:
        return {key: value for key, value in given.items() if value is not None} if isinstance(given, dict) else given

    @model_validator(mode="after")
    def _known(self) -> "AudioFormat":
        if self.encoding != "linear16" and self.sample_rate != 8_000:
            raise ValueError(f"{self.encoding} is taken at 8000 Hz only")
        if self.sample_rate % FRAMES_PER_SECOND:
            raise ValueError(f"the sample rate must be a multiple of {FRAMES_PER_SECOND}")
        return self


class OutputFormat(AudioFormat):
    """How the agent's voice is written."""

    container: Literal["none"] = "none"


class Audio(Part):
    """Both directions; what is not said is linear16 at 24 kHz."""

    input: AudioFormat | None = None
    output: OutputFormat | None = None


class Function(Part):
    """A tool that the client offers; one with an `endpoint` would be called by the server."""

    name: str = Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")
    description: str = Field(default="", max_length=4_000)
    parameters: dict[str, Any] = Field(default_factory=dict)
    endpoint: dict[str, Any] | None = None

    @field_validator("description", "parameters", mode="before")
    @classmethod
    def _null_is_none_given(cls, given: Any, info: Any) -> Any:
        return ("" if info.field_name == "description" else {}) if given is None else given


class Think(Part):
    """The language model's part: `prompt` and `functions` are honoured."""

    provider: dict[str, Any] | None = None
    endpoint: dict[str, Any] | None = None
    prompt: str | None = None
    functions: list[Function] | None = Field(default=None, max_length=64)


class HistoryCall(Part):
    """A tool call of an earlier conversation."""

    id: str = Field(max_length=128)
    name: str = Field(max_length=64)
    arguments: str = "{}"
    response: str = ""


class HistoryEntry(Part):
    """A message, or tool calls, of an earlier conversation."""

    role: Literal["user", "assistant"] | None = None
    content: str | None = Field(default=None, max_length=10_000)
    function_calls: list[HistoryCall] = Field(default_factory=list, max_length=16)

    @field_validator("function_calls", mode="before")
    @classmethod
    def _null_is_none(cls, given: Any) -> Any:
        return given or []


class Context(Part):
    """What was said before this call."""

    messages: list[HistoryEntry] | None = Field(default=None, max_length=400)


class Agent(Part):
    """Who answers; `listen` and `speak` name engines, which are the box's own here."""

    listen: dict[str, Any] | None = None
    think: Think | None = None
    speak: dict[str, Any] | list[Any] | None = None
    greeting: str | None = Field(default=None, max_length=2_000)
    context: Context | None = None

    @field_validator("think", mode="before")
    @classmethod
    def _first_choice(cls, given: Any) -> Any:
        return first_choice(given)

    @property
    def names_engines(self) -> bool:
        """Whether the client chose providers of its own."""
        think = self.think
        named = self.listen or self.speak or (think is not None and (think.provider or think.endpoint))
        return bool(named)


class Flags(Part):
    """Switches."""

    history: bool | None = None


class Settings(Part):
    """The first message of a client."""

    type: Literal["Settings"]
    audio: Audio = Audio()
    agent: Agent | str = Agent()
    flags: Flags | None = None

    @field_validator("audio", mode="before")
    @classmethod
    def _null_is_default(cls, given: Any) -> Any:
        return given or {}

    @property
    def described_agent(self) -> Agent:
        """The agent as far as the client describes it; a stored one's id describes nothing."""
        return Agent() if isinstance(self.agent, str) else self.agent

    @property
    def wants_history(self) -> bool:
        """Whether each message and tool call is told once more as `History`; so by default."""
        return self.flags is None or self.flags.history is not False


def first_choice(given: Any) -> Any:
    """Return the first of several engines that a client names in order of preference, or the only one."""
    return (given[0] if given else None) if isinstance(given, list) else given
