"""When a speaking agent falls silent for its caller, and when it was for nothing."""

from collections import deque
from typing import Final

from pipeline.backchannel import claims_turn, is_backchannel

BRIEF: Final = 0.54
"""Seconds of speech: in less, "uh-huh" and a cough are taken for words ("the flood", "add a") more often than not."""


class BargeIn:
    """Follows the turns of the caller. Pure: seconds of speech and words come as arguments.

    A turn may begin before the words of an earlier one are known: speech is that of the newest turn, words are those of
    the oldest that is not understood yet.

    The agent falls silent at once, for nobody talks against a voice; whether it has lost the word, the words decide.
    """

    def __init__(self, sustained: float) -> None:
        self._sustained = sustained
        self._forgiven = 0.0
        self._over_agent: deque[bool] = deque()  # for each turn that is not understood yet

    def begin(self, *, over_agent: bool) -> None:
        """Note that the caller began to speak; `over_agent` says that the agent had the word, and asked nothing."""
        self._forgiven = 0.0
        self._over_agent.append(over_agent)

    def understood(self) -> None:
        """Note that all words of a turn are known, or never will be."""
        self._over_agent.popleft()

    def silences(self, voiced: float, *, speaking: bool) -> bool:
        """Tell whether the agent falls silent after so many seconds of the caller's speech.

        An agent that is not `speaking` yet does not begin over the caller at all.
        """
        fresh = voiced - self._forgiven
        return fresh > 0 and (fresh >= self._sustained or not speaking)

    def takes_no_turn(self, text: str, voiced: float) -> bool:
        """Tell whether these words, or none, within so many seconds of speech leave the agent its turn."""
        return self._over_agent[0] and (is_backchannel(text) or (voiced < BRIEF and not claims_turn(text)))

    def forgive(self, voiced: float) -> None:
        """Let the agent go on; only speech beyond the `voiced` seconds so far makes it fall silent again."""
        self._forgiven = voiced
