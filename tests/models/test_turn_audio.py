import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.audio import SAMPLE_RATE, silence
from models.stt.turn_audio import TurnAudio
from models.stt.whisper_prompt import MOST, previous_tokens, vocabulary_tokens


@given(st.lists(st.one_of(st.integers(0, 50), st.floats(0.0, 1.0)), max_size=30))
def test_what_is_kept_is_what_was_fed_and_not_dropped(steps: list[int | float]) -> None:
    audio, fed = TurnAudio(), np.zeros(0, dtype=np.float32)
    for step in steps:
        if isinstance(step, int):
            piece = np.arange(len(fed), len(fed) + step, dtype=np.float32)
            fed = np.concatenate([fed, piece])
            audio.append(piece)
            piece[:] = -1.0  # a caller may use its buffer again
        else:
            audio.drop(audio.start + int(step * len(audio)))
        assert audio.end == len(fed) and len(audio) == len(audio.samples())
        assert np.array_equal(audio.samples(), fed[audio.start :])


def test_the_quietest_place_is_in_the_pause() -> None:
    audio = TurnAudio()
    noise = np.random.default_rng(0).standard_normal(SAMPLE_RATE).astype(np.float32)
    for piece in (noise, noise, silence(SAMPLE_RATE // 2), noise):
        audio.append(piece)
    audio.drop(SAMPLE_RATE)
    place = audio.quietest(SAMPLE_RATE, audio.end)
    assert 2 * SAMPLE_RATE < place < 2.5 * SAMPLE_RATE
    assert SAMPLE_RATE <= audio.quietest(SAMPLE_RATE, 2 * SAMPLE_RATE) <= 2 * SAMPLE_RATE


def encode(text: str) -> list[int]:
    return [len(word) for word in text.split()]


def test_phrases_go_in_whole_the_first_ones_first() -> None:
    assert vocabulary_tokens(encode, ("call mom", " ", "at noon.", "never"), 4) == (4, 4, 2, 5)
    assert vocabulary_tokens(encode, ("call mom", "a much longer phrase", "x"), 4) == (4, 4)
    assert vocabulary_tokens(encode, (), 4) == ()


@given(st.integers(0, MOST), st.integers(0, 500))
def test_a_prompt_fits_and_its_lengths_are_few(hints: int, said: int) -> None:
    prompt = previous_tokens(range(hints), range(1000, 1000 + said))
    assert len(prompt) <= MOST
    assert prompt[:hints] == tuple(range(hints))
    kept = prompt[hints:]
    assert len(kept) % 32 == 0
    assert kept == tuple(range(1000 + said - len(kept), 1000 + said)), "the end of what was said"
