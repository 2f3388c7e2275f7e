"""From the caller's audio to the text of each turn, in order."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from models.audio import Pcm
from models.errors import EngineError
from models.stt import SpeechToText
from pipeline.ear import Ear
from pipeline.endpointing import Endpointing
from pipeline.events import Event, UserStartedSpeaking, UserStoppedSpeaking, UserTranscript
from pipeline.latency import TurnMarks
from pipeline.listener import ListenedTurn, understood_within
from pipeline.pause import Pause
from pipeline.turns import Ended, Paused, Resumed, Started, TurnChange

if TYPE_CHECKING:
    from models.turn import TurnModel


@dataclass(frozen=True, slots=True)
class HeardTurn:
    """What became of one turn: its `text`, none if it held no words, or the `failure` to understand it.

    `voiced` are the seconds of speech in it, pauses left out.
    """

    text: str
    marks: TurnMarks
    voiced: float
    failure: EngineError | None = None


class Listening:
    """Follows one caller; `tell` gets events as they happen, `heard` each turn once, in the order they were spoken.

    At each pause `paused` gets what the turn would be if that were its end, as far as is known, and `resumed` is called
    when it was not; `policy` is told what the pause says about that, with the help of `turn_model` where there is one.
    `previous` tells what was said before a turn that begins. `patience` is the longest wait for a transcript, in s.
    `quiet` is set while the caller is in no turn and all turns are understood. `tasks` owns what runs; `close` ends all
    of it.
    """

    def __init__(
        self,
        ear: Ear,
        stt: SpeechToText,
        vocabulary: Sequence[str],
        policy: Endpointing,
        turn_model: "TurnModel | None",
        *,
        previous: Callable[[], str],
        patience: float,
        quiet: asyncio.Event,
        tasks: asyncio.TaskGroup,
        tell: Callable[[Event], None],
        paused: Callable[[HeardTurn], None],
        resumed: Callable[[], None],
        heard: Callable[[HeardTurn], None],
    ) -> None:
        self._ear = ear
        self._stt = stt
        self._vocabulary = vocabulary
        self._policy = policy
        self._turn_model = turn_model
        self._previous = previous
        self._patience = patience
        self._quiet = quiet
        quiet.set()
        self._tasks = tasks
        self._tell = tell
        self._paused = paused
        self._resumed = resumed
        self._heard = heard
        self._failure: EngineError | None = None
        self._pause: Pause | None = None
        self._resumable = False
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

    @property
    def onset(self) -> float:
        """Seconds for which the caller may have begun to speak; 0 in a turn."""
        return self._ear.onset

    @property
    def calm(self) -> float:
        """Seconds for which nobody may have spoken; 0 in a turn."""
        return self._ear.calm

    def hear(self, pcm: Pcm, at: float) -> None:
        """Take 16 kHz mono float32 whose first sample was spoken at loop time `at`."""
        self._follow(self._ear.hear(pcm, at))

    async def keep_time(self, linked: Callable[[], bool]) -> None:
        """Let time go on where frames stop coming over a link, so that an open turn still ends; cancel it."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(0.1)
            if linked():
                self._follow(self._ear.lapse(loop.time()))

    def end_turn(self) -> None:
        """Have the turn end here, if the caller is in one."""
        self._follow(self._ear.end_turn())

    async def close(self) -> None:
        """Stop listening and free every stream; turns that were not understood yet never will be."""
        for task in self._finishing:
            task.cancel()
        if (pause := self._pause) is not None:
            pause.go_on()
            await pause.settled()
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
                case Paused(speech_end=speech_end):
                    self._pause_turn(speech_end)
                case Resumed():
                    self._resume_turn()
                case Ended():
                    self._end_turn(change)

    def _start_turn(self) -> None:
        self._quiet.clear()
        self._tell(UserStartedSpeaking())
        try:
            self._ear.follow(
                ListenedTurn(self._stt, self._vocabulary, self._previous(), self._tasks, self._tell_partial)
            )
        except EngineError as error:
            self._failure = error  # told when the caller has ended: nobody listens while they speak

    def _tell_partial(self, text: str) -> None:
        self._tell(UserTranscript(text, final=False))

    def _pause_turn(self, speech_end: float) -> None:
        if (turn := self._ear.turn) is not None:
            turn.pause()
            marks = TurnMarks(speech_end)
            self._pause = Pause(
                turn,
                self._policy,
                self._turn_model,
                marks=marks,
                patience=self._patience,
                tasks=self._tasks,
                heard=partial(self._tell_pause, marks, self._ear.voiced),
            )

    def _tell_pause(self, marks: TurnMarks, voiced: float, text: str) -> None:
        if not self._finishing:  # else it is not known yet what was said before this turn
            self._resumable = True
            self._paused(HeardTurn(text, marks, voiced))

    def _resume_turn(self) -> None:
        pause, self._pause = self._pause, None
        if pause is not None:
            pause.go_on()
        if (turn := self._ear.turn) is not None:
            turn.resume()
        resumable, self._resumable = self._resumable, False
        if resumable:
            self._resumed()

    def _end_turn(self, change: Ended) -> None:
        self._tell(UserStoppedSpeaking())
        failure, self._failure = self._failure, None
        pause, self._pause = self._pause, None
        self._resumable = False
        earlier = self._finishing[-1] if self._finishing else None
        marks = TurnMarks(change.speech_end) if pause is None else pause.marks
        marks.stamp("endpoint", asyncio.get_running_loop().time())
        if change.murmured and (murmuring := self._ear.turn) is not None:
            murmuring.resume()
        if (turn := self._ear.take_turn()) is not None:
            self._unbegun.add(turn)
        if pause is not None:
            # What was looked for lacks the words that were murmured.
            (pause.go_on if change.murmured else pause.end)()
        heard = HeardTurn("", marks, self._ear.voiced, failure)
        task = self._tasks.create_task(self._finish(turn, pause, heard, earlier))
        self._finishing.append(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: "asyncio.Task[None]") -> None:
        self._finishing.remove(task)
        if not self._finishing and not self._ear.in_turn:
            self._quiet.set()

    async def _finish(
        self, turn: ListenedTurn | None, pause: Pause | None, heard: HeardTurn, earlier: "asyncio.Task[None] | None"
    ) -> None:
        if turn is not None:
            self._unbegun.discard(turn)
            try:
                heard = await self._understand(turn, pause, heard)
            finally:
                if pause is not None:
                    pause.go_on()
                await turn.close()
        if earlier is not None:
            await asyncio.wait([earlier])
        if heard.text:
            self._tell(UserTranscript(heard.text, final=True))
        self._heard(heard)

    async def _understand(self, turn: ListenedTurn, pause: Pause | None, heard: HeardTurn) -> HeardTurn:
        try:
            async with understood_within(self._patience):
                if pause is not None:
                    await pause.settled()
                text = await turn.finish()
        except EngineError as error:
            return replace(heard, failure=error)
        known_at = None if pause is None else pause.known_at
        heard.marks.stamp("transcript", asyncio.get_running_loop().time() if known_at is None else known_at)
        return replace(heard, text=text)
