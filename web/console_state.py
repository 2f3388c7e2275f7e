"""The answers of `/api/v1/console` about the server itself: its calls, engines and settings."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field


class Overview(BaseModel):
    """The server, and whose records it has."""

    version: str
    agent: str
    started_at: datetime
    live_calls: int
    max_calls: int
    tenants: list[str] = Field(description="All that have records here or a key, the default one first.")
    access: Literal["admin_key", "loopback"] = Field(description="By what you were let in.")


class LiveCall(BaseModel):
    """A call that is held now."""

    conversation_id: UUID
    tenant: str
    user_id: UUID
    agent: str
    link: Literal["webrtc", "socket"] = Field(description="How the client is linked.")
    state: Literal["connecting", "connected"]
    activity: Literal["waiting", "listening", "thinking", "speaking"]
    started_at: datetime
    seconds: float
    turns: int = Field(description="Turns of the caller so far.")
    engines: dict[str, str] = Field(description="What hears (`stt`), thinks (`llm`) and speaks (`tts`).")
    last_turn_ms: float | None = Field(description="Voice to voice, of the last turn that has it.")
    problem: str | None = Field(description="Why its link did not come up.")


class LiveCalls(BaseModel):
    """The calls that are held now, the longest first."""

    calls: list[LiveCall]


class EngineState(BaseModel):
    """One engine as it stands."""

    part: Literal["vad", "turn", "stt", "llm", "tts"]
    engine: str
    model: str | None
    package: str | None
    version: str | None
    licence: str | None
    device: str | None = Field(description="Where it computes, such as cpu, cuda or another host's name.")
    cloud: bool = Field(description="Whether what is said goes to a public address for it.")
    status: Literal["ok", "unavailable", "not installed"]
    detail: str
    warm_seconds: float | None = Field(description="How long it took to get ready at the start.")


class PartShown(BaseModel):
    """Another part of the server as it stands."""

    name: str
    status: Literal["ok", "unavailable"]
    detail: str


class ProcessMemory(BaseModel):
    """Resident memory of one process of this server."""

    pid: int
    name: str
    resident_bytes: int


class Memory(BaseModel):
    """Memory of the box and of this server; null where the system does not tell."""

    total_bytes: int | None
    available_bytes: int | None
    resident_bytes: int | None = Field(description="Of this server and its workers together.")
    processes: list[ProcessMemory] = Field(description="The server itself first, then its workers.")


class Gpu(BaseModel):
    """One NVIDIA GPU, as nvidia-smi tells."""

    name: str
    driver: str | None
    total_bytes: int | None
    used_bytes: int | None
    own_bytes: int | None = Field(description="Used by this server's processes; null where that is not told.")
    busy_percent: float | None


class EnginesShown(BaseModel):
    """Engines, other parts, and what they compute with."""

    version: str
    python: str
    system: str
    cores: int
    uptime_seconds: float
    engines: list[EngineState]
    parts: list[PartShown]
    memory: Memory
    gpus: list[Gpu]


class SettingShown(BaseModel):
    """One setting in force; `value` is null where `hidden`."""

    name: str = Field(description="Such as `stt.engine`.")
    variable: str = Field(description="Such as `FLUX_STT__ENGINE`.")
    section: str = Field(description="The first part of its name, or `server`.")
    description: str
    value: Any
    hidden: bool = Field(description="It is a secret: only whether it is set is told.")
    is_set: bool = Field(description="It has a value at all: not null, not empty.")
    changed: bool = Field(description="It differs from the default.")


class SettingsShown(BaseModel):
    """All settings as they are in force, without secrets."""

    profile: str
    settings: list[SettingShown]
