"""Which weights the profiles need: names and sizes as their makers give them, licences, checksums and sources.

Nothing here reads a disk or a network: `models.store` knows what is on this box, `models.pull` brings the rest.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, Literal

from models.errors import EngineError

Kind = Literal["vad", "stt", "llm", "tts"]

PROFILES: Final = ("embedded", "cpu", "gpu", "deepgram")
"""Every profile that some weights are for."""


@dataclass(frozen=True, slots=True)
class File:
    """One file: `size` in bytes, `sha256` in hexadecimal; None where nobody here knows it."""

    name: str
    size: int | None
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Hub:
    """Files in a repository of a Hugging Face hub: `revision` is a commit, tag or branch, `folder` lies within it."""

    repository: str
    revision: str
    files: tuple[File, ...]
    folder: str = ""

    def url(self, hub: str, file: str, revision: str | None = None) -> str:
        """Return the address of one file at a hub, such as `https://huggingface.co`."""
        folder = f"{self.folder}/" if self.folder else ""
        return f"{hub.rstrip('/')}/{self.repository}/resolve/{revision or self.revision}/{folder}{file}"


@dataclass(frozen=True, slots=True)
class Package:
    """Weights inside a Python package: installed with the engine named `engine`, never pulled."""

    engine: str


@dataclass(frozen=True, slots=True)
class Ollama:
    """Weights that an Ollama server keeps itself; `size` in bytes is what its library states, rounded."""

    size: int

    @staticmethod
    def command(name: str) -> str:
        """Return the command that brings them."""
        return f"ollama pull {name}"


@dataclass(frozen=True, slots=True)
class Weights:
    """One set of weights under its maker's name; `note` is what one should know before using it."""

    name: str
    kind: Kind
    maker: str
    licence: str
    source: Hub | Package | Ollama
    profiles: tuple[str, ...] = ()
    note: str = ""

    @property
    def size(self) -> int | None:
        """Return the bytes to download; None where that is unknown or nothing is downloaded."""
        match self.source:
            case Hub(files=files):
                sizes = [file.size for file in files]
                return None if None in sizes else sum(size or 0 for size in sizes)
            case Ollama(size=size):
                return size
            case Package():
                return None


def _whisper(name: str, repository: str, revision: str, *files: File, profiles: tuple[str, ...] = ()) -> Weights:
    return Weights(name, "stt", "OpenAI", "MIT", Hub(repository, revision, files), profiles)


def _voice(
    name: str, model: File, config: File, licence: str, *, profiles: tuple[str, ...] = (), note: str = ""
) -> Weights:
    """Build a Piper voice; its name, such as en_US-lessac-medium, is also its place in the repository."""
    locale, speaker, quality = name.split("-")
    folder = f"{locale.partition('_')[0]}/{locale}/{speaker}/{quality}"
    return Weights(
        name, "tts", "Piper", licence, Hub("rhasspy/piper-voices", _VOICES, (config, model), folder), profiles, note
    )


# Where the digests come from: each was found, with this very revision and size, in several independent public projects
# that pin the same files, some of which state the hub's own `x-linked-etag`; none was computed here.
_VOICES: Final = "c10ece1aade47bb51c153c893d14e5bf8e5b7117"
_ENGLISH: Final = (
    File("tokenizer.json", 2_128_466, "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df"),
    File("vocabulary.txt", 422_309, "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf"),
)
_ALL: Final = (
    Weights("silero", "vad", "Silero", "MIT", Package("silero"), PROFILES),
    Weights("en-us", "stt", "CMU Sphinx", "BSD-2-Clause", Package("pocketsphinx"), ("embedded",)),
    Weights("espeak-ng", "tts", "eSpeak NG", "GPL-3.0-or-later", Package("espeak"), ("embedded",)),
    _whisper(
        "tiny.en",
        "Systran/faster-whisper-tiny.en",
        "0d3d19a32d3338f10357c0889762bd8d64bbdeba",
        File("config.json", 2_317, "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5"),
        *_ENGLISH,
        File("model.bin", 75_537_502, "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"),
    ),
    _whisper(
        "base.en",
        "Systran/faster-whisper-base.en",
        "3d3d5dee26484f91867d81cb899cfcf72b96be6c",
        File("config.json", 2_227, "f3bc3821e9fc76a27bae538e11ae5b677dcdd352b4600429ce7951d398569aeb"),
        *_ENGLISH,
        File("model.bin", 145_216_508, "2a166925539a16005f14ff328359f9b9adb9dc4fb631bb3b227526862e93e2ef"),
        profiles=("cpu",),
    ),
    _whisper(
        "small.en",
        "Systran/faster-whisper-small.en",
        "d1d751a5f8271d482d14ca55d9e2deeebbae577f",
        File("config.json", 2_657, "666a9605530ac1f61fa8177f3702b4dacec9966749e42610839fcc32661d5fae"),
        *_ENGLISH,
        File("model.bin", 483_545_366, "62b2a45b05ee59acb4a5341b33ee35e041395d378d418a18acfe4c9e768ee37a"),
    ),
    _whisper(
        "large-v3-turbo",
        "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
        "0a363e9161cbc7ed1431c9597a8ceaf0c4f78fcf",
        File("config.json", 2_263, "b0253ea6c0d3bea6b1e19e91a02acfd3b53f4467362efcb5a3e6b16c9b3a9b7e"),
        File("preprocessor_config.json", 340, "7ccc62c6f2765af1f3b46c00c9b5894426835a05021c8b9c01eecb6dfb542711"),
        File("tokenizer.json", 2_710_337, "297b13372ac43916285644fb9687add3cc62ee2a1adb60da3dc25cc94c1871fd"),
        File("vocabulary.json", 1_068_114, "c69260f2ab26d659b7c398f9a2b2b48ed0df16c3b47d7326782fd9cba71690c1"),
        File("model.bin", 1_617_884_929, "e76620f83d5f5b69efd3d87e3dc180c1bd21df9fbebacfd4335e5e1efcc018da"),
        profiles=("gpu",),
    ),
    _voice(
        "en_US-ljspeech-medium",
        File(
            "en_US-ljspeech-medium.onnx",
            63_531_379,
            "6f52a751e2349abe7a76735eb09dc1875298c77ea2342ffd2fef79ff81b87f22",
        ),
        File(
            "en_US-ljspeech-medium.onnx.json",
            4_972,
            "141d612cc0a95ed7efc1ca936b845c2364967f2e9217c5dbfcf69fc4d6c65860",
        ),
        "public domain",
        profiles=("cpu", "gpu"),
    ),
    _voice(
        "en_US-ljspeech-high",
        File(
            "en_US-ljspeech-high.onnx",
            114_199_011,
            "5d4f08ba6a2a48c44592eed3ce56bf85e9de3dd4e20df90541ae68a8310c029a",
        ),
        File(
            "en_US-ljspeech-high.onnx.json",
            4_970,
            "7e1f4634af596d83cca997fb7a931ba80b70f8a316a2655ee69c55365e0ace14",
        ),
        "public domain",
    ),
    _voice(
        "en_US-lessac-medium",
        File(
            "en_US-lessac-medium.onnx",
            63_201_294,
            "5efe09e69902187827af646e1a6e9d269dee769f9877d17b16b1b46eeaaf019f",
        ),
        File(
            "en_US-lessac-medium.onnx.json",
            4_885,
            "efe19c417bed055f2d69908248c6ba650fa135bc868b0e6abb3da181dab690a0",
        ),
        "Blizzard 2013",
        note="recorded under a licence for research purposes only: not for a product",
    ),
    _voice(
        "en_GB-alba-medium",
        File(
            "en_GB-alba-medium.onnx",
            63_201_294,
            "401369c4a81d09fdd86c32c5c864440811dbdcc66466cde2d64f7133a66ad03b",
        ),
        File(
            "en_GB-alba-medium.onnx.json",
            4_888,
            "aa965a2f02ecced632c2694e1fc72bbff6d65f265fab567ca945918c73dd89f4",
        ),
        "CC-BY-4.0",
        note="name the speaker's data set (University of Edinburgh) where you publish its speech",
    ),
    Weights("qwen3:0.6b", "llm", "Qwen", "Apache-2.0", Ollama(523_000_000)),
    Weights("qwen3:4b-instruct", "llm", "Qwen", "Apache-2.0", Ollama(2_500_000_000), ("cpu", "gpu", "deepgram")),
    Weights("qwen3:8b", "llm", "Qwen", "Apache-2.0", Ollama(5_200_000_000)),
)

CATALOG: Final[Mapping[str, Weights]] = {weights.name: weights for weights in _ALL}
"""All weights by name, as `flux-voice models list` shows them."""


def find(name: str, catalog: Mapping[str, Weights] = CATALOG) -> Weights:
    """Return the weights of this name; raises EngineError that names the nearest ones."""
    if name in catalog:
        return catalog[name]
    near = [one for one in catalog if name and name in one] or get_close_matches(name, catalog, n=3)
    guess = f": did you mean {' or '.join(near)}?" if near else "; flux-voice models list shows all"
    raise EngineError(f"no weights are called {name!r}{guess}")


def chosen(names: Iterable[str], profile: str | None, catalog: Mapping[str, Weights] = CATALOG) -> Sequence[Weights]:
    """Return the weights of these names and of a profile, each once; raises EngineError for an unknown name."""
    wanted = [find(name, catalog) for name in names]
    wanted += [weights for weights in catalog.values() if profile in weights.profiles]
    return list(dict.fromkeys(wanted))
