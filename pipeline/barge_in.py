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
        # For each turn that is not understood yet: whether it began over words of the agent, or over its thinking.
        self._over: deque[tuple[bool, bool]] = deque()

    def begin(self, *, speaking: bool, thinking: bool, asked: bool) -> None:
        """Note that the caller began while the agent had the word, or still thought, or had asked something."""
        self._forgiven = 0.0
        self._over.append((speaking and not asked, thinking and not asked))

    def understood(self) -> None:
        """Note that all words of a turn are known, or never will be."""
        self._over.popleft()

    def silences(self, voiced: float, *, speaking: bool) -> bool:
        """Tell whether the agent falls silent after so many seconds of the caller's speech.

        An agent that is not `speaking` yet does not begin over the caller at all.
        """
        fresh = voiced - self._forgiven
        return fresh > 0 and (fresh >= self._sustained or not speaking)

    def takes_no_turn(self, text: str, voiced: float) -> bool:
        """Tell whether these words, or none, within so many seconds of speech leave the agent its turn.

        Over an agent that still thinks, a word or two may add to what was said: only a backchannel is none.
        """
        over_words, over_thinking = self._over[0]
        if over_words and voiced < BRIEF and not claims_turn(text):
            return True
        return (over_words or over_thinking) and is_backchannel(text)

    def forgive(self, voiced: float) -> None:
        """Let the agent go on; only speech beyond the `voiced` seconds so far makes it fall silent again."""
        self._forgiven = voiced
