"""Keeps the sound of phrases that an agent always says: they are there at once and cost nothing."""

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Final

from models.errors import EngineError
from models.standing import check
from models.tts import Speech, TextToSpeech

LIMIT: Final = 32 * 2**20
"""Bytes; about six minutes at 22 kHz."""


class PhraseCache:
    """A speech engine that knows some phrases by heart.

    Only the phrases given at the start are ever kept, so nothing of a conversation is: what callers say, their names
    and their plans are spoken by the engine each time, and forgotten.
    """

    def __init__(self, engine: TextToSpeech, phrases: Iterable[str], limit: int = LIMIT) -> None:
        """Name the phrases, the ones that matter most first; those beyond `limit` bytes of sound are not kept."""
        self._engine = engine
        self._phrases = tuple(dict.fromkeys(phrases))
        self._limit = limit
        self._kept: dict[str, Sequence[Speech]] = {}
        self._closed = False

    @property
    def sample_rate(self) -> int:
        """Rate of the audio in Hz."""
        return self._engine.sample_rate

    @property
    def size(self) -> int:
        """Bytes of the sound that is kept."""
        return sum(map(_size, self._kept.values()))

    async def warm(self) -> None:
        """Warm the engine and let it say the phrases once; raises EngineError."""
        await self._engine.warm()
        for phrase in self._phrases:
            if phrase not in self._kept:
                said = [speech async for speech in self._engine.speak(phrase)]
                if self.size + _size(said) > self._limit:
                    return
                for speech in said:
                    speech.pcm.setflags(write=False)  # many calls will play it
                self._kept[phrase] = said

    def speak(self, phrase: str) -> AsyncIterator[Speech]:
        """Yield what is kept of this very phrase, else what the engine says; raises EngineError."""
        kept = self._kept.get(phrase)
        return self._engine.speak(phrase) if kept is None else self._replay(kept)

    async def check(self) -> None:
        """Ask the engine; raises EngineError."""
        await check(self._engine)

    async def close(self) -> None:
        """Forget the phrases and close the engine."""
        self._closed = True
        self._kept.clear()
        await self._engine.close()

    async def _replay(self, kept: Sequence[Speech]) -> AsyncIterator[Speech]:
        for speech in kept:
            if self._closed:
                raise EngineError("the speech engine was closed while it spoke")
            yield speech


def _size(said: Sequence[Speech]) -> int:
    return sum(speech.pcm.nbytes for speech in said)
