"""The judge of turn taking, on scripted evidence: no synthesiser, no model, no recogniser."""

import numpy as np
import pytest

from benchmarks.turn_clips import Clip
from benchmarks.turn_evidence import WINDOW_SECONDS, Evidence, Pause
from benchmarks.turn_replay import Delays, Judge, Point, Silence, SmartTurnAlone, ours, point, replay
from benchmarks.turn_sentences import JUDGING, TUNING, Said
from benchmarks.turns import best_within, soonest, worst_excess


def windows(*spans: tuple[float, float]) -> tuple[float, ...]:
    return tuple(probability for probability, seconds in spans for _ in range(round(seconds / WINDOW_SECONDS)))


def hesitating(gap: float, text: str, audio: float = 0.1) -> tuple[Clip, Evidence]:
    """A second of speech, a pause of `gap` s, a second of speech; the true end is where the VAD hears it."""
    spoken = windows((0.9, 1.024), (0.0, gap), (0.9, 1.024), (0.0, 0.32))
    first, whole = 1.024, (len(spoken) - 10) * WINDOW_SECONDS
    pauses = (
        Pause(first, first + 0.16, whole - 1.024, text, text, audio),
        Pause(whole, whole + 0.16, None, "call mom tomorrow at noon", "", 0.9),
    )
    said = Said("middle", "Call | mom")
    clip = Clip("one", "judging", "rms", said, ((first, first + gap),), whole, ("Call", ""), np.zeros(1, np.float32))
    return clip, Evidence("one", spoken, pauses, "call mom tomorrow at noon", 0.1, 0.01)


def run(policy: Judge, pair: tuple[Clip, Evidence]) -> Point:
    return point("", replay([pair], lambda: policy, Delays()))


@pytest.mark.parametrize(("seconds", "cut"), [(0.4, 1.0), (0.8, 0.0)])
def test_a_fixed_silence_cuts_pauses_that_are_longer(seconds: float, cut: float) -> None:
    found = run(Silence(seconds), hesitating(0.64, "call"))
    assert found.cut_turns == found.cut_pauses == cut
    assert seconds - 1e-9 <= found.mean_wait < seconds + 2 * WINDOW_SECONDS


def test_ours_waits_where_the_words_are_open_and_not_at_the_end() -> None:
    found = run(ours(1.5)(), hesitating(0.64, "remind me to call"))
    assert found.cut_turns == 0
    assert found.mean_wait < 0.3


def test_smart_turn_alone_believes_its_verdict() -> None:
    late = run(SmartTurnAlone.of(0.5, 0.2, 1.0), hesitating(0.64, "call", audio=0.1))
    wrong = run(SmartTurnAlone.of(0.5, 0.2, 1.0), hesitating(0.64, "call", audio=0.9))
    assert (late.cut_turns, wrong.cut_turns) == (0.0, 1.0)
    assert late.mean_wait == pytest.approx(wrong.mean_wait)
    assert late.mean_wait >= 0.16 + Delays().audio


def test_evidence_that_comes_after_its_pause_is_dropped() -> None:
    slow = Delays(words=2.0, audio=0.5)
    pair = hesitating(0.32, "call", audio=0.99)
    found = point("", replay([pair], lambda: SmartTurnAlone.of(0.5, 0.2, 1.0), slow))
    assert found.cut_turns == 0


def test_the_best_setting_is_the_one_that_cuts_least_in_time() -> None:
    points = [Point(str(wait), wait, wait, cut, cut, 0.0) for wait, cut in ((0.25, 0.5), (0.3, 0.2), (0.5, 0.04))]
    assert best_within(points, 0.3) is points[1]
    assert best_within(points, 0.2) is None
    assert soonest(points, 0.05) is points[2]
    assert worst_excess(points, [Point("", 0.3, 0.3, 0.1, 0.1, 0.0)])[0] == pytest.approx(0.1)


def test_no_sentence_is_judged_that_was_tuned_with() -> None:
    assert not {said.text.lower() for said in TUNING} & {said.text.lower() for said in JUDGING}
