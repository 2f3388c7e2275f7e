"""Silero VAD v6 by onnxruntime; its wheel's Python code needs torch and is never imported."""

import asyncio
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np

from models.audio import SAMPLE_RATE, Pcm, silence
from models.errors import EngineError
from models.licences import ENGINES
from models.onnx_session import single_threaded
from models.vad import WINDOW

PACKAGE: Final = "silero_vad"
MODEL: Final = "silero_vad.onnx"
CONTEXT: Final = 64
"""Samples of the window before that the model sees again in front of each window."""

_RATE: Final = np.array(SAMPLE_RATE, dtype=np.int64)


def find_model(package: str = PACKAGE) -> Path:
    """Return where the ONNX file of the installed wheel lies; raises EngineError when it is absent."""
    # `find_spec` looks a top-level package up without running its `__init__`, which would import torch.
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / "data" / MODEL
        if path.is_file():
            return path
    raise EngineError(f"Silero's {MODEL} is not installed: run {ENGINES['silero'].install}")


class SileroModel:
    """The model, loaded once and shared by all calls; running it is thread-safe."""

    def __init__(self, path: Path | None = None) -> None:
        """Name the ONNX file; None takes the one of the installed `silero-vad` wheel."""
        self._path = path
        self._session: Any | None = None

    def load(self) -> None:
        """Load the model and run it once; blocks for about 0.1 s. Raises EngineError."""
        if self._session is None:
            path = self._path or find_model()
            try:
                # One window is far too little work to share: more threads would only wait for each other.
                session = single_threaded(path)
                SileroStream(session).feed(silence(WINDOW))
            except Exception as cause:
                raise EngineError(
                    f"Silero cannot run {path} ({cause}): run {ENGINES['silero'].install} --force-reinstall"
                ) from cause
            self._session = session

    async def warm(self) -> None:
        """Load the model outside the event loop; raises EngineError."""
        await asyncio.to_thread(self.load)

    def open(self) -> "SileroStream":
        """Start a call; loads the model first if nobody has warmed it. Raises EngineError."""
        self.load()
        return SileroStream(self._session)

    async def close(self) -> None:
        """Let the model go; its memory is freed with the last open stream."""
        self._session = None


class SileroStream:
    """The recurrent state of one call."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self.reset()

    def reset(self) -> None:
        """Forget everything heard."""
        self._state = np.zeros((2, 1, 128), dtype=np.float32)
        self._heard = silence(CONTEXT)  # the last window's end, then samples that fill no window yet

    def feed(self, pcm: Pcm) -> list[float]:
        """Return one probability per window completed by `pcm` (16 kHz mono float32); about 0.3 ms a window."""
        self._heard = np.concatenate((self._heard, pcm))
        probabilities: list[float] = []
        at = 0
        while self._heard.size - at >= CONTEXT + WINDOW:
            window = self._heard[np.newaxis, at : at + CONTEXT + WINDOW]
            inputs = {"input": window, "state": self._state, "sr": _RATE}
            output, self._state = self._session.run(None, inputs)
            probabilities.append(float(output[0, 0]))
            at += WINDOW
        self._heard = self._heard[at:]
        return probabilities
