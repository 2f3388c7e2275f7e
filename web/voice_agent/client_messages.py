"""What a client may say after its `Settings`, parsed and validated."""

from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field, TypeAdapter, ValidationError, field_validator

from web.voice_agent.settings_message import Part, Settings, Think, first_choice

MAX_SAID: Final = 4_000
"""Longest text that is said or taken as said: a page of it is no turn of a conversation."""

EngineUpdate = Literal["UpdateSpeak", "UpdateListen", "UpdateThink_Live"]


class KeepAlive(Part):
    """The client is there, though it sends no sound."""

    type: Literal["KeepAlive"]


class FunctionCallResponse(Part):
    """What a tool in the client came to."""

    type: Literal["FunctionCallResponse"]
    id: str | None = Field(default=None, max_length=128)
    name: str = Field(default="", max_length=64)
    content: str


class UpdatePrompt(Part):
    """Another system prompt."""

    type: Literal["UpdatePrompt"]
    prompt: str


class UpdateThink(Part):
    """Another model, which we have not, and with it perhaps another prompt and other functions."""

    type: Literal["UpdateThink"]
    think: Think

    @field_validator("think", mode="before")
    @classmethod
    def _first_choice(cls, given: Any) -> Any:
        return first_choice(given)


class UpdateEngine(Part):
    """Another engine to listen or speak with, which we have not."""

    type: EngineUpdate


class InjectAgentMessage(Part):
    """Words for the agent to say; none where a model of Deepgram's is to find them."""

    type: Literal["InjectAgentMessage"]
    message: str = Field(default="", max_length=MAX_SAID)
    behavior: Literal["default", "queue", "interrupt"] = "default"

    @field_validator("behavior", mode="before")
    @classmethod
    def _null_is_default(cls, given: Any) -> Any:
        return given or "default"


class InjectUserMessage(Part):
    """Words to be taken as the caller's."""

    type: Literal["InjectUserMessage"]
    content: str = Field(min_length=1, max_length=MAX_SAID, pattern=r"\S")


class ForceEndTurn(Part):
    """The caller has ended."""

    type: Literal["ForceEndTurn"]


Known: TypeAlias = (
    Settings
    | KeepAlive
    | FunctionCallResponse
    | UpdatePrompt
    | UpdateThink
    | UpdateEngine
    | InjectAgentMessage
    | InjectUserMessage
    | ForceEndTurn
)
_KNOWN: Final[TypeAdapter[Known]] = TypeAdapter(Annotated[Known, Field(discriminator="type")])


class RefusedError(Exception):
    """A message that cannot be taken; `code` is the protocol's for it."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(description)
        self.code = code
        self.description = description


def parse(raw: str) -> Known:
    """Return what the client said; raises RefusedError."""
    try:
        return _KNOWN.validate_json(raw)
    except ValidationError as error:
        settings = error.errors(include_url=False, include_input=False)[0]["loc"][:1] == ("Settings",)
        raise RefusedError("INVALID_SETTINGS" if settings else "UNPARSABLE_CLIENT_MESSAGE", _why(error)) from error


def _why(error: ValidationError) -> str:
    """Name the first wrong field without repeating its value, which may be private."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    if first["type"] in ("union_tag_invalid", "union_tag_not_found"):
        return "the message's type is not known"
    where = ".".join(str(part) for part in first["loc"])
    return f"{where or 'the message'}: {first['msg'].removeprefix('Value error, ')}"[:300]
