from hypothesis import given
from hypothesis import strategies as st

from pipeline.settings import PipelineSettings
from pipeline.turns import Ended, FixedSilence, Paused, Resumed, Started, TurnChange, TurnTaker

WINDOW = 0.032
SETTINGS = PipelineSettings()
END = 0.7


def follow(probabilities: list[float], settings: PipelineSettings = SETTINGS) -> list[TurnChange]:
    turns = TurnTaker(settings, FixedSilence(END))
    return [
        change
        for number, probability in enumerate(probabilities)
        for change in turns.window(probability, number * WINDOW, WINDOW)
    ]


def windows(*spans: tuple[float, float]) -> list[float]:
    return [probability for probability, seconds in spans for _ in range(round(seconds / WINDOW))]


def test_a_turn_starts_at_its_first_window_and_ends_after_the_silence() -> None:
    changes = follow(windows((0.0, 0.32), (0.9, 0.96), (0.0, 1.6)))
    started, paused, ended = changes
    assert isinstance(started, Started) and abs(started.at - 0.32) < 1e-9
    assert isinstance(paused, Paused) and abs(paused.speech_end - 1.28) < 1e-9
    assert isinstance(ended, Ended) and 0 <= ended.at - ended.speech_end - END < WINDOW


def test_speech_after_a_pause_belongs_to_the_same_turn() -> None:
    kinds = [type(change) for change in follow(windows((0.9, 0.5), (0.0, 0.4), (0.9, 0.5), (0.0, 1.0)))]
    assert kinds == [Started, Paused, Resumed, Paused, Ended]


def test_a_click_starts_no_turn() -> None:
    assert follow(windows((0.9, 0.064), (0.0, 1.0))) == []


def test_an_endless_turn_is_ended() -> None:
    kinds = [type(change) for change in follow(windows((0.9, SETTINGS.max_turn + 1)))]
    assert kinds[:2] == [Started, Ended]


@given(st.lists(st.floats(0, 1), max_size=400))
def test_changes_always_come_in_a_lawful_order(probabilities: list[float]) -> None:
    follows: dict[type | None, set[type]] = {
        None: {Started},
        Started: {Paused, Ended},
        Paused: {Resumed, Ended},
        Resumed: {Paused, Ended},
        Ended: {Started},
    }
    last: type | None = None
    for change in follow(probabilities):
        assert type(change) in follows[last]
        last = type(change)


@given(st.lists(st.floats(0, 1), max_size=200))
def test_enough_silence_always_ends_the_turn(probabilities: list[float]) -> None:
    changes = follow(probabilities + [0.0] * 40)
    assert not changes or isinstance(changes[-1], Ended)
