"""Replays clips through the product's turn taker, with any policy: where it would cut in, and how long it waits."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

from benchmarks.turn_clips import Clip
from benchmarks.turn_evidence import WINDOW_SECONDS, Evidence
from pipeline.completeness import Completeness, completeness
from pipeline.endpoint_settings import EndpointSettings
from pipeline.endpointing import Endpointing
from pipeline.expectation import expected_answer
from pipeline.settings import PipelineSettings
from pipeline.turns import EndpointPolicy, Paused, TurnChange, TurnTaker

_NEVER: Final = 1e9
_APART: Final = 100.0
"""Seconds between two turns of a caller."""

_SILENCE: Final = 4.0
"""Seconds that are listened for after a clip."""


@dataclass(frozen=True, slots=True)
class Delays:
    """Seconds from the moment a pause is found to its first words, and to the end-of-turn model's verdict.

    The final words come after the first ones by what they took of a processor.
    """

    words: float = 0.03
    audio: float = 0.1


class Judge(EndpointPolicy, Protocol):
    """A policy in the benchmark: it also gets the evidence that the product has."""

    def asked(self, said: str) -> None:
        """Take what the agent has last said."""

    def transcript(self, text: str) -> None:
        """Take the text of the turn so far."""

    def sounds_finished(self, probability: float) -> None:
        """Take the end-of-turn model's probability."""


@dataclass(frozen=True, slots=True)
class SmartTurnAlone:
    """The usual way: end soon where the model says "finished", else wait for a long silence."""

    threshold: float
    soon: float
    late: float
    _verdict: list[bool]

    @classmethod
    def of(cls, threshold: float, soon: float, late: float) -> "SmartTurnAlone":
        """Make one that has heard nothing."""
        return cls(threshold, soon, late, [])

    def silence_needed(self) -> float:
        """Return the silence that the last verdict asks for, in s."""
        return self.soon if self._verdict else self.late

    def asked(self, said: str) -> None:
        """Know nothing of words."""

    def transcript(self, text: str) -> None:
        """Know nothing of words."""

    def follow(self, change: TurnChange) -> None:
        """Forget the verdict where the turn goes on."""
        if not isinstance(change, Paused):
            self._verdict.clear()

    def sounds_finished(self, probability: float) -> None:
        """Keep the verdict."""
        if probability >= self.threshold:
            self._verdict.append(True)


@dataclass(frozen=True, slots=True)
class Silence:
    """End after the same silence each time, in s."""

    seconds: float

    def silence_needed(self) -> float:
        """Return it."""
        return self.seconds

    def asked(self, said: str) -> None:
        """Know nothing."""

    def follow(self, change: TurnChange) -> None:
        """Know nothing."""

    def transcript(self, text: str) -> None:
        """Know nothing."""

    def sounds_finished(self, probability: float) -> None:
        """Know nothing."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a policy did with one clip: inner pauses it cut into, and its wait at the true end, in s."""

    clip: Clip
    cuts: int
    wait: float


class _Watched:
    """A policy whose decisions are noted and not obeyed, so that every pause of every clip is judged."""

    def __init__(self, policy: Judge) -> None:
        self.policy = policy
        self.now = self.speech_end = 0.0
        self.decided: float | None = None

    def follow(self, change: TurnChange) -> None:
        self.policy.follow(change)
        if isinstance(change, Paused):
            self.speech_end = change.speech_end

    def silence_needed(self) -> float:
        if self.decided is None and self.now - self.speech_end >= self.policy.silence_needed() - 1e-9:
            self.decided = self.now
        return _NEVER


def replay(
    pairs: Iterable[tuple[Clip, Evidence]], make: Callable[[], Judge], delays: Delays, *, true_words: bool = False
) -> list[Outcome]:
    """Let each caller say their clips in order to one policy of their own."""
    policies: dict[str, Judge] = {}
    outcomes = []
    for number, (clip, evidence) in enumerate(pairs):
        policy = policies.setdefault(clip.caller, make())
        outcomes.append(_one(clip, evidence, policy, number * _APART, delays, true_words))
    return outcomes


def _one(clip: Clip, evidence: Evidence, policy: Judge, began: float, delays: Delays, true_words: bool) -> Outcome:
    watched = _Watched(policy)
    taker = TurnTaker(PipelineSettings(), watched)
    policy.asked(clip.said.asked)
    cuts, last = 0, None
    due = _deliveries(evidence, policy, began, delays, true_words)
    silence = ((0.0, 0.0),) * int(_SILENCE / WINDOW_SECONDS)
    for number, (probability, spoken) in enumerate((*zip(evidence.windows, evidence.spoken, strict=True), *silence)):
        start = number * WINDOW_SECONDS
        watched.now = began + start + WINDOW_SECONDS
        while due and due[0][0] <= watched.now + 1e-9:
            due.pop(0)[1]()
        for change in taker.window(probability, began + start, WINDOW_SECONDS, spoken):
            if not isinstance(change, Paused):
                cuts += watched.decided is not None
                watched.decided = None
            last = change
    if not isinstance(last, Paused):
        raise SystemExit(f"{clip.name}: no end of speech was heard; remove its files and run again")
    ended = watched.now if watched.decided is None else watched.decided
    return Outcome(clip, cuts, ended - began - clip.speech_end)


def _deliveries(
    evidence: Evidence, policy: Judge, began: float, delays: Delays, true_words: bool
) -> list[tuple[float, Callable[[], None]]]:
    """Return when each piece of evidence comes, in order; what would come after its pause is dropped, as in a call."""
    due: list[tuple[float, Callable[[], None]]] = []
    for pause in evidence.pauses:
        found = [
            (delays.words, partial(policy.transcript, pause.said if true_words else pause.looked)),
            (delays.words + pause.finishing, partial(policy.transcript, pause.said if true_words else pause.heard)),
        ]
        if pause.audio is not None:
            found.append((delays.audio, partial(policy.sounds_finished, pause.audio)))
        until = math.inf if pause.resumed is None else pause.resumed
        due += [(began + pause.paused + late, tell) for late, tell in found if pause.paused + late < until]
    return sorted(due, key=lambda one: one[0])


@dataclass(frozen=True, slots=True)
class Point:
    """One setting of a policy on a set of clips; rates in [0, 1], waits in s.

    `cut_turns` is the share of hesitating turns that are cut off at least once, `cut_pauses` the share of all inner
    pauses that are taken for the end, `cut_plain` the share of turns without a pause that are.
    """

    setting: str
    mean_wait: float
    p95_wait: float
    cut_turns: float
    cut_pauses: float
    cut_plain: float


def point(setting: str, outcomes: Sequence[Outcome]) -> Point:
    """Sum up what a policy did."""
    hesitating = [one for one in outcomes if one.clip.pauses]
    plain = [one for one in outcomes if not one.clip.pauses]
    waits = sorted(one.wait for one in outcomes)
    return Point(
        setting,
        sum(waits) / len(waits),
        waits[min(len(waits) - 1, int(0.95 * len(waits)))],
        sum(one.cuts > 0 for one in hesitating) / len(hesitating),
        sum(one.cuts for one in hesitating) / sum(len(one.clip.pauses) for one in hesitating),
        sum(one.cuts > 0 for one in plain) / max(1, len(plain)),
    )


def ours(cost: float, settings: EndpointSettings | None = None) -> Callable[[], Endpointing]:
    """Return what makes our policy at one `cut_off_cost`."""
    chosen = (settings or EndpointSettings()).model_copy(update={"cut_off_cost": cost})
    return lambda: Endpointing(chosen)


def judged_words(pairs: Iterable[tuple[Clip, Evidence]]) -> dict[Completeness, tuple[int, int]]:
    """Count for each judgement of the words how many pauses were an end, and how many were not."""
    counts = dict.fromkeys(Completeness, (0, 0))
    for clip, evidence in pairs:
        for pause in evidence.pauses:
            verdict = completeness(pause.heard, expected_answer(clip.said.asked))
            ends, inner = counts[verdict]
            counts[verdict] = (ends + (pause.resumed is None), inner + (pause.resumed is not None))
    return counts
