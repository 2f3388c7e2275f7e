"""A server that speaks OpenAI's chat completions (SSE) with the `sentences` engine behind it, and fails as told to."""

import asyncio
import json
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

from aiohttp import web

from models.llm import Delta, Message, TextDelta, ToolCall, ToolSpec
from tests.models.remote_host import RemoteSentences, Script, misbehave

MODEL = "Qwen/Qwen3-8B"


class OpenAIEmulator:
    """`scripts` are played first, one for each request; requests with a field in `refuses` get a 400."""

    def __init__(self, tools: Sequence[ToolSpec], *, refuses: Sequence[str] = (), lists: bool = True) -> None:
        self.refuses = refuses
        self.lists = lists
        self.scripts: deque[Script] = deque()
        self.requests: list[dict[str, Any]] = []
        self.authorizations: list[str | None] = []
        self.gone = asyncio.Event()
        self._mind = RemoteSentences(tools)

    def app(self) -> web.Application:
        app = web.Application()
        if self.lists:
            app.router.add_get("/v1/models", self._models)
        app.router.add_post("/v1/chat/completions", self._chat)
        return app

    async def _models(self, request: web.Request) -> web.Response:
        one = {"id": MODEL, "object": "model", "created": 0, "owned_by": "vllm"}
        return web.json_response({"object": "list", "data": [one]})

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        asked = await request.json()
        self.requests.append(asked)
        self.authorizations.append(request.headers.get("Authorization"))
        for name in self.refuses:
            if name in asked:
                return _error(400, f"Unrecognized request argument supplied: {name}")
        if self.scripts:
            script = self.scripts.popleft()
            if script.status != 200:
                return _error(script.status, *script.lines)
            return await _events(request, script.lines, script.then, self.gone)
        if asked["model"] != MODEL:
            return _error(404, f"The model `{asked['model']}` does not exist.")
        deltas = await self._mind.answer([_message(told) for told in asked["messages"]], asked.get("tools", ()))
        usage = bool(asked.get("stream_options", {}).get("include_usage"))
        return await _events(request, [*answer_chunks(deltas, usage=usage), "[DONE]"])


def chunk(finish: str | None = None, **delta: Any) -> dict[str, Any]:
    """Return one event of an answer."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
    return {**_HEAD, "choices": [choice]}


def part(index: int, arguments: Any = "", **more: Any) -> dict[str, Any]:
    """Return a piece of a call."""
    name = {"name": more.pop("name")} if "name" in more else {}
    return {"index": index, **more, "function": {**name, "arguments": arguments}}


_HEAD = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 0, "model": MODEL}


def answer_chunks(deltas: Sequence[Delta], *, usage: bool) -> Iterator[dict[str, Any]]:
    """Yield an answer; the arguments of calls come in pieces."""
    calls = [delta for delta in deltas if isinstance(delta, ToolCall)]
    yield chunk(role="assistant", content="")
    yield from (chunk(content=delta.text) for delta in deltas if isinstance(delta, TextDelta))
    for index, call in enumerate(calls):
        yield chunk(tool_calls=[part(index, id=f"call_{index}{call.name}", type="function", name=call.name)])
        told = json.dumps(dict(call.arguments))
        yield from (chunk(tool_calls=[part(index, told[at : at + 4])]) for at in range(0, len(told), 4))
    yield chunk("tool_calls" if calls else "stop")
    if usage:
        yield {**_HEAD, "choices": [], "usage": {"prompt_tokens": 169, "completion_tokens": 15, "total_tokens": 184}}


def _message(told: dict[str, Any]) -> Message:
    calls = tuple(
        ToolCall(call["id"], call["function"]["name"], json.loads(call["function"]["arguments"]))
        for call in told.get("tool_calls", ())
    )
    # The protocol knows an answer's call by its id alone.
    return Message(told["role"], told["content"] or "", calls, told.get("tool_call_id"))


def _error(status: int, text: str) -> web.Response:
    kind = "invalid_request_error" if status < 500 else "server_error"
    return web.json_response({"error": {"message": text, "type": kind, "code": status}}, status=status)


async def _events(
    request: web.Request, events: Sequence[Any], then: str = "end", gone: asyncio.Event | None = None
) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await answer.prepare(request)
    for event in events:
        data = event if isinstance(event, str) else json.dumps(event)
        await answer.write(f"data: {data}\n\n".encode())
    await misbehave(request, then, gone or asyncio.Event())
    return answer
