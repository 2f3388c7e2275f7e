"""The web's own section of the settings: addresses, peer connections, limits, logs."""

from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from web.auth_settings import AuthSettings
from web.openai_audio.settings import AudioApiSettings

PageBackend = Literal["webrtc", "socket", "deepgram"]


def zone(name: str) -> ZoneInfo:
    """Return the IANA time zone `name`; raises ValueError that names it."""
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is not an IANA time zone such as Europe/Berlin") from error


class IceServer(BaseModel):
    """A STUN or TURN server, as browsers and aiortc know it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    urls: str | list[str]
    username: str | None = None
    credential: str | None = None


class TracingSettings(BaseModel):
    """Where the spans of each turn go: nowhere, unless an address is set."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    endpoint: str | None = Field(
        default=None, description="OTLP/HTTP collector, such as http://127.0.0.1:4318; unset: no tracing."
    )
    headers: dict[str, SecretStr] = Field(
        default_factory=dict, description='Headers that the collector wants, as JSON: {"Authorization": "..."}.'
    )
    service_name: str = Field(default="flux-voice", min_length=1, description="Name of this server in the traces.")
    timeout: float = Field(default=5.0, gt=0, le=60, description="Seconds that the collector may take for one batch.")
    interval: float = Field(default=2.0, gt=0, le=60, description="Seconds that spans wait for others to leave with.")
    queue: int = Field(
        default=2048, ge=128, le=100_000, description="Spans kept for a collector that is away; older ones are lost."
    )

    @field_validator("endpoint")
    @classmethod
    def _reachable(cls, endpoint: str | None) -> str | None:
        """Take the collector's address with or without the path of its traces, as OTLP's own variables do."""
        if endpoint is None:
            return None
        parts = urlsplit(endpoint)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
            raise ValueError("must be an address such as http://127.0.0.1:4318")
        return endpoint if parts.path.rstrip("/") else f"{parts.scheme}://{parts.netloc}/v1/traces"

    @property
    def place(self) -> str:
        """Where the collector is, without a password that its address may hold."""
        parts = urlsplit(self.endpoint or "")
        return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)


class WebSettings(BaseModel):
    """How the server is reached and what it takes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = Field(default="127.0.0.1", min_length=1, description="Address that the server listens on.")
    port: int = Field(default=8080, ge=0, le=65_535, description="Port of the server; 0 takes a free one.")
    also_port: int | None = Field(
        default=None,
        ge=1,
        le=65_535,
        description="A second port of the same server, as Flux clients know 8000; empty: none.",
    )
    allowed_hosts: list[str] = Field(
        default_factory=list, description="Names besides loopback that are answered while `host` is loopback."
    )
    ice_servers: list[IceServer] = Field(
        default_factory=list, description="STUN and TURN servers; none by default, so nothing leaves the box."
    )
    connect_timeout: float = Field(default=15.0, gt=0, le=120, description="Seconds a media path may take to come up.")
    agent: str = Field(default="flux", min_length=1, description="Agent: a name in `intents`, or the path of a folder.")
    timezone: str = Field(default="UTC", description="IANA time zone of callers that name none.")
    max_calls: int = Field(default=20, ge=1, description="Calls held at once.")
    drain: float = Field(
        default=10.0, ge=0, le=3600, description="Seconds calls may go on at a SIGTERM before the agent says goodbye."
    )
    max_body: int = Field(default=256 * 1024, ge=1024, description="Largest request body in bytes.")
    body_timeout: float = Field(default=10.0, gt=0, le=300, description="Seconds a request's body may take to arrive.")
    idle_timeout: float = Field(
        default=75.0,
        gt=0,
        le=3600,
        description="Seconds a connection may stay open without a complete request; above that of a proxy in front.",
    )
    page_backend: PageBackend = Field(
        default="webrtc",
        description="How the page's calls are held: webrtc, over this server's socket (no UDP), or at Deepgram.",
    )
    auth: AuthSettings = Field(default_factory=AuthSettings)
    audio_api: AudioApiSettings = Field(default_factory=AudioApiSettings)
    tracing: TracingSettings = Field(default_factory=TracingSettings)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="Lowest level logged.")
    log_format: Literal["console", "json"] = Field(default="console", description="Form of the log lines.")

    @field_validator("also_port", mode="before")
    @classmethod
    def _empty_is_none(cls, port: object) -> object:
        """Let Compose, which always sets it, set none."""
        return None if port == "" else port

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        return zone(name).key
