"""What is believed of a decoded text, with numbers as Whisper gives them; and what is not decoded at all."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.audio import SAMPLE_RATE, Pcm, silence
from models.stt.gates import Gates, compression_ratio, nothing_to_hear, without_loops
from tests.speech import SENTENCES, load

SPEECH = [name for name, sentence in SENTENCES.items() if sentence.text]
SECONDS = np.arange(3 * SAMPLE_RATE) / SAMPLE_RATE


def admit(text: str, *, log_prob: float = -0.3, no_speech: float = 0.05, seconds: float = 3.0) -> str:
    return Gates().admit(text, log_prob=log_prob, no_speech=no_speech, seconds=seconds)


def tone(*frequencies: float, level: float = 0.1) -> Pcm:
    waves = np.sin(2 * np.pi * np.outer(frequencies, SECONDS))
    return np.asarray(level * waves.sum(axis=0), dtype=np.float32)


@pytest.mark.parametrize(
    "said", ["Remind me to call mom tomorrow at noon.", "Yes.", "No, no, no!", "Five five five five five five."]
)
def test_speech_is_believed(said: str) -> None:
    assert admit(said) == said


@pytest.mark.parametrize(
    ("text", "log_prob", "no_speech"),
    [
        ("Thank you.", -1.1, 0.8),  # silence
        ("I'm going to go to the bathroom.", -1.3, 0.65),  # a cough
        ("Mmm mmm", -1.7, 0.3),  # a hum
        ("The sound of a bell ringing.", -2.4, 0.1),  # music
    ],
)
def test_words_for_what_is_no_speech_are_not(text: str, log_prob: float, no_speech: float) -> None:
    assert admit(text, log_prob=log_prob, no_speech=no_speech) == ""


def test_either_number_alone_is_not_enough() -> None:
    # Radford et al.: a high probability of no speech counts only where the text is doubtful as well.
    assert admit("Yes.", log_prob=-0.4, no_speech=0.9) == "Yes."
    assert admit("Yes.", log_prob=-1.2, no_speech=0.2) == "Yes."


def test_more_words_than_can_be_said_are_none() -> None:
    assert admit("one two three four five six seven eight nine ten eleven twelve thirteen", seconds=0.5) == ""
    assert admit("one two three", seconds=0.5) == "one two three"


def test_a_text_that_is_only_a_loop_is_nothing() -> None:
    assert admit("thank you " * 40, seconds=2.0) == ""
    assert admit("you " * 60, seconds=4.0) == ""


def test_a_loop_after_speech_ends_the_text() -> None:
    said = "Remind me to call mom tomorrow at noon"
    assert admit(f"{said} {'noon ' * 60}", seconds=3.0) == said
    assert admit(f"{said} {'and then ' * 30} and", seconds=3.0) == f"{said} and then"


def test_what_repeats_itself_with_small_changes_is_nothing() -> None:
    text = " ".join(f"number {index} of the many numbers of the list" for index in range(10))
    assert compression_ratio(text) > 2.4
    assert admit(text, seconds=30.0) == ""


def test_everyday_sentences_are_no_repetition() -> None:
    for name in SPEECH:
        assert compression_ratio(SENTENCES[name].text) < 2.0
        assert admit(SENTENCES[name].text, seconds=len(load(name)) / SAMPLE_RATE) == SENTENCES[name].text


@given(st.lists(st.sampled_from("abc"), max_size=30))
def test_without_loops_says_nothing_new_and_leaves_no_loop(words: list[str]) -> None:
    kept = without_loops(words)
    remaining = iter(words)
    assert all(word in remaining for word in kept), "what is kept stands there in this order"
    assert set(kept) == set(words)
    assert without_loops(words) == kept


@given(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=8, unique=True), st.integers(1, 60))
def test_a_loop_of_any_length_is_cut_to_one(loop: list[str], times: int) -> None:
    assert without_loops(loop * times) == (loop if times > (4 if len(loop) > 1 else 8) else loop * times)


@pytest.mark.parametrize("name", SPEECH)
def test_no_speech_is_thrown_away_unheard(name: str) -> None:
    assert not nothing_to_hear(load(name))


@pytest.mark.parametrize("name", SPEECH[::7])
@pytest.mark.parametrize("snr", [20.0, 10.0, 0.0])
def test_nor_is_speech_in_noise(name: str, snr: float) -> None:
    pcm = load(name)
    noise = np.random.default_rng(1).standard_normal(len(pcm)).astype(np.float32)
    noise *= np.sqrt(np.mean(pcm**2)) / 10 ** (snr / 20)
    assert not nothing_to_hear(pcm + noise)


def test_nor_is_faint_speech() -> None:
    assert not nothing_to_hear(0.02 * load("goal_1_rms"))


@pytest.mark.parametrize(
    "pcm",
    [
        silence(SAMPLE_RATE),
        silence(0),
        load("goal_1_rms")[: SAMPLE_RATE // 20],
        (1e-4 * np.random.default_rng(0).standard_normal(SAMPLE_RATE)).astype(np.float32),
        tone(50.0, 100.0, 150.0),
        tone(261.6, 329.6, 392.0),
        tone(1000.0, level=0.5),
        load("hiss"),
    ],
    ids=["silence", "nothing", "a click", "faint noise", "hum", "a chord", "a tone", "hiss"],
)
def test_silence_hum_tones_and_hiss_are_not_decoded(pcm: Pcm) -> None:
    assert nothing_to_hear(pcm)


def test_a_cough_is_left_to_the_decoder() -> None:
    assert not nothing_to_hear(load("cough"))
