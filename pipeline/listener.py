"""Turn audio to transcripts: a stream of the speech engine per turn, with the onset the VAD needed to hear."""

import asyncio
from collections.abc import Callable, Sequence

import structlog

from models.audio import Pcm
from models.stt import SpeechToText, Transcript, TranscriptStream
from pipeline.patience import within

log = structlog.get_logger()


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
        self.partial = ""

    def feed(self, pcm: Pcm) -> None:
        """Take more audio of this turn."""
        if self._kept_back is not None:
            self._kept_back.append(pcm)
        else:
            self._stream.feed(pcm)

    def pause(self) -> None:
        """Keep back what is fed from now on: it may be the silence after the turn, which no engine need hear."""
        self._kept_back = []

    def resume(self) -> None:
        """Hand on what was kept back, for the turn goes on."""
        kept, self._kept_back = self._kept_back, None
        for pcm in kept or ():
            self._stream.feed(pcm)

    async def finish(self, patience: float) -> Transcript:
        """Return the final transcript of all that was handed on; raises EngineError, also after `patience` seconds."""
        async with within(patience, "speech recognition", f"no transcript came within {patience:g} s"):
            return await self._stream.finish()

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
