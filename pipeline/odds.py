"""How likely a pause is the end of a turn: each piece of evidence adds to the logarithm of the odds."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pipeline.completeness import Completeness, completeness
from pipeline.expectation import Expected

# WORDS, LENGTH and ASKED: by `python -m benchmarks.turn_fit`, of the tuning set of benchmarks/turns.py alone; rounded.
WORDS: Final[Mapping[Completeness, float]] = {
    Completeness.OPEN: -2.2,
    Completeness.UNSURE: -0.5,
    Completeness.WANTING: -2.0,
    Completeness.WHOLE: 0.3,
    Completeness.DONE: 2.3,
}
LENGTH: Final = 1.2
"""For each unit of `lengthening`: people hesitate early, and many words that seem open are likelier misheard."""

ASKED: Final = 0.6
"""Where the agent had asked something: an answer may be short."""

SOUND: Final = 0.1
"""How much of the end-of-turn model's own log-odds is believed; set by hand, for synthetic voices tell it nothing."""

BEFORE: Final = 0.3
"""Where there are no words: a pause is a little likelier the end of its turn than not."""

_FEWEST, _TYPICAL, _MOST = 3, 5, 12
_SUREST: Final = 0.98


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a turn so far: how finished they are, how many, and whether the agent had asked something."""

    completeness: Completeness
    count: int
    asked: bool


def weighed(text: str, expected: Expected | None) -> Words:
    """Return what the text of a turn so far says, where the agent has asked for what is `expected`."""
    return Words(completeness(text, expected), len(text.split()), expected is not None)


def log_odds(words: Words | None, sound: float | None) -> float:
    """Return the logarithm of the odds that a turn has ended; `sound` is the end-of-turn model's probability."""
    total = BEFORE
    if words is not None:
        total = WORDS[words.completeness] + LENGTH * lengthening(words) + ASKED * words.asked
    return total if sound is None else total + SOUND * belief(sound)


def lengthening(words: Words) -> float:
    """Return how much longer than usual the words are, as a logarithm.

    Few are all one, and so are many. Where nothing is missing their number tells nothing: "stop" is no less an end.
    """
    if words.completeness is Completeness.DONE:
        return 0.0
    return math.log(min(_MOST, max(_FEWEST, words.count)) / _TYPICAL)


def belief(probability: float) -> float:
    """Return the log-odds of a probability, of which none is taken to be quite sure."""
    sure = min(_SUREST, max(1 - _SUREST, probability))
    return math.log(sure / (1 - sure))
