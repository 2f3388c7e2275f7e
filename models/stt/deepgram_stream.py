"""One turn on its way through Deepgram's Listen: words settle piece by piece, a lost connection is made good."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import structlog
from websockets.exceptions import ConnectionClosed

from models.audio import SAMPLE_RATE, Pcm, to_int16
from models.deepgram import DeepgramUnavailable
from models.errors import EngineError
from models.owned_tasks import OwnedTasks
from models.stt import Transcript

if TYPE_CHECKING:
    from deepgram.listen.v1.socket_client import AsyncV1SocketClient

log = structlog.get_logger(__name__)

KEEP_ALIVE: Final = 4.0
"""Seconds without audio after which Deepgram is told that more may come; it hangs up after ten."""
RETRIES: Final = (0.0, 0.25, 1.0)
"""Seconds before each further connection, of those that came to nothing."""
_DRAIN: Final = 3.0
"""Longest wait for the last words of a stream that was ended, in seconds."""
_BYTES: Final = 2 * SAMPLE_RATE
"""Of a second of audio."""
_CHUNK: Final = _BYTES // 4
_BACKLOG: Final = 60 * _BYTES
_SLACK: Final = _BYTES // 50
"""Deepgram tells times in rounded seconds: less than this is no audio without words."""

Connect = Callable[[], AbstractAsyncContextManager["AsyncV1SocketClient"]]


@dataclass(frozen=True, slots=True)
class _Result:
    """What was understood of the connection's audio up to `end`, in seconds since its last final words."""

    text: str
    end: float
    final: bool
    from_finalize: bool
    confidence: float


class DeepgramStream:
    """Sends audio as it comes and keeps it until final words stand for it: what a lost connection took is sent again.

    Positions are bytes of the turn. At `look` and `finish` Deepgram is asked to settle what it holds back (Finalize).
    It may leave that unanswered where it holds hardly anything; then the connection is ended, which it must answer, and
    the next audio makes a new one.
    """

    def __init__(self, connect: Connect, tasks: OwnedTasks, *, finalize_timeout: float) -> None:
        self._connect = connect
        self._tasks = tasks
        self._finalize_timeout = finalize_timeout
        self._audio = bytearray()  # what no final words stand for yet: it begins at `_settled`
        self._settled = 0
        self._sent = 0
        self._asked: int | None = None
        self._ending = False
        self._texts: list[str] = []
        self._confidences: list[tuple[float, int]] = []
        self._interim = ""
        self._fetched = ""
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()
        self._more = asyncio.Event()
        self._news = asyncio.Event()
        self._failure: EngineError | None = None
        self._run_task = tasks.start(self._run())

    def feed(self, pcm: Pcm) -> None:
        """Queue more samples; after a failure or `close` they are dropped, and `finish` says why."""
        if self._failure is not None or not pcm.size:
            return
        self._audio += to_int16(pcm).tobytes()
        if len(self._audio) > _BACKLOG:
            self.fail(EngineError("Deepgram is a minute behind: the network is too slow for this call"))
        self._more.set()

    async def partials(self) -> AsyncIterator[Transcript]:
        """Yield the newest text whenever it has changed, until `close`."""
        while True:
            await self._news.wait()
            if self._failure is not None:
                return
            self._news.clear()
            text = " ".join((*self._texts, self._interim)).strip()
            if text != self._fetched:
                self._fetched = text
                yield Transcript(text, final=False)

    async def look(self) -> Transcript:
        """Return the final text of everything fed so far, which is kept: `finish` has it at once; raises EngineError.

        It cuts what is being said in two, so it is for pauses.
        """
        return await self.finish()

    async def finish(self) -> Transcript:
        """Return the final text of everything fed so far, with its confidence; raises EngineError."""
        end = self._settled + len(self._audio)
        if self._failure is None and end - self._settled > _SLACK:
            settled: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append((end, settled))
            self._more.set()
            await settled
        if self._failure is not None:
            raise self._failure
        words = sum(count for _, count in self._confidences)
        confidence = sum(sure * count for sure, count in self._confidences) / words if words else None
        return Transcript(" ".join(self._texts), final=True, confidence=confidence)

    async def close(self) -> None:
        """Drop the connection; a `look` or `finish` that still waits raises EngineError."""
        self.fail(EngineError("this turn has been closed"))

    def fail(self, failure: EngineError) -> None:
        """End the turn with this failure, unless it has ended already."""
        if self._failure is not None:
            return
        self._failure = failure
        self._audio.clear()
        self._news.set()
        for _, settled in self._waiting:
            if not settled.done():
                settled.set_exception(failure)
        self._waiting.clear()
        self._run_task.cancel()

    async def _run(self) -> None:
        """Hold one connection after the other, each from where final words ended."""
        failures = 0
        try:
            while True:
                before = self._settled
                try:
                    await self._through_one_connection()
                except DeepgramUnavailable as failure:
                    failures = 1 if self._settled > before else failures + 1
                    if failures > len(RETRIES):
                        raise
                    log.warning("the connection to Deepgram is made anew", error=str(failure))
                    await asyncio.sleep(RETRIES[failures - 1])
                while len(self._audio) <= _SLACK:
                    self._more.clear()
                    await self._more.wait()
        except EngineError as failure:
            self.fail(failure)
        except Exception as error:
            log.error("the recognition by Deepgram broke", exc_info=True)
            self.fail(EngineError(f"the recognition by Deepgram broke: {type(error).__name__}"))

    async def _through_one_connection(self) -> None:
        """Return when a connection was ended by us and all its words are here; raises EngineError."""
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        # Its goodbye is not waited for: the other side may be gone.
        connection = self._tasks.start(self._hold(ended))
        try:
            await ended
        finally:
            connection.cancel()

    async def _hold(self, ended: "asyncio.Future[None]") -> None:
        try:
            async with self._connect() as socket:
                await self._converse(socket)
                ended.set_result(None)
        except Exception as error:
            if not ended.done():
                ended.set_exception(error)

    async def _converse(self, socket: "AsyncV1SocketClient") -> None:
        self._sent, self._asked, self._ending = self._settled, None, False
        sender = asyncio.create_task(self._send(socket))
        receiver = asyncio.create_task(self._receive(socket, self._settled))
        try:
            await asyncio.wait((sender, receiver), return_when=asyncio.FIRST_COMPLETED)
            if not receiver.done():
                await sender  # raises what ended it
        finally:
            for task in (sender, receiver):
                task.cancel()
            await asyncio.gather(sender, receiver, return_exceptions=True)
        reason = receiver.result()
        if not self._ending or reason:
            raise DeepgramUnavailable(f"Deepgram hung up ({reason or 'without a reason'})")
        self._settle(self._sent)

    async def _send(self, socket: "AsyncV1SocketClient") -> None:
        """Send audio, and where there is none what keeps the connection alive or the words coming."""
        loop = asyncio.get_running_loop()
        patience = 0.0
        try:
            while True:
                self._more.clear()
                at = self._sent - self._settled
                if part := bytes(self._audio[at : at + _CHUNK]):
                    self._sent += len(part)
                    await socket.send_media(part)
                elif self._asked is None and self._waits():
                    self._asked, patience = self._sent, loop.time() + self._finalize_timeout
                    await socket.send_finalize()
                elif self._asked is not None and loop.time() >= patience:
                    self._ending = True
                    await socket.send_close_stream()
                    await asyncio.sleep(_DRAIN)
                    raise DeepgramUnavailable("Deepgram did not end a stream in time")
                elif self._asked is not None:
                    await self._more_within(patience - loop.time())
                elif not await self._more_within(KEEP_ALIVE):
                    await socket.send_keep_alive()
        except ConnectionClosed:
            await asyncio.Event().wait()  # the receiver knows more

    async def _more_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._more.wait()
        except TimeoutError:
            return False
        return True

    async def _receive(self, socket: "AsyncV1SocketClient", base: int) -> str:
        """Take what comes until Deepgram hangs up; return why, "" for a plain end. The connection began at `base`."""
        complaint = ""
        try:
            async for message in socket:
                kind = getattr(message, "type", None)
                if kind == "Results" and (result := _read(message)) is not None:
                    self._hear(result, base)
                elif kind == "Error":
                    complaint = str(getattr(message, "description", None) or "an error")
        except ConnectionClosed as closed:
            return complaint or str(closed)
        return complaint

    def _hear(self, result: _Result, base: int) -> None:
        self._interim = "" if result.final else result.text
        if result.final:
            if result.text:
                self._texts.append(result.text)
                self._confidences.append((result.confidence, len(result.text.split())))
            end = base + 2 * round(result.end * SAMPLE_RATE)
            if result.from_finalize and self._asked is not None:
                end, self._asked = self._asked, None
            self._settle(min(end, self._sent))
        self._news.set()

    def _settle(self, end: int) -> None:
        """Let the words so far stand for the audio up to `end`."""
        if end > self._settled:
            del self._audio[: end - self._settled]
            self._settled = end
        while self._waiting and self._waiting[0][0] <= self._settled + _SLACK:
            settled = self._waiting.popleft()[1]
            if not settled.done():  # a caller that stopped waiting has cancelled it
                settled.set_result(None)
        self._more.set()

    def _waits(self) -> bool:
        """Whether somebody waits for words that are not final yet."""
        while self._waiting and self._waiting[0][1].done():
            self._waiting.popleft()
        return bool(self._waiting)


def _read(message: Any) -> _Result | None:
    """Return a Results message, which the client hands on unchecked; None where it is not one we understand."""
    try:
        best = message.channel.alternatives[0]
        return _Result(
            text=" ".join(best.transcript.split()),
            end=float(message.start) + float(message.duration),
            final=bool(message.is_final),
            from_finalize=bool(message.from_finalize),
            confidence=min(1.0, max(0.0, float(best.confidence))),
        )
    except (AttributeError, IndexError, TypeError, ValueError):
        log.warning("Deepgram sent results of a form that is not known")
        return None
