"""The judges of the benchmarks of whole calls, on made recordings: no server, no network, no clock but the fake one."""

import json
import math

import numpy as np
import pytest
from aiohttp.test_utils import TestClient, TestServer

from benchmarks.llm_stub import REPLIES, Stub, due, tokens
from benchmarks.percentiles import percentile, ratio
from benchmarks.sound import Heard, left_at, speech_end
from benchmarks.talk import PATIENCE, Spoken, Turn, clips, schedule
from benchmarks.voice_to_voice import rows, summary
from models.audio import SAMPLE_RATE
from models.llm.ollama_wire import read_chunk


def test_speech_ends_with_its_last_sample_over_the_floor() -> None:
    pcm = np.zeros(1_000, dtype=np.float32)
    pcm[100:700] = -0.1
    pcm[700:] = 0.003
    assert speech_end(pcm) == 700


def test_silence_has_no_end_of_speech() -> None:
    with pytest.raises(ValueError, match="nothing is said"):
        speech_end(np.zeros(100, dtype=np.float32))


@pytest.mark.parametrize(
    ("sample", "frames_before_the_last"), [(1, 2), (320, 2), (321, 1), (640, 1), (641, 0), (800, 0)]
)
def test_a_sample_leaves_with_its_frame(sample: int, frames_before_the_last: int) -> None:
    clip, ended = 800, 100.0  # two frames and a half, the last of which left at 99.99
    assert left_at(clip, sample, ended) == pytest.approx(99.99 - 0.02 * frames_before_the_last)


def test_a_clip_of_whole_frames_ends_a_frame_after_the_last_one_left() -> None:
    assert left_at(640, 640, 100.0) == pytest.approx(99.98)


def test_the_first_audible_sample_is_timed_within_its_frame() -> None:
    heard = Heard()
    heard.feed(np.full(960, 0.009, dtype=np.float32), 1.0)
    assert heard.first is None
    loud = np.zeros(960, dtype=np.float32)
    loud[480:720] = 0.2
    heard.feed(loud, 1.02)
    heard.feed(loud, 1.04)
    heard.feed(np.zeros(960, dtype=np.float32), 1.06)
    assert heard.first == pytest.approx(1.03)
    assert heard.last == pytest.approx(1.04 + 719 / 48_000)


def test_percentiles_lie_between_values() -> None:
    assert percentile([4.0, 1.0, 3.0, 2.0], 50) == 2.5
    assert percentile([1.0, 2.0, 3.0], 95) == pytest.approx(2.9)
    assert math.isnan(percentile([], 50))
    assert percentile([1.0, math.inf, math.inf], 95) == math.inf


def test_a_ratio_knows_how_sure_it_is() -> None:
    chance = np.random.default_rng(1)
    ours = [list(chance.normal(400, 40, 5)) for _ in range(30)]
    theirs = [list(chance.normal(1_000, 100, 5)) for _ in range(30)]
    many = ratio(ours, theirs, 50)
    few = ratio(ours[:6], theirs[:6], 50)
    assert many.low < 0.4 < many.high and many.value == pytest.approx(0.4, abs=0.02)
    assert few.high - few.low > many.high - many.low
    assert ratio(ours, theirs, 50) == many


def test_a_ratio_draws_the_same_rounds_of_both_sides() -> None:
    # The machine was ten times slower in one round: for both, so that the ratio is the same in every draw.
    ours, theirs = [[1.0], [10.0], [1.0]] * 2, [[2.0], [20.0], [2.0]] * 2
    assert ratio(ours, theirs, 50) == ratio(ours, theirs, 95)
    assert (ratio(ours, theirs, 95).low, ratio(ours, theirs, 95).high) == (0.5, 0.5)


def test_of_few_rounds_only_the_ratio_is_told() -> None:
    found = ratio([[1.0]] * 4, [[2.0]] * 4, 50)
    assert found.value == 0.5 and math.isnan(found.low) and math.isnan(found.high)


def test_a_ratio_of_different_rounds_is_refused() -> None:
    with pytest.raises(ValueError, match="same rounds"):
        ratio([[1.0]], [[1.0], [2.0]], 50)


def test_every_clip_is_said_before_one_is_said_again() -> None:
    pcm = np.zeros(1, dtype=np.float32)
    spoken = [Spoken(name, pcm, 1) for name in "abcd"]
    said = [one.name for one in schedule(spoken, 10)]
    assert sorted(said[:4]) == sorted(said[4:8]) == list("abcd")
    assert len(said) == 10
    assert said == [one.name for one in schedule(spoken, 10)]


def test_every_clip_ends_before_its_margin() -> None:
    for spoken in clips():
        margin = (len(spoken.pcm) - spoken.end) / SAMPLE_RATE
        assert 0.05 < margin < 0.2, spoken.name


def turn(wait: float | None, *, number: int = 2, early: bool = False, out: float | None = None) -> Turn:
    marks: dict[str, float | None] | None = None if out is None else {"endpoint": 200.0, "audio_out": out}
    return Turn("clip", number, wait, early, 0.0, marks)


def test_a_turn_without_an_answer_counts_as_long_as_was_waited() -> None:
    assert turn(None).counted == PATIENCE * 1000
    assert turn(None, early=True).counted is None


def test_the_table_holds_what_was_measured_and_leaves_out_what_was_not() -> None:
    turns = [turn(500.0, out=400.0), turn(700.0, number=1), turn(None), turn(None, early=True, out=90.0)]
    found = summary(turns)
    assert rows(turns)["voice to voice"] == [500.0, 700.0, 10_000.0]
    assert rows(turns)["caller minus server"] == [100.0]
    assert found["stages"]["audio_out"] == {"turns": 1, "p50": 400.0, "p95": 400.0, "p99": 400.0}
    assert found["stages"]["transcript"]["p50"] is None
    assert (found["early"], found["unanswered"]) == (1, 1)
    assert (found["first_turn_p50"], found["other_turns_p50"]) == (700.0, 5_250.0)
    json.dumps(found, allow_nan=False)


def test_the_stub_says_two_sentences_and_never_the_same_twice_in_a_row() -> None:
    assert len(set(REPLIES)) == len(REPLIES) == 77
    for reply in REPLIES:
        assert "".join(tokens(reply)) == reply
        assert sum(token in ".?!" for token in tokens(reply)) == 2


def test_the_stub_keeps_its_pace() -> None:
    assert due(0) == pytest.approx(0.150)
    assert due(60) - due(0) == pytest.approx(1.0)


async def test_the_stub_answers_in_both_protocols() -> None:
    stub = Stub(first=0.0, rate=1e9)
    async with TestClient(TestServer(stub.app())) as client:
        own = await (await client.post("/api/chat", json={"messages": []})).read()
        chunks = [read_chunk(line) for line in own.splitlines()]
        assert "".join(chunk.content for chunk in chunks) == REPLIES[0]
        assert [chunk.done for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
        told = await (await client.post("/v1/chat/completions", json={"messages": [], "stream": True})).text()
        events = [line.removeprefix("data: ") for line in told.splitlines() if line]
        deltas = [json.loads(event)["choices"][0]["delta"] for event in events[:-1]]
        assert "".join(delta.get("content", "") for delta in deltas) == REPLIES[1]
        assert events[-1] == "[DONE]"
        assert (await client.post("/v1/chat/completions", json={"messages": []})).status == 400
