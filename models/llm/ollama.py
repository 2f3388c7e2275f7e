"""The engine for models behind Ollama: streaming chat with tools over its own protocol.

Source: /api/chat of ollama/ollama main, August 2026, and its issues 11662, 14477, 15098, 16937.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from typing import Any, Final

import aiohttp
import structlog

from models.errors import EngineError
from models.llm import Delta, Message, ToolSpec, Usage
from models.llm.failures import ModelUnavailable, outline
from models.llm.lately import LatelyRead
from models.llm.ndjson import Lines
from models.llm.ollama_library import OllamaLibrary, Pulling, unreachable
from models.llm.ollama_wire import ChatTerms, Chunk, Think, chat_request, read_chunk
from models.llm.rehearsal import read_ahead, rehearse
from models.llm.response import Response

_LONGEST_ERROR: Final = 65_536
_OVERLOADED: Final = (429, 503)

log = structlog.get_logger(__name__)


class OllamaModel:
    """A ChatModel that a server at `host` runs.

    `options` are the model's, the same in every request; `keep_alive` is how long it stays in memory unasked.
    `prompt` and `tools` are the agent's, to be read once by `warm`. With `pull`, a missing model is downloaded then.
    Timeouts in seconds: to connect, between two pieces of an answer (`stall`), and for the model to load.
    """

    def __init__(
        self,
        host: str,
        model: str,
        *,
        options: Mapping[str, Any],
        think: Think = False,
        keep_alive: int | str = -1,
        prompt: str = "",
        tools: Sequence[ToolSpec] = (),
        pull: bool = False,
        api_key: str | None = None,
        connect_timeout: float = 1.0,
        stall_timeout: float = 20.0,
        load_timeout: float = 300.0,
    ) -> None:
        self._host = host.rstrip("/")
        self._model = model
        self._terms = ChatTerms(model, think, dict(options), keep_alive)
        self._prompt = prompt
        self._expects = tuple(tools)
        self._pull = pull
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._library = OllamaLibrary(self._host, connect_timeout=connect_timeout, headers=self._headers)
        self._connect_timeout = connect_timeout
        self._stall_timeout = stall_timeout
        self._load_timeout = load_timeout
        self._read = LatelyRead()
        self._session: aiohttp.ClientSession | None = None
        self._closed = False
        self._report = f"{model} at {self._host}, not asked yet"

    @property
    def report(self) -> str:
        """Which model runs where; known once `warm` has been awaited."""
        return self._report

    async def warm(self) -> None:
        """Find the model, pulling it where that is wanted, load it, and let it read the agent's prompt and tools.

        Raises EngineError, with the command to run, where there is no server, no model, or none that calls tools.
        """
        version = await self._version()
        capabilities = await self._capabilities()
        self._check(capabilities)
        tools = capabilities is not None
        await self._rehearse()
        loaded = await self._library.loaded(self._model)
        on_gpu = loaded.on_gpu if loaded else None
        context = loaded.context if loaded else None
        parts = [f"{self._model} on Ollama {version} at {self._host}"]
        parts += ["calls tools"] if tools else []
        parts += [f"context {context}"] if context else []
        parts += [f"{on_gpu:.0%} on the GPU"] if on_gpu is not None else []
        self._report = ", ".join(parts)
        log.info("ollama is ready", engine=self._report)
        if on_gpu is not None and 0 < on_gpu < 1:
            log.warning("the model is partly on the CPU, which slows each answer", model=self._model)

    async def prefill(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> None:
        """Let the model read what responses will begin with, unless it has for another call; raises EngineError."""
        now = asyncio.get_running_loop().time()
        if not self._read.holds(messages, tools, now):
            self._read.note(messages, tools, now)
            await read_ahead(self._patiently, messages, tools)

    async def stream(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> AsyncIterator[Delta]:
        """Yield the response as it comes; closing the iterator ends the request, and the server stops.

        Raises EngineError, or ModelUnavailable where nobody would be answered now.
        """
        response = Response(messages, tools)
        chunks = self._chunks(messages, tools, self._stall_timeout)
        try:
            async for chunk in chunks:
                response.thinking(chunk.thinking)
                for delta in response.content(chunk.content):
                    yield delta
                for id, name, arguments in chunk.calls:
                    for delta in response.call(id, name, arguments):
                        yield delta
                if chunk.done:
                    self._read.note(messages, tools, asyncio.get_running_loop().time())
                    for delta in response.end(cut=chunk.reason == "length"):
                        yield delta
                    yield chunk.usage or Usage()
        finally:
            await chunks.aclose()

    async def check(self) -> None:
        """Return if the server answers; raises EngineError."""
        await self._version()

    async def close(self) -> None:
        """Close the connections."""
        self._closed = True
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _version(self) -> str:
        try:
            async with self._open().get(
                f"{self._host}/api/version", timeout=self._patience(self._stall_timeout)
            ) as answer:
                return str((await answer.json(content_type=None))["version"])
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise unreachable(self._host) from error
        except (ValueError, KeyError, TypeError) as error:
            raise EngineError(f"what answers at {self._host} is no Ollama: set FLUX_LLM__HOST") from error

    async def _capabilities(self) -> frozenset[str] | None:
        try:
            return await self._library.capabilities(self._model)
        except LookupError as error:
            if not self._pull:
                raise self._missing() from error
        told: set[tuple[str, int | None]] = set()

        def progress(pulling: Pulling) -> None:
            tenth = None if pulling.part is None else int(pulling.part * 10)
            if (pulling.status, tenth) not in told:
                told.add((pulling.status, tenth))
                done = None if tenth is None else f"{tenth * 10}%"
                log.info("pulling the model", model=self._model, status=pulling.status, done=done)

        await self._library.pull(self._model, progress)
        try:
            return await self._library.capabilities(self._model)
        except LookupError as error:
            raise self._missing() from error

    def _check(self, capabilities: frozenset[str] | None) -> None:
        if capabilities is None:
            log.warning("the Ollama server is too old to say whether its model calls tools", model=self._model)
        elif "tools" not in capabilities:
            raise self._toolless()
        elif self._terms.think is not False and "thinking" not in capabilities:
            raise self._thoughtless()

    async def _rehearse(self) -> None:
        await rehearse(
            self._patiently,
            self._prompt,
            self._expects,
            model=self._model,
            may_think=self._terms.think is not False,
            remedy="choose another, such as qwen3:4b-instruct",
        )

    def _patiently(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> AsyncGenerator[Chunk, None]:
        """Yield the chunks of an answer that may have to wait until the model is loaded."""
        return self._chunks(messages, tools, self._load_timeout)

    async def _chunks(
        self, messages: Sequence[Message], tools: Sequence[ToolSpec], silence: float
    ) -> AsyncGenerator[Chunk, None]:
        """Yield the chunks of one answer up to its last; raises EngineError for whatever else happens."""
        try:
            answer = await self._open().post(
                f"{self._host}/api/chat",
                data=chat_request(self._terms, messages, tools),
                headers={"Content-Type": "application/json"},
                timeout=self._patience(silence),
                allow_redirects=False,
            )
            try:
                if answer.status != 200:
                    raise self._refused(answer.status, await _error_text(answer))
                lines = Lines()
                data: bytes | None = None
                while data != b"":
                    data = await answer.content.readany()
                    for line in lines.feed(data) or ([] if data else lines.finish()):
                        chunk = read_chunk(line)
                        if chunk.error is not None:
                            raise self._failed_midway(chunk.error)
                        yield chunk
                        if chunk.done:
                            return
            finally:
                answer.close()  # not released for reuse: closing is what tells the server to stop
        except aiohttp.ServerTimeoutError as error:
            if isinstance(error, aiohttp.ConnectionTimeoutError):
                raise unreachable(self._host) from error
            raise ModelUnavailable(f"model {self._model} at {self._host} gave nothing for {silence:g} s") from error
        except aiohttp.ClientConnectorError as error:
            raise unreachable(self._host) from error
        except (aiohttp.ClientError, OSError) as error:
            raise ModelUnavailable(f"the connection to Ollama at {self._host} broke") from error
        except ValueError as error:
            raise ModelUnavailable(
                f"what came from {self._host} is not Ollama's protocol: {outline(str(error))}"
            ) from error
        raise ModelUnavailable(f"Ollama at {self._host} broke off its answer")

    def _patience(self, silence: float) -> aiohttp.ClientTimeout:
        return aiohttp.ClientTimeout(total=None, sock_connect=self._connect_timeout, sock_read=silence)

    def _open(self) -> aiohttp.ClientSession:
        if self._closed:
            raise EngineError("the Ollama engine is closed")
        if self._session is None:
            # A connection for each request: a kept one may be closed by a restarted server just as it is used.
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, force_close=True), headers=self._headers, trust_env=False
            )
        return self._session

    def _refused(self, status: int, told: str) -> EngineError:
        if status == 404:
            return self._missing()
        if status == 400 and "does not support tools" in told:
            return self._toolless()
        if status == 400 and "does not support thinking" in told:
            return self._thoughtless()
        if status in (401, 403):
            return ModelUnavailable(f"Ollama at {self._host} refuses the key: set FLUX_LLM__API_KEY")
        if status in _OVERLOADED:
            return ModelUnavailable(f"Ollama at {self._host} is overloaded: raise OLLAMA_NUM_PARALLEL or add a server")
        if status == 400 or "error parsing tool call" in told:
            return EngineError(f"Ollama at {self._host} refused the request ({status}): {outline(told)}")
        return ModelUnavailable(f"Ollama at {self._host} failed ({status}): {outline(told)}")

    def _failed_midway(self, told: str) -> EngineError:
        kind = EngineError if "error parsing tool call" in told else ModelUnavailable
        return kind(f"model {self._model} at {self._host} failed in mid-answer: {outline(told)}")

    def _missing(self) -> ModelUnavailable:
        return ModelUnavailable(
            f"Ollama at {self._host} has no model {self._model}: run `ollama pull {self._model}`, "
            "or set FLUX_LLM__PULL=true to have it pulled at start"
        )

    def _toolless(self) -> ModelUnavailable:
        return ModelUnavailable(
            f"model {self._model} cannot call tools: set FLUX_LLM__MODEL to one that can, such as qwen3:4b-instruct"
        )

    def _thoughtless(self) -> ModelUnavailable:
        return ModelUnavailable(f"model {self._model} cannot think: set FLUX_LLM__THINK=false")


async def _error_text(answer: aiohttp.ClientResponse) -> str:
    async with asyncio.timeout(2.0):
        body = await answer.content.read(_LONGEST_ERROR)
    try:
        told = json.loads(body)
    except ValueError:
        return ""  # a proxy's page
    return str(told.get("error", "")) if isinstance(told, dict) else ""
