"""Percentiles of waits, and how sure a ratio of two of them is."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

Rounds = Sequence[Sequence[float]]
"""Waits by round of an interleaved run: what was measured within one round shares its moment of the machine."""


ROUNDS = 5
"""Of fewer rounds nothing can be drawn that says how sure a ratio is."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """Ours divided by theirs, and the interval that holds 95 of 100 resampled runs: nan of too few rounds."""

    value: float
    low: float
    high: float


def percentile(values: Sequence[float], percent: float) -> float:
    """Return a percentile, between two values linearly; nan of nothing."""
    if not values:
        return math.nan
    ordered = sorted(values)
    at = (len(ordered) - 1) * percent / 100
    below = math.floor(at)
    above = min(below + 1, len(ordered) - 1)
    if ordered[above] == ordered[below]:
        return ordered[below]  # infinite ones too, whose difference is no number
    return ordered[below] + (ordered[above] - ordered[below]) * (at - below)


def ratio(ours: Rounds, theirs: Rounds, percent: float, *, draws: int = 2_000, seed: int = 0) -> Ratio:
    """Return the ratio of a percentile with its bootstrap interval; raises ValueError for other numbers of rounds.

    Whole rounds are drawn, the same ones of both sides, since turns of one round are not independent of each other.
    """
    if len(ours) != len(theirs) or not ours:
        raise ValueError("both sides need the same rounds, and at least one")
    value = _quotient(ours, theirs, percent, range(len(ours)))
    if len(ours) < ROUNDS:
        return Ratio(value, math.nan, math.nan)
    chance = random.Random(seed)
    drawn = [
        one
        for _ in range(draws)
        if not math.isnan(one := _quotient(ours, theirs, percent, chance.choices(range(len(ours)), k=len(ours))))
    ]
    return Ratio(value, percentile(drawn, 2.5), percentile(drawn, 97.5))


def _quotient(ours: Rounds, theirs: Rounds, percent: float, rounds: Sequence[int]) -> float:
    mine = percentile([wait for number in rounds for wait in ours[number]], percent)
    other = percentile([wait for number in rounds for wait in theirs[number]], percent)
    return mine / other if other else math.nan
