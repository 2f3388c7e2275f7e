"""Deepgram's own client as the engines and session minting share it: where it is, with which key, how it refuses."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Final, TypeVar
from urllib.parse import urlsplit

import httpx
from deepgram import AsyncDeepgramClient
from deepgram.core.api_error import ApiError
from deepgram.environment import DeepgramClientEnvironment
from websockets.exceptions import WebSocketException

from models.errors import EngineError
from models.settings import DeepgramSettings

_LONGEST: Final = 200

Socket = TypeVar("Socket")


class DeepgramUnavailable(EngineError):
    """Deepgram cannot be reached or does not answer now; a plain EngineError would come again at every attempt."""


class DeepgramAccount:
    """One project of Deepgram, or another server that speaks its protocol.

    Raises EngineError where no key is set. Nothing is sent before a method is called.
    """

    def __init__(self, settings: DeepgramSettings) -> None:
        if settings.api_key is None:
            raise EngineError("Deepgram wants a key: set DEEPGRAM_API_KEY to one of your project")
        self._settings = settings
        # A proxy of the environment is not for another server on one's own net, and no redirect may lead away from it.
        self._http = httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=settings.connect_timeout)
        environment = _environment(settings.url)
        self.place: Final = urlsplit(environment.base).hostname or environment.base
        """The host that is spoken to."""
        self.client: Final = AsyncDeepgramClient(
            api_key=settings.api_key.get_secret_value(),
            environment=environment,
            httpx_client=self._http,
            max_retries=0,
        )

    @asynccontextmanager
    async def opened(self, connecting: AbstractAsyncContextManager[Socket]) -> AsyncGenerator[Socket, None]:
        """Hold a socket of the client open; raises EngineError where it does not come about."""
        async with AsyncExitStack() as stack:
            try:
                async with asyncio.timeout(self._settings.connect_timeout):
                    socket = await stack.enter_async_context(connecting)
            except (ApiError, OSError, TimeoutError, WebSocketException) as error:
                raise self.failure(error) from error
            yield socket

    def failure(self, error: Exception) -> EngineError:
        """Say what an error of the client means, and what to do."""
        if not isinstance(error, ApiError) or error.status_code is None:
            reason = "no answer in time" if isinstance(error, TimeoutError) else type(error).__name__
            return DeepgramUnavailable(
                f"Deepgram cannot be reached at {self.place} ({reason}): see to the network, or set FLUX_DEEPGRAM__URL"
            )
        match error.status_code:
            case 401:
                return EngineError("Deepgram refuses the key: set DEEPGRAM_API_KEY to a valid one of your project")
            case 402:
                return EngineError("Deepgram refuses because the project has no credit: add some in its console")
            case 403:
                return EngineError("Deepgram refuses: the key of DEEPGRAM_API_KEY may not do this, take one that may")
            case 429:
                return DeepgramUnavailable("Deepgram refuses more work for this project just now")
            case status if status < 500:
                return EngineError(f"Deepgram refuses what FLUX_DEEPGRAM__… asks for ({status}{_told(error)})")
            case status:
                return DeepgramUnavailable(f"Deepgram failed ({status})")

    async def close(self) -> None:
        """Close the connections of plain requests."""
        await self._http.aclose()


def _environment(url: str | None) -> DeepgramClientEnvironment:
    if url is None:
        return DeepgramClientEnvironment.PRODUCTION
    sockets = f"ws{url.removeprefix('http')}"
    return DeepgramClientEnvironment(base=url, production=sockets, agent=sockets, agent_rest=url)


def _told(error: ApiError) -> str:
    """Return the reason that a header gives; of a refused upgrade it is in the error that the client caught."""
    refused = getattr(error.__context__, "headers", None) or error.headers or {}
    told = " ".join(str(refused.get("dg-error") or "").split())[:_LONGEST]
    return f": {told}" if told else ""
