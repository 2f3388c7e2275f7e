import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pipeline.completeness import Completeness
from pipeline.endpoint_settings import EndpointSettings
from pipeline.endpointing import Endpointing, worthwhile
from pipeline.odds import Words, log_odds, weighed
from pipeline.pauses import USUAL, Pauses
from pipeline.settings import PipelineSettings
from pipeline.turns import Ended, Paused, Resumed, Started, TurnTaker

SETTINGS = EndpointSettings()
WINDOW = 0.032
TEXTS = st.sampled_from(["", "remind me to", "remind me to call mom", "call mom on friday", "tomorrow at noon", "yes"])
ODDS = st.floats(1e-4, 1e4)
LENGTHS = st.lists(st.floats(0.16, 2.0), max_size=20)


def paused(policy: Endpointing, speech_end: float = 1.0) -> Endpointing:
    policy.follow(Started(0.0))
    policy.follow(Paused(speech_end))
    return policy


def habit(lengths: list[float]) -> Pauses:
    pauses = Pauses()
    for length in lengths:
        pauses.learn(length)
    return pauses


def test_where_nothing_is_known_the_wait_is_the_usual_one() -> None:
    assert paused(Endpointing(SETTINGS)).silence_needed() == SETTINGS.usual


def test_a_finished_thought_ends_soon_and_an_open_one_late() -> None:
    waits = []
    for text in ("remind me to call mom tomorrow at noon", "remind me to"):
        policy = paused(Endpointing(SETTINGS))
        policy.transcript(text)
        waits.append(policy.silence_needed())
    assert waits[0] < 0.3
    assert waits[1] > 0.9


def test_a_turn_that_nobody_waits_for_stays_open_until_it_goes_on() -> None:
    policy = paused(Endpointing(SETTINGS))
    policy.transcript("remind me to call mom tomorrow at noon")
    policy.leave_open()
    policy.transcript("remind me to call mom tomorrow at noon")
    assert policy.silence_needed() == SETTINGS.longest
    policy.follow(Resumed(1.5))
    policy.leave_open()  # too late: there is no pause
    policy.follow(Paused(2.0))
    assert policy.silence_needed() == SETTINGS.usual


def test_the_answer_that_was_asked_for_ends_soon() -> None:
    waits = []
    for said in ("When should I remind you?", "Hello."):
        policy = Endpointing(EndpointSettings(cut_off_cost=6.0))
        policy.asked(said)
        paused(policy).transcript("tomorrow at noon")
        waits.append(policy.silence_needed())
    assert waits[0] == SETTINGS.shortest < waits[1]


def test_sound_alone_decides_where_there_are_no_words() -> None:
    waits = []
    for probability in (0.98, 0.02):
        policy = paused(Endpointing(SETTINGS))
        policy.sounds_finished(probability)
        waits.append(policy.silence_needed())
    assert waits[0] < SETTINGS.usual < waits[1]


def test_evidence_of_one_pause_does_not_end_the_next() -> None:
    policy = paused(Endpointing(SETTINGS))
    policy.transcript("yes")
    policy.sounds_finished(0.99)
    policy.follow(Resumed(1.4))
    policy.sounds_finished(0.99)  # computed for the pause that is over
    policy.follow(Paused(2.0))
    assert policy.silence_needed() == SETTINGS.usual


def test_a_caller_who_hesitates_long_gets_longer_waits() -> None:
    quick, slow = Endpointing(SETTINGS), Endpointing(SETTINGS)
    for policy, length in ((quick, 0.25), (slow, 0.9)):
        policy.follow(Started(0.0))
        for number in range(6):
            policy.follow(Paused(10.0 * number))
            policy.follow(Resumed(10.0 * number + length))
        policy.follow(Paused(99.0))
        policy.transcript("remind me to call mom")
    assert quick.silence_needed() < slow.silence_needed()


def test_who_was_cut_off_gets_more_time_afterwards() -> None:
    waits = []
    for gap in (0.9, 5.0):  # going on at once, or answering the agent
        policy = Endpointing(SETTINGS)
        for number in range(5):
            policy.follow(Started(20.0 * number))
            policy.follow(Ended(20.0 * number + 2.5, 20.0 * number + 2.0))
            policy.follow(Started(20.0 * number + 2.0 + gap))
            policy.follow(Ended(20.0 * number + 12.5, 20.0 * number + 12.0))
        paused(policy, 200.0).transcript("remind me to call mom")
        waits.append(policy.silence_needed())
    assert waits[0] > waits[1]


def test_settings_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(ValidationError, match="in order"):
        EndpointSettings(shortest=0.8)


def test_a_wrong_not_finished_costs_at_most_a_second() -> None:
    assert SETTINGS.longest - SETTINGS.shortest <= 1.0


@given(TEXTS, st.none() | st.floats(0, 1), LENGTHS, st.floats(0.01, 60))
def test_the_wait_stays_within_its_bounds(text: str, sound: float | None, lengths: list[float], cost: float) -> None:
    settings = EndpointSettings(cut_off_cost=cost)
    policy = Endpointing(settings)
    policy.follow(Started(0.0))
    for number, length in enumerate(lengths):
        policy.follow(Paused(10.0 * number))
        policy.follow(Resumed(10.0 * number + length))
    policy.follow(Paused(1_000.0))
    policy.transcript(text)
    if sound is not None:
        policy.sounds_finished(sound)
    assert settings.shortest <= policy.silence_needed() <= settings.longest


@given(TEXTS, st.floats(0, 1), st.floats(0, 1))
def test_what_sounds_more_finished_never_waits_longer(text: str, one: float, other: float) -> None:
    waits = []
    for sound in sorted((one, other)):
        policy = paused(Endpointing(SETTINGS))
        policy.transcript(text)
        policy.sounds_finished(sound)
        waits.append(policy.silence_needed())
    assert waits[0] >= waits[1]


@given(ODDS, LENGTHS, st.floats(0.1, 30), st.floats(0.1, 30))
def test_a_dearer_cut_off_never_shortens_the_wait(odds: float, lengths: list[float], one: float, other: float) -> None:
    pauses = habit(lengths)
    cheap, dear = (worthwhile(odds, pauses, cost, 0.2, 1.2) for cost in sorted((one, other)))
    assert cheap <= dear + 1e-9


@given(ODDS, LENGTHS, st.floats(0.1, 30), st.floats(0.2, 1.2))
def test_no_other_wait_costs_less(odds: float, lengths: list[float], cost: float, other: float) -> None:
    pauses = habit(lengths)

    def price(wait: float) -> float:
        return odds * wait + cost * pauses.longer_than(wait)

    assert price(worthwhile(odds, pauses, cost, 0.2, 1.2)) <= price(other) + 1e-9


@given(st.floats(0.01, 0.8), LENGTHS)
def test_pauses_thin_out_where_their_density_says(density: float, lengths: list[float]) -> None:
    pauses = habit(lengths)
    length = pauses.thins_out(density)
    assert length is not None
    step = 1e-4
    found = (pauses.longer_than(length - step) - pauses.longer_than(length + step)) / (2 * step)
    assert math.isclose(found, density, rel_tol=0.01, abs_tol=1e-4)


@given(LENGTHS)
def test_a_habit_lies_between_the_usual_and_what_was_heard(lengths: list[float]) -> None:
    median = habit(lengths).median
    heard = [*lengths, USUAL]
    assert min(1.0, max(0.25, min(heard))) - 1e-9 <= median <= max(0.25, min(1.0, max(heard))) + 1e-9


@given(st.builds(Words, st.sampled_from(Completeness), st.integers(0, 500), st.booleans()), st.floats(0, 1))
def test_evidence_adds_up(words: Words, sound: float) -> None:
    together = log_odds(words, sound)
    assert math.isclose(together - log_odds(words, None), log_odds(None, sound) - log_odds(None, None), abs_tol=1e-9)
    assert math.isfinite(together)


@given(st.sampled_from(Completeness), st.integers(0, 40), st.integers(0, 40))
def test_more_words_and_an_answer_are_never_less_likely_the_end(verdict: Completeness, one: int, other: int) -> None:
    few, many = (log_odds(Words(verdict, count, False), None) for count in sorted((one, other)))
    assert few <= many < log_odds(Words(verdict, max(one, other), True), None)


def test_the_words_of_a_turn_are_weighed_by_how_finished_and_how_many_they_are() -> None:
    assert weighed("remind me to", None) == Words(Completeness.OPEN, 3, asked=False)
    assert weighed("tomorrow at noon", "time") == Words(Completeness.DONE, 3, asked=True)


def test_few_words_that_lack_nothing_are_an_end_like_many() -> None:
    few, many = (log_odds(Words(Completeness.DONE, count, asked=False), None) for count in (1, 9))
    assert few == many


def test_many_open_words_wait_less_than_few_since_they_may_be_misheard() -> None:
    waits = []
    for text in ("remind me about the", "remind me about that routinely know where is the"):
        policy = paused(Endpointing(EndpointSettings(cut_off_cost=0.4)))
        policy.transcript(text)
        waits.append(policy.silence_needed())
    assert waits[1] < waits[0]


@given(st.lists(st.floats(0, 1), max_size=300), TEXTS, st.floats(0, 1))
def test_with_the_turn_taker_enough_silence_always_ends_the_turn(
    probabilities: list[float], text: str, sound: float
) -> None:
    policy = Endpointing(SETTINGS)
    turns = TurnTaker(PipelineSettings(), policy)
    last: object = None
    for number, probability in enumerate([*probabilities, *([0.0] * 45)]):
        for change in turns.window(probability, number * WINDOW, WINDOW):
            if isinstance(change, Paused):
                policy.transcript(text)
                policy.sounds_finished(sound)
            if isinstance(change, Ended):
                assert change.at - change.speech_end <= SETTINGS.longest + WINDOW or last is not Paused
            last = type(change)
    assert last in (None, Ended)
