"""What the chat model reads while nobody waits for it: the beginning of every response of a call."""

import asyncio
from collections.abc import Sequence

import structlog

from models.errors import EngineError
from models.llm import Message
from pipeline.patience import within
from pipeline.studio import Studio

log = structlog.get_logger()


class ReadAhead:
    """Reads ahead once for one call; `drop` it where the model is needed for an answer."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._task: asyncio.Task[None] | None = None

    def begin(self, greeting: str) -> None:
        """Let the model read the call's prompt, its tools and the greeting that the caller will have heard."""
        greeted = (Message("assistant", greeting),) if greeting else ()
        messages = (*self._studio.history.messages(), *greeted)
        self._task = self._studio.tasks.create_task(self._read(messages))

    def drop(self) -> None:
        """Stop reading: what was read by now is as good as it gets."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _read(self, messages: Sequence[Message]) -> None:
        seconds = self._studio.settings.llm_timeout
        try:
            async with within(seconds, "chat model", f"the chat model read nothing within {seconds:g} s"):
                await self._studio.llm.prefill(messages, self._studio.offered)
        except EngineError as error:  # it is told once an answer is needed
            log.debug("the chat model read nothing ahead", reason=str(error))
