"""When a speaking agent falls silent for its caller, and when it was for nothing."""

from collections import deque
from typing import Final, Protocol

from pipeline.backchannel import claims_turn, is_backchannel

BRIEF: Final = 0.54
"""Seconds of speech: in less, "uh-huh" and a cough are taken for words ("the flood", "add a") more often than not."""


CALM: Final = 0.06
"""Seconds without a sign of speech after which an agent that fell silent for no turn goes on."""

HESITATION: Final = 0.25
"""Seconds of silence after brief words before an agent goes on: "wait," is often followed by what to wait for."""


class CallerVoice(Protocol):
    """What is heard of the caller up to now, durations in s."""

    @property
    def in_turn(self) -> bool:
        """Whether they are in a turn."""

    @property
    def voiced(self) -> float:
        """Speech in that turn, pauses left out."""

    @property
    def onset(self) -> float:
        """How long they may have begun to speak, where there is no turn."""

    @property
    def calm(self) -> float:
        """How long there has been no sign of it, where there is no turn."""


class BargeIn:
    """Follows the turns of the caller. Pure: seconds of speech and words come as arguments.

    A turn may begin before the words of an earlier one are known: speech is that of the newest turn, words are those of
    the oldest that is not understood yet.

    The agent falls silent at once, for nobody talks against a voice; whether it has lost the word, the words decide.
    """

    def __init__(self, sustained: float) -> None:
        self._sustained = sustained
        self._forgiven = 0.0
        self._startled = False
        # For each turn that is not understood yet: whether it began over words of the agent, or over its thinking.
        self._over: deque[tuple[bool, bool]] = deque()

    def begin(self, *, speaking: bool, thinking: bool, asked: bool) -> None:
        """Note that the caller began while the agent had the word, or still thought, or had asked something."""
        self._forgiven = 0.0
        self._over.append((speaking and not asked, thinking and not asked))

    def understood(self) -> None:
        """Note that all words of a turn are known, or never will be."""
        self._over.popleft()

    def heed(self, caller: CallerVoice, *, speaking: bool) -> bool | None:
        """Tell whether the agent falls silent (True) or goes on (False) at what is heard now; None: neither.

        An agent that is not `speaking` yet does not begin over a caller's turn at all.
        """
        if caller.in_turn:
            self._startled = False
            fresh = caller.voiced - self._forgiven
            return True if fresh > 0 and (fresh >= self._sustained or not speaking) else None
        if speaking and caller.onset >= self._sustained:
            self._startled = True
            return True
        if self._startled and caller.calm >= CALM:
            self._startled = False
            return False
        return None

    def takes_no_turn(self, text: str, voiced: float) -> bool:
        """Tell whether these words, or none, within so many seconds of speech leave the agent its turn.

        Over an agent that still thinks, a word or two may add to what was said: only a backchannel is none.
        """
        over_words, over_thinking = self._over[0]
        if over_words and voiced < BRIEF and not claims_turn(text):
            return True
        return (over_words or over_thinking) and is_backchannel(text)

    def forgive(self, text: str, voiced: float) -> float:
        """Let the agent go on in so many seconds, for what was said in the `voiced` seconds so far takes no turn.

        Only speech beyond them makes it fall silent again.
        """
        self._forgiven = voiced
        return 0.0 if text and is_backchannel(text) else HESITATION
