"""What counts as left behind."""

from dataclasses import replace

from benchmarks.held import Held
from benchmarks.soak import Soak

FEW = Held(9, 6, 3, 0, 0, 4, 19, 0, 100)


def test_what_is_held_more_of_was_left_behind() -> None:
    more = replace(FEW, tasks=10, connections=6, pool_threads=8, memory=200)
    assert more.over(FEW) == {"tasks": (9, 10)}
    assert Soak(FEW, [FEW, more]).left == {"tasks": (9, 10)}


def test_what_was_there_before_and_went_is_not() -> None:
    assert Soak(replace(FEW, tasks=10), [FEW]).left == {}


def test_what_was_there_before_hides_nothing_that_is_left_later() -> None:
    before = replace(FEW, tasks=10, handles=18).least(FEW)
    assert (before.tasks, before.handles, before.memory) == (9, 18, 100)
    assert replace(FEW, tasks=10).over(before) == {"tasks": (9, 10), "handles": (18, 19)}
