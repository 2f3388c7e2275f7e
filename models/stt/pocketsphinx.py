"""Speech to text with pocketsphinx and the US English model of its wheel: no downloads, no GPU.

Code and model are under BSD-like licences (Carnegie Mellon University).
"""

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterator, Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final

import structlog

from models.audio import SAMPLE_RATE, Pcm, to_int16
from models.errors import EngineError
from models.stt import Transcript
from models.stt.decoder_process import DecoderProcess, worker_command

if TYPE_CHECKING:
    from models.stt.decoder_worker import Answer

log = structlog.get_logger(__name__)

_BACKLOG: Final = 60 * SAMPLE_RATE * 2
"""Bytes of audio that may wait for a decoder: a minute behind the caller is no conversation."""


class PocketsphinxEngine:
    """Decodes turns in `workers` processes, each with at most `streams_per_worker` turns at once.

    `vocabulary` holds phrases and sentences the agent expects; what they have in common with the caller's
    words is heard far better, other words as before. Making its language model takes some seconds once; it
    is then kept under `cache` (27 MB; by default in the user's cache folder); where that cannot be written, the
    engine works without it and says so in the log. One engine belongs to one event loop.
    """

    def __init__(
        self,
        workers: int = 2,
        vocabulary: Sequence[str] = (),
        *,
        streams_per_worker: int = 4,
        cache: Path | None = None,
    ) -> None:
        self._streams_per_worker = streams_per_worker
        self._vocabulary = tuple(vocabulary)
        self._named: dict[tuple[str, ...], int] = {}
        self._vocabularies: dict[tuple[str, ...], int] = {}
        self._numbers = count()
        folder = (cache or _user_cache()).expanduser()
        self._processes = [DecoderProcess(worker_command(folder, streams_per_worker)) for _ in range(workers)]
        self._warm = False

    @property
    def pids(self) -> tuple[int, ...]:
        """The process numbers of the workers that are running."""
        return tuple(process.pid for process in self._processes if process.pid is not None)

    async def warm(self) -> None:
        """Start the processes and decode a little in each; raises EngineError."""
        await self.prepare(self._vocabulary)
        self._warm = True

    async def prepare(self, vocabulary: Sequence[str]) -> None:
        """Make `vocabulary` ready for `open`, for an engine that serves several agents; raises EngineError.

        Holds up the turns that are open for a moment, so it belongs to the start of a server.
        """
        phrases = tuple(vocabulary)
        # Named before the wait, for another vocabulary may be prepared meanwhile.
        number = self._named.setdefault(phrases, len(self._named))
        warnings = await asyncio.gather(*(process.load(number, phrases) for process in self._processes))
        for warning in set(warnings) - {""}:
            log.warning(warning)
        self._vocabularies[phrases] = number

    def open(self, vocabulary: Sequence[str] = (), previous: str = "") -> "PocketsphinxStream":
        """Start a turn; a `vocabulary` that was not prepared gives way to the engine's own, `previous` is not used.

        Raises EngineError where all decoders are taken or none is running.
        """
        if not self._warm:
            raise EngineError("pocketsphinx has not been started: await warm() first")
        running = [process for process in self._processes if process.failure is None]
        if not running:
            raise self._processes[0].failure or EngineError("pocketsphinx has no worker processes: set workers")
        free = [process for process in running if len(process.streams) < self._streams_per_worker]
        if not free:
            taken = len(running) * self._streams_per_worker
            raise EngineError(f"all {taken} speech decoders are taken: set more workers, or use another engine")
        # A process that is being replaced has no turns, but it makes its first one wait.
        process = min(free, key=lambda one: (not one.ready, len(one.streams)))
        known = self._vocabularies.get(tuple(vocabulary) or self._vocabulary, self._vocabularies[self._vocabulary])
        return PocketsphinxStream(process, next(self._numbers), known)

    async def check(self) -> None:
        """Return if a decoder process has its model loaded; raises EngineError."""
        if not any(process.ready for process in self._processes):
            raise EngineError("no speech decoder process is running just now")

    async def close(self) -> None:
        """End the processes; open streams end with EngineError."""
        await asyncio.gather(*(process.close() for process in self._processes))


class PocketsphinxStream:
    """One turn; its decoder is in another process, and text comes back as it is ready."""

    def __init__(self, process: DecoderProcess, number: int, vocabulary: int) -> None:
        self._process = process
        self._number = number
        self._failure: EngineError | None = None
        self._fed = 0
        self._decoded = 0
        self._text = ""
        self._fetched = ""
        self._news = asyncio.Event()
        self._finals: deque[tuple[int, asyncio.Future[Transcript]]] = deque()
        self._looks: deque[tuple[int, asyncio.Future[Transcript]]] = deque()
        self._final: tuple[int, Transcript] | None = None
        process.streams[number] = self._hear
        process.send(("open", number, vocabulary))

    @property
    def pid(self) -> int | None:
        """The number of the process that decodes this turn."""
        return self._process.pid

    def feed(self, pcm: Pcm) -> None:
        """Queue more samples; after a failure or `close` they are dropped, and `finish` says why."""
        if self._failure is not None or not pcm.size:
            return
        samples = to_int16(pcm).tobytes()
        self._fed += len(samples)
        if self._fed - self._decoded > _BACKLOG:
            self._end(EngineError("speech recognition is a minute behind: this machine is too slow for so many calls"))
            return
        self._process.send(("feed", self._number, samples))

    async def partials(self) -> AsyncIterator[Transcript]:
        """Yield the newest text whenever it has changed, until `close`."""
        while True:
            await self._news.wait()
            if self._failure is not None:
                return
            self._news.clear()
            if self._text != self._fetched:
                self._fetched = self._text
                yield Transcript(self._text, final=False)

    async def look(self) -> Transcript:
        """Return the text once all that was fed so far is decoded, which may be final already; raises EngineError."""
        if self._failure is not None:
            raise self._failure
        if self._final is not None and self._final[0] == self._fed:
            return self._final[1]
        if self._decoded >= self._fed:
            return Transcript(self._text, final=False)
        # The text comes with the decoding anyway: to ask for it would only queue behind the same audio.
        look: asyncio.Future[Transcript] = asyncio.get_running_loop().create_future()
        self._looks.append((self._fed, look))
        return await look

    async def finish(self) -> Transcript:
        """Return the final text of everything fed so far, which is kept; raises EngineError."""
        if self._failure is not None:
            raise self._failure
        if self._final is not None and self._final[0] == self._fed:
            return self._final[1]
        final: asyncio.Future[Transcript] = asyncio.get_running_loop().create_future()
        self._finals.append((self._fed, final))
        self._process.send(("finish", self._number))
        return await final

    async def close(self) -> None:
        """Give the decoder back; a `look` or `finish` that still waits raises EngineError."""
        self._end(EngineError("this turn has been closed"))

    def _hear(self, answer: "Answer") -> None:
        match answer:
            case ("partial", _, text, decoded):
                self._decoded = decoded
                self._text = text
                self._news.set()
                while self._looks and self._looks[0][0] <= decoded:
                    _settle(self._looks.popleft()[1], Transcript(text, final=False))
            case ("final", _, text):
                self._text = text
                fed, final = self._finals.popleft()
                self._final = (fed, Transcript(text, final=True))
                _settle(final, self._final[1])
            case ("failed", _, reason):
                self._end(EngineError(reason))

    def _end(self, failure: EngineError) -> None:
        if self._process.streams.pop(self._number, None) is not None:
            self._process.send(("close", self._number))
        self._failure = self._failure or failure
        self._news.set()
        for _, waiting in (*self._finals, *self._looks):
            if not waiting.done():
                waiting.set_exception(self._failure)
        self._finals.clear()
        self._looks.clear()


def _settle(waiting: "asyncio.Future[Transcript]", transcript: Transcript) -> None:
    # A caller that stopped waiting has cancelled it.
    if not waiting.done():
        waiting.set_result(transcript)


def _user_cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "flux-voice"
