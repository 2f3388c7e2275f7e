"""What is made of first and last turns, on made ones: no server, no clock."""

import io
import json

import pytest
from rich.console import Console

from benchmarks.first_turn import BAR, CLIP, STARTS, Start, show, summary
from benchmarks.talk import PATIENCE, Turn, clips


def turn(wait: float | None, *, out: float | None = None, early: bool = False, late: float = 0.0) -> Turn:
    marks: dict[str, float | None] | None = None if out is None else {"endpoint": 200.0, "audio_out": out}
    return Turn("clip", 1, wait, early, late, marks)


def start(*waits: float, later: tuple[float, ...] = (500.0, 480.0)) -> Start:
    """Return a start whose server tells 100 ms less than its caller hears."""
    first, others = (tuple(turn(wait, out=wait - 100) for wait in call) for call in (waits, later))
    return Start(first, others)


def test_first_and_last_turns_are_compared_on_both_sides() -> None:
    found = summary([start(600.0 + number, 555.0, 545.0, 500.0 + number) for number in range(STARTS)])
    caller, server = found["sides"]["caller"], found["sides"]["server"]
    assert (caller["first"], caller["between"], caller["last"]) == (602.0, 550.0, 502.0)
    assert (server["first"], server["between"], server["last"]) == (502.0, 450.0, 402.0)
    assert caller["ratio"] == round(602 / 502, 3) and server["ratio"] == round(502 / 402, 3)
    assert caller["interval"][0] <= caller["ratio"] <= caller["interval"][1]
    assert caller["turns"] == [602.0, 555.0, 545.0, 502.0] and caller["later_calls"] == [500.0, 480.0]
    assert found["marks"]["audio_out"] == {"first": 502.0, "between": 450.0, "last": 402.0}
    assert found["marks"]["transcript"] == {"first": None, "between": None, "last": None}
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize(("first", "met"), [(400.0, True), (549.0, True), (551.0, False), (900.0, False)])
def test_a_first_turn_may_be_a_tenth_slower_or_any_faster(first: float, met: bool) -> None:
    assert BAR == 1.10
    assert summary([start(first, 500.0)] * 3)["sides"]["caller"]["met"] is met


def test_of_few_starts_no_interval_is_told() -> None:
    found = summary([start(500.0, 500.0)] * (STARTS - 1))
    assert found["sides"]["caller"]["interval"] == [None, None] and found["sides"]["caller"]["ratio"] == 1.0


def test_turns_that_went_wrong_are_counted_and_an_early_one_has_no_wait() -> None:
    first = Start((turn(None, out=90.0, early=True), turn(500.0)), (turn(None), turn(500.0, late=200.0)))
    found = summary([first])
    assert (found["early"], found["unanswered"], found["disturbed"]) == (1, 1, 1)
    caller, server = found["sides"]["caller"], found["sides"]["server"]
    assert caller["first"] is None and caller["ratio"] is None and caller["met"] is None
    assert caller["later_calls"] == [PATIENCE * 1000, 500.0]
    assert server["first"] is server["last"] is server["ratio"] is None
    json.dumps(found, allow_nan=False)


def test_the_table_tells_the_verdict() -> None:
    told = io.StringIO()
    show(summary([start(800.0, 500.0)] * STARTS), STARTS, 2, Console(file=told, width=120))
    assert "caller: turn 1 takes 1.60 of turn 2 (95 % within 1.60 to 1.60); bar 1.10: missed" in told.getvalue()


def test_the_clip_is_there() -> None:
    assert CLIP in [clip.name for clip in clips()]
