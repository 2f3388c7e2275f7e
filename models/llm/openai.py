"""The engine for models behind any server that speaks OpenAI's chat completions: vLLM, llama.cpp, TGI and others."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import Any, Final

import openai
import structlog

from models.errors import EngineError
from models.llm import Delta, Message, ToolSpec, Usage
from models.llm.failures import ModelUnavailable, outline
from models.llm.lately import LatelyRead
from models.llm.ollama_wire import Think, tool_json
from models.llm.openai_wire import CallParts, Chunk, messages_json, read_chunk
from models.llm.rehearsal import read_ahead, rehearse
from models.llm.response import Response

_OVERLOADED: Final = (429, 503)
_EXTRAS: Final = frozenset({"stream_options", "chat_template_kwargs", "reasoning_effort"})
"""What is asked for beyond the core of the protocol, and done without where a server refuses it."""

log = structlog.get_logger(__name__)


class OpenAIModel:
    """A ChatModel that a server at `base_url` runs; nothing is sent anywhere else.

    `prompt` and `tools` are the agent's, to be read once by `warm`. Timeouts in seconds: to connect, between two
    pieces of an answer (`stall`), and for the first answer (`load`).
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        *,
        temperature: float = 0.2,
        max_tokens: int = 256,
        think: Think = False,
        prompt: str = "",
        tools: Sequence[ToolSpec] = (),
        api_key: str | None = None,
        connect_timeout: float = 1.0,
        stall_timeout: float = 20.0,
        load_timeout: float = 300.0,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._model = model
        self._prompt = prompt
        self._expects = tuple(tools)
        self._think = think
        self._stall_timeout = stall_timeout
        self._connect_timeout = connect_timeout
        self._load_timeout = load_timeout
        self._terms: dict[str, Any] = {"model": model, "temperature": temperature, "max_tokens": max_tokens}
        self._extras = _EXTRAS
        self._read = LatelyRead()
        self._closed = False
        self._client = openai.AsyncOpenAI(
            base_url=self._base_url,
            api_key=api_key or "none",  # given in any case: the environment's key is not for this server
            max_retries=0,  # whoever waits for words is better served by the next model
            default_headers={"Connection": "close"},  # a kept connection may be closed just as it is used
            # A proxy of the environment is not for the box itself, and no redirect may lead away from it.
            http_client=openai.DefaultAsyncHttpxClient(trust_env=False, follow_redirects=False),
        )
        self._client.organization = self._client.project = None

    @property
    def report(self) -> str:
        """Which model runs where."""
        return f"{self._model} at {self._base_url}"

    async def warm(self) -> None:
        """Reach the server and let the model read the agent's prompt and tools.

        Raises EngineError, with what to do, where there is no server, no model, or none that calls tools.
        """
        await self._look_for_model()
        began = await rehearse(
            self._patiently,
            self._prompt,
            self._expects,
            model=self._model,
            may_think=self._think is not False,
            remedy="serve another",
        )
        if began:
            log.info("the model server is ready", model=self._model, server=self._base_url)

    async def prefill(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> None:
        """Let the model read what responses will begin with, unless it has for another call; raises EngineError."""
        now = asyncio.get_running_loop().time()
        if not self._read.holds(messages, tools, now):
            self._read.note(messages, tools, now)
            await read_ahead(self._patiently, messages, tools)

    async def stream(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> AsyncIterator[Delta]:
        """Yield the response as it comes; closing the iterator ends the request.

        Raises EngineError, or ModelUnavailable where nobody would be answered now.
        """
        response, parts = Response(messages, tools), CallParts()
        usage, reason = Usage(), None
        chunks = self._chunks(messages, tools, self._stall_timeout)
        try:
            async for chunk in chunks:
                usage = chunk.usage or usage
                reason = chunk.reason or reason
                response.thinking(chunk.thinking)
                for delta in response.content(chunk.content):
                    yield delta
                for call in chunk.calls:
                    parts.feed(*call)
        finally:
            await chunks.aclose()
        if reason is None:
            raise ModelUnavailable(f"the model server at {self._base_url} broke off its answer")
        self._read.note(messages, tools, asyncio.get_running_loop().time())
        cut = reason == "length"
        # A call that was cut short is none: half a title is not what the caller said.
        for id, name, arguments in parts.calls()[: -1 if cut else None]:
            for delta in response.call(id, name, arguments):
                yield delta
        for delta in response.end(cut=cut):
            yield delta
        yield usage

    async def check(self) -> None:
        """Return if the server answers, whatever it says; raises EngineError."""
        await self._listed()

    async def close(self) -> None:
        """Close the connections."""
        self._closed = True
        await self._client.close()

    async def _listed(self) -> list[str]:
        """Return the models that the server names; not every one does. Raises ModelUnavailable where none answers."""
        try:
            page = await self._client.with_options(timeout=self._timeout(self._stall_timeout)).models.list()
            return [model.id for model in page.data]
        except openai.APIConnectionError as error:
            raise self._unconnected(error, self._stall_timeout) from error
        except (openai.OpenAIError, AttributeError, TypeError, ValueError):
            return []

    async def _look_for_model(self) -> None:
        names = await self._listed()  # where it lists none, the first answer tells
        if names and self._model not in names:
            # llama.cpp and TGI answer under any name.
            log.warning("the model server lists no such model", model=self._model, models=names[:8])

    def _patiently(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> AsyncGenerator[Chunk, None]:
        """Yield the chunks of an answer that may have to wait until the model is loaded."""
        return self._chunks(messages, tools, self._load_timeout)

    async def _chunks(
        self, messages: Sequence[Message], tools: Sequence[ToolSpec], silence: float
    ) -> AsyncGenerator[Chunk, None]:
        """Yield the chunks of one answer; raises EngineError for whatever else happens."""
        if self._closed:
            raise EngineError("the OpenAI engine is closed")
        try:
            stream = await self._begin(messages, tools, silence)
            try:
                async for event in stream:
                    yield read_chunk(event)
            finally:
                await stream.close()
        except openai.APIStatusError as error:
            raise self._refused(error) from error
        except openai.APIConnectionError as error:
            raise self._unconnected(error, silence) from error
        except openai.APIError as error:
            told = outline(error.message)
            raise ModelUnavailable(f"model {self._model} at {self._base_url} failed in mid-answer: {told}") from error
        except (openai.OpenAIError, ValueError) as error:
            raise ModelUnavailable(f"what came from {self._base_url} is not OpenAI's protocol") from error

    async def _begin(self, messages: Sequence[Message], tools: Sequence[ToolSpec], silence: float) -> Any:
        """Send the request, without what the server refuses."""
        extras = self._extras
        while True:
            create: Any = self._client.chat.completions.create
            try:
                stream = await create(
                    **self._terms,
                    messages=messages_json(messages),
                    **({"tools": [tool_json(tool) for tool in tools]} if tools else {}),
                    **self._asked_beyond(extras),
                    stream=True,
                    timeout=self._timeout(silence),
                )
            except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                if not extras:
                    raise
                extras -= {extra for extra in extras if extra in str(error)} or extras
                continue
            self._extras &= extras
            return stream

    def _asked_beyond(self, extras: frozenset[str]) -> dict[str, Any]:
        asked: dict[str, Any] = {}
        if "stream_options" in extras:
            asked["stream_options"] = {"include_usage": True}
        if "chat_template_kwargs" in extras and isinstance(self._think, bool):
            asked["extra_body"] = {"chat_template_kwargs": {"enable_thinking": self._think}}
        if "reasoning_effort" in extras and not isinstance(self._think, bool):
            asked["reasoning_effort"] = self._think
        return asked

    def _timeout(self, silence: float) -> openai.Timeout:
        return openai.Timeout(silence, connect=self._connect_timeout)

    def _unconnected(self, error: openai.APIConnectionError, silence: float) -> ModelUnavailable:
        # Which of httpx's generations lies beneath is the client's own affair, so its errors are known by name.
        cause = type(error.__cause__).__name__
        if cause.startswith("Connect"):
            return ModelUnavailable(f"no model server answers at {self._base_url}: start it, or set FLUX_LLM__BASE_URL")
        if isinstance(error, openai.APITimeoutError):
            return ModelUnavailable(f"model {self._model} at {self._base_url} gave nothing for {silence:g} s")
        return ModelUnavailable(f"the connection to the model server at {self._base_url} broke")

    def _refused(self, error: openai.APIStatusError) -> EngineError:
        status, told = error.status_code, error.message
        if status == 404:
            return ModelUnavailable(
                f"{self._base_url} has no model {self._model}: set FLUX_LLM__MODEL to the name it serves, and "
                "FLUX_LLM__BASE_URL to the address that ends in /v1"
            )
        if status in (401, 403):
            return ModelUnavailable(f"the model server at {self._base_url} refuses the key: set FLUX_LLM__API_KEY")
        if status in _OVERLOADED:
            return ModelUnavailable(f"the model server at {self._base_url} is overloaded")
        if status == 400 and ("tool choice" in told or "tool-call-parser" in told or "--jinja" in told):
            return ModelUnavailable(
                f"the model server at {self._base_url} calls no tools: start vLLM with --enable-auto-tool-choice "
                "--tool-call-parser …, llama.cpp with --jinja"
            )
        if status in (400, 422):
            return EngineError(f"the model server at {self._base_url} refused the request ({status})")
        return ModelUnavailable(f"the model server at {self._base_url} failed ({status})")
