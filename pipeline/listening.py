"""From the caller's audio to the text of each turn, in order."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from models.audio import Pcm
from models.errors import EngineError
from models.stt import SpeechToText
from pipeline.ear import Ear
from pipeline.events import Event, UserStartedSpeaking, UserStoppedSpeaking, UserTranscript
from pipeline.latency import TurnMarks
from pipeline.listener import ListenedTurn
from pipeline.turns import Ended, Paused, Resumed, Started, TurnChange


@dataclass(frozen=True, slots=True)
class HeardTurn:
    """What became of one turn: its `text`, none if it held no words, or the `failure` to understand it."""

    text: str
    marks: TurnMarks
    failure: EngineError | None = None


class Listening:
    """Follows one caller; `tell` gets events as they happen, `heard` each turn once, in the order they were spoken.

    `previous` tells what was said before a turn that begins. `patience` is the longest wait for a final transcript,
    in s. `tasks` owns what runs; `close` ends all of it.
    """

    def __init__(
        self,
        ear: Ear,
        stt: SpeechToText,
        vocabulary: Sequence[str],
        *,
        previous: Callable[[], str],
        patience: float,
        tasks: asyncio.TaskGroup,
        tell: Callable[[Event], None],
        heard: Callable[[HeardTurn], None],
    ) -> None:
        self._ear = ear
        self._stt = stt
        self._vocabulary = vocabulary
        self._previous = previous
        self._patience = patience
        self._tasks = tasks
        self._tell = tell
        self._heard = heard
        self._failure: EngineError | None = None
        self._finishing: list[asyncio.Task[None]] = []
        self._unbegun: set[ListenedTurn] = set()  # no task closes them yet: a cancelled group takes none

    @property
    def in_turn(self) -> bool:
        """Whether the caller is speaking, short pauses included."""
        return self._ear.in_turn

    @property
    def voiced(self) -> float:
        """Seconds of speech in the current turn, pauses left out."""
        return self._ear.voiced

    def hear(self, pcm: Pcm, at: float) -> None:
        """Take 16 kHz mono float32 whose first sample was spoken at loop time `at`."""
        self._follow(self._ear.hear(pcm, at))

    def lapse(self, now: float) -> None:
        """Let time go on to `now` (loop time) where frames have stopped coming within a turn."""
        self._follow(self._ear.lapse(now))

    async def close(self) -> None:
        """Stop listening and free every stream; turns that were not understood yet never will be."""
        for task in self._finishing:
            task.cancel()
        if (turn := self._ear.take_turn()) is not None:
            await turn.close()
        if self._finishing:
            await asyncio.wait(self._finishing)
        for turn in self._unbegun:
            await turn.close()

    def _follow(self, changes: Sequence[TurnChange]) -> None:
        for change in changes:
            match change:
                case Started():
                    self._start_turn()
                case Paused() | Resumed():
                    # Where a draft reply begins and is dropped once drafts are switched on.
                    pass
                case Ended(at=at, speech_end=speech_end):
                    self._end_turn(at, speech_end)

    def _start_turn(self) -> None:
        self._tell(UserStartedSpeaking())
        try:
            self._ear.follow(
                ListenedTurn(self._stt, self._vocabulary, self._previous(), self._tasks, self._tell_partial)
            )
        except EngineError as error:
            self._failure = error  # told when the caller has ended: nobody listens while they speak

    def _tell_partial(self, text: str) -> None:
        self._tell(UserTranscript(text, final=False))

    def _end_turn(self, at: float, speech_end: float) -> None:
        self._tell(UserStoppedSpeaking())
        marks = TurnMarks(speech_end)
        marks.stamp("endpoint", max(at, asyncio.get_running_loop().time()))
        failure, self._failure = self._failure, None
        earlier = self._finishing[-1] if self._finishing else None
        if (turn := self._ear.take_turn()) is not None:
            self._unbegun.add(turn)
        task = self._tasks.create_task(self._finish(turn, failure, marks, earlier))
        self._finishing.append(task)
        task.add_done_callback(self._finishing.remove)

    async def _finish(
        self,
        turn: ListenedTurn | None,
        failure: EngineError | None,
        marks: TurnMarks,
        earlier: "asyncio.Task[None] | None",
    ) -> None:
        text = ""
        if turn is not None:
            self._unbegun.discard(turn)
            try:
                text = (await turn.finish(self._patience)).text.strip()
            except EngineError as error:
                failure = error
            finally:
                await turn.close()
        marks.stamp("transcript", asyncio.get_running_loop().time())
        if earlier is not None:
            await asyncio.wait([earlier])
        if text:
            self._tell(UserTranscript(text, final=True))
        self._heard(HeardTurn(text, marks, failure))
