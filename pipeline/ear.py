"""The caller's audio on one clock: holes become silence, windows become turn changes."""

from collections.abc import Sequence

import numpy as np

from models.audio import SAMPLE_RATE, Pcm, silence
from models.vad import WINDOW, VadStream
from pipeline.echo import EchoGuard
from pipeline.hush import Hush
from pipeline.listener import ListenedTurn
from pipeline.recent import RecentAudio
from pipeline.settings import PipelineSettings
from pipeline.stir import STIRRING, Stir
from pipeline.turns import EndpointPolicy, TurnChange, TurnTaker

MAX_GAP = 5.0
"""Longest hole in the incoming audio, in s, that is filled with silence; a longer one restarts the clock."""

JITTER = 0.1
"""Audio may be placed late by some tens of ms; only a hole longer than this, in s, is missing audio."""

STALL = 0.5
"""Frames this late, in s, are taken for silence, so that an open turn still ends."""


class Ear:
    """Follows one caller's audio and feeds the turn that is being listened to."""

    def __init__(self, vad: VadStream, settings: PipelineSettings, endpoint: EndpointPolicy, echo: EchoGuard) -> None:
        self._vad = vad
        self._echo = echo
        self._hush = Hush()
        self._stir = Stir()
        self._windowed = silence(0)  # audio of which the VAD has not told yet
        self._faintest = settings.silence_threshold
        self._turn_taker = TurnTaker(settings, endpoint)
        self._pre_roll = RecentAudio(settings.pre_roll)  # so that a turn begins before its detected onset
        self._turn: ListenedTurn | None = None
        self._heard_until: float | None = None
        self._window_start = 0.0

    @property
    def in_turn(self) -> bool:
        """Whether the caller has begun to speak and not ended."""
        return self._turn_taker.in_turn

    @property
    def voiced(self) -> float:
        """Seconds of speech in the current turn, pauses left out."""
        return self._turn_taker.voiced

    @property
    def onset(self) -> float:
        """Seconds for which the caller may have begun to speak; 0 in a turn."""
        return 0.0 if self.in_turn else self._stir.onset

    @property
    def calm(self) -> float:
        """Seconds for which nobody may have spoken; 0 in a turn."""
        return 0.0 if self.in_turn else self._stir.calm

    def hear(self, pcm: Pcm, at: float) -> Sequence[TurnChange]:
        """Take 16 kHz mono float32 whose first sample was spoken at loop time `at`."""
        if self._heard_until is None or abs(at - self._heard_until) > MAX_GAP:
            self._heard_until = self._window_start = at
        gap = at - self._heard_until
        if gap < 0:
            # Its place was guessed too late before: what is told of the turn must not lie in the future.
            self._heard_until, self._window_start = at, self._window_start + gap
        missing = self._listen(silence(int(gap * SAMPLE_RATE)), self._heard_until) if gap > JITTER else ()
        return (*missing, *self._listen(pcm, self._heard_until))

    def lapse(self, now: float) -> Sequence[TurnChange]:
        """Let time go on to `now` (loop time) where frames have stopped coming within a turn."""
        if not self.in_turn:
            return ()
        if self._heard_until is None or now - self._heard_until > MAX_GAP:
            # A turn that was cut off with its link must end even where nothing is ever heard over the next one.
            self._heard_until = self._window_start = now
        if now - self._heard_until <= STALL:
            return ()
        return self._listen(silence(int((now - self._heard_until) * SAMPLE_RATE)), self._heard_until)

    def end_turn(self) -> Sequence[TurnChange]:
        """Take what was heard so far for the whole of the turn."""
        return () if self._heard_until is None else self._turn_taker.end(self._heard_until)

    def relink(self) -> None:
        """Begin a new clock: the audio that follows comes over another link."""
        self._heard_until = None

    @property
    def turn(self) -> ListenedTurn | None:
        """The turn that is fed."""
        return self._turn

    def follow(self, turn: ListenedTurn) -> None:
        """Feed `turn` from just before its onset on."""
        for chunk in self._pre_roll.take():
            turn.feed(chunk)
        self._turn = turn

    def take_turn(self) -> ListenedTurn | None:
        """Stop feeding the current turn and return it; what it kept back may be the onset of the next."""
        turn, self._turn = self._turn, None
        for chunk in turn.leave() if turn is not None else ():
            self._pre_roll.push(chunk)
        return turn

    def _listen(self, pcm: Pcm, start: float) -> Sequence[TurnChange]:
        if self._turn is not None:
            self._turn.feed(pcm)
        else:
            self._pre_roll.push(pcm)
        self._heard_until = start + pcm.size / SAMPLE_RATE
        changes: list[TurnChange] = []
        self._echo.hear(pcm)
        for probability, window in self._windows(pcm):
            hushed = self._hush.falls(window, in_turn=self.in_turn)
            echoed = probability >= STIRRING and (hushed or self._echo.echoes())
            if echoed and probability >= self._faintest:
                probability = 0.0
            self._stir.take(0.0 if echoed else probability, self._echo.likeness, WINDOW / SAMPLE_RATE)
            spoken = self._hush.spoken(window)
            changes.extend(self._turn_taker.window(probability, self._window_start, WINDOW / SAMPLE_RATE, spoken))
            self._window_start += WINDOW / SAMPLE_RATE
        return changes

    def _windows(self, pcm: Pcm) -> Sequence[tuple[float, Pcm]]:
        probabilities = self._vad.feed(pcm)
        audio = np.concatenate((self._windowed, pcm))
        self._windowed = audio[len(probabilities) * WINDOW :]
        return [(each, audio[n * WINDOW : (n + 1) * WINDOW]) for n, each in enumerate(probabilities)]
