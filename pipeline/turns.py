"""Speech to turns: started, paused, resumed, ended; a pure state machine over VAD probabilities."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from pipeline.settings import PipelineSettings


@dataclass(frozen=True, slots=True)
class Started:
    """Speech began at `at` (loop time, s): the first window of it, not the moment of the decision."""

    at: float


@dataclass(frozen=True, slots=True)
class Paused:
    """The caller fell silent; the last speech sample was at `speech_end`. Paused is not ended."""

    speech_end: float


@dataclass(frozen=True, slots=True)
class Resumed:
    """The caller went on speaking within the same turn."""

    at: float


@dataclass(frozen=True, slots=True)
class Ended:
    """The turn is over, decided at `at`; the last speech sample was at `speech_end`.

    `murmured` says that sound came after it which may have been quiet words, though too faint to go on with the turn.
    """

    at: float
    speech_end: float
    murmured: bool = False


TurnChange: TypeAlias = Started | Paused | Resumed | Ended


class EndpointPolicy(Protocol):
    """Decides how long the caller must be silent before the turn has ended."""

    def follow(self, change: TurnChange) -> None:
        """Take one change of the turn, in order, before anything is asked about what comes after it."""

    def silence_needed(self) -> float:
        """Return the silence in seconds, asked anew at each window of a pause."""


@dataclass(frozen=True, slots=True)
class FixedSilence:
    """End a turn after the same silence each time."""

    seconds: float

    def follow(self, change: TurnChange) -> None:
        """Learn nothing."""

    def silence_needed(self) -> float:
        """Return the fixed silence in seconds."""
        return self.seconds


class TurnTaker:
    """Follows one caller; each VAD window goes in, changes of the turn come out."""

    def __init__(self, settings: PipelineSettings, policy: EndpointPolicy) -> None:
        self._settings = settings
        self._policy = policy
        self._onset: float | None = None
        self._turn_start: float | None = None
        self._speech_end = 0.0
        self._paused = False
        self._murmured = False
        self._voiced = 0.0

    @property
    def in_turn(self) -> bool:
        """Whether a turn has started and not ended."""
        return self._turn_start is not None

    @property
    def voiced(self) -> float:
        """Seconds of speech in the current turn, pauses left out."""
        return self._voiced

    def window(
        self, probability: float, start: float, seconds: float, spoken: float | None = None
    ) -> Sequence[TurnChange]:
        """Take one VAD window of `seconds` that began at `start` (loop time) and return what it changed.

        If it is speech, its last sound came `spoken` s after its start; where that is not known, at its end.
        """
        end = start + seconds
        speech = probability >= (
            self._settings.silence_threshold if self.in_turn and not self._paused else self._settings.speech_threshold
        )
        if self._turn_start is None:
            return self._before_turn(speech, start, end)
        if speech:
            self._speech_end = end if spoken is None else start + spoken
            return self._speech(start, end, self._turn_start)
        self._murmured = self._murmured or (self._paused and probability >= self._settings.silence_threshold)
        return self._silence(end)

    def end(self, at: float) -> Sequence[TurnChange]:
        """End the turn at `at`, however long the caller has been silent; nothing where there is none."""
        return (self._end(at),) if self.in_turn else ()

    def _before_turn(self, speech: bool, start: float, end: float) -> Sequence[TurnChange]:
        if not speech:
            self._onset = None
            return ()
        if self._onset is None:
            self._onset = start
        if end - self._onset < self._settings.min_speech - 1e-9:
            return ()
        self._turn_start, self._onset = self._onset, None
        self._voiced = end - self._turn_start
        self._speech_end = end
        self._paused = False
        return (self._told(Started(self._turn_start)),)

    def _speech(self, start: float, end: float, turn_start: float) -> Sequence[TurnChange]:
        changes = (self._told(Resumed(start)),) if self._paused else ()
        self._paused = False
        self._voiced += end - start
        return (*changes, self._end(end)) if end - turn_start >= self._settings.max_turn else changes

    def _silence(self, end: float) -> Sequence[TurnChange]:
        silent = end - self._speech_end
        changes: tuple[TurnChange, ...] = ()
        if not self._paused and silent >= self._settings.pause - 1e-9:
            self._paused, self._murmured = True, False
            changes = (self._told(Paused(self._speech_end)),)
        if self._paused and silent >= self._policy.silence_needed() - 1e-9:
            return (*changes, self._end(end))
        return changes

    def _end(self, at: float) -> TurnChange:
        murmured = self._paused and self._murmured
        self._turn_start = None
        self._paused = False
        return self._told(Ended(at, self._speech_end, murmured))

    def _told(self, change: TurnChange) -> TurnChange:
        self._policy.follow(change)
        return change
