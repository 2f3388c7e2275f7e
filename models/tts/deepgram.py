"""Text to speech by Deepgram's Speak: the agent's words leave the box, so this engine is never a default."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from typing import Final

from websockets.exceptions import WebSocketException

from models.deepgram import DeepgramAccount, DeepgramUnavailable
from models.errors import EngineError
from models.owned_tasks import OwnedTasks
from models.settings import DeepgramSettings
from models.tts import Speech
from models.tts.deepgram_link import DeepgramLink
from models.tts.words import pieces, plain, speakable

SAMPLE_RATE: Final = 24_000
"""Hz; the voices' own."""
_LONGEST: Final = 1_800
"""Characters of one message; Deepgram takes 2000."""
KEPT: Final = 60.0
"""Seconds that an idle connection is kept for the next phrase."""


class DeepgramSpeaker:
    """Speaks phrases of all calls over connections that each carry one phrase at a time and are then used again.

    So phrases that overlap have a connection each. One that is broken off is silenced (Clear) before its connection
    takes another. Deepgram gives no times of words. One engine belongs to one event loop. Raises EngineError where no
    key is set.
    """

    def __init__(self, settings: DeepgramSettings, *, speed: float = 1.0) -> None:
        self._settings = settings
        self._account = DeepgramAccount(settings)
        self._speed = speed
        self._tasks = OwnedTasks()
        self._links: dict[DeepgramLink, AsyncExitStack] = {}
        self._idle: dict[DeepgramLink, asyncio.TimerHandle] = {}
        self._closed = False

    @property
    def sample_rate(self) -> int:
        """Rate of the audio in Hz."""
        return SAMPLE_RATE

    @property
    def report(self) -> str:
        """Which voice speaks where."""
        return f"{self._settings.speak_model} at {self._account.place}"

    async def warm(self) -> None:
        """Open a connection for the first phrase, which shows whether the key will do; raises EngineError."""
        self._keep(await self._open())

    async def speak(self, phrase: str) -> AsyncIterator[Speech]:
        """Yield the audio of one phrase as it comes; closing the iterator stops it. Raises EngineError."""
        texts = [text for text in pieces(plain(phrase), _LONGEST) if speakable(text)]
        if not texts:
            return
        heard = False
        while True:
            link = self._idle_link()
            kept = link is not None
            link = link or await self._open()
            end = self._silence
            try:
                for text in texts:
                    await link.begin(text)
                    while (pcm := await link.next()) is not None:
                        heard = True
                        yield Speech(pcm)
                end = self._keep
                return
            except EngineError as failure:
                end = self._drop
                if self._closed:
                    raise EngineError("Deepgram's voice was closed while it spoke") from failure
                if heard or not kept or not isinstance(failure, DeepgramUnavailable):
                    raise
                # Deepgram hung up while the connection was idle, and perhaps on others: a new one will do.
                for other in list(self._idle):
                    self._drop(other)
            finally:
                end(link)

    async def close(self) -> None:
        """Close all connections; what is being said ends with EngineError."""
        self._closed = True
        for link in list(self._links):
            self._drop(link)
        await self._tasks.close()
        await self._account.close()

    def _idle_link(self) -> DeepgramLink | None:
        """Take the connection that was used last and takes another text now; None where there is none."""
        for link in reversed(self._idle):
            if link.free:
                self._idle.pop(link).cancel()
                return link
        return None

    async def _open(self) -> DeepgramLink:
        if self._closed:
            raise EngineError("Deepgram's voice was closed: a closed engine speaks no more")
        connecting = self._account.client.speak.v1.connect(
            model=self._settings.speak_model,
            encoding="linear16",
            sample_rate=SAMPLE_RATE,
            speed=None if self._speed == 1.0 else self._speed,
            mip_opt_out=not self._settings.train,
        )
        stack = AsyncExitStack()
        socket = await stack.enter_async_context(self._account.opened(connecting))
        link = DeepgramLink(socket, stall_timeout=self._settings.stall_timeout)
        self._links[link] = stack
        if self._closed:
            self._drop(link)
            raise EngineError("Deepgram's voice was closed")
        return link

    def _keep(self, link: DeepgramLink) -> None:
        if link in self._links:
            self._idle[link] = asyncio.get_running_loop().call_later(KEPT, self._drop, link)

    def _silence(self, link: DeepgramLink) -> None:
        """End the phrase of `link`, which then takes another."""
        if link in self._links:
            self._tasks.start(self._clear(link))

    async def _clear(self, link: DeepgramLink) -> None:
        try:
            await link.clear()
        except EngineError:
            self._drop(link)
        else:
            self._keep(link)

    def _drop(self, link: DeepgramLink) -> None:
        """Close a connection, whose goodbye nobody waits for."""
        if (expiry := self._idle.pop(link, None)) is not None:
            expiry.cancel()
        if (stack := self._links.pop(link, None)) is not None:
            self._tasks.start(_leave(link, stack))


async def _leave(link: DeepgramLink, stack: AsyncExitStack) -> None:
    drained = asyncio.create_task(link.drain())  # a goodbye waits behind what nobody has taken
    try:
        with suppress(OSError, WebSocketException):
            await stack.aclose()
    finally:
        drained.cancel()
