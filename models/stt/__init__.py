"""Speech to text: one engine serves every call, a call owns only its streams."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    # Not otherwise: a decoder process needs no numpy, and starts sooner without.
    from models.audio import Pcm


CONSONANT: Final = 0.032
"""Seconds that a look waits where it costs much: four of five silences as short as those looked at are consonants."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was understood of one turn so far, from its first sample on.

    `final` text stands for all audio fed before the `finish` that returned it;
    text that is not final may still change. `confidence` lies in [0, 1], or is
    None where the engine gives none.
    """

    text: str
    final: bool
    confidence: float | None = None


class TranscriptStream(Protocol):
    """The audio of one turn on its way to becoming text."""

    def feed(self, pcm: Pcm) -> None:
        """Take more 16 kHz mono float32 samples of this turn; never blocks."""

    def partials(self) -> AsyncIterator[Transcript]:
        """Yield the growing, non-final transcript of the whole turn; ends at `close`.

        May be iterated once. A transcript nobody has fetched yet is replaced by a newer one.
        """

    async def look(self) -> Transcript:
        """Return the transcript of everything fed so far as soon as there is one; it may be final already.

        It is cancelled where the caller goes on. Raises EngineError.
        """

    async def finish(self) -> Transcript:
        """Return the final transcript of everything fed so far, at a pause that may or may not end the turn.

        It costs the words that follow nothing: audio fed later extends the same turn, so that the next `finish`
        returns the text of both. Where nothing was fed since, it is there at once. Raises EngineError.
        """

    async def close(self) -> None:
        """Free what the stream holds; safe to call twice and during `look` or `finish`."""


class SpeechToText(Protocol):
    """An engine that turns speech into text for many calls at once."""

    async def warm(self) -> None:
        """Load everything, so that the first caller waits for nothing; raises EngineError."""

    def open(self, vocabulary: Sequence[str] = (), previous: str = "") -> TranscriptStream:
        """Start a turn, biased where possible.

        `vocabulary` are phrases the agent expects, `previous` is what caller and agent said before this turn.
        """

    async def close(self) -> None:
        """Stop the engine's threads and processes; open streams end with EngineError."""
