"""Speech to text by Deepgram's Listen: the caller's voice leaves the box, so this engine is never a default."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from weakref import WeakSet

from models.audio import SAMPLE_RATE
from models.deepgram import DeepgramAccount
from models.errors import EngineError
from models.owned_tasks import OwnedTasks
from models.settings import DeepgramSettings
from models.stt.deepgram_stream import DeepgramStream
from models.stt.keyterms import keyterms

if TYPE_CHECKING:
    from deepgram.listen.v1.socket_client import AsyncV1SocketClient


class DeepgramListener:
    """Has each turn understood over a connection of its own, which is made while the caller already speaks.

    Between turns nothing is connected. `vocabulary` are phrases the agent expects, the most important first. One
    engine belongs to one event loop. Raises EngineError where no key is set.
    """

    def __init__(self, settings: DeepgramSettings, vocabulary: Sequence[str] = (), *, language: str = "en") -> None:
        self._settings = settings
        self._account = DeepgramAccount(settings)
        self._vocabulary = tuple(vocabulary)
        self._language = language
        self._tasks = OwnedTasks()
        self._streams: WeakSet[DeepgramStream] = WeakSet()
        self._closed = False

    @property
    def report(self) -> str:
        """Which model runs where."""
        return f"{self._settings.listen_model} at {self._account.place}"

    async def warm(self) -> None:
        """Open a connection and close it unused, which costs nothing and shows whether the key will do.

        Raises EngineError.
        """
        async with self._connect(self._vocabulary):
            pass

    def open(self, vocabulary: Sequence[str] = (), previous: str = "") -> DeepgramStream:
        """Start a turn, biased toward `vocabulary` or else the engine's own; `previous` is not sent.

        Raises EngineError once closed.
        """
        if self._closed:
            raise EngineError("Deepgram's recognition has been closed")
        terms = tuple(vocabulary) or self._vocabulary
        stream = DeepgramStream(
            lambda: self._connect(terms), self._tasks, finalize_timeout=self._settings.finalize_timeout
        )
        self._streams.add(stream)
        return stream

    async def close(self) -> None:
        """Close all connections; open streams end with EngineError."""
        self._closed = True
        for stream in list(self._streams):
            stream.fail(EngineError("Deepgram's recognition has been closed"))
        await self._tasks.close()
        await self._account.close()

    @asynccontextmanager
    async def _connect(self, vocabulary: Sequence[str]) -> "AsyncGenerator[AsyncV1SocketClient, None]":
        terms = keyterms(vocabulary, self._settings.listen_model)
        connecting = self._account.client.listen.v1.connect(
            model=self._settings.listen_model,
            encoding="linear16",
            sample_rate=SAMPLE_RATE,
            channels=1,
            language=self._language,
            interim_results=True,
            punctuate=True,
            endpointing=False,  # when a turn has ended is this box's own decision
            mip_opt_out=not self._settings.train,
            keyterm=terms or None,
        )
        async with self._account.opened(connecting) as socket:
            yield socket
