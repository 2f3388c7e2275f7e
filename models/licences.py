"""Which engines there are, what brings them, and under which licence: for `flux-voice doctor` and the README."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from typing import Final


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """One engine: `distribution` is the package that brings it, `licence` an SPDX expression.

    `install` is the command that installs it.
    """

    name: str
    task: str
    distribution: str
    licence: str
    install: str

    @property
    def version(self) -> str | None:
        """Version of the installed distribution; None when it is absent."""
        try:
            return metadata.version(self.distribution)
        except metadata.PackageNotFoundError:
            return None


_EMBEDDED: Final = "pip install 'flux-voice[embedded]'"

ENGINES: Final[Mapping[str, EngineInfo]] = {
    info.name: info
    for info in (
        EngineInfo("silero", "voice activity", "silero-vad", "MIT", "pip install --no-deps silero-vad"),
        EngineInfo("pocketsphinx", "speech to text", "pocketsphinx", "BSD-2-Clause", _EMBEDDED),
        EngineInfo("sentences", "language", "hassil", "Apache-2.0", _EMBEDDED),
        EngineInfo("espeak", "text to speech", "espeakng-loader", "GPL-3.0-or-later", _EMBEDDED),
    )
}
"""Every engine by the name that the settings call it."""
