"""One decoder process seen from the event loop: starts it, talks to it without blocking, replaces it when it dies.

A process that gives no sign of life while it owes an answer is killed, and so replaced too.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import struct
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import structlog

import models
from models.errors import EngineError
from models.stt.debts import Debts

if TYPE_CHECKING:
    from models.stt.decoder_worker import Answer, Request

log = structlog.get_logger(__name__)

_MODULE: Final = "models.stt.decoder_worker"
_CODE: Final = str(Path(models.__file__).parents[1])
_STARTS: Final = 3
_GRACE: Final = 1.0
"""Seconds that a process has to see the end of its input before it is killed."""
_TICK: Final = 1.0
# In ticks. A step of audio or the end of a long turn takes up to 5 s where four processes share a core.
_PATIENCE: Final = 10
_LOAD_PATIENCE: Final = 120


@dataclass(slots=True)
class _Load:
    phrases: tuple[str, ...]
    done: asyncio.Future[str]


def worker_command(cache: Path, decoders: int) -> Sequence[str]:
    """Return the command that runs a decoder process."""
    return (sys.executable, "-m", _MODULE, str(cache), str(decoders))


class DecoderProcess:
    """A place where a decoder process runs; a process that dies or hangs is replaced.

    `streams` says who hears of answers; after a death each of them hears `failed`, and what was sent for
    them is lost. Vocabularies are loaded again into every new process.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self.streams: dict[int, Callable[[Answer], None]] = {}
        self.failure: EngineError | None = None
        self._command = command
        self._loads: dict[int, _Load] = {}
        self._waiting: list[Request] = []
        self._process: asyncio.subprocess.Process | None = None
        self._debts = Debts(_PATIENCE, _LOAD_PATIENCE)
        self._supervisor: asyncio.Task[None] | None = None
        self._closing = False

    @property
    def pid(self) -> int | None:
        """The number of the running process."""
        return self._process.pid if self._process else None

    @property
    def ready(self) -> bool:
        """Whether the process runs and has loaded what it was told to: it answers now, not later."""
        return self._process is not None and not self._debts.loading

    async def load(self, vocabulary: int, phrases: tuple[str, ...]) -> str:
        """Load the language model for `phrases`, starting the process if need be; may be tried again when it failed.

        Returns what the operator should know of it, or "". Raises EngineError.
        """
        if self._closing:
            raise EngineError("speech recognition was closed")
        if self._supervisor is not None and self._supervisor.done():
            self._supervisor = self.failure = None
        if vocabulary not in self._loads:
            self._loads[vocabulary] = _Load(phrases, asyncio.get_running_loop().create_future())
            if self._process is not None:
                self._write(("load", vocabulary, phrases))
        if self._supervisor is None:
            self._supervisor = asyncio.create_task(self._supervise(), name="decoder process")
        return await asyncio.shield(self._loads[vocabulary].done)

    def send(self, request: Request) -> None:
        """Send a request, now or when the process has started; never blocks."""
        if self._process is None:
            self._waiting.append(request)
        else:
            self._write(request)

    async def close(self) -> None:
        """End the process and wait for its end."""
        self._closing = True
        if self._process is not None:
            self._hang_up(self._process)
        if self._supervisor is not None:
            supervisor, self._supervisor = self._supervisor, None
            _, late = await asyncio.wait({supervisor}, timeout=_GRACE)
            if late and self._process is not None:
                with contextlib.suppress(ProcessLookupError):
                    self._process.kill()
            await asyncio.wait({supervisor})
        self._fail(EngineError("speech recognition was closed"))

    async def _supervise(self) -> None:
        failed_starts = 0
        while not self._closing and failed_starts < _STARTS:
            try:
                process = await asyncio.create_subprocess_exec(
                    *self._command,
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    # In a session of its own, so that Ctrl-C reaches the server alone.
                    start_new_session=True,
                    env=_environment(),
                )
            except OSError as error:
                self._fail(EngineError(f"cannot start a speech decoder process: {error}"))
                return
            self._process = process
            self._debts = Debts(_PATIENCE, _LOAD_PATIENCE)
            if self._closing:
                self._hang_up(process)
            for vocabulary, load in self._loads.items():
                self._write(("load", vocabulary, load.phrases))
            waiting, self._waiting = self._waiting, []
            for request in waiting:
                self._write(request)
            async with asyncio.TaskGroup() as tasks:
                watch = tasks.create_task(self._watch(process))
                loaded = await self._hear(process)
                watch.cancel()
            self._process = None
            if not self._closing:
                self._interrupt("the speech decoder process stopped; the next turn has a new one")
            # What those streams sent last must not reach the next process.
            self._waiting.clear()
            self._hang_up(process)
            await process.wait()
            failed_starts = 0 if loaded else failed_starts + 1
        if not self._closing:
            self._fail(EngineError("the speech decoder process stops at every start: run `flux-voice doctor`"))

    async def _hear(self, process: asyncio.subprocess.Process) -> bool:
        """Pass answers on until the process ends; tells whether it ever loaded a model."""
        assert process.stdout is not None
        loaded = False
        while True:
            try:
                (size,) = struct.unpack("!i", await process.stdout.readexactly(4))
                answer: Answer = pickle.loads(await process.stdout.readexactly(size))
            except asyncio.IncompleteReadError:
                return loaded
            self._debts.answer(answer)
            match answer:
                case ("loaded", vocabulary, warning):
                    loaded = True
                    self._loaded(vocabulary, warning)
                case ("unloaded", vocabulary, error):
                    self._unloaded(vocabulary, EngineError(error))
                case _ if (hear := self.streams.get(answer[1])) is not None:
                    hear(answer)

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        while True:
            await asyncio.sleep(_TICK)
            if self._debts.tick():
                log.warning("a speech decoder process gives no sign of life and is replaced", pid=process.pid)
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                return

    def _loaded(self, vocabulary: int, warning: str) -> None:
        done = self._loads[vocabulary].done
        if not done.done():
            done.set_result(warning)
        self.failure = None

    def _unloaded(self, vocabulary: int, error: EngineError) -> None:
        # Forgotten, so that the next call tries anew.
        done = self._loads.pop(vocabulary).done
        if not done.done():
            done.set_exception(error)
        else:
            self.failure = error

    def _write(self, request: Request) -> None:
        assert self._process is not None and self._process.stdin is not None
        self._debts.ask(request)
        frame = pickle.dumps(request)
        self._process.stdin.write(struct.pack("!i", len(frame)) + frame)

    @staticmethod
    def _hang_up(process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        process.stdin.close()

    def _interrupt(self, reason: str) -> None:
        # A stream removes itself when it hears that it failed.
        for stream, hear in list(self.streams.items()):
            hear(("failed", stream, reason))

    def _fail(self, error: EngineError) -> None:
        self.failure = error
        self._interrupt(str(error))
        for vocabulary, load in list(self._loads.items()):
            if not load.done.done():
                self._unloaded(vocabulary, error)


def _environment() -> Mapping[str, str]:
    # The process finds the same code as this one, however that was found.
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (_CODE, os.environ.get("PYTHONPATH"))))}
