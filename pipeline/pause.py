"""One pause of a caller while it lasts: what the words and the sound so far say about whether it is the end."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import structlog

from models.errors import EngineError
from pipeline.endpointing import Endpointing
from pipeline.latency import TurnMarks
from pipeline.listener import ListenedTurn, understood_within
from pipeline.patience import within

if TYPE_CHECKING:
    # Not otherwise: where the model is not installed, neither need be the library that runs it.
    from models.turn import TurnModel

log = structlog.get_logger()


class Pause:
    """Asks for the words of `turn` and, where there is a `model`, whether they sound finished, and tells the policy.

    Either may fail or come too late: the policy then goes by what there is. `heard` gets the words while the pause
    lasts, and again where the final ones are others. `patience` is the longest wait for either, in s. `marks` are those
    of the turn if it ends here.
    """

    def __init__(
        self,
        turn: ListenedTurn,
        policy: Endpointing,
        model: "TurnModel | None",
        *,
        marks: TurnMarks,
        patience: float,
        tasks: asyncio.TaskGroup,
        heard: Callable[[str], None],
    ) -> None:
        self.marks = marks
        self._policy = policy
        self._patience = patience
        self._heard = heard
        self._lasts = True
        self._text: str | None = None
        self._known_at: float | None = None
        self._look = tasks.create_task(self._find_words(turn))
        self._verdict = None if model is None else tasks.create_task(self._find_sound(model, turn.sound()))

    @property
    def known_at(self) -> float | None:
        """Loop time at which the final words of all that was said before the pause were known; None if they are not."""
        return self._known_at

    def go_on(self) -> None:
        """What was looked for is of no use, or no more: the caller speaks on, or spoke meanwhile, or is understood."""
        self.end()
        self._known_at = None
        self._look.cancel()

    def end(self) -> None:
        """The turn is over; the search for its final words goes on."""
        self._lasts = False
        if self._verdict is not None:
            self._verdict.cancel()

    async def settled(self) -> None:
        """Wait until nothing of this pause runs any more."""
        await asyncio.wait([task for task in (self._look, self._verdict) if task is not None])

    async def _find_words(self, turn: ListenedTurn) -> None:
        try:
            async with understood_within(self._patience):
                self._tell(await turn.look())
                self._tell(await turn.finish())
                self._known_at = asyncio.get_running_loop().time()
        except EngineError as error:
            # A fault that lasts fails the final transcript too, and is told there, once.
            log.debug("no words at a pause", error=str(error))

    def _tell(self, text: str) -> None:
        if self._lasts and text != self._text:
            self._text = text
            self._policy.transcript(text)
            self._heard(text)

    async def _find_sound(self, model: "TurnModel", sound: Any) -> None:
        try:
            async with within(self._patience, "end-of-turn model", "no verdict came in time"):
                finished = await model.finished(sound)
        except EngineError as error:
            log.debug("no verdict on a pause", error=str(error))
            return
        self._policy.sounds_finished(finished)
