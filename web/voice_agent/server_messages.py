"""What the server tells a client of the Voice Agent protocol."""

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

PROVIDER_IGNORED: Final = "PROVIDER_IGNORED"
ENDPOINT_NOT_CALLED: Final = "ENDPOINT_NOT_CALLED"
NOT_HONOURED: Final = "NOT_HONOURED"
"""Codes of our own warnings; the others are Deepgram's."""

Role = Literal["user", "assistant"]
EngineUpdate = Literal["SpeakUpdated", "ListenUpdated", "ThinkLiveUpdated"]


class ServerMessage(BaseModel):
    """Base of all messages; each has its `type`."""

    model_config = ConfigDict(frozen=True)

    def encode(self) -> str:
        """Return the message's JSON, without what is not known."""
        return self.model_dump_json(exclude_none=True)


class Welcome(ServerMessage):
    """The first message."""

    type: Literal["Welcome"] = "Welcome"
    request_id: str


class SettingsApplied(ServerMessage):
    """Audio may come now."""

    type: Literal["SettingsApplied"] = "SettingsApplied"


class ConversationText(ServerMessage):
    """What somebody said."""

    type: Literal["ConversationText"] = "ConversationText"
    role: Role
    content: str


class UserStartedSpeaking(ServerMessage):
    """The client drops what it has not played yet."""

    type: Literal["UserStartedSpeaking"] = "UserStartedSpeaking"


class AgentThinking(ServerMessage):
    """The model was asked; what it thinks is nobody's business, so `content` stays empty."""

    type: Literal["AgentThinking"] = "AgentThinking"
    content: str = ""


class AgentStartedSpeaking(ServerMessage):
    """Sound follows; the waits are in s, and 0 where the agent speaks unasked."""

    type: Literal["AgentStartedSpeaking"] = "AgentStartedSpeaking"
    total_latency: float = 0.0
    tts_latency: float = 0.0
    ttt_latency: float = 0.0


class AgentAudioDone(ServerMessage):
    """No more sound of this answer follows."""

    type: Literal["AgentAudioDone"] = "AgentAudioDone"


class RequestedCall(ServerMessage):
    """One call of a tool; `arguments` is JSON in text."""

    id: str
    name: str
    arguments: str
    client_side: bool


class FunctionCallRequest(ServerMessage):
    """The model asked for tools; those on the client's side are to be run there and answered."""

    type: Literal["FunctionCallRequest"] = "FunctionCallRequest"
    functions: list[RequestedCall]


class CancelledCall(ServerMessage):
    """One call whose answer is waited for no more."""

    id: str
    name: str


class FunctionCallCancelled(ServerMessage):
    """These calls want no answer any more."""

    type: Literal["FunctionCallCancelled"] = "FunctionCallCancelled"
    functions: list[CancelledCall]


class FunctionCallResponse(ServerMessage):
    """What a tool on this box came to."""

    type: Literal["FunctionCallResponse"] = "FunctionCallResponse"
    id: str
    name: str
    content: str


class PastCall(RequestedCall):
    """A call of a tool with its answer."""

    response: str


class History(ServerMessage):
    """What was kept of the conversation: a message as it was heard, or calls of tools."""

    type: Literal["History"] = "History"
    role: Role | None = None
    content: str | None = None
    function_calls: list[PastCall] | None = None


class LatencyReport(ServerMessage):
    """The waits of one turn in s."""

    type: Literal["LatencyReport"] = "LatencyReport"
    stt_latency: float | None = None
    ttt_token_latency: float | None = None
    tts_latency: float | None = None
    total_latency: float | None = None


class PromptUpdated(ServerMessage):
    """The prompt is another from now on."""

    type: Literal["PromptUpdated"] = "PromptUpdated"


class ThinkUpdated(ServerMessage):
    """Prompt and functions are others from now on, where others were named."""

    type: Literal["ThinkUpdated"] = "ThinkUpdated"


class EngineUpdated(ServerMessage):
    """An update of engines was taken note of; a Warning before it says that this box's own stay."""

    type: EngineUpdate


class InjectionRefused(ServerMessage):
    """What was to be said will not be."""

    type: Literal["InjectionRefused"] = "InjectionRefused"
    message: str


class Warning(ServerMessage):
    """Something is not as the client asked, and the call goes on."""

    type: Literal["Warning"] = "Warning"
    description: str
    code: str


class Error(ServerMessage):
    """The call ends."""

    type: Literal["Error"] = "Error"
    description: str
    code: str
