"""Which models an Ollama server has and what they can do: show, pull and ps, through the official client.

Chat does not go through it: ollama 0.6.3 drops nested parts of tool schemas and the ids of calls.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import httpx
import ollama
from pydantic import ValidationError

from models.errors import EngineError
from models.llm.failures import ModelUnavailable, outline

_ANSWER_TIMEOUT: Final = 10.0
_PULL_SILENCE: Final = 300.0  # a large download is verified without a word


@dataclass(frozen=True, slots=True)
class Pulling:
    """How far a download is: `status` in the server's words, `part` between 0 and 1, None where it has no size."""

    status: str
    part: float | None


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model in memory: `on_gpu` is the part of it that is in GPU memory, between 0 and 1."""

    context: int | None
    on_gpu: float | None


class OllamaLibrary:
    """The models of one server; `headers` go with each request. Raises EngineError and ModelUnavailable."""

    def __init__(self, host: str, *, connect_timeout: float, headers: Mapping[str, str] | None = None) -> None:
        self._host = host
        self._connect_timeout = connect_timeout
        self._headers = dict(headers or {})

    async def capabilities(self, model: str) -> frozenset[str] | None:
        """Return what `model` can do; None where the server is too old to say.

        Raises LookupError where the server has no such model.
        """
        async with self._client(_ANSWER_TIMEOUT) as client:
            try:
                shown = await client.show(model)
            except ollama.ResponseError as error:
                if error.status_code == 404:
                    raise LookupError(model) from error
                raise
        return None if shown.capabilities is None else frozenset(shown.capabilities)

    async def pull(self, model: str, progress: Callable[[Pulling], None]) -> None:
        """Download `model`, telling `progress` of each step."""
        succeeded = False
        async with self._client(_PULL_SILENCE) as client:
            async for step in await client.pull(model, stream=True):
                succeeded = step.status == "success"
                part = (step.completed or 0) / step.total if step.total else None
                progress(Pulling(step.status or "", part))
        if not succeeded:
            raise ModelUnavailable(f"Ollama at {self._host} broke off the download of {model}")

    async def loaded(self, model: str) -> Loaded | None:
        """Return how `model` lies in memory; None where it does not."""
        async with self._client(_ANSWER_TIMEOUT) as client:
            running = (await client.ps()).models
        for one in running:
            if model in (one.model, one.name) or f"{model}:latest" == one.model:
                whole, gpu = one.size, one.size_vram
                return Loaded(one.context_length, int(gpu or 0) / int(whole) if whole else None)
        return None

    @asynccontextmanager
    async def _client(self, silence: float) -> AsyncIterator[ollama.AsyncClient]:
        timeout = httpx.Timeout(silence, connect=self._connect_timeout)
        # A proxy of the environment is not for the box itself, and no redirect may lead away from it.
        client = ollama.AsyncClient(
            self._host, timeout=timeout, headers=self._headers, trust_env=False, follow_redirects=False
        )
        try:
            yield client
        except ollama.ResponseError as error:
            told = outline(error.error)
            raise ModelUnavailable(f"Ollama at {self._host} failed ({error.status_code}): {told}") from error
        except (ConnectionError, httpx.HTTPError) as error:
            raise unreachable(self._host) from error
        except (ValueError, ValidationError) as error:
            raise EngineError(f"what answers at {self._host} does not speak Ollama's protocol") from error
        finally:
            await client.close()  # type: ignore[no-untyped-call]


def unreachable(host: str) -> ModelUnavailable:
    """Return what to raise where nothing answers."""
    return ModelUnavailable(f"no Ollama answers at {host}: start it with `ollama serve`, or set FLUX_LLM__HOST")
