"""Turn audio to transcripts: a stream of the speech engine per turn, with the onset the VAD needed to hear."""

import asyncio
from collections.abc import Callable, Sequence

import structlog

from models.audio import Pcm
from models.errors import EngineError
from models.stt import SpeechToText, Transcript, TranscriptStream

log = structlog.get_logger()


class ListenedTurn:
    """The transcript of one turn in the making; `on_partial` gets the non-final text as it grows."""

    def __init__(
        self,
        engine: SpeechToText,
        vocabulary: Sequence[str],
        tasks: asyncio.TaskGroup,
        on_partial: Callable[[str], None],
    ) -> None:
        self._stream: TranscriptStream = engine.open(vocabulary)
        self._on_partial = on_partial
        self._follower = tasks.create_task(self._follow())
        self.partial = ""

    def feed(self, pcm: Pcm) -> None:
        """Take more audio of this turn."""
        self._stream.feed(pcm)

    async def finish(self, patience: float) -> Transcript:
        """Return the final transcript of all that was fed; raises EngineError, also after `patience` seconds."""
        try:
            async with asyncio.timeout(patience):
                return await self._stream.finish()
        except TimeoutError as error:
            raise EngineError(f"no transcript came within {patience:g} s") from error
        except EngineError:
            raise
        except Exception as error:  # a fault in the engine ends one turn, never the call
            log.error("the speech recognition broke", exc_info=True)
            raise EngineError(f"the speech recognition broke: {type(error).__name__}") from error

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
