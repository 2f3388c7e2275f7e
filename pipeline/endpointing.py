"""When a turn is over: how long to wait for a caller who pauses, from all that is known of the pause.

The odds that the thought is finished come from its sound and its words; how soon the caller would go on comes from
the caller's own pauses. The wait ends where another second of it no longer saves `cut_off_cost` seconds' worth of
interruptions. Pure: time, text and probabilities come in, a length of silence comes out.
"""

import math

from pipeline.endpoint_settings import EndpointSettings
from pipeline.expectation import Expected, expected_answer
from pipeline.odds import log_odds, weighed
from pipeline.pauses import Pauses
from pipeline.turns import Ended, Paused, Resumed, Started, TurnChange


class Endpointing:
    """The end-of-turn policy of one call; see `turns.EndpointPolicy`.

    It is told of every change of the turn and, within a pause, of what becomes known; each may come late or never.
    """

    def __init__(self, settings: EndpointSettings) -> None:
        self._settings = settings
        self._pauses = Pauses()
        self._expected: Expected | None = None
        self._speech_end: float | None = None
        self._paused = False
        self._unhurried = False
        self._text: str | None = None
        self._sound: float | None = None
        self._needed: float | None = None

    def silence_needed(self) -> float:
        """Return the silence in seconds that ends the turn, as far as is known now."""
        if self._needed is None:
            self._needed = self._wait()
        return self._needed

    def asked(self, said: str) -> None:
        """Take what the agent has last said: a question makes its answer a finished thought."""
        self._expected = expected_answer(said)
        self._needed = None

    def leave_open(self) -> None:
        """Wait for more as long as ever in the pause that lasts: nobody waits for the end of what was said so far."""
        self._unhurried = self._paused
        self._needed = None

    def follow(self, change: TurnChange) -> None:
        """Take one change of the turn, in order."""
        match change:
            case Started(at=at):
                # Who goes on this soon after a turn has ended did not answer: they were cut off.
                if self._speech_end is not None and at - self._speech_end <= self._settings.longest:
                    self._pauses.learn(at - self._speech_end)
                self._forget()
            case Paused(speech_end=speech_end):
                self._speech_end = speech_end
                self._paused = True
            case Resumed(at=at):
                # Shorter than any that ends a turn, it was a consonant rather than a pause.
                if self._speech_end is not None and at - self._speech_end >= self._settings.shortest:
                    self._pauses.learn(at - self._speech_end)
                self._forget()
            case Ended(speech_end=speech_end):
                self._speech_end = speech_end
                self._paused = False

    def transcript(self, text: str) -> None:
        """Take the text of the turn so far, partial or final, of now or of the pause that lasts."""
        # Read when the wait is asked for: of the partials while the caller speaks, most never are.
        self._unhurried = self._unhurried and text == self._text
        self._text = text
        self._needed = None

    def sounds_finished(self, probability: float) -> None:
        """Take the end-of-turn model's probability in [0, 1] for the pause that lasts; without a pause it is stale."""
        if self._paused:
            self._sound = probability
            self._needed = None

    def _forget(self) -> None:
        self._paused = self._unhurried = False
        self._text = self._sound = self._needed = None

    def _wait(self) -> float:
        settings = self._settings
        if self._unhurried:
            return settings.longest
        if self._text is None and self._sound is None:
            return settings.usual
        odds = math.exp(log_odds(None if self._text is None else weighed(self._text, self._expected), self._sound))
        wait = worthwhile(odds, self._pauses, settings.cut_off_cost, settings.shortest, settings.longest)
        return min(settings.longest, max(settings.shortest, wait))


def worthwhile(odds: float, pauses: Pauses, cost: float, shortest: float, longest: float) -> float:
    """Return the wait in s that costs least, `shortest` at least and `longest` at most.

    `odds` are those of an end to a pause, `cost` the seconds of waiting that one cut-off is worth.
    """
    wait = pauses.thins_out(odds / cost)
    if wait is None or wait <= shortest:
        return shortest
    wait = min(wait, longest)
    saved = cost * (pauses.longer_than(shortest) - pauses.longer_than(wait))
    return wait if saved > odds * (wait - shortest) else shortest
