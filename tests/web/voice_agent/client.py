"""A client of the protocol on the fake clock: no socket, but the real conversation with scripted engines."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from models.audio import SAMPLE_RATE, silence, to_int16
from pipeline.events import EndReason
from pipeline.settings import PipelineSettings
from tests.pipeline.scripted import FRAME, VOICE, Call, Response, ScriptedTools, call
from web.voice_agent.client_messages import parse
from web.voice_agent.settings_message import Settings
from web.voice_agent.tools import CallTools
from web.voice_agent.transport import AgentTransport

LINEAR = {"encoding": "linear16", "sample_rate": SAMPLE_RATE}


@dataclass
class Client:
    """Plays what it is sent and speaks when told to; notes everything with its time."""

    call: Call
    tools: CallTools
    told: list[tuple[float, dict[str, Any] | bytes]] = field(default_factory=list)
    ended: list[EndReason] = field(default_factory=list)
    transport: AgentTransport = field(init=False)
    sends_sound: bool = True
    speaking_until: float = 0.0

    def send(self, message: str | bytes) -> None:
        self.told.append((self.now, json.loads(message) if isinstance(message, str) else message))

    @property
    def now(self) -> float:
        return asyncio.get_running_loop().time()

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [message for _, message in self.told if isinstance(message, dict)]

    @property
    def kinds(self) -> list[str]:
        return [message["type"] for message in self.messages]

    @property
    def sound(self) -> list[tuple[float, bytes]]:
        return [(at, message) for at, message in self.told if isinstance(message, bytes)]

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if message["type"] == kind]

    def times(self, kind: str) -> list[float]:
        return [at for at, message in self.told if isinstance(message, dict) and message["type"] == kind]

    def said(self, role: str = "assistant") -> list[str]:
        return [message["content"] for message in self.of_type("ConversationText") if message["role"] == role]

    def take(self, **message: Any) -> None:
        self.transport.take(parse(json.dumps(message)))

    async def until(self, kind: str, count: int = 1) -> None:
        async with asyncio.timeout(60):
            while len(self.of_type(kind)) < count:  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    async def speak(self, seconds: float) -> None:
        self.speaking_until = self.now + seconds
        await asyncio.sleep(seconds)

    async def live(self) -> None:
        """Let 20 ms after 20 ms go by, for ever."""
        while True:
            if self.sends_sound:
                pcm = np.float32(0.2) * VOICE if self.now < self.speaking_until else silence(FRAME)
                for frame in self.transport.frames(to_int16(pcm).tobytes()):
                    self.transport.hear(frame)
            self.transport.tick()
            await asyncio.sleep(FRAME / SAMPLE_RATE)


@asynccontextmanager
async def client(
    hears: Sequence[str] = (),
    answers: Sequence[Response] = (),
    *,
    own: ScriptedTools | None = None,
    settings: dict[str, Any] | None = None,
    pipeline: PipelineSettings | None = None,
) -> AsyncIterator[Client]:
    """Hold a call; the client's `settings` are those of the protocol, sound is linear16 at 16 kHz."""
    wishes = Settings.model_validate(
        {"type": "Settings", "audio": {"input": LINEAR, "output": LINEAR}} | (settings or {})
    )
    tools = CallTools(own or ScriptedTools())
    think = wishes.described_agent.think
    if think is not None and think.functions is not None:
        tools.offer(think.functions)
    async with call(hears, answers, toolbox=tools, settings=pipeline) as held:
        held.caller.linked = False
        one = Client(held, tools)
        one.transport = AgentTransport(
            held.conversation, wishes, tools, one.send, now=asyncio.get_running_loop().time, over=one.ended.append
        )
        one.transport.greet(wishes)
        held.conversation.attach(one.transport)
        living = asyncio.create_task(one.live())
        try:
            yield one
        finally:
            living.cancel()
            await asyncio.wait([living])
