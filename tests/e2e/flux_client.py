"""What the existing Flux client does, call by call: speech by Deepgram's SDK, everything else over the Flux API."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from deepgram.agent.v1 import types as sdk

from models.audio import Pcm
from tests.e2e.deepgram_caller import DeepgramCaller, calling

VOICE = "/api/v1/voice"


class FluxClient:
    """Knows its session by the id alone; `record` is what was sent and what came, a line each."""

    def __init__(self, http: aiohttp.ClientSession, session_id: str, record: list[str]) -> None:
        self.session_id = session_id
        self.record = record
        self.saved: list[asyncio.Task[Any]] = []
        self._http = http
        self._taken = 0

    async def follow(self, caller: DeepgramCaller) -> None:
        """Post each text as it comes, run each function that is asked for, and answer; cancel it."""
        while True:
            while self._taken < len(caller.messages):
                message = caller.messages[self._taken]
                self._taken += 1
                await self._take(caller, message)
            await asyncio.sleep(0.01)

    async def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Call the API and return what it answers; anything but success is an AssertionError."""
        async with self._http.request(method, f"{VOICE}{path}", json=body) as answer:
            told: dict[str, Any] = await answer.json()
            assert answer.status == 200, (method, path, answer.status, told)
        return told

    async def _take(self, caller: DeepgramCaller, message: dict[str, Any]) -> None:
        match message:
            case {"type": "ConversationText", "role": role, "content": content}:
                self.record.append(f"{role}: {content}")
                # Sent and forgotten: the next message is not waited for.
                said = {"session_id": self.session_id, "role": role, "content": content}
                self.saved.append(asyncio.create_task(self.call("POST", "/messages", said)))
            case {"type": "FunctionCallRequest", "functions": functions}:
                for function in functions:
                    await self._run(caller, function)

    async def _run(self, caller: DeepgramCaller, function: dict[str, Any]) -> None:
        assert function["client_side"] is True
        given = json.loads(function["arguments"])
        asked = {"function_call_id": function["id"], "function_name": function["name"], "input": given}
        told = await self.call("POST", "/intents", {"session_id": self.session_id, **asked})
        self.record.append(f"{function['name']} {json.dumps(given)} → {told['result']}")
        response = sdk.AgentV1SendFunctionCallResponse(
            type="FunctionCallResponse", id=function["id"], name=function["name"], content=told["result"]
        )
        await caller.socket.send_function_call_response(response)


@asynccontextmanager
async def flux_call(url: str, user_id: str, record: list[str]) -> AsyncIterator[tuple[FluxClient, DeepgramCaller]]:
    """Mint a session, call with its token and its configuration as they came, and follow the call."""
    async with aiohttp.ClientSession(url) as http:
        async with http.post(f"{VOICE}/session", json={"user_id": user_id}) as answer:
            opened = await answer.json()
        client = FluxClient(http, opened["session_id"], record)
        settings = {name: value for name, value in opened["config"].items() if name not in ("type", "url")}
        address = opened["config"]["url"].replace("ws", "http", 1).removesuffix("/v1/agent/converse")
        async with calling(address, settings, credentials={"access_token": opened["deepgram_token"]}) as caller:
            following = asyncio.create_task(client.follow(caller))
            try:
                yield client, caller
            finally:
                following.cancel()
                await asyncio.gather(following, return_exceptions=True)


async def speak(caller: DeepgramCaller, pcm: Pcm) -> None:
    """Say something and wait until its answer was sent to the end."""
    answers = len(caller.of_type("AgentAudioDone"))
    await caller.play(pcm)
    await caller.answered(answers + 1)
