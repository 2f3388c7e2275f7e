"""A Whisper model in CTranslate2's format: loaded from a folder, decodes batches of windows."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import ctranslate2
import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.audio import pad_or_trim
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import get_suppressed_tokens
from numpy.typing import NDArray

from models.audio import SAMPLE_RATE, Pcm
from models.errors import EngineError
from models.stt.gates import nothing_to_hear

LONGEST: Final = 30 * SAMPLE_RATE
"""Samples of one window: Whisper was trained on 30 s."""

_FILES: Final = ("model.bin", "config.json", "tokenizer.json")
_VOCABULARIES: Final = ("vocabulary.json", "vocabulary.txt")
_CONTEXT: Final = 448
_PREFERRED: Final = {"cpu": ("int8", "float32"), "cuda": ("float16", "bfloat16", "int8_float32", "float32")}


@dataclass(frozen=True, slots=True)
class Window:
    """What to decode: at most 30 s of 16 kHz samples after the previous text `prompt`, with a beam of `beam`."""

    pcm: Pcm
    prompt: tuple[int, ...]
    beam: int

    @property
    def seconds(self) -> float:
        """Length of the audio."""
        return len(self.pcm) / SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class Decoded:
    """What was decoded; `log_prob` is the mean of the tokens', `no_speech` the probability that nobody spoke."""

    text: str
    log_prob: float
    no_speech: float


_NOTHING: Final = Decoded("", log_prob=0.0, no_speech=1.0)


class LoadedWhisper:
    """A model on its device; its methods may be called from any thread, `decode` from one at a time."""

    def __init__(self, folder: Path, *, device: str, compute_type: str, threads: int, language: str) -> None:
        """Load the weights in `folder`, which takes seconds; raises EngineError.

        `device` and `compute_type` may be `auto`; `threads` (0: as many as there are cores, at most 4) are those of
        a CPU. Nothing is ever fetched from a network.
        """
        _check_files(folder)
        self.device, self.compute_type = choose(device, compute_type)
        self.threads = threads or min(4, os.cpu_count() or 1)
        self.name = folder.name
        try:
            self._model: Any = WhisperModel(
                str(folder.absolute()),
                device=self.device,
                compute_type=self.compute_type,
                cpu_threads=self.threads,
                local_files_only=True,
            )
            multilingual = bool(self._model.model.is_multilingual)
            self._tokenizer: Any = Tokenizer(
                self._model.hf_tokenizer, multilingual, task="transcribe", language=language
            )
        except Exception as error:  # CTranslate2, tokenizers and JSON each raise their own
            raise EngineError(f"Whisper's weights in {folder} do not load: {explain(error)}") from error
        if not multilingual and language != "en":
            raise EngineError(f"{self.name} understands English only, not {language!r}: choose another model")
        mels, expected = self._model.feature_extractor.mel_filters.shape[0], self._model.model.n_mels
        if mels != expected:
            raise EngineError(
                f"the model in {folder} wants {expected} mel bands, not {mels}: preprocessor_config.json is missing "
                f"or belongs to another model; run flux-voice models pull {self.name}"
            )
        self._suppressed = list(get_suppressed_tokens(self._tokenizer, [-1]))

    @property
    def report(self) -> str:
        """What was loaded, and where to."""
        where = "CUDA" if self.device == "cuda" else f"{self.threads} CPU threads"
        return f"Whisper {self.name} as {self.compute_type} on {where}"

    def encode(self, text: str) -> list[int]:
        """Return the tokens of a text."""
        tokens: list[int] = self._tokenizer.encode(text)
        return tokens

    def decode(self, windows: Sequence[Window]) -> list[Decoded]:
        """Decode windows in one run; their prompts must be of one length and their beams the same.

        A window without anything that could be speech costs nothing. Raises what CTranslate2 raises.
        """
        heard = [window for window in windows if not nothing_to_hear(window.pcm)]
        decoded = iter(self._run(heard) if heard else ())
        return [next(decoded) if any(window is one for one in heard) else _NOTHING for window in windows]

    def _run(self, windows: Sequence[Window]) -> list[Decoded]:
        prompts = [
            self._model.get_prompt(self._tokenizer, list(window.prompt), without_timestamps=True) for window in windows
        ]
        results = self._model.model.generate(
            self._model.encode(np.stack([self.mel(window.pcm) for window in windows])),
            prompts,
            beam_size=windows[0].beam,
            sampling_temperature=0.0,
            max_length=_max_length(len(prompts[0]), max(window.seconds for window in windows)),
            suppress_tokens=self._suppressed,
            return_scores=True,
            return_no_speech_prob=True,
        )
        return [self._decoded(result) for result in results]

    def mel(self, pcm: Pcm) -> NDArray[np.float32]:
        """Return the log-mel spectrogram, shape `(mels, 3000)` at 100 frames/s, zeros after the audio's end."""
        features = self._model.feature_extractor(pcm[:LONGEST])[..., :-1]
        padded: NDArray[np.float32] = pad_or_trim(features)
        return padded

    def _decoded(self, result: Any) -> Decoded:
        tokens = result.sequences_ids[0]
        # The score is the mean over the tokens without the end of text, whose probability is in the sum.
        log_prob = result.scores[0] * len(tokens) / (len(tokens) + 1)
        return Decoded(self._tokenizer.decode(tokens).strip(), log_prob, result.no_speech_prob)


def choose(device: str, compute_type: str) -> tuple[str, str]:
    """Return the device and compute type to use, with `auto` decided by what this machine has; raises EngineError."""
    count = ctranslate2.get_cuda_device_count()
    if device == "cuda" and not count:
        raise EngineError("no CUDA device is to be seen: check the driver (nvidia-smi), or set FLUX_STT__DEVICE=cpu")
    if device == "auto":
        device = "cuda" if count else "cpu"
    supported = ctranslate2.get_supported_compute_types(device)
    if compute_type == "auto":
        return device, next(one for one in _PREFERRED[device] if one in supported)
    if compute_type not in supported:
        known = ", ".join(sorted(supported))
        raise EngineError(f"{device} here cannot compute {compute_type}: set FLUX_STT__COMPUTE_TYPE to one of {known}")
    return device, compute_type


def explain(error: Exception) -> str:
    """Return in one line what an error of CTranslate2 means and what to do about it."""
    told = " ".join(str(error).split())
    if "libcublas" in told:
        return (
            "CUDA's libcublas.so.12 is not found: pip install nvidia-cublas-cu12 and put its lib folder on "
            "LD_LIBRARY_PATH before the start, or set FLUX_STT__DEVICE=cpu"
        )
    if "out of memory" in told:
        return f"the GPU's memory is full ({told}): choose a smaller model, or FLUX_STT__COMPUTE_TYPE=int8_float16"
    return told


def _check_files(folder: Path) -> None:
    missing = [name for name in _FILES if not (folder / name).is_file()]
    if not any((folder / name).is_file() for name in _VOCABULARIES):
        missing.append(_VOCABULARIES[0])
    if missing:
        raise EngineError(
            f"{folder} holds no Whisper model, for {', '.join(missing)} is missing: "
            f"run flux-voice models pull {folder.name}"
        )


def _max_length(prompt: int, seconds: float) -> int:
    """Return the bound on all tokens that leaves room for any speech of this length, and little for a loop.

    CTranslate2 allows the new tokens half of it, and what the prompt leaves.
    """
    new = 16 + int(10 * seconds)
    return min(_CONTEXT, max(2 * new, prompt + new))
