"""`flux-voice serve` with recognition and voice that cost nothing: `python -m benchmarks.load_server`, for load.py.

All else is the product: transport, voice activity detection, end-of-turn model, turns, phrases, resampling, records.
The settings are those of `flux-voice serve`.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

import numpy as np

import web.assembly
from benchmarks.loop_lag import watch_loop
from benchmarks.stub_engines import HEARD, stub_speech
from models.audio import Pcm, from_int16
from models.engines import Engines, build_llm, build_turn, build_vad
from models.stt import Transcript
from models.tts import Speech
from web.commands.serve import serve

RATE: Final = 24_000


class StubStream:
    """One turn, in which the same words are heard as in any other."""

    def __init__(self) -> None:
        self._closed = asyncio.Event()

    def feed(self, pcm: Pcm) -> None:
        """Take samples."""

    async def partials(self) -> AsyncIterator[Transcript]:
        """Yield nothing until the end, as the peer's does."""
        await self._closed.wait()
        nothing: tuple[Transcript, ...] = ()
        for each in nothing:
            yield each

    async def look(self) -> Transcript:
        """Return the words, which are final at once."""
        return await self.finish()

    async def finish(self) -> Transcript:
        """Return the words."""
        return Transcript(HEARD, final=True)

    async def close(self) -> None:
        """End `partials`."""
        self._closed.set()


class StubEar:
    """Recognition."""

    async def warm(self) -> None:
        """Watch the loop that this runs in."""
        watch_loop()

    def open(self, vocabulary: Sequence[str] = (), previous: str = "") -> StubStream:
        """Start a turn."""
        return StubStream()

    async def close(self) -> None:
        """Hold nothing."""


class StubVoice:
    """A hum as long as the words would take."""

    sample_rate: Final = RATE

    async def warm(self) -> None:
        """Need nothing."""

    async def speak(self, phrase: str) -> AsyncIterator[Speech]:
        """Hum."""
        yield Speech(from_int16(np.frombuffer(stub_speech(phrase, RATE), np.int16)))

    async def close(self) -> None:
        """Hold nothing."""


def stubbed(*, vad: Any, llm: Any, tools: Any, prompt: str, **_: Any) -> Engines:
    """Build the engines of the settings, but for recognition and voice."""
    return Engines(build_vad(vad), StubEar(), build_llm(llm, tools, prompt), StubVoice(), build_turn())


if __name__ == "__main__":
    setattr(web.assembly, "build_engines", stubbed)  # noqa: B010  mypy would want the same signature
    serve.main([])
