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
    """The turn is over, decided at `at`; the last speech sample was at `speech_end`."""

    at: float
    speech_end: float


TurnChange: TypeAlias = Started | Paused | Resumed | Ended


class EndpointPolicy(Protocol):
    """Decides how long the caller must be silent before the turn has ended."""

    def silence_needed(self) -> float:
        """Return the silence in seconds, asked anew at each window of a pause."""


@dataclass(frozen=True, slots=True)
class FixedSilence:
    """End a turn after the same silence each time."""

    seconds: float

    def silence_needed(self) -> float:
        """Return the fixed silence in seconds."""
        return self.seconds


class TurnTaker:
    """Follows one caller; each VAD window goes in, changes of the turn come out."""

    def __init__(self, settings: PipelineSettings, policy: EndpointPolicy | None = None) -> None:
        self._settings = settings
        self._policy = policy or FixedSilence(settings.end_silence)
        self._onset: float | None = None
        self._turn_start: float | None = None
        self._speech_end = 0.0
        self._paused = False
        self._voiced = 0.0

    @property
    def in_turn(self) -> bool:
        """Whether a turn has started and not ended."""
        return self._turn_start is not None

    @property
    def voiced(self) -> float:
        """Seconds of speech in the current turn, pauses left out."""
        return self._voiced

    def window(self, probability: float, start: float, seconds: float) -> Sequence[TurnChange]:
        """Take one VAD window of `seconds` that began at `start` (loop time) and return what it changed."""
        end = start + seconds
        speech = probability >= (
            self._settings.silence_threshold if self.in_turn and not self._paused else self._settings.speech_threshold
        )
        if self._turn_start is None:
            return self._before_turn(speech, start, end)
        return self._within_turn(speech, start, end, self._turn_start)

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
        return (Started(self._turn_start),)

    def _within_turn(self, speech: bool, start: float, end: float, turn_start: float) -> Sequence[TurnChange]:
        if speech:
            changes: tuple[TurnChange, ...] = (Resumed(start),) if self._paused else ()
            self._paused = False
            self._speech_end = end
            self._voiced += end - start
            if end - turn_start >= self._settings.max_turn:
                return (*changes, self._end(end))
            return changes
        silent = end - self._speech_end
        changes = ()
        if not self._paused and silent >= self._settings.pause - 1e-9:
            self._paused = True
            changes = (Paused(self._speech_end),)
        if self._paused and silent >= self._policy.silence_needed() - 1e-9:
            return (*changes, self._end(end))
        return changes

    def _end(self, at: float) -> Ended:
        self._turn_start = None
        self._paused = False
        return Ended(at, self._speech_end)
