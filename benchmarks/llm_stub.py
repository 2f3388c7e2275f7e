"""A language model for benchmarks: `python -m benchmarks.llm_stub --help`.

It thinks nothing, but takes its time like one that does: the first token after 150 ms, then 60 a second, in all two
sentences, or more on demand. It speaks Ollama's own protocol and OpenAI's, as Ollama does, so that every system is
answered alike.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from itertools import count
from typing import Any, Final

import click
from aiohttp import web

from benchmarks.story import story

MODEL: Final = "stub"
FIRST_TOKEN: Final = 0.150
TOKENS_PER_SECOND: Final = 60.0

# No comma in them: a system that begins to speak at a clause must not win by the choice of the text.
_OPENINGS: Final = (
    "Okay that is on your list now.",
    "Good I have written that down.",
    "Fine this is all set for you.",
    "Sure I will remember that one.",
    "Thanks I have got that noted.",
    "Great that sounds like a plan.",
    "Right that is taken care of.",
    "Yes I can do that for you.",
    "Done and I will remind you.",
    "Well that should work nicely.",
    "Nice I put that in the book.",
)
_CLOSINGS: Final = (
    "What else can I do?",
    "Is there anything more?",
    "Shall we go on?",
    "What comes next?",
    "Do you need more help?",
    "Would you like another one?",
    "What would you like now?",
)
REPLIES: Final = tuple(
    f"{_OPENINGS[number % len(_OPENINGS)]} {_CLOSINGS[number % len(_CLOSINGS)]}"
    for number in range(len(_OPENINGS) * len(_CLOSINGS))
)
"""77 different answers: one that is always the same could be spoken from a cache."""


def tokens(reply: str) -> list[str]:
    """Cut a reply as tokenisers do: a word with the space before it, and what ends a sentence by itself."""
    cut = []
    for number, word in enumerate(reply.split()):
        body = word.rstrip(".?!")
        cut += [f" {body}" if number else body, *word[len(body) :]]
    return cut


def due(token: int, first: float = FIRST_TOKEN, rate: float = TOKENS_PER_SECOND) -> float:
    """Return how many s after the request a token leaves; they count from 0, and a late one delays no other."""
    return first + token / rate


class Stub:
    """The server; `asked` counts the answers begun. With `sentences` each answer is a story of so many."""

    def __init__(self, *, first: float = FIRST_TOKEN, rate: float = TOKENS_PER_SECOND, sentences: int = 0) -> None:
        self._first = first
        self._rate = rate
        self._sentences = sentences
        self._numbers = count()
        self.asked = 0

    def app(self) -> web.Application:
        """Return the web application."""
        app = web.Application(middlewares=[_forgive_leaving])
        app.router.add_get("/api/version", self._version)
        app.router.add_get("/api/tags", self._tags)
        app.router.add_get("/api/ps", self._loaded)
        app.router.add_post("/api/show", self._show)
        app.router.add_post("/api/chat", self._chat)
        app.router.add_post("/v1/chat/completions", self._completions)
        return app

    async def _version(self, request: web.Request) -> web.Response:
        return web.json_response({"version": "0.12.6"})

    async def _tags(self, request: web.Request) -> web.Response:
        return web.json_response({"models": [{"name": MODEL, "model": MODEL}]})

    async def _loaded(self, request: web.Request) -> web.Response:
        return web.json_response({"models": []})

    async def _show(self, request: web.Request) -> web.Response:
        return web.json_response({"capabilities": ["completion", "tools"], "details": {}, "model_info": {}})

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        def line(content: str, **more: Any) -> bytes:
            message = {"role": "assistant", "content": content}
            told = {"model": MODEL, "created_at": "2026-01-01T00:00:00Z", "message": message, "done": False, **more}
            return json.dumps(told).encode() + b"\n"

        answer = await self._begin(request, "application/x-ndjson")
        number = 0
        async for token in self._paced(asyncio.get_running_loop().time()):
            await answer.write(line(token))
            number += 1
        await answer.write(line("", done=True, done_reason="stop", eval_count=number))
        return answer

    async def _completions(self, request: web.Request) -> web.StreamResponse:
        def event(delta: Mapping[str, str], reason: str | None) -> bytes:
            choice = {"index": 0, "delta": delta, "finish_reason": reason}
            told = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": MODEL, "choices": [choice]}
            return b"data: " + json.dumps(told).encode() + b"\n\n"

        began = asyncio.get_running_loop().time()
        if not (await request.json()).get("stream"):
            return web.json_response({"error": "only streamed answers: set stream"}, status=400)
        answer = await self._begin(request, "text/event-stream")
        async for token in self._paced(began):
            await answer.write(event({"role": "assistant", "content": token}, None))
        await answer.write(event({}, "stop") + b"data: [DONE]\n\n")
        return answer

    async def _begin(self, request: web.Request, kind: str) -> web.StreamResponse:
        self.asked += 1
        answer = web.StreamResponse(headers={"Content-Type": kind})
        await answer.prepare(request)
        return answer

    async def _paced(self, began: float) -> AsyncIterator[str]:
        loop = asyncio.get_running_loop()
        asked = next(self._numbers)
        reply = story(asked, self._sentences) if self._sentences else REPLIES[asked % len(REPLIES)]
        for number, token in enumerate(tokens(reply)):
            await asyncio.sleep(began + due(number, self._first, self._rate) - loop.time())
            yield token


@web.middleware
async def _forgive_leaving(request: web.Request, handler: Any) -> web.StreamResponse:
    """Say nothing of one who leaves in the middle of an answer: a caller went on, and the reply was dropped."""
    try:
        answer: web.StreamResponse = await handler(request)
        return answer
    except ConnectionError:
        return web.Response()


@click.command(help=__doc__)
@click.option("--port", default=11434, show_default=True, help="Port on loopback.")
@click.option("--first", default=FIRST_TOKEN, show_default=True, help="Seconds before the first token.")
@click.option("--rate", default=TOKENS_PER_SECOND, show_default=True, help="Tokens a second.")
@click.option("--sentences", default=0, show_default=True, help="Of each answer; 0: two, from a short list.")
def main(port: int, first: float, rate: float, sentences: int) -> None:
    """Serve until interrupted."""
    app = Stub(first=first, rate=rate, sentences=sentences).app()
    web.run_app(app, host="127.0.0.1", port=port, print=None, access_log=None)


if __name__ == "__main__":
    main()
