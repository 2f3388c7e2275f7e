"""The judge of turn taking, on scripted evidence: no synthesiser, no model, no recogniser."""

import numpy as np
import pytest

from benchmarks.turn_clips import Clip
from benchmarks.turn_evidence import WINDOW_SECONDS, Evidence, Pause
from benchmarks.turn_fit import NAMES, across, fit, rows, surprise
from benchmarks.turn_replay import Delays, Judge, Point, Silence, SmartTurnAlone, ours, point, replay
from benchmarks.turn_sentences import JUDGING, TUNING, Said
from benchmarks.turns import best_within, soonest, worst_excess
from pipeline.settings import PipelineSettings

FOUND = PipelineSettings().pause


def windows(*spans: tuple[float, float]) -> tuple[float, ...]:
    return tuple(probability for probability, seconds in spans for _ in range(round(seconds / WINDOW_SECONDS)))


def hesitating(gap: float, text: str, audio: float = 0.1, looked: str = "", finishing: float = 0.05) -> tuple[
    Clip, Evidence
]:  # fmt: skip
    """A second of speech, a pause of `gap` s, a second of speech; the true end is where the VAD hears it."""
    heard = windows((0.9, 1.024), (0.0, gap), (0.9, 1.024), (0.0, 0.32))
    first, whole = 1.024, (len(heard) - 10) * WINDOW_SECONDS
    pauses = (
        Pause(first, first + FOUND, whole - 1.024, looked or text, text, finishing, text, audio),
        Pause(whole, whole + FOUND, None, "call mom", "call mom tomorrow at noon", finishing, "", 0.9),
    )
    said = Said("middle", "Call | mom")
    clip = Clip("one", "judging", "rms", said, ((first, first + gap),), whole, ("Call", ""), np.zeros(1, np.float32))
    return clip, Evidence("one", heard, (WINDOW_SECONDS,) * len(heard), pauses, "call mom tomorrow at noon", 0.1, 0.01)


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


@pytest.mark.parametrize(("finishing", "cut"), [(0.01, 0.0), (0.4, 1.0)])
def test_until_the_final_words_come_the_first_ones_are_believed(finishing: float, cut: float) -> None:
    pair = hesitating(0.64, "call mom and", looked="call mom tomorrow at noon", finishing=finishing)
    assert run(ours(0.3)(), pair).cut_turns == cut


def test_smart_turn_alone_believes_its_verdict() -> None:
    late = run(SmartTurnAlone.of(0.5, 0.2, 1.0), hesitating(0.64, "call", audio=0.1))
    wrong = run(SmartTurnAlone.of(0.5, 0.2, 1.0), hesitating(0.64, "call", audio=0.9))
    assert (late.cut_turns, wrong.cut_turns) == (0.0, 1.0)
    assert late.mean_wait == pytest.approx(wrong.mean_wait)
    assert late.mean_wait >= FOUND + Delays().audio


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


@pytest.mark.parametrize("late", [-0.1, 0.0, 0.15])
def test_the_true_words_of_a_pause_are_known_however_late_it_was_heard(late: float) -> None:
    clip, _ = hesitating(0.64, "call")
    assert clip.said_until(clip.pauses[0][0] + late) == clip.before[0]
    assert clip.said_until(clip.speech_end + late) == clip.before[1]


def test_a_fit_finds_what_made_the_ends() -> None:
    chance = np.random.default_rng(1)
    evidence = chance.normal(size=(4_000, 3))
    true = np.array([2.0, -1.0, 0.0])
    ends = (chance.random(4_000) < 1 / (1 + np.exp(-evidence @ true))).astype(float)
    found = fit(evidence, ends)
    assert found == pytest.approx(true, abs=0.15)
    assert surprise(evidence, ends, found) < surprise(evidence, ends, np.zeros(3)) == pytest.approx(np.log(2))


def test_sentences_are_judged_by_weights_that_never_saw_them() -> None:
    """Each sentence has a column of its own that gives its ends away: of no use where the sentence was left out."""
    ends = np.tile([0.0, 1.0], 20)
    evidence = np.kron(np.eye(10), np.array([[-9.0], [9.0], [-9.0], [9.0]]))
    sentences = [str(number) for number in range(10) for _ in range(4)]
    assert surprise(evidence, ends, fit(evidence, ends)) < 0.05
    assert across(evidence, ends, sentences) == pytest.approx(np.log(2))


def test_the_evidence_of_a_pause_is_what_the_policy_weighs() -> None:
    evidence, ends, sentences = rows([hesitating(0.64, "remind me to call", audio=0.5)])
    named = [dict(zip(NAMES, row, strict=True)) for row in evidence]
    assert ends.tolist() == [0.0, 1.0] and sentences == ["Call | mom"] * 2
    assert (named[0]["OPEN"], named[0]["DONE"], named[1]["OPEN"], named[1]["DONE"]) == (1.0, 0.0, 0.0, 1.0)
    assert named[0]["LENGTH"] < 0 == named[1]["LENGTH"]
    assert named[0]["SOUND"] == pytest.approx(0.0) and named[1]["SOUND"] > 1
