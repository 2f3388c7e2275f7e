"""What a client may say on the data channel, parsed and validated: RTVI, signalling and keep-alive."""

from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from web.rtvi import MAX_MESSAGE

MAX_TYPED: Final = 4_000
"""Longest typed text: a page of it is no turn of a conversation."""


class ClientMessage(BaseModel):
    """Base of every shape a client sends; what we do not know is left aside, as SDKs add fields."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class _Rtvi(ClientMessage):
    label: Literal["rtvi-ai"] = "rtvi-ai"
    id: str = Field(default="", max_length=128)


class ReadyData(ClientMessage):
    """Who the client is."""

    version: str = Field(default="", max_length=32)
    about: dict[str, Any] | None = None


class ClientReady(_Rtvi):
    """The client has its handlers in place."""

    type: Literal["client-ready"]
    data: ReadyData | None = None


class DisconnectBot(_Rtvi):
    """The caller hangs up."""

    type: Literal["disconnect-bot"]


class RequestData(ClientMessage):
    """The name of a request and whatever it needs."""

    t: str = Field(min_length=1, max_length=128)
    d: Any = None


class Request(_Rtvi):
    """A request of our own kind; answered with the same id."""

    type: Literal["client-message"]
    data: RequestData


class HeardWait(ClientMessage):
    """What the client measured between the caller's last word in `turn` and the first sound of the answer."""

    turn: int = Field(strict=True, ge=1, le=2**31 - 1)
    ms: float = Field(strict=True, gt=0, le=60_000, allow_inf_nan=False)


class TextOptions(ClientMessage):
    """How a typed text is taken."""

    run_immediately: bool = True
    audio_response: bool = True


class TextData(ClientMessage):
    """A typed text."""

    content: str = Field(min_length=1, max_length=MAX_TYPED, pattern=r"\S")
    options: TextOptions | None = None


class SendText(_Rtvi):
    """A typed turn."""

    type: Literal["send-text"]
    data: TextData


class ContextData(ClientMessage):
    """A message for the history; only the caller's own can be run."""

    role: Literal["user", "assistant", "system"]
    content: str = Field(min_length=1, max_length=MAX_TYPED, pattern=r"\S")
    run_immediately: bool = False


class AppendToContext(_Rtvi):
    """Deprecated by RTVI in favour of `send-text`."""

    type: Literal["append-to-context"]
    data: ContextData


class DtmfData(ClientMessage):
    """Keys of a telephone."""

    buttons: list[Literal["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#"]] = Field(
        min_length=1, max_length=32
    )


class Dtmf(_Rtvi):
    """The caller pressed keys."""

    type: Literal["dtmf"]
    data: DtmfData


class ToolResultData(ClientMessage):
    """What a tool that runs in the client came to."""

    function_name: str = Field(max_length=128)
    tool_call_id: str = Field(max_length=128)
    arguments: Any = None
    result: Any = None


class ToolResult(_Rtvi):
    """A result of a tool that runs in the client."""

    type: Literal["llm-function-call-result"]
    data: ToolResultData


class TrackStatus(ClientMessage):
    """Whether the client sends a track; receiver 0 is the microphone."""

    type: Literal["trackStatus"]
    receiver_index: int = Field(ge=0, le=2)
    enabled: bool


class Signalling(ClientMessage):
    """About the link itself."""

    type: Literal["signalling"]
    message: TrackStatus


class Ping(BaseModel):
    """The link lives."""


class Refused(BaseModel):
    """Text that is none of the above; `reason` can be shown, and `id` is that of the request, if it was one."""

    reason: str
    id: str | None = None


Known: TypeAlias = ClientReady | DisconnectBot | Request | SendText | AppendToContext | Dtmf | ToolResult | Signalling
_KNOWN: Final[TypeAdapter[Known]] = TypeAdapter(Annotated[Known, Field(discriminator="type")])


def parse(raw: str | bytes) -> Known | Ping | Refused:
    """Return what the client said; never raises."""
    if isinstance(raw, bytes):
        return Refused(reason="binary messages are not understood")
    if raw.startswith("ping"):
        return Ping()
    if len(raw) > MAX_MESSAGE or len(raw.encode(errors="replace")) > MAX_MESSAGE:
        return Refused(reason=f"the message is larger than {MAX_MESSAGE // 1024} KiB")
    try:
        return _KNOWN.validate_json(raw)
    except (ValidationError, UnicodeEncodeError) as error:
        return Refused(reason=_why(error), id=_request_id(raw))


def heard_wait(data: Any) -> HeardWait | Refused:
    """Return the wait that a `voice_to_voice` request tells of; never raises."""
    try:
        return HeardWait.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        return Refused(reason=".".join(["d", *map(str, first["loc"])]) + f": {first['msg']}")


def _why(error: ValidationError | UnicodeEncodeError) -> str:
    """Name the first wrong field without repeating its value, which may be private."""
    if isinstance(error, UnicodeEncodeError):
        return "the message is not valid Unicode"
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    if first["type"] in ("union_tag_invalid", "union_tag_not_found"):
        return "the message's type is not known"
    where = ".".join(str(part) for part in first["loc"][1:])
    return f"{where or 'the message'}: {first['msg']}"[:300]


class _Named(ClientMessage):
    type: Literal["client-message"]
    id: str = Field(min_length=1, max_length=128)


def _request_id(raw: str) -> str | None:
    """Return the id of a request that was wrong in another place: its sender waits for an answer."""
    try:
        return _Named.model_validate_json(raw).id
    except (ValidationError, UnicodeEncodeError):
        return None
