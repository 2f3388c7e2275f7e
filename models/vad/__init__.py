"""Voice activity: how likely a caller is speaking, window by window; one engine serves every call."""

from collections.abc import Sequence
from typing import Final, Protocol

from models.audio import Pcm

WINDOW: Final = 512
"""Samples at 16 kHz that make one probability: 32 ms."""


class VadStream(Protocol):
    """The audio of one call on its way to becoming probabilities."""

    def feed(self, pcm: Pcm) -> Sequence[float]:
        """Take more 16 kHz mono float32 samples, in pieces of any size.

        Returns the probability of speech, in [0, 1], of each window of `WINDOW` samples
        that is now complete; what is left waits for the next samples. Fast enough to run
        on the event loop.
        """

    def reset(self) -> None:
        """Forget everything heard, as if the stream were new."""


class VoiceActivityDetector(Protocol):
    """An engine that hears speech for many calls at once."""

    async def warm(self) -> None:
        """Load everything, so that the first caller waits for nothing; raises EngineError."""

    def open(self) -> VadStream:
        """Start a call; raises EngineError."""

    async def close(self) -> None:
        """Free the engine's memory; open streams keep working until they are dropped."""
