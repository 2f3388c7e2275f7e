"""Turn audio to transcripts: a stream of the speech engine per turn, with the onset the VAD needed to hear."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager

import structlog

from models.audio import Pcm
from models.stt import SpeechToText, TranscriptStream
from pipeline.patience import within
from pipeline.recent import RecentAudio

REMEMBERED = 8.0
"""Seconds of a turn's sound that are kept: as much as an end-of-turn model listens to."""

log = structlog.get_logger()


def understood_within(patience: float) -> AbstractAsyncContextManager[None]:
    """Wait `patience` seconds for words at most; whatever goes wrong is raised as EngineError."""
    return within(patience, "speech recognition", f"no transcript came within {patience:g} s")


class ListenedTurn:
    """The transcript of one turn in the making; `on_partial` gets the non-final text as it grows.

    `previous` is what was said before it.
    """

    def __init__(
        self,
        engine: SpeechToText,
        vocabulary: Sequence[str],
        previous: str,
        tasks: asyncio.TaskGroup,
        on_partial: Callable[[str], None],
    ) -> None:
        self._stream: TranscriptStream = engine.open(vocabulary, previous)
        self._on_partial = on_partial
        self._follower = tasks.create_task(self._follow())
        self._kept_back: list[Pcm] | None = None
        self._recent = RecentAudio(REMEMBERED)
        self.partial = ""

    def feed(self, pcm: Pcm) -> None:
        """Take more audio of this turn."""
        self._recent.push(pcm)
        if self._kept_back is not None:
            self._kept_back.append(pcm)
        else:
            self._stream.feed(pcm)

    def pause(self) -> None:
        """Keep back what is fed from now on: it may be the silence after the turn, which no engine need hear."""
        self._kept_back = []

    def resume(self) -> None:
        """Hand on what was kept back, for there are words in it, or after it."""
        for pcm in self.leave():
            self._stream.feed(pcm)

    def leave(self) -> Sequence[Pcm]:
        """Return what was kept back and never handed on: it is nothing of this turn."""
        kept, self._kept_back = self._kept_back, None
        return kept or ()

    def sound(self) -> Pcm:
        """Return the last `REMEMBERED` seconds of this turn: 16 kHz mono float32."""
        return self._recent.samples()

    async def look(self) -> str:
        """Return the words of all that was handed on as soon as there are any; raises what engines do."""
        return (await self._stream.look()).text.strip()

    async def finish(self) -> str:
        """Return the final words of all that was handed on, at the end or a pause; raises what engines do."""
        return (await self._stream.finish()).text.strip()

    async def close(self) -> None:
        """Free the engine's stream and stop following it."""
        self._follower.cancel()
        await self._stream.close()

    async def _follow(self) -> None:
        try:
            async for transcript in self._stream.partials():
                if transcript.text and transcript.text != self.partial:
                    self.partial = transcript.text
                    self._on_partial(transcript.text)
        except Exception as error:
            # The final transcript fails with the same cause and is told there, once.
            log.debug("no more partial transcripts", error=type(error).__name__)
