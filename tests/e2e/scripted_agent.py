"""A Voice Agent that does what Deepgram's contract says and our own server does not: for the page's other path.

It grants tokens, sends whole answers at once, runs no function itself, repeats itself, and talks nonsense in between.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from aiohttp import WSMsgType, web
from aiohttp.test_utils import TestServer

TOKEN: Final = "granted.for.once"
GREETING: Final = "Hello from the cloud."
ANSWER: Final = "All done."
GOAL: Final = {"goal_statement": "learn to sail", "timeline": "3 months"}


def tone(seconds: float) -> bytes:
    """Return a sound of 16 bits at 24 kHz."""
    wave = np.sin(np.arange(int(seconds * 24_000)) * (2 * np.pi * 440 / 24_000))
    return bytes((wave * 12_000).astype("<i2").tobytes())


@dataclass(slots=True)
class ScriptedAgent:
    """What its clients said; `granted` are the authorisations of grants, `protocols` those of sockets."""

    url: str = ""
    granted: list[str] = field(default_factory=list)
    protocols: list[list[str]] = field(default_factory=list)
    settings: list[dict[str, Any]] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    frames: list[int] = field(default_factory=list)
    sockets: list[web.WebSocketResponse] = field(default_factory=list)

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        """Return what was said of one type."""
        return [message for message in self.messages if message["type"] == kind]

    async def grant(self, request: web.Request) -> web.Response:
        """Give a token."""
        self.granted.append(request.headers.get("Authorization", ""))
        return web.json_response({"access_token": TOKEN, "expires_in": 60})

    async def converse(self, request: web.Request) -> web.WebSocketResponse:
        """Hold one conversation."""
        offered = [one.strip() for one in request.headers.get("Sec-WebSocket-Protocol", "").split(",")]
        self.protocols.append(offered)
        socket = web.WebSocketResponse(protocols=("token", "bearer"), max_msg_size=1 << 20)
        await socket.prepare(request)
        self.sockets.append(socket)
        await socket.send_json({"type": "Welcome", "request_id": "r"})
        async for message in socket:
            if message.type is WSMsgType.BINARY:
                self.frames.append(len(message.data))
            elif message.type is WSMsgType.TEXT:
                said: dict[str, Any] = json.loads(message.data)
                self.messages.append(said)
                await self._take(socket, said)
        return socket

    async def _take(self, socket: web.WebSocketResponse, said: dict[str, Any]) -> None:
        match said:
            case {"type": "Settings"}:
                self.settings.append(said)
                await socket.send_json({"type": "SettingsApplied"})
                for nonsense in ("{", "[]", '{"type": "Novelty"}', "x" * (10 << 20)):
                    await socket.send_str(nonsense)
                await self._say(socket, GREETING)
            case {"type": "InjectUserMessage", "content": content}:
                await socket.send_json({"type": "ConversationText", "role": "user", "content": content})
                await socket.send_json({"type": "AgentThinking", "content": "hm"})
                call = {"id": "fc_1", "name": "submit_goal_intent", "arguments": json.dumps(GOAL), "client_side": True}
                other = {**call, "id": "fc_2", "name": "no_such_intent"}
                for functions in ([call], [call], [other]):
                    await socket.send_json({"type": "FunctionCallRequest", "functions": functions})
            case {"type": "FunctionCallResponse", "id": "fc_2"}:
                await self._say(socket, ANSWER)

    async def _say(self, socket: web.WebSocketResponse, text: str) -> None:
        await socket.send_json({"type": "ConversationText", "role": "assistant", "content": text})
        await socket.send_json({"type": "AgentStartedSpeaking", "total_latency": 0.4})
        sound = tone(1.5)
        for start, end in ((0, 1), (1, 10_001), (10_001, len(sound))):  # even half a sample
            await socket.send_bytes(sound[start:end])
        await socket.send_json({"type": "AgentAudioDone"})


@asynccontextmanager
async def scripted_agent() -> AsyncIterator[ScriptedAgent]:
    """Serve one on loopback."""
    agent = ScriptedAgent()
    app = web.Application()
    app.router.add_post("/v1/auth/grant", agent.grant)
    app.router.add_get("/v1/agent/converse", agent.converse)
    async with TestServer(app) as server:
        agent.url = str(server.make_url("")).rstrip("/")
        yield agent
        await asyncio.gather(*(socket.close() for socket in agent.sockets))
