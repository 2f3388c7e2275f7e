import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.audio import SAMPLE_RATE, Pcm, silence
from models.vad import WINDOW
from models.vad.silero import SileroModel
from pipeline.ear import Ear
from pipeline.echo import EchoGuard
from pipeline.hush import Hush
from pipeline.settings import PipelineSettings
from pipeline.turns import Ended, FixedSilence, Paused
from tests import speech

LEVELS = st.floats(0, 1, width=32)


def window(level: float) -> Pcm:
    return np.full(WINDOW, level, dtype=np.float32)


@given(st.lists(LEVELS, max_size=30), LEVELS)
def test_outside_of_turns_nothing_falls_and_nothing_is_kept(before: list[float], level: float) -> None:
    hush = Hush()
    assert not any(hush.falls(window(each), in_turn=False) for each in before)
    assert not hush.falls(window(level), in_turn=False)
    assert not hush.falls(window(level), in_turn=True)  # as loud as the onset, whatever was louder before


@given(st.floats(0.05, 1), st.integers(1, 60), st.floats(0, 1))
def test_the_voice_is_gone_36_decibels_below_it(voice: float, windows: int, share: float) -> None:
    hush = Hush()
    for _ in range(windows):
        assert not hush.falls(window(voice), in_turn=True)
    assert hush.falls(window(voice * share), in_turn=True) == (share < 10 ** (-36 / 20) * 0.995 or share == 0)


def test_a_calm_voice_counts_again_after_a_shout() -> None:
    hush = Hush()
    hush.falls(window(1.0), in_turn=True)
    gone = [hush.falls(window(0.003), in_turn=True) for _ in range(400)]
    assert gone[0] and not gone[-1]


@given(st.floats(0.05, 1), st.integers(0, WINDOW), st.floats(0, 1))
def test_within_a_window_the_last_sound_counts_that_is_less_than_36_decibels_below_the_voice(
    voice: float, samples: int, share: float
) -> None:
    hush = Hush()
    hush.falls(window(voice), in_turn=True)
    last = np.concatenate((window(voice)[:samples], window(voice * share * 10 ** (-36 / 20) * 0.99)[samples:]))
    assert hush.spoken(last) == samples / SAMPLE_RATE


def test_a_sample_is_measured_by_the_peaks_of_the_voice_and_not_by_its_mean() -> None:
    hush = Hush()
    voice = window(0.1)
    voice[::16] = 1.0
    hush.falls(voice, in_turn=True)
    assert hush.spoken(window(0.012)) == 0 < hush.spoken(window(0.016))


def heard(pcm: Pcm) -> list[object]:
    ear = Ear(SileroModel().open(), PipelineSettings(pause=0.096), FixedSilence(0.5), EchoGuard(SAMPLE_RATE))
    frames = pcm[: len(pcm) // 320 * 320].reshape(-1, 320)
    return [change for n, frame in enumerate(frames) for change in ear.hear(frame, n / 50)]


def test_in_a_quiet_room_speech_ends_where_its_last_sound_ends() -> None:
    for name in ("goal_1_rms", "task_2_slt", "reschedule_1_rms", "unseen_1_slt"):
        words = speech.load(name)
        last = float(np.flatnonzero(np.abs(words) > 10 ** (-48 / 20))[-1]) / SAMPLE_RATE
        changes = heard(np.concatenate((silence(8_000), words, silence(16_000))))
        (ended,) = (change for change in changes if isinstance(change, Ended))
        assert -0.032 <= ended.speech_end - 0.5 - last <= 0.07  # the VAD alone: 0.04 to 0.11, and 0.08 in the middle


def test_in_noise_the_vad_tells_the_end() -> None:
    words = speech.load("goal_1_rms")
    noise = np.random.default_rng(1).normal(0, 10 ** (-44 / 20), len(words) + 24_000).astype(np.float32)
    changes = heard(noise + np.concatenate((silence(8_000), words, silence(16_000))))
    assert sum(isinstance(change, Paused) for change in changes) == 1
    assert sum(isinstance(change, Ended) for change in changes) == 1
