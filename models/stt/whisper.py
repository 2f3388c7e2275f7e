"""Speech to text with Whisper on faster-whisper (CTranslate2): the calls share runs, on CPU or CUDA.

faster-whisper, CTranslate2 and the weights of OpenAI's Whisper are under the MIT licence.
"""

import asyncio
import math
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from time import monotonic
from typing import Final
from weakref import WeakSet

import numpy as np
import structlog

from models.audio import SAMPLE_RATE, Pcm
from models.batching import MicroBatcher
from models.errors import EngineError
from models.stt.gates import Gates
from models.stt.whisper_model import Decoded, LoadedWhisper, Window, explain
from models.stt.whisper_prompt import VOCABULARY_MOST, vocabulary_tokens
from models.stt.whisper_stream import WhisperStream

log = structlog.get_logger(__name__)

_BATCHES: Final = {"cpu": 1, "cuda": 16}
"""Windows of one run. A CPU takes four times as long for four (benchmarks/stt.py): all would wait for the last."""


class WhisperEngine:
    """Decodes the turns of all calls, those that come within `window` seconds of each other in one run.

    `folder` holds a model in CTranslate2's format; nothing is ever fetched. `vocabulary` are phrases the agent
    expects, the most important first. Finals are searched with a beam of `beam`, partials greedily, one after every
    `partial_interval` seconds of new audio at most. `max_batch` 0 leaves the number of windows in a run to the
    device, `threads` 0 the threads of a CPU to its cores. One engine belongs to one event loop.
    """

    def __init__(
        self,
        folder: Path,
        vocabulary: Sequence[str] = (),
        *,
        device: str = "auto",
        compute_type: str = "auto",
        language: str = "en",
        beam: int = 5,
        partial_interval: float = 0.4,
        window: float = 0.01,
        max_batch: int = 0,
        threads: int = 0,
        gates: Gates | None = None,
    ) -> None:
        self._folder = folder
        self._vocabulary = tuple(vocabulary)
        self._device = device
        self._compute_type = compute_type
        self._language = language
        self._beam = beam
        self._partial_interval = partial_interval
        self._window = window
        self._max_batch = max_batch
        self._threads = threads
        self._gates = gates or Gates()
        self._model: LoadedWhisper | None = None
        self._batcher: MicroBatcher[Window, Decoded] | None = None
        self._closed = False
        self._streams: WeakSet[WhisperStream] = WeakSet()
        self._hints = lru_cache(32)(self._encode_hints)

    @property
    def report(self) -> str:
        """Which model runs where, and how; known once `warm` has been awaited."""
        return self._model.report if self._model else f"Whisper from {self._folder}, not loaded"

    @property
    def batcher(self) -> MicroBatcher[Window, Decoded]:
        """What runs the model, with its counts; raises EngineError before `warm` and after `close`."""
        if self._closed:
            raise EngineError("Whisper has been closed")
        if self._batcher is None:
            raise EngineError("Whisper has not been started: await warm() first")
        return self._batcher

    async def warm(self) -> None:
        """Load the model and decode once, so that what is missing shows now; raises EngineError."""
        if self._batcher is not None:
            return
        began = monotonic()
        model = await asyncio.to_thread(
            LoadedWhisper,
            self._folder,
            device=self._device,
            compute_type=self._compute_type,
            threads=self._threads,
            language=self._language,
        )
        try:
            # cuBLAS is looked for only now.
            await asyncio.to_thread(model.decode, [Window(_noise(), (), self._beam)])
        except Exception as error:
            raise EngineError(f"{model.report} cannot run: {explain(error)}") from error
        max_batch = self._max_batch or _BATCHES[model.device]
        batcher = MicroBatcher(model.decode, name="whisper", max_batch=max_batch, window=self._window)
        batcher.start()
        self._model, self._batcher = model, batcher
        log.info("speech recognition is ready", engine=model.report, took=round(monotonic() - began, 2))

    def open(self, vocabulary: Sequence[str] = (), previous: str = "") -> WhisperStream:
        """Start a turn after the text `previous`, biased toward `vocabulary` or else the engine's own.

        Raises EngineError before `warm`.
        """
        batcher = self.batcher
        assert self._model is not None
        stream = WhisperStream(
            batcher,
            self._model.encode,
            self._hints(tuple(vocabulary) or self._vocabulary),
            self._model.encode(f" {previous}") if previous else (),
            beam=self._beam,
            partial_interval=self._partial_interval,
            gates=self._gates,
        )
        self._streams.add(stream)
        return stream

    async def check(self) -> None:
        """Return if there is a thread that decodes; raises EngineError."""
        if not self.batcher.running:
            raise EngineError("Whisper's thread has ended")

    async def close(self) -> None:
        """Stop decoding; open streams end with EngineError."""
        self._closed = True
        for stream in list(self._streams):
            stream.fail(EngineError("Whisper has been closed"))
        if self._batcher is not None:
            await self._batcher.close()

    def _encode_hints(self, vocabulary: tuple[str, ...]) -> tuple[int, ...]:
        assert self._model is not None
        return vocabulary_tokens(self._model.encode, vocabulary, VOCABULARY_MOST)


def find_model(name: str, models: Path | None = None) -> Path:
    """Return the folder of a model; raises EngineError.

    `name` is the path of a folder, or such a folder's name within `models`, the folder of the weights: `base.en`.
    """
    places = [Path(name).expanduser(), *([models / name] if models else [])]
    for place in places:
        if place.is_dir():
            return place.absolute()
    raise EngineError(
        f"there is no Whisper model {name!r} at {' or at '.join(map(str, places))}: run flux-voice models pull {name}, "
        "or set FLUX_STT__MODEL to a folder with a model in CTranslate2's format"
    )


def _noise() -> Pcm:
    """Return a second of noise that swells, for anything steadier would not be decoded at all."""
    swell = np.abs(np.sin(np.linspace(0.0, 3.0 * math.pi, SAMPLE_RATE)))
    return (0.05 * swell * np.random.default_rng(0).standard_normal(SAMPLE_RATE)).astype(np.float32)
