"""Which task is meant by words as they were heard."""

import sys
from datetime import UTC, datetime, timedelta
from types import FrameType
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dao.records import Origin, Task
from intents.flux.references import find, labels

NOW = datetime(2026, 3, 6, 9, 0, tzinfo=UTC)


def tasks(*titles: str) -> list[Task]:
    return [
        Task(
            id=UUID(int=number),
            tenant_id="default",
            user_id=UUID(int=0),
            title=title,
            trigger_type="time",
            trigger_at=NOW + timedelta(days=number),
            status="open",
            created_at=NOW,
            origin=Origin(conversation_id=uuid4(), call_id="1"),
        )
        for number, title in enumerate(titles)
    ]


def told(task: Task) -> str:
    return f"{task.trigger_at:%A} at nine"


OPEN = tasks("Dentist appointment", "Doctor's appointment", "Call mom", "Call dad", "Get a haircut", "Pay the rent")
SURE = {
    "dentist appointment": "Dentist appointment",
    "the dentist": "Dentist appointment",
    "dentists appointment": "Dentist appointment",
    "doctor appointment": "Doctor's appointment",
    "call mom": "Call mom",
    "my call with mom": "Call mom",
    "hair cut": "Get a haircut",
    "PAY RENT": "Pay the rent",
    "the task to pay the rent": "Pay the rent",
}
DOUBTFUL = {
    "appointment": {"Dentist appointment", "Doctor's appointment"},
    "call": {"Call mom", "Call dad"},
    "payment of rents": {"Pay the rent"},
    "dentist a blind man": {"Dentist appointment"},
    "job interview": set(),
    "it": set(),
    "": set(),
}


@pytest.mark.parametrize(("reference", "title"), SURE.items())
def test_one_task_is_meant(reference: str, title: str) -> None:
    found = find(reference, OPEN, told, NOW)
    assert found.sure and [task.title for task in found.tasks] == [title]


@pytest.mark.parametrize(("reference", "titles"), DOUBTFUL.items())
def test_doubt_is_never_settled_by_a_guess(reference: str, titles: set[str]) -> None:
    found = find(reference, OPEN, told, NOW)
    assert not found.sure and {task.title for task in found.tasks} == titles


def test_namesakes_are_told_apart_by_when_they_are_due() -> None:
    twins = tasks("Call mom", "Call mom")
    assert not find("call mom", twins, told, NOW).sure
    assert labels(twins, told) == ("Call mom, Friday at nine", "Call mom, Saturday at nine")
    for reference in ("call mom on saturday", "Call mom, Saturday at nine"):
        found = find(reference, twins, told, NOW)
        assert found.sure and found.tasks == (twins[1],)


def test_an_exact_name_is_no_doubt() -> None:
    found = find("call mom", tasks("Call mom", "Call mom about the party"), told, NOW)
    assert found.sure and found.tasks[0].title == "Call mom"


def test_twins_in_every_respect_are_as_good_as_one() -> None:
    one, other = tasks("Call mom", "Call mom")
    twin = other.model_copy(update={"trigger_at": one.trigger_at})
    assert find("call mom", [one, twin], told, NOW).sure


def due(title: str, days: int, recurrence: str | None = None) -> Task:
    (task,) = tasks(title)
    at = NOW + timedelta(days=days)
    return task.model_copy(update={"id": uuid4(), "trigger_at": at, "recurrence": recurrence})


LEFT_BEHIND = [due("Call mom", -60), due("Call mom", -30)]


def test_a_task_left_behind_is_not_meant_where_another_can_be() -> None:
    for still in (due("Call mom", 1), due("Call mom", -300, "FREQ=WEEKLY;BYDAY=MO"), due("Call mom", 0)):
        found = find("call mom", [*LEFT_BEHIND, still], told, NOW)
        assert found.sure and found.tasks == (still,)
    found = find("call", [*LEFT_BEHIND, due("Call dad", 1)], told, NOW)
    assert [task.title for task in found.tasks] == ["Call dad"]


def test_of_tasks_left_behind_the_newest_is_meant() -> None:
    found = find("call mom", LEFT_BEHIND, told, NOW)
    assert found.sure and found.tasks == (LEFT_BEHIND[1],)
    found = find("call", [*LEFT_BEHIND, due("Call dad", -3)], told, NOW)
    assert not found.sure and {task.title for task in found.tasks} == {"Call mom", "Call dad"}


def test_what_was_due_a_moment_ago_is_still_meant() -> None:
    missed = due("Call mom", 0).model_copy(update={"trigger_at": NOW - timedelta(minutes=10)})
    found = find("call mom", [due("Call mom", 3), missed], told, NOW)
    assert not found.sure and len(found.tasks) == 2


def test_a_task_left_behind_is_found_by_its_day() -> None:
    found = find(f"call mom {LEFT_BEHIND[0].trigger_at:%A}", [*LEFT_BEHIND, due("Call mom", 2)], told, NOW)
    assert found.sure and found.tasks == (LEFT_BEHIND[0],)


@pytest.mark.parametrize(
    "reference", ["dentist", "dentist invoice passport rent milk mom " * 10, "x" * 500, "ab " * 166]
)
def test_many_tasks_do_not_keep_other_calls_waiting(reference: str) -> None:
    many = [due(f"Pay the {n} rents of aunt number{n} and {'ab' * n}"[:500], n) for n in range(300)]
    calls = 0

    def count(_frame: FrameType, event: str, _arg: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        find(reference, many, told, NOW)
    finally:
        sys.setprofile(None)
    assert calls < 400_000  # some 30 ms; without bounds it was 18 s


@given(st.text(max_size=60), st.lists(st.text(min_size=1, max_size=30), max_size=5))
def test_any_words_are_taken(reference: str, titles: list[str]) -> None:
    found = find(reference, tasks(*titles), told, NOW)
    assert not found.sure or len(found.tasks) == 1
