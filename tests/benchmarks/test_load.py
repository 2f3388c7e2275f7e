"""The search for the number of calls a machine bears, and what a step is put together from."""

import asyncio
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import loop_lag, talk
from benchmarks.load import step
from benchmarks.load_search import Search, ratio_of_calls, turns_of_a_call
from benchmarks.load_server import stubbed
from benchmarks.stub_engines import stub_seconds, stub_speech
from models.llm.settings import LlmSettings
from models.settings import VadSettings
from tests.e2e.peer import Utterance


def searched(limit: int, most: int = 64) -> tuple[Search, list[int]]:
    """Search on a machine that bears `limit` calls."""
    search, asked = Search(most), []
    while (calls := search.next()) is not None:
        asked.append(calls)
        search.took(calls, 400.0 if calls <= limit else 900.0)
    return search, asked


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 8, 13, 31, 63])
def test_the_search_finds_what_the_machine_bears(limit: int) -> None:
    search, asked = searched(limit)
    assert search.bears == limit
    assert asked[0] == 1 and len(asked) == len(set(asked)) <= 13


def test_all_but_recognition_and_voice_is_the_product() -> None:
    engines = stubbed(vad=VadSettings(), llm=LlmSettings(engine="sentences"), tools=(), prompt="")
    assert engines.turn is not None, "smart-turn lies in a wheel of the lock, and a call pays for it"


def test_the_search_ends_with_the_most_calls() -> None:
    search, asked = searched(1_000, most=12)
    assert asked == [1, 2, 4, 8, 12] and search.bears == 12


def test_a_step_that_failed_is_more_than_can_be_borne() -> None:
    search = Search(8)
    search.took(1, 400.0)
    search.took(2, math.inf)
    assert (search.next(), search.bears) == (None, 1)


def test_few_calls_have_more_turns_each() -> None:
    assert [turns_of_a_call(calls) for calls in (1, 2, 5, 30)] == [24, 12, 5, 5]


def test_calls_are_compared_where_both_were_measured() -> None:
    assert ratio_of_calls({"a": 6, "b": 4}, "a", "b") == 1.5
    assert ratio_of_calls({"a": 6}, "a", "b") is None


def test_a_failed_call_counts_as_one_unanswered() -> None:
    def turn(wait: float | None, late: float = 0.0) -> dict[str, Any]:
        return {"clip": "a", "number": 1, "wait": wait, "early": False, "late": late}

    told: list[dict[str, Any]] = [
        {"turns": [turn(400.0), turn(500.0, late=200.0)], "fault": None},
        {"turns": [], "fault": "gone"},
    ]
    found = step(2, told, seconds=10.0, cpu=4.0, memory=1, lag=[3.0, 5.0])
    assert (found.turns, found.failed, found.unanswered) == (2, 1, 0)
    assert found.p50 == 500.0 and found.p95 > 9_000
    assert found.cpu_per_call == pytest.approx(0.2)
    assert found.lag_most == 5.0
    assert found.callers_late_p95 == pytest.approx(190.0)


def test_a_step_without_any_turn_bears_nothing() -> None:
    assert step(1, [{"turns": [], "fault": None}], 1.0, 0.0, 0, []).p95 == math.inf


def test_the_stub_hums_audibly_for_as_long_as_the_words_take() -> None:
    made = stub_speech("what else can I do", 24_000)
    assert len(made) / 2 / 24_000 == pytest.approx(stub_seconds("what else can I do"), abs=1e-3)


async def test_a_caller_whose_connection_is_gone_does_not_speak_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talk, "PATIENCE", 0.0)
    utterance = Utterance(np.zeros(16, dtype=np.float32))  # which nobody fetches
    with pytest.raises(ConnectionError, match="takes no more sound"):
        await talk.spoken_out(utterance)
    utterance.done.set()
    await talk.spoken_out(utterance)


async def test_a_loop_that_stands_still_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "lag"
    monkeypatch.setenv(loop_lag.FILE, str(path))
    watching: set[asyncio.Task[None]] = set()
    monkeypatch.setattr(loop_lag, "_watching", watching)
    loop_lag.watch_loop()
    loop_lag.watch_loop()
    (task,) = watching
    try:
        await asyncio.sleep(0.05)
        held_up_by(0.2)
        await asyncio.sleep(1.0)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert max(loop_lag.lags(path, 0.0, math.inf)) >= 190
    assert loop_lag.lags(path, 0.0, 0.0) == []


def held_up_by(seconds: float) -> None:
    import time

    time.sleep(seconds)
