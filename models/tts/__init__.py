"""Text to speech: one engine serves every call."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from models.audio import Pcm


@dataclass(frozen=True, slots=True)
class WordMark:
    """When one word of a phrase is heard, in seconds from the phrase's first sample."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Speech:
    """A piece of a spoken phrase: mono float32 at the engine's rate.

    `words` holds the marks of words that begin in this piece, timed from the first
    sample of the *phrase*; None where the engine gives no timing.
    """

    pcm: Pcm
    words: tuple[WordMark, ...] | None = None


class TextToSpeech(Protocol):
    """An engine that speaks phrases for many calls at once."""

    @property
    def sample_rate(self) -> int:
        """Rate of the audio in Hz; constant for the engine's life."""

    async def warm(self) -> None:
        """Load everything, so that the first caller waits for nothing; raises EngineError."""

    def speak(self, phrase: str) -> AsyncIterator[Speech]:
        """Yield the audio of one phrase as it is made.

        Closing the iterator early stops the synthesis. A phrase with nothing to
        pronounce yields nothing. Raises EngineError.
        """

    async def close(self) -> None:
        """Stop the engine's threads and free its memory."""
