"""A server that speaks Ollama's true protocol with the `sentences` engine behind it, and fails as it is told to.

    python -m tests.models.ollama_emulator --port 11434

serves the Flux agent's tools, so that `FLUX_LLM__ENGINE=ollama` can be tried without weights.
"""

import asyncio
import json
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import click
from aiohttp import web

from models.llm import Delta, Message, TextDelta, ToolCall, ToolSpec
from tests.models.remote_host import RemoteSentences, Script, misbehave, serving

MODEL = "qwen3:4b-instruct"
Style = Literal["native", "last_chunk", "json", "fenced", "tagged", "element", "thinking", "think_tags"]
STYLES: tuple[Style, ...] = (
    *("native", "last_chunk", "json", "fenced", "tagged", "element", "thinking", "think_tags"),
)
"""How answers come: calls in a chunk of their own, in the last one, or leaked into the text; thoughts beside it."""


class OllamaEmulator:
    """`scripts` are played first, one for each request; `requests` keeps what came."""

    def __init__(
        self,
        tools: Sequence[ToolSpec],
        *,
        style: Style = "native",
        capabilities: Sequence[str] | None = ("completion", "tools"),
        models: Sequence[str] = (MODEL,),
    ) -> None:
        self.style = style
        self.capabilities = capabilities
        self.models = list(models)
        self.scripts: deque[Script] = deque()
        self.requests: list[bytes] = []
        self.authorizations: list[str | None] = []
        self.loads = 0
        self.gone = asyncio.Event()
        self._loaded: dict[str, Any] | None = None
        self._mind = RemoteSentences(tools)

    async def warm(self) -> None:
        """Be ready to think: otherwise the first request holds up this loop, and a caller's microphone with it."""
        await self._mind.engine.warm()

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/api/version", self._version)
        app.router.add_get("/api/tags", self._tags)
        app.router.add_get("/api/ps", self._ps)
        app.router.add_post("/api/show", self._show)
        app.router.add_post("/api/pull", self._pull)
        app.router.add_post("/api/chat", self._chat)
        return app

    async def _version(self, request: web.Request) -> web.Response:
        return web.json_response({"version": "0.12.6"})

    async def _tags(self, request: web.Request) -> web.Response:
        return web.json_response({"models": [{"name": name, "model": name} for name in self.models]})

    async def _ps(self, request: web.Request) -> web.Response:
        loaded = self._loaded and {
            "name": self._loaded["model"],
            "model": self._loaded["model"],
            "expires_at": "2318-01-01T00:00:00Z",
            "size": 4_000_000_000,
            "size_vram": 4_000_000_000,
            "context_length": self._loaded["options"].get("num_ctx", 4096),
        }
        return web.json_response({"models": [loaded] if loaded else []})

    async def _show(self, request: web.Request) -> web.Response:
        model = (await request.json())["model"]
        if model not in self.models:
            return _error(404, f"model '{model}' not found")
        told: dict[str, Any] = {"details": {"family": "qwen3"}, "model_info": {}, "template": "", "parameters": ""}
        if self.capabilities is not None:
            told["capabilities"] = list(self.capabilities)
        return web.json_response(told)

    async def _pull(self, request: web.Request) -> web.StreamResponse:
        model = (await request.json())["model"]
        steps: list[dict[str, Any]] = [{"status": "pulling manifest"}]
        if model.startswith("no-such"):
            steps.append({"error": "pull model manifest: file does not exist"})
        else:
            layer = {"status": "pulling 3e4cb1417446", "digest": "sha256:3e4cb1417446", "total": 400}
            steps += [{**layer, "completed": done} for done in (0, 100, 200, 400)]
            steps += [{"status": "verifying sha256 digest"}, {"status": "writing manifest"}, {"status": "success"}]
            self.models.append(model)
        return await _ndjson(request, steps)

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        self.requests.append(raw)
        self.authorizations.append(request.headers.get("Authorization"))
        if self.scripts:
            return await self._play(request, self.scripts.popleft())
        asked = json.loads(raw)
        if (refusal := self._refusal(asked)) is not None:
            return refusal
        runner = {name: asked.get(name) for name in ("model", "options")}
        if runner != self._loaded:
            self._loaded, self.loads = runner, self.loads + 1
        messages = [_message(message) for message in asked["messages"]]
        deltas = await self._mind.answer(messages, asked.get("tools", ()))
        return await _ndjson(request, list(answer_lines(deltas, self.style, asked.get("think"))))

    def _refusal(self, asked: dict[str, Any]) -> web.Response | None:
        model = asked["model"]
        able = self.capabilities or ()
        if model not in self.models:
            return _error(404, f"model '{model}' not found")
        if asked.get("tools") and "tools" not in able:
            return _error(400, f'"{model}" does not support tools')
        if asked.get("think") and "thinking" not in able:
            return _error(400, f'"{model}" does not support thinking')
        return None

    async def _play(self, request: web.Request, script: Script) -> web.StreamResponse:
        if script.status != 200:
            return _error(script.status, *script.lines)
        if not script.lines and script.then != "end":
            await misbehave(request, script.then, self.gone)
        return await _ndjson(request, script.lines, script.then, self.gone)


def chunk(content: str = "", **more: Any) -> dict[str, Any]:
    """Return one line of an answer."""
    message = {"role": "assistant", "content": content, **more}
    return {"model": MODEL, "created_at": "2026-01-01T00:00:00Z", "message": message, "done": False}


def last(reason: str = "stop", **more: Any) -> dict[str, Any]:
    """Return the last line of an answer."""
    metrics = {"prompt_eval_count": 169, "prompt_eval_duration": 24_000_000, "eval_count": 15}
    durations = {"total_duration": 182_000_000, "load_duration": 41_000_000, "eval_duration": 115_000_000}
    return {**chunk(**more), "done": True, "done_reason": reason, **metrics, **durations}


def answer_lines(deltas: Sequence[Delta], style: Style, think: Any) -> Iterator[dict[str, Any]]:
    """Yield an answer as a model of this style gives it."""
    text = "".join(delta.text for delta in deltas if isinstance(delta, TextDelta))
    calls = [delta for delta in deltas if isinstance(delta, ToolCall)]
    native = [
        {"id": f"call_{index}{call.name}", "function": {"index": index, "name": call.name, "arguments": call.arguments}}
        for index, call in enumerate(calls)
    ]
    if style == "thinking":
        yield from (chunk(thinking=thought) for thought in ("The caller ", "wants something."))
    if style == "think_tags":
        yield from (chunk(piece) for piece in cut("<think>\nThey said <b>hello</b>.\n</think>\n\n", 5))
    if style in ("json", "fenced", "tagged", "element"):
        yield from (chunk(piece) for piece in cut(text + "".join(leak(call, style) for call in calls), 3))
        yield last()
        return
    yield from (chunk(delta.text) for delta in deltas if isinstance(delta, TextDelta))
    if style == "last_chunk" and native:
        yield last(tool_calls=native)
        return
    yield from (chunk(tool_calls=[call]) for call in native)
    yield last()


def leak(call: ToolCall, style: Style) -> str:
    """Return a call as a model writes it into its text."""
    told = json.dumps({"name": call.name, "arguments": dict(call.arguments)})
    if style == "fenced":
        return f"\n```json\n{told}\n```\n"
    if style == "tagged":
        return f"\n<tool_call>\n{told}\n</tool_call>"
    if style == "element":
        values = "".join(f"<parameter={name}>\n{value}\n</parameter>\n" for name, value in call.arguments.items())
        return f"\n<tool_call>\n<function={call.name}>\n{values}</function>\n</tool_call>"
    return f" {told}"


def cut(text: str, size: int) -> list[str]:
    """Return `text` in pieces of `size` characters."""
    return [text[at : at + size] for at in range(0, len(text), size)]


def _message(told: dict[str, Any]) -> Message:
    calls = tuple(
        ToolCall(call.get("id"), call["function"]["name"], call["function"]["arguments"])
        for call in told.get("tool_calls", ())
    )
    return Message(told["role"], told["content"], calls, told.get("tool_call_id"), told.get("tool_name"))


def _error(status: int, text: str) -> web.Response:
    return web.json_response({"error": text}, status=status)


async def _ndjson(
    request: web.Request, lines: Sequence[Any], then: str = "end", gone: asyncio.Event | None = None
) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
    await answer.prepare(request)
    for line in lines:
        await answer.write(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n")
    await misbehave(request, then, gone or asyncio.Event())
    return answer


@click.command()
@click.option("--port", default=11434)
@click.option("--agent", default="flux")
@click.option("--style", type=click.Choice(STYLES), default="native")
def main(port: int, agent: str, style: Style) -> None:
    """Serve until interrupted."""
    from intents.agent import load_agent

    async def serve() -> None:
        emulator = OllamaEmulator([intent.spec for intent in load_agent(agent).intents], style=style)
        async with serving(emulator.app(), port) as url:
            click.echo(f"Ollama emulator at {url}, model {MODEL}")
            await asyncio.Event().wait()

    try:
        asyncio.run(serve())
    except KeyboardInterrupt:
        click.echo()


if __name__ == "__main__":
    main()
