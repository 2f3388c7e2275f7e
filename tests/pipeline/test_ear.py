import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.audio import SAMPLE_RATE, silence
from pipeline.ear import JITTER, Ear
from pipeline.echo import EchoGuard
from pipeline.recent import RecentAudio
from pipeline.settings import PipelineSettings
from pipeline.turns import Ended, FixedSilence, Started
from tests.pipeline.scripted import LoudnessVad

FRAME = 320
SECONDS = FRAME / SAMPLE_RATE


def an_ear() -> Ear:
    return Ear(LoudnessVad(), PipelineSettings(), FixedSilence(0.7), EchoGuard(SAMPLE_RATE))


def hear(ear: Ear, level: float, start: float, seconds: float) -> list[object]:
    pcm = np.full(FRAME, level, dtype=np.float32)
    return [c for n in range(round(seconds / SECONDS)) for c in ear.hear(pcm, start + n * SECONDS)]


def test_a_hole_in_the_audio_is_silence_of_its_length() -> None:
    ear = an_ear()
    started, *_ = hear(ear, 0.2, 10.0, 0.5)
    assert isinstance(started, Started) and abs(started.at - 10.0) < 0.04
    changes = ear.hear(silence(FRAME), 12.0)
    ended = changes[-1]
    assert isinstance(ended, Ended) and abs(ended.speech_end - 10.5) < 0.04


def test_audio_that_runs_ahead_of_the_clock_sets_it_back() -> None:
    ear = an_ear()
    for _ in range(50):
        ear.hear(silence(FRAME), 10.0)
    started, *_ = hear(ear, 0.2, 10.1, 0.5)
    assert isinstance(started, Started) and started.at <= 10.1 + 2 * JITTER


def test_a_line_that_was_placed_late_is_moved_to_where_audio_was_spoken() -> None:
    ear = an_ear()
    hear(ear, 0.0, 10.08, 1.0)  # the first packet was 80 ms late
    started, *_ = hear(ear, 0.2, 11.0, 0.5)
    assert isinstance(started, Started) and abs(started.at - 11.0) < 0.04
    *_, ended = hear(ear, 0.0, 11.5, 1.0)
    assert isinstance(ended, Ended) and abs(ended.speech_end - 11.5) < 0.04


@given(st.lists(st.integers(1, 2000), max_size=30))
def test_recent_audio_is_at_least_its_seconds_and_no_chunk_more(sizes: list[int]) -> None:
    recent = RecentAudio(0.1)
    for size in sizes:
        recent.push(silence(size))
    kept = [chunk.size for chunk in recent.take()]
    assert sum(kept) >= min(1600, sum(sizes))
    assert not kept or sum(kept[1:]) < 1600
