"""End of turn by ear: how likely a speaker has finished, from the sound of the turn (smart-turn v3 by onnxruntime).

The model is Daily's, under the BSD 2-clause licence, and comes in the wheel of `pipecat-ai`, whose code is never
imported. It hears melody and pace, in 23 languages, and knows nothing of what was said.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np

from models.audio import SAMPLE_RATE, Pcm, silence
from models.errors import EngineError
from models.licences import ENGINES
from models.log_mel import WINDOW_SECONDS, log_mel
from models.onnx_session import single_threaded

PACKAGE: Final = "pipecat"
FOLDER: Final = Path("audio", "turn", "smart_turn", "data")
MODEL: Final = "smart-turn-v3*.onnx"
INSTALL: Final = ENGINES["smart-turn"].install


class TurnModel(Protocol):
    """An engine that hears whether a speaker has finished, for many calls."""

    async def warm(self) -> None:
        """Load everything, so that the first caller waits for nothing; raises EngineError."""

    async def finished(self, pcm: Pcm) -> float:
        """Return the probability in [0, 1] that the speaker of `pcm` has finished.

        `pcm` is the turn so far, pauses and the silence at its end included: 16 kHz mono float32, of which the last
        seconds count. Never computes on the event loop; cancelling it takes a request that waits out of the queue.
        Raises EngineError.
        """

    async def close(self) -> None:
        """Free the engine's memory and its thread; requests that wait raise EngineError or are cancelled."""


def find_model(package: str = PACKAGE) -> Path:
    """Return where the ONNX file of the installed wheel lies; raises EngineError when it is absent."""
    # `find_spec` looks a top-level package up without running its `__init__`, which imports half of pipecat.
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        found = sorted((Path(folder) / FOLDER).glob(MODEL))
        if found:
            return found[-1]
    raise EngineError(f"smart-turn's {MODEL} is not installed: run {INSTALL}")


class SmartTurn:
    """The model, loaded once and shared by all calls, in one thread of its own: a verdict takes 50 to 100 ms."""

    def __init__(self, path: Path | None = None) -> None:
        """Name the ONNX file; None takes the one of the installed `pipecat-ai` wheel."""
        self._path = path
        self._session: Any | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="smart-turn")

    @property
    def report(self) -> str:
        """Which model runs, and where; see `models.reporting.Reporting`."""
        return f"{self._path.name} at 1 CPU thread" if self._path else "not loaded"

    async def warm(self) -> None:
        """Load the model and run it once; raises EngineError."""
        await self._in_thread(self._load)

    async def finished(self, pcm: Pcm) -> float:
        """Return the probability in [0, 1] that the speaker of `pcm` has finished; raises EngineError."""
        # Copied here: the caller's buffer may go on to fill while the thread is still busy with another call.
        return float(await self._in_thread(self._judge, pcm[-int(WINDOW_SECONDS * SAMPLE_RATE) :].copy()))

    async def close(self) -> None:
        """Let the model go and end its thread."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        self._session = None

    async def _in_thread(self, work: Any, *arguments: Any) -> Any:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)
        except RuntimeError as cause:
            raise EngineError("smart-turn was closed: a closed engine hears no more") from cause

    def _load(self) -> Any:
        if self._session is None:
            path = self._path = self._path or find_model()
            try:
                # Two threads save a third of the time and cost half as much again: calls share these cores.
                session = single_threaded(path)
                _run(session, silence(SAMPLE_RATE))
            except Exception as cause:
                raise EngineError(f"smart-turn cannot run {path} ({cause}): run {INSTALL} --force-reinstall") from cause
            self._session = session
        return self._session

    def _judge(self, pcm: Pcm) -> float:
        session = self._load()
        try:
            return _run(session, pcm)
        except Exception as cause:
            raise EngineError(f"smart-turn broke: {cause}") from cause


def _run(session: Any, pcm: Pcm) -> float:
    (probabilities,) = session.run(None, {"input_features": log_mel(pcm)[np.newaxis]})
    return float(np.clip(probabilities.ravel()[0], 0.0, 1.0))
