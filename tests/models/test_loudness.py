import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.audio import Pcm, silence
from models.tts.loudness import CEILING, TARGET, Leveller, limited, loudness

RATE = 22_050


def speech(level: float, seconds: float = 1.0, seed: int = 1) -> Pcm:
    """Noise in syllables, with pauses around."""
    count = int(seconds * RATE)
    noise = np.random.default_rng(seed).normal(0.0, 1.0, count)
    syllables = 0.3 + np.abs(np.sin(np.arange(count) * 2 * np.pi * 4 / RATE))
    made = (noise * syllables * level).astype(np.float32)
    return np.concatenate([silence(RATE // 5), made, silence(RATE // 3)])


def test_loudness_does_not_depend_on_pauses() -> None:
    short, long = speech(0.1), np.concatenate([speech(0.1), silence(3 * RATE)])
    one, other = loudness(short, RATE), loudness(long, RATE)
    assert one is not None and one == pytest.approx(other, abs=0.3)


def test_silence_has_no_loudness_and_stays_silent() -> None:
    assert loudness(silence(0), RATE) is None and loudness(silence(5000), RATE) is None
    assert not Leveller(RATE).level(silence(5000)).any()
    assert Leveller(RATE).level(silence(0)).size == 0


@pytest.mark.parametrize("level", [0.005, 0.05, 0.2])
@pytest.mark.parametrize("seconds", [0.2, 1.0, 4.0])
def test_phrases_of_any_level_come_out_alike(level: float, seconds: float) -> None:
    evened = loudness(Leveller(RATE).level(speech(level, seconds)), RATE)
    assert evened is not None and abs(evened - TARGET) < 0.5


def test_sentences_of_a_phrase_change_by_little_and_glide() -> None:
    leveller = Leveller(RATE)
    steady = np.full(RATE, 0.05, dtype=np.float32)
    first = leveller.level(steady)
    second = leveller.level(steady * 4)
    # Both sides of the border have the gain of the first sentence; then it goes down by 3 dB at most.
    assert second[0] / 4 == pytest.approx(first[-1], rel=1e-3)
    assert 20 * np.log10(first[-1] * 4 / second[-1]) == pytest.approx(3.0, abs=0.01)
    assert np.abs(np.diff(20 * np.log10(np.abs(second)))).max() < 0.02


def test_peaks_are_turned_down_and_the_rest_stays() -> None:
    pcm = speech(0.1)
    pcm[10_000] = 3.0
    made = limited(pcm, RATE)
    assert np.abs(made).max() <= CEILING
    far = slice(12_000, None)
    assert np.array_equal(made[far], pcm[far])
    assert limited(pcm[far], RATE) is not None and np.array_equal(limited(pcm[far], RATE), pcm[far])


@given(st.lists(st.floats(-50, 50, width=32), max_size=2000))
def test_no_sample_is_beyond_the_ceiling(samples: list[float]) -> None:
    made = limited(np.array(samples, dtype=np.float32), RATE)
    assert made.dtype == np.float32 and made.size == len(samples)
    assert not made.size or np.abs(made).max() <= CEILING + 1e-6
