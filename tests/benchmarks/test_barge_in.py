"""The judge of the barge-in benchmark, on made recordings and messages: what counts as silence, as lost, as held."""

import json
from typing import Any

import numpy as np
import pytest

from benchmarks.barge_call import ECHO, NOISE, Room
from benchmarks.barge_judge import Outcome, State, Told, Trace, judge, summary
from benchmarks.barge_noises import NOISES, hum
from benchmarks.barge_sounds import BACKCHANNELS, CALLERS, PATTERN, event, no_interruptions
from benchmarks.llm_stub import tokens
from benchmarks.sound import NOISE_FLOOR
from benchmarks.story import story
from models.audio import SAMPLE_RATE, Pcm, silence
from pipeline.backchannel import is_backchannel
from tests.e2e.peer import FRAME, Received

LOUD = np.full(960, 0.1, dtype=np.float32)


def spoken(*spans: tuple[float, float]) -> Trace:
    """Return the trace of frames that are loud within the spans, in s."""
    trace = Trace()
    for number in range(500):
        at = number * 0.02
        loud = any(start - 1e-6 <= at < end - 1e-6 for start, end in spans)
        trace.feed(LOUD if loud else np.zeros(960, dtype=np.float32), at)
    return trace


def test_silence_begins_after_the_last_sample_that_can_be_heard() -> None:
    trace = spoken((0, 1.0))
    half = LOUD.copy()
    half[480:] = 0.009
    trace.feed(half, 1.0)
    assert trace.silent_from(0.5, 2.0) == pytest.approx(1.01)


def test_a_pause_between_sentences_is_no_silence() -> None:
    trace = spoken((0, 1.0), (1.4, 3.0), (6.0, 7.0))
    assert trace.silent_from(0.5, 4.0) == pytest.approx(3.0)
    assert trace.silent_from(0.5, 2.9) is None


def told(*messages: tuple[float, str] | tuple[float, str, Any]) -> list[Told]:
    return [Told(*one) for one in messages]


def judged(messages: list[Told], wire: Trace, ear: Trace | None = None) -> Outcome:
    return judge("backchannel", "okay", messages, wire, ear or wire, onset=1.0, ended=2.0, late=0.0)


CUT = (2.5, "bot-output", {"spoken_status": "completed", "interrupted": True})


def test_an_interruption_is_timed_on_the_wire_and_at_the_ear() -> None:
    messages = told((1.11, "bot-stopped-speaking"), CUT, (3.0, "bot-started-speaking"))
    found = judged(messages, spoken((0, 1.14), (3.0, 5.0)), spoken((0, 1.22), (3.1, 5.0)))
    assert (found.told, found.egress, found.caller) == pytest.approx((110, 140, 220))
    assert found.cut and found.lost and not found.ducked and found.held is None


def test_a_pause_of_the_agents_own_makes_it_no_quicker() -> None:
    found = judged(told((1.3, "bot-stopped-speaking"), CUT), spoken((0, 1.1)))
    assert found.egress == pytest.approx(300)


def test_an_agent_that_never_stopped_was_not_silent_in_its_pauses() -> None:
    found = judged([], spoken((0, 1.1), (1.8, 5.0)))
    assert found.egress is None and found.held == 0 and not found.lost and not found.ducked


def test_an_agent_that_goes_on_was_held_and_one_that_does_not_is_lost() -> None:
    stopped, started = "bot-stopped-speaking", "bot-started-speaking"
    twice = judged(told((1.1, stopped), (1.5, started), (1.7, stopped), (1.8, started)), spoken())
    assert twice.held == pytest.approx(500) and twice.ducked and not twice.lost
    stuck = judged(told((1.1, stopped), (1.5, started), (1.7, stopped)), spoken())
    assert stuck.held is None and stuck.lost and not stuck.cut


def test_only_final_words_are_what_was_heard() -> None:
    words = [(1.5, "user-transcription", {"text": "o", "final": False})]
    words += [(1.9, "user-transcription", {"text": "okay", "final": True})]
    assert judged(told(*words), spoken()).heard == ["okay"]


def test_the_state_follows_the_messages() -> None:
    state = State()
    new, done = ({"spoken_status": status} for status in ("new", "completed"))
    for one in told(
        (1.0, "bot-output", new),
        (1.0, "bot-output", new),
        (1.1, "bot-started-speaking"),
        (1.2, "bot-output", {"spoken_status": "in-progress"}),
        (1.3, "bot-output", done),
        (1.4, "user-started-speaking"),
        (1.5, "bot-stopped-speaking"),
    ):
        state.follow(one)
    assert state == State(agent_speaks=False, caller_speaks=True, caller_since=1.4, waiting=1)


def test_the_report_counts_each_event_once_and_failed_ones_nowhere() -> None:
    outcomes = [
        Outcome("interruption", "a", egress=100.0, caller=180.0, told=90.0, cut=True),
        Outcome("interruption", "b", egress=200.0, caller=280.0, told=190.0, held=900.0),
        Outcome("interruption", "c", held=0.0, late=150.0),
        Outcome("interruption", "d", failed="TimeoutError"),
        Outcome("backchannel", "e", held=400.0),
        Outcome("backchannel", "f", cut=True),
        Outcome("noise", "g", held=0.0),
        Outcome("noise", "h", held=None),
        Outcome("echo", "i", failed="TimeoutError"),
    ]
    found = summary(outcomes)
    stopped, false = found["interruptions"], found["false_stops"]
    assert (stopped["events"], stopped["never_silent"], stopped["turn_not_taken"]) == (3, 1, 2)
    assert stopped["egress"] == {"p50": 200.0, "p95": 7220.0}, "what was never silent is the slowest of all"
    assert stopped["caller"]["p50"] == 280.0
    assert (false["all"]["events"], false["all"]["false_stops"], false["all"]["share"]) == (4, 2, 0.5)
    assert false["backchannel"]["held_and_released"] == 1 and false["backchannel"]["held_ms"]["p50"] == 400.0
    assert false["noise"] | {"held_ms": None} == {
        "events": 2,
        "false_stops": 1,
        "share": 0.5,
        "held_and_released": 0,
        "held_ms": None,
    }
    assert false["echo"]["share"] is None
    assert (found["failed"], found["disturbed"]) == (2, 1)
    json.dumps(found, allow_nan=False)


def test_the_onset_of_a_sound_is_its_first_sample_over_the_floor() -> None:
    sound = np.full(1_000, 0.1, dtype=np.float32)
    sound[:50] = NOISE_FLOOR / 2
    onsets = {(made := event("noise", str(number), sound)).onset % FRAME for number in range(50)}
    assert made.pcm[made.onset] == pytest.approx(0.1) and np.abs(made.pcm[: made.onset]).max() <= NOISE_FLOOR
    assert len(onsets) > 30  # anywhere in a frame


def test_others_hold_the_whole_mixture_ten_at_a_time() -> None:
    espeak = [one for one in CALLERS if one.voice.startswith("espeak:")]
    made = no_interruptions(30, espeak)
    for first in range(0, 30, 10):
        assert [one.kind for one in made[first : first + 10]] == list(PATTERN)
    assert len({one.name for one in made}) == 30
    assert sum(one.name.startswith("cough") for one in made) == 5
    assert all(0.08 <= one.echo <= 0.2 for one in made if one.echo is not None)
    assert all((one.echo is not None) == (one.kind == "echo") for one in made)


@pytest.mark.parametrize("words", BACKCHANNELS)
def test_no_backchannel_here_is_one_that_should_take_the_turn(words: str) -> None:
    assert is_backchannel(words)


@pytest.mark.parametrize("make", [*NOISES.values(), hum])
def test_a_seed_is_a_sound(make: Any) -> None:
    one, again, other = (make(np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(one, again) and not np.array_equal(one[:1000], other[:1000])
    assert one.dtype == np.float32 and 0.05 < np.abs(one).max() <= 0.3
    assert 0.1 < len(one) / SAMPLE_RATE < 3


def in_room(received: list[Received], seconds: float, delay: float | None) -> Pcm:
    """Return what a microphone hears while the loudspeaker plays a sine, each frame of which came just before."""
    room = Room(received)
    room.echo(delay)
    tone = np.sin(2 * np.pi * 500 * np.arange(round(seconds * 48_000)) / 48_000).astype(np.float32)
    heard = []
    for at in range(0, len(tone), 960):
        received.append(Received(tone[at : at + 960], 0.0))
        heard.append(room(FRAME))
    return np.concatenate(heard)


def test_the_echo_is_late_and_20_decibels_quieter() -> None:
    heard = in_room([Received(LOUD, 0.0)], 2.0, 0.1)
    begins = int(np.flatnonzero(np.abs(heard) > 5 * NOISE)[0]) / SAMPLE_RATE
    assert begins == pytest.approx(0.1, abs=0.025)
    loudness = np.sqrt(np.mean(heard[SAMPLE_RATE:] ** 2)) / np.sqrt(0.5)
    assert loudness == pytest.approx(ECHO, rel=0.3)


def test_without_an_echo_there_is_only_noise() -> None:
    heard = in_room([], 1.0, None)
    assert np.std(heard) == pytest.approx(NOISE, rel=0.1)


def test_the_room_rings_on_from_one_frame_to_the_next() -> None:
    received = [Received(silence(960), 0.0)]
    room = Room(received)
    room.echo(0.0)
    noise = np.random.default_rng(2).normal(0, 0.3, 9_600).astype(np.float32)
    received.append(Received(noise, 0.0))  # ends after 0.2 s
    heard = np.concatenate([room(FRAME) for _ in range(50)])
    assert np.std(heard[round(0.205 * SAMPLE_RATE) : round(0.24 * SAMPLE_RATE)]) > 2 * NOISE
    assert np.std(heard[round(0.6 * SAMPLE_RATE) :]) == pytest.approx(NOISE, rel=0.1)


def test_a_story_asks_nothing_and_is_another_one_each_time() -> None:
    assert story(1, 24) == story(1, 24) != story(2, 24)
    assert story(1, 24).count(".") == 24 and not set(",?!") & set(story(1, 24))
    assert "".join(tokens(story(3, 4))) == story(3, 4)
