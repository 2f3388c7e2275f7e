"""Which engines there are, what brings them, and under which licence: for `flux-voice doctor` and the README."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from typing import Final


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """One engine: `distribution` is the package that brings it, `licence` an SPDX expression.

    `extra` is the extra of flux-voice with all that the engine needs; `install` the command
    that installs `distribution`.
    """

    name: str
    task: str
    distribution: str
    licence: str
    extra: str
    install: str

    @property
    def version(self) -> str | None:
        """Version of the installed distribution; None when it is absent."""
        try:
            return metadata.version(self.distribution)
        except metadata.PackageNotFoundError:
            return None


def extra_command(extra: str) -> str:
    """Return the command that installs an extra of flux-voice."""
    return f"pip install 'flux-voice[{extra}]'"


# silero-vad declares torch, so an ordinary installation would bring gigabytes that nothing here uses.
_SILERO_COMMAND: Final = "pip install --no-deps silero-vad"
# pipecat-ai declares half the field; only the ONNX file in its wheel is used.
_SMART_TURN_COMMAND: Final = "pip install --no-deps pipecat-ai"
_EMBEDDED_COMMAND: Final = extra_command("embedded")

_ALL: Final = (
    EngineInfo("silero", "voice activity", "silero-vad", "MIT", "embedded", _SILERO_COMMAND),
    EngineInfo("smart-turn", "end of turn", "pipecat-ai", "BSD-2-Clause", "embedded", _SMART_TURN_COMMAND),
    EngineInfo("pocketsphinx", "speech to text", "pocketsphinx", "BSD-2-Clause", "embedded", _EMBEDDED_COMMAND),
    EngineInfo("whisper", "speech to text", "faster-whisper", "MIT", "whisper", extra_command("whisper")),
    EngineInfo("deepgram", "speech to text and back", "deepgram-sdk", "MIT", "deepgram", extra_command("deepgram")),
    EngineInfo("sentences", "language", "hassil", "Apache-2.0", "embedded", _EMBEDDED_COMMAND),
    EngineInfo("ollama", "language", "ollama", "MIT", "ollama", extra_command("ollama")),
    EngineInfo("openai", "language", "openai", "Apache-2.0", "openai", extra_command("openai")),
    EngineInfo("espeak", "text to speech", "espeakng-loader", "GPL-3.0-or-later", "embedded", _EMBEDDED_COMMAND),
    EngineInfo("piper", "text to speech", "piper-tts", "GPL-3.0-or-later", "piper", extra_command("piper")),
)

ENGINES: Final[Mapping[str, EngineInfo]] = {info.name: info for info in _ALL}
"""Every engine by the name that the settings call it; smart-turn is used wherever it is installed."""
