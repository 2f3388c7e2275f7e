"""One turn on its way through Deepgram's Listen: words settle piece by piece, a lost connection is made good."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Final

import numpy as np
import structlog
from websockets.exceptions import ConnectionClosed

from models.audio import SAMPLE_RATE, Pcm, to_int16
from models.deepgram import DeepgramUnavailable
from models.errors import EngineError
from models.owned_tasks import OwnedTasks
from models.stt import CONSONANT, Transcript
from models.stt.deepgram_results import Result, read_result

if TYPE_CHECKING:
    from deepgram.listen.v1.socket_client import AsyncV1SocketClient

log = structlog.get_logger(__name__)

KEEP_ALIVE: Final = 4.0
"""Seconds without audio after which Deepgram is told that more may come; it hangs up after ten."""
RETRIES: Final = (0.0, 0.25, 1.0)
"""Seconds before each further connection, of those that came to nothing."""
DRAIN: Final = 3.0
"""Longest wait for the last words of a stream that was ended, or for audio to leave, in seconds."""
_BYTES: Final = 2 * SAMPLE_RATE
"""Of a second of audio."""
_CHUNK: Final = _BYTES // 4
_BACKLOG: Final = 60 * _BYTES
_SLACK: Final = _BYTES // 50
"""Deepgram tells times in rounded seconds: less than this is no audio without words."""
_FRAME: Final = SAMPLE_RATE // 50
_TAIL: Final = 6
"""Frames: what of a pause has certainly passed when it is noticed."""
_LOUD: Final = 0.2

Connect = Callable[[], AbstractAsyncContextManager["AsyncV1SocketClient"]]


class DeepgramStream:
    """Sends audio as it comes and keeps it until final words stand for it: what a lost connection took is sent again.

    Positions are bytes of the turn. At `look` and `finish` Deepgram is asked to settle what it holds back (Finalize).
    It may leave that unanswered where it holds hardly anything; then the connection is ended, which it must answer, and
    the next audio makes a new one. It cuts where it is asked to, in the middle of a word too: then its answer is good
    only until more is said, and what was cut is sent again with that.
    """

    def __init__(self, connect: Connect, tasks: OwnedTasks, *, finalize_timeout: float) -> None:
        self._connect = connect
        self._tasks = tasks
        self._finalize_timeout = finalize_timeout
        self._audio = bytearray()  # what no final words stand for yet: it begins at `_settled`
        self._settled = 0
        self._known = 0  # up to here there are words, of which those after `_settled` are good until more is said
        self._sent = 0
        self._base = 0  # where the connection's time began
        self._asked = False
        self._ending = False
        self._words: list[Result] = []
        self._cut: Result | None = None
        self._interim = ""
        self._fetched = ""
        self._waiting: deque[tuple[int, asyncio.Future[Transcript]]] = deque()
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
            text = " ".join((*(words.text for words in self._words), self._interim)).strip()
            if text != self._fetched:
                self._fetched = text
                yield Transcript(text, final=False)

    async def look(self) -> Transcript:
        """Return the final text of everything fed so far, which `finish` has at once then; raises EngineError."""
        await asyncio.sleep(CONSONANT)  # or Deepgram would be asked to cut within words
        return await self.finish()

    async def finish(self) -> Transcript:
        """Return the final text of everything fed so far, with its confidence; raises EngineError."""
        if self._failure is not None:
            raise self._failure
        if self._end - self._known <= _SLACK:
            return self._transcript()
        known: asyncio.Future[Transcript] = asyncio.get_running_loop().create_future()
        self._waiting.append((self._end, known))
        self._more.set()
        return await known

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
        for _, known in self._waiting:
            if not known.done():
                known.set_exception(failure)
        self._waiting.clear()
        self._run_task.cancel()

    def _transcript(self) -> Transcript:
        heard = [*self._words, *([self._cut] if self._cut else ())]
        words = sum(len(one.text.split()) for one in heard)
        sure = sum(one.confidence * len(one.text.split()) for one in heard)
        text = " ".join(one.text for one in heard if one.text)
        return Transcript(text, final=True, confidence=sure / words if words else None)

    @property
    def _end(self) -> int:
        return self._settled + len(self._audio)

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
                while self._end - self._known <= _SLACK:
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
        self._base = self._sent = self._settled
        self._asked = self._ending = False
        sender = asyncio.create_task(self._send(socket))
        receiver = asyncio.create_task(self._receive(socket))
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
                if self._asked:
                    # What follows is held back until the answer is here, for it may have to be sent another way.
                    if loop.time() < patience:
                        await self._more_within(patience - loop.time())
                        continue
                    self._ending = True
                    await socket.send_close_stream()
                    await asyncio.sleep(DRAIN)
                    raise DeepgramUnavailable("Deepgram did not end a stream in time")
                self._mend()
                at = self._sent - self._settled
                if part := bytes(self._audio[at : at + _CHUNK]):
                    self._sent += len(part)
                    async with asyncio.timeout(DRAIN):
                        await socket.send_media(part)
                elif self._waits():
                    self._asked, patience = True, loop.time() + self._finalize_timeout
                    await socket.send_finalize()
                elif not await self._more_within(KEEP_ALIVE):
                    await socket.send_keep_alive()
        except TimeoutError as late:
            raise DeepgramUnavailable("Deepgram takes no more audio") from late
        except ConnectionClosed:
            await asyncio.Event().wait()  # the receiver knows more

    async def _more_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._more.wait()
        except TimeoutError:
            return False
        return True

    async def _receive(self, socket: "AsyncV1SocketClient") -> str:
        """Take what comes until Deepgram hangs up; return why, "" for a plain end."""
        complaint = ""
        try:
            async for message in socket:
                kind = getattr(message, "type", None)
                if kind == "Results" and (result := read_result(message)) is not None:
                    self._hear(result)
                elif kind == "Error":
                    complaint = str(getattr(message, "description", None) or "an error")
        except ConnectionClosed as closed:
            return complaint or str(closed)
        return complaint

    def _hear(self, result: Result) -> None:
        answer = self._asked and result.from_finalize
        if answer:
            self._asked = False
        if not result.final:
            self._interim = result.text
        elif answer and not self._ending and _in_speech(self._audio[: self._sent - self._settled]):
            self._cut, self._interim = result, result.text
            self._know(self._sent)
        else:
            if result.text:
                self._words.append(result)
            self._interim = ""
            end = self._base + 2 * round(result.end * SAMPLE_RATE)
            self._settle(self._sent if answer else min(end, self._sent))
        self._news.set()
        self._more.set()

    def _settle(self, end: int) -> None:
        """Let the words so far stand for the audio up to `end`, for good."""
        if end > self._settled:
            del self._audio[: end - self._settled]
            self._settled = end
        self._know(self._settled)

    def _know(self, end: int) -> None:
        self._known = max(self._known, end)
        while self._waiting and self._waiting[0][0] <= self._known + _SLACK:
            known = self._waiting.popleft()[1]
            if not known.done():  # a caller that stopped waiting has cancelled it
                known.set_result(self._transcript())

    def _mend(self) -> None:
        """Send what was cut within a word again, for more has been said since."""
        if self._cut is not None and self._end > self._known:
            self._base -= self._sent - self._settled
            self._known = self._sent = self._settled
            self._cut = None

    def _waits(self) -> bool:
        """Whether somebody waits for words that are not final yet."""
        while self._waiting and self._waiting[0][1].done():
            self._waiting.popleft()
        return bool(self._waiting)


def _in_speech(audio: bytearray) -> bool:
    """Whether int16 samples end within a word: they are loud, for them, near their end."""
    samples = np.frombuffer(bytes(audio), dtype="<i2").astype(np.float32)
    frames = samples[samples.size % _FRAME :].reshape(-1, _FRAME)
    loudness = np.sqrt(np.mean(np.square(frames), axis=1))
    return loudness.size > _TAIL and bool(loudness[-_TAIL:].max() > _LOUD * loudness.max())
