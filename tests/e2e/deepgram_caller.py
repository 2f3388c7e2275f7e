"""A caller with Deepgram's own SDK: speaks recorded clips, notes every message and all sound."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from deepgram import AsyncDeepgramClient
from deepgram.environment import DeepgramClientEnvironment

from models.audio import SAMPLE_RATE, Pcm, from_int16, silence, to_int16

FRAME = SAMPLE_RATE // 50


def deepgram(url: str, **credentials: Any) -> AsyncDeepgramClient:
    """Return the SDK's client for a server other than Deepgram's own: only the addresses differ."""
    socket = url.replace("http", "ws", 1)
    environment = DeepgramClientEnvironment(base=url, production=socket, agent=socket, agent_rest=url)
    return AsyncDeepgramClient(environment=environment, **(credentials or {"api_key": "none"}))


@dataclass
class DeepgramCaller:
    """Sends a microphone's sound in real time, with the clips in it that are `play`ed."""

    socket: Any
    rate: int = SAMPLE_RATE
    encode: Callable[[Pcm], bytes] = lambda pcm: to_int16(pcm).tobytes()
    messages: list[dict[str, Any]] = field(default_factory=list)
    sound: list[tuple[float, bytes]] = field(default_factory=list)
    over: bool = False
    _line: Pcm = field(default_factory=lambda: silence(0))
    _spoken: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self) -> None:
        """Note what comes until the socket closes."""
        try:
            async for message in self.socket:
                if isinstance(message, bytes):
                    self.sound.append((asyncio.get_running_loop().time(), message))
                else:
                    body = message if isinstance(message, dict) else message.dict()
                    self.messages.append({key: value for key, value in body.items() if value is not None})
        finally:
            self.over = True

    async def speak(self) -> None:
        """Send 20 ms of sound every 20 ms, for ever."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        size = self.rate // 50
        while not self.over:
            frame, self._line = self._line[:size], self._line[size:]
            if not self._line.size:
                self._spoken.set()
            await self.socket.send_media(self.encode(np.concatenate((frame, silence(size - frame.size)))))
            due += 0.02
            await asyncio.sleep(max(0.0, due - loop.time()))

    async def play(self, pcm: Pcm) -> None:
        """Speak a recording at the caller's rate and wait until its last sample has left."""
        self._line = np.concatenate((self._line, pcm))
        self._spoken.clear()
        await self._spoken.wait()

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        """Return all messages of a type."""
        return [message for message in self.messages if message["type"] == kind]

    def said(self, role: str) -> list[str]:
        """Return what somebody said so far."""
        return [message["content"] for message in self.of_type("ConversationText") if message["role"] == role]

    async def until(self, condition: Callable[[], Any], seconds: float = 30.0) -> None:
        """Wait for something that the server tells."""
        try:
            async with asyncio.timeout(seconds):
                while not condition():  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
        except TimeoutError:
            kinds = [message["type"] for message in self.messages]
            raise AssertionError(f"it did not come; the server told {kinds}, said {self.said('assistant')}") from None

    async def answered(self, answers: int) -> None:
        """Wait until so many answers, the greeting included, were sent to their end."""
        await self.until(lambda: len(self.of_type("AgentAudioDone")) >= answers)

    def heard(self) -> Pcm:
        """Return all sound so far, as linear16 at the rate that was asked for."""
        return from_int16(np.frombuffer(b"".join(data for _, data in self.sound), dtype="<i2"))


@asynccontextmanager
async def calling(
    url: str,
    settings: dict[str, Any],
    *,
    rate: int = SAMPLE_RATE,
    encode: Callable[[Pcm], bytes] | None = None,
    microphone: bool = True,
    credentials: dict[str, Any] | None = None,
) -> AsyncIterator[DeepgramCaller]:
    """Call the server with these settings, the first `Welcome` and `SettingsApplied` seen."""
    async with deepgram(url, **(credentials or {})).agent.v1.connect() as socket:
        caller = DeepgramCaller(socket, rate)
        if encode is not None:
            caller.encode = encode
        listening = asyncio.create_task(caller.listen())
        speaking = None
        try:
            await caller.until(lambda: caller.of_type("Welcome"))
            await socket.send_raw(json.dumps({"type": "Settings", **settings}))
            await caller.until(lambda: caller.of_type("SettingsApplied"))
            if microphone:
                speaking = asyncio.create_task(caller.speak())
            yield caller
        finally:
            caller.over = True
            for task in filter(None, (listening, speaking)):
                task.cancel()
            await asyncio.gather(*filter(None, (listening, speaking)), return_exceptions=True)
