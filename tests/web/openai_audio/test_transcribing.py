"""Where somebody speaks, and how a transcript is written."""

from collections.abc import AsyncIterator, Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.audio import SAMPLE_RATE, Pcm, silence
from models.stt import Transcript
from tests.pipeline.scripted import LoudnessVad
from web.openai_audio.shapes import TranscriptionRequest, written
from web.openai_audio.transcribing import LONGEST, STEP, Segment, Stretch, stretches, transcribe

SAID = [
    Segment(Stretch(0.0, 1.25), "hello there", 0.5),
    Segment(Stretch(3_601.5, 3_602.0), "good bye", None),
]


def windows(*spans: tuple[float, float]) -> list[float]:
    """Return probabilities for (seconds, probability) after one another."""
    return [probability for seconds, probability in spans for _ in range(round(seconds / STEP))]


def test_short_pauses_belong_to_a_stretch_and_long_ones_part_two() -> None:
    probabilities = windows((1, 0.0), (1, 0.9), (0.4, 0.0), (1, 0.9), (1, 0.0), (0.5, 0.9), (1, 0.0))
    first, second = stretches(probabilities, 5.9)
    assert (first.start, first.end) == pytest.approx((0.75, 3.65), abs=0.07)
    assert (second.start, second.end) == pytest.approx((4.15, 5.15), abs=0.07)


def test_faint_sound_goes_on_with_a_stretch_but_begins_none() -> None:
    assert stretches(windows((2, 0.4)), 2.0) == []
    assert len(stretches(windows((1, 0.9), (2, 0.4), (1, 0.9)), 4.0)) == 1


def test_a_long_stretch_is_cut_where_it_is_quietest() -> None:
    probabilities = windows((20, 0.9), (0.2, 0.45), (20, 0.9))
    first, second = stretches(probabilities, 40.2)
    assert first.end == pytest.approx(20.25 + 0.1, abs=0.2) and second.end == 40.2


@given(st.lists(st.sampled_from([0.0, 0.4, 0.9]), max_size=4_000))
def test_stretches_are_in_order_short_enough_and_hold_all_speech(probabilities: Sequence[float]) -> None:
    seconds = len(probabilities) * STEP
    found = stretches(probabilities, seconds)
    assert all(0 <= one.start < one.end <= seconds and one.end - one.start <= LONGEST + 1e-9 for one in found)
    assert all(a.start < b.start for a, b in pairwise(found))
    for index, probability in enumerate(probabilities):
        middle = (index + 0.5) * STEP
        assert probability < 0.5 or any(one.start <= middle <= one.end for one in found)


class Counting:
    """Understands a stretch as its length in tenths of a second, and notes what it was told was said before."""

    def __init__(self) -> None:
        self.before: list[str] = []
        self.open_streams = 0

    async def warm(self) -> None: ...

    async def close(self) -> None: ...

    def open(self, vocabulary: Sequence[str] = (), previous: str = "") -> "CountingStream":
        assert vocabulary == ()
        self.before.append(previous)
        self.open_streams += 1
        return CountingStream(self)


class CountingStream:
    def __init__(self, engine: Counting) -> None:
        self._engine = engine
        self._samples = 0

    def feed(self, pcm: Pcm) -> None:
        self._samples += pcm.size

    async def partials(self) -> AsyncIterator[Transcript]:
        return
        yield

    async def look(self) -> Transcript:
        raise AssertionError

    async def finish(self) -> Transcript:
        tenths = round(self._samples / SAMPLE_RATE * 10)
        return Transcript(str(tenths) if tenths > 8 else " ", final=True, confidence=0.5)

    async def close(self) -> None:
        self._engine.open_streams -= 1


async def test_each_stretch_is_understood_after_what_was_said_before_it() -> None:
    rng = np.random.default_rng(7)

    def loud(seconds: float) -> Pcm:
        return rng.choice(np.array([-0.2, 0.2], dtype=np.float32), round(seconds * SAMPLE_RATE))

    def quiet(seconds: float) -> Pcm:
        return silence(round(seconds * SAMPLE_RATE))

    pcm = np.concatenate((quiet(1), loud(1), quiet(1), loud(0.2), quiet(1), loud(2), quiet(1)))
    stt = Counting()
    segments = [one async for one in transcribe(pcm, LoudnessVad(), stt, "A talk.")]
    assert [one.text for one in segments] == ["15", "25"], "0.25 s on either side; what holds no words is left out"
    assert stt.before == ["A talk.", "A talk. 15", "A talk. 15"] and stt.open_streams == 0
    assert segments[1].stretch.start == pytest.approx(3.95, abs=0.05)


def test_a_transcript_is_written_as_it_was_asked_for() -> None:
    def as_(form: str) -> object:
        return written(TranscriptionRequest.model_validate({"response_format": form, "language": "en"}), SAID, 3_602.2)

    usage = {"type": "duration", "seconds": 3_603}
    assert as_("json") == {"text": "hello there good bye", "usage": usage}
    assert as_("text") == "hello there good bye\n"
    assert as_("srt") == (
        "1\n00:00:00,000 --> 00:00:01,250\nhello there\n\n2\n01:00:01,500 --> 01:00:02,000\ngood bye\n\n"
    )
    assert as_("vtt") == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.250\nhello there\n\n01:00:01.500 --> 01:00:02.000\ngood bye\n\n"
    )
    whole = as_("verbose_json")
    assert isinstance(whole, dict)
    assert (whole["duration"], whole["language"], whole["task"]) == (3_602.2, "en", "transcribe")
    assert [(one["start"], one["end"], one["avg_logprob"]) for one in whole["segments"]] == [
        (0.0, 1.25, -0.6931),
        (3_601.5, 3_602.0, None),
    ]
