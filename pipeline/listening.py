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

    With `early` the transcript is made at each pause, while it is not known yet whether the turn goes on: `paused` gets
    what the turn would be if that pause were its end, and `resumed` is called when it was not.
    `previous` tells what was said before a turn that begins. `patience` is the longest wait for a final transcript,
    in s. `tasks` owns what runs; `close` ends all of it.
    """

    def __init__(
        self,
        ear: Ear,
        stt: SpeechToText,
        vocabulary: Sequence[str],
        *,
        early: bool,
        previous: Callable[[], str],
        patience: float,
        tasks: asyncio.TaskGroup,
        tell: Callable[[Event], None],
        paused: Callable[[HeardTurn], None],
        resumed: Callable[[], None],
        heard: Callable[[HeardTurn], None],
    ) -> None:
        self._ear = ear
        self._stt = stt
        self._vocabulary = vocabulary
        self._early = early
        self._previous = previous
        self._patience = patience
        self._tasks = tasks
        self._tell = tell
        self._paused = paused
        self._resumed = resumed
        self._heard = heard
        self._failure: EngineError | None = None
        self._pause: asyncio.Task[HeardTurn] | None = None
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
        running = [*self._finishing, *([self._pause] if self._pause is not None else [])]
        for task in running:
            task.cancel()
        if (turn := self._ear.take_turn()) is not None:
            await turn.close()
        if running:
            await asyncio.wait(running)
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

    def _pause_turn(self, speech_end: float) -> None:
        if self._early and (turn := self._ear.turn) is not None:
            turn.pause()
            self._pause = self._tasks.create_task(self._understand_pause(turn, TurnMarks(speech_end)))

    def _resume_turn(self) -> None:
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None
        if (turn := self._ear.turn) is not None:
            turn.resume()
        self._resumed()

    async def _understand_pause(self, turn: ListenedTurn, marks: TurnMarks) -> HeardTurn:
        heard = await self._understand(turn, marks)
        # Else the turn has ended or gone on meanwhile, or it is not known yet what came before it.
        if self._pause is asyncio.current_task() and not self._finishing:
            self._paused(heard)
        return heard

    async def _understand(self, turn: ListenedTurn, marks: TurnMarks) -> HeardTurn:
        try:
            text = (await turn.finish(self._patience)).text.strip()
        except EngineError as error:
            return HeardTurn("", marks, error)
        finally:
            marks.stamp("transcript", asyncio.get_running_loop().time())
        return HeardTurn(text, marks)

    def _end_turn(self, at: float, speech_end: float) -> None:
        self._tell(UserStoppedSpeaking())
        ended = max(at, asyncio.get_running_loop().time())
        failure, self._failure = self._failure, None
        pause, self._pause = self._pause, None
        earlier = self._finishing[-1] if self._finishing else None
        if (turn := self._ear.take_turn()) is not None:
            self._unbegun.add(turn)
        task = self._tasks.create_task(self._finish(turn, pause, failure, ended, speech_end, earlier))
        self._finishing.append(task)
        task.add_done_callback(self._finishing.remove)

    async def _finish(
        self,
        turn: ListenedTurn | None,
        pause: "asyncio.Task[HeardTurn] | None",
        failure: EngineError | None,
        ended: float,
        speech_end: float,
        earlier: "asyncio.Task[None] | None",
    ) -> None:
        heard = HeardTurn("", TurnMarks(speech_end), failure)
        if turn is not None:
            self._unbegun.discard(turn)
            try:
                heard = await (pause or self._understand(turn, heard.marks))
            finally:
                await turn.close()
        heard.marks.stamp("endpoint", ended)
        if earlier is not None:
            await asyncio.wait([earlier])
        if heard.text:
            self._tell(UserTranscript(heard.text, final=True))
        self._heard(heard)
