"""The bodies and answers of `/api/v1/voice`: they validate, and the API's description is made from them."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from dao.records import Modality, Role
from dao.values import TimeZone
from web.backends import BackendName
from web.own_settings import IceServer

Text = Annotated[str, Field(min_length=1, pattern=r"^[^\u0000]*$")]
SessionId = Annotated[str, Field(min_length=1, max_length=128, description="The session, as `POST /session` named it.")]


class Body(BaseModel):
    """What a client sends; what we do not know is left aside, as clients differ."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class NewSession(Body):
    """Who calls, and where the speech is to run."""

    user_id: UUID = Field(description="The caller; goals, tasks and conversations are theirs.")
    agent: str | None = Field(default=None, max_length=64, description="Which agent answers; this server's if unset.")
    backend: BackendName = Field(default="local", description="Where the speech runs: on this box, or at Deepgram.")
    timezone: TimeZone | None = Field(
        default=None, description="IANA time zone in which times are meant; the user's own one if unset."
    )


class WebRtc(BaseModel):
    """How a browser or phone connects by WebRTC."""

    offer_url: str = Field(description="Takes SmallWebRTC offers (POST) and candidates (PATCH), with the token.")
    ice_servers: list[IceServer]


class OpenedSession(BaseModel):
    """A session, and what a client needs to speak in it."""

    session_id: str = Field(description="128 random bits; whoever knows it may use the calls of this session.")
    deepgram_token: str = Field(description="For the Voice Agent socket: Deepgram's, or this server's own.")
    config: dict[str, Any] = Field(description="The agent, as a Voice Agent `Settings` message; `url` is our socket.")
    token: str | None = Field(default=None, description="The session's own token (local backend).")
    expires_at: datetime | None = Field(default=None, description="When `token` expires; a call that is held goes on.")
    webrtc: WebRtc | None = None


class NewMessage(Body):
    """Something said."""

    session_id: SessionId
    role: Role
    content: Text = Field(max_length=20_000)


class SavedMessage(BaseModel):
    """A message that is kept."""

    message_id: UUID
    status: Literal["saved"] = "saved"


class ShownMessage(BaseModel):
    """A message of a session."""

    message_id: UUID
    role: Role
    content: str
    input_modality: Modality
    created_at: datetime
    metadata: dict[str, Any]


class Messages(BaseModel):
    """All that was said in a session, in order."""

    session_id: str
    messages: list[ShownMessage]


class FunctionCall(Body):
    """An intent to run."""

    session_id: SessionId
    function_call_id: Text = Field(max_length=128, description="The client's own id: the same one runs once.")
    function_name: Text = Field(max_length=128, description="Name of the intent, such as submit_goal_intent.")
    input: dict[str, Any] = Field(description="Its parameters, as `config` describes them.")
    explain: bool = Field(default=False, description="Whether the answer has `status` and `record` too, for people.")


class FunctionResult(BaseModel):
    """What came of an intent, in words for the model: done, or what has to be asked."""

    function_call_id: str
    result: str
    status: Literal["done", "rejected"] | None = Field(default=None, description="Whether it took effect.")
    record: dict[str, Any] | None = Field(default=None, description="What was kept, the first time.")


class ClosedSession(BaseModel):
    """A session that is over."""

    session_id: str
    status: Literal["closed"] = "closed"
    message_count: int
