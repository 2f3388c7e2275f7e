"""One Piper voice on onnxruntime: text to phonemes, phonemes to sound; blocking."""

import json
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from piper import PiperVoice, SynthesisConfig
from piper.config import PhonemeType, PiperConfig
from piper.const import BOS, PAD

from models.audio import Pcm
from models.errors import EngineError

_CUDA: Final = "CUDAExecutionProvider"
_CPU: Final = "CPUExecutionProvider"
_SPOKEN_BY: Final = (PhonemeType.ESPEAK, PhonemeType.TEXT)
"""Other kinds of phonemes need packages of their own, and one of them fetches a model when it first speaks."""


def find_voice(name: str, models: Path | None = None) -> Path:
    """Return the ONNX file of a voice; raises EngineError.

    `name` is the path of the file, the path of a folder that holds one, or such a folder's name within `models`, the
    folder of the weights: `en_US-ljspeech-medium`.
    """
    places = [Path(name).expanduser(), *([models / name] if models else [])]
    for place in places:
        files = sorted(place.glob("*.onnx")) if place.is_dir() else [place]
        if len(files) == 1 and files[0].is_file():
            return files[0]
    raise EngineError(
        f"there is no Piper voice {name!r} at {' or at '.join(map(str, places))}: run flux-voice models pull {name}, or"
        " set FLUX_TTS__VOICE to an .onnx file that has its .onnx.json beside it"
    )


class Stop:
    """Ends one run of a voice, from any thread; once and for good."""

    def __init__(self) -> None:
        self.options: Any = onnxruntime.RunOptions()

    def set(self) -> None:
        """End the run within one node of its graph, or before it begins."""
        self.options.terminate = True

    @property
    def is_set(self) -> bool:
        """Whether the run is to end."""
        return bool(self.options.terminate)


@dataclass(frozen=True, slots=True)
class Utterance:
    """One sentence as a voice said it: mono float32 at the voice's rate, not evened.

    `lengths` holds the samples of each phoneme and `first` the sample where the first one begins; None where the
    voice does not tell.
    """

    phonemes: list[str]
    pcm: Pcm
    first: int = 0
    lengths: NDArray[np.int64] | None = None


class Voice:
    """A voice, loaded once and shared by all calls; running it is thread-safe."""

    def __init__(self, path: Path, *, threads: int, use_cuda: bool = False, speed: float = 1.0) -> None:
        """Read the voice's configuration, `path` with `.json` behind it; raises EngineError.

        `threads` bounds what one run takes of the processor; `speed` is 2.0 for twice as fast.
        """
        self._path = path
        self._threads = threads
        self._cuda = use_cuda
        self._config = _config(path)
        self._voice: PiperVoice | None = None
        self._synthesis = SynthesisConfig(length_scale=self._config.length_scale / speed, normalize_audio=False)

    @property
    def rate(self) -> int:
        """Rate of the voice's audio in Hz."""
        return self._config.sample_rate

    @property
    def report(self) -> str:
        """Which voice it is, and where it runs."""
        where = "CUDA" if self._cuda else f"{self._threads} CPU threads"
        return f"voice {self._path.stem} at {self.rate} Hz on {where}"

    @property
    def language(self) -> str:
        """The voice's language as espeak-ng names it, such as en-us."""
        return self._config.espeak_voice

    def load(self) -> PiperVoice:
        """Load the model, unless it is; raises EngineError, also where CUDA was asked for and is not in use."""
        if self._voice is None:
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = self._threads
            options.inter_op_num_threads = 1
            options.log_severity_level = 3
            # Between two runs the threads sleep: the processor belongs to the other engines, too.
            options.add_session_config_entry("session.intra_op.allow_spinning", "0")
            providers: list[Any] = [(_CUDA, {"cudnn_conv_algo_search": "HEURISTIC"})] if self._cuda else [_CPU]
            if self._cuda and _CUDA not in onnxruntime.get_available_providers():
                raise EngineError(
                    "this onnxruntime knows no CUDA: replace it by onnxruntime-gpu, or set FLUX_TTS__DEVICE=cpu"
                )
            try:
                session = onnxruntime.InferenceSession(_with_alignments(self._path), options, providers=providers)
            except Exception as cause:
                raise EngineError(f"{self._path} is no voice that Piper can speak with ({cause})") from cause
            if self._cuda and _CUDA not in session.get_providers():
                # onnxruntime only warns, and goes on without.
                raise EngineError(
                    "onnxruntime cannot use CUDA here: install the CUDA and cuDNN that its log names, or set"
                    " FLUX_TTS__DEVICE=cpu"
                )
            self._voice = PiperVoice(session=session, config=self._config)
        return self._voice

    def say(self, text: str, stop: Stop) -> list[Utterance]:
        """Speak `text`, in the sentences that espeak-ng finds; raises EngineError, but not for what `stop` ended."""
        voice = self.load()
        said = []
        try:
            # Two brackets would make phonemes of what is between them.
            for heard in voice.phonemize(text.replace("[[", "[ [")):
                phonemes = [phoneme for phoneme in heard if phoneme in self._config.phoneme_id_map]
                if any(phoneme[0].isalnum() for phoneme in phonemes) and not stop.is_set:
                    said.append(self._run(voice, phonemes, stop))
        except Exception as cause:
            if stop.is_set:
                return said
            raise EngineError(f"the voice {self._path.name} failed: {cause}") from cause
        return said

    def _run(self, voice: PiperVoice, phonemes: list[str], stop: Stop) -> Utterance:
        # `synthesize` would do all this at once, but writes what is said to its log and cannot be stopped.
        ids = voice.phonemes_to_ids(phonemes)
        stoppable = replace(voice, session=_Stoppable(voice.session, stop))
        pcm, samples = stoppable.phoneme_ids_to_audio(ids, self._synthesis, include_alignments=True)
        pcm = np.nan_to_num(np.atleast_1d(pcm).astype(np.float32))
        if samples is None:
            return Utterance(phonemes, pcm)
        first, lengths = self._by_phoneme(phonemes, np.atleast_1d(samples))
        return Utterance(phonemes, pcm, first, lengths)

    def _by_phoneme(self, phonemes: list[str], samples: NDArray[np.int64]) -> tuple[int, NDArray[np.int64] | None]:
        # A phoneme's ids are followed by those of a pad, which are its time, too.
        ids = self._config.phoneme_id_map
        pad = len(ids.get(PAD, ()))
        edges = np.cumsum([len(ids[phoneme]) + pad for phoneme in (BOS, *phonemes)])
        if edges[-1] > samples.size:
            return 0, None
        until = np.concatenate(([0], np.cumsum(samples)))[edges]
        return int(until[0]), np.diff(until)


@dataclass(frozen=True, slots=True)
class _Stoppable:
    """A session as Piper uses it, whose run can be ended."""

    session: Any
    stop: Stop

    def run(self, outputs: Any, inputs: Any) -> Any:
        return self.session.run(outputs, inputs, self.stop.options)


def _config(path: Path) -> PiperConfig:
    file = path.with_name(f"{path.name}.json")
    try:
        config = PiperConfig.from_dict(json.loads(file.read_text(encoding="utf-8")))
    except OSError as cause:
        raise EngineError(f"the voice {path.name} lacks its configuration {file} ({cause.strerror})") from cause
    except (ValueError, LookupError, TypeError, AttributeError) as cause:
        raise EngineError(f"{file} is no configuration of a Piper voice ({cause!r})") from cause
    if config.phoneme_type not in _SPOKEN_BY:
        raise EngineError(f"the voice {path.name} needs phonemes of the kind {config.phoneme_type.value}: take another")
    return config


def _with_alignments(path: Path) -> Path | bytes:
    """Return the model so that it tells how long each phoneme takes, where that can be had."""
    if find_spec("onnx") is None:
        return path
    import onnx
    from piper.patch_voice_with_alignment import add_alignment_output

    model = onnx.load(path)
    try:
        add_alignment_output(model)
    except ValueError:  # it tells already, or never will
        return path
    return bytes(model.SerializeToString())
