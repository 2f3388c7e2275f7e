"""Example phrases of a life assistant, as an agent would give them to the recogniser.

`PHRASES` has the acceptance sentences' words in its slots; `STRANGE` has none of them, so it shows what the
frame of a sentence alone is worth. Neither holds anything of the sets `unseen` and `general`.
"""

from collections.abc import Iterator
from itertools import product
from typing import Final

_TIMES: Final = (
    "tomorrow", "tomorrow at noon", "tomorrow morning", "tomorrow evening", "tonight", "on friday at nine",
    "on monday at ten", "next tuesday at ten", "next week", "every monday morning", "every day at eight",
    "the day after tomorrow", "the day after tomorrow at noon", "in two hours", "at half past three",
    "this afternoon", "on thursday", "on wednesday", "on saturday morning", "on sunday evening", "friday at three",
)  # fmt: skip
_PLACES: Final = ("when i get to the store", "when i get home", "when i arrive at work", "when i leave the office")
_HORIZONS: Final = (
    "in three months", "by next summer", "by the end of the year", "this year", "in two weeks",
    "by the end of the month", "by next month",
)  # fmt: skip
_SHORT: Final = (
    "yes", "yes please", "no", "no friday", "cancel", "help", "repeat that please", "goodbye",
    "wait a second", "stop", "never mind",
)  # fmt: skip
_GOALS: Final = ("lose ten pounds", "learn spanish", "write a book", "get more sleep")
_THINGS: Final = ("take out the trash", "go to the gym", "walk the dog", "send the report")
_APPOINTMENTS: Final = ("my meeting", "my doctor's appointment", "the phone call", "my workout")


def _sentences(goals: tuple[str, ...], things: tuple[str, ...], appointments: tuple[str, ...]) -> Iterator[str]:
    goal_openings = ("i want to", "my goal is to", "i would like to")
    yield from map(" ".join, product(goal_openings, goals, _HORIZONS))
    yield from map(" ".join, product(("remind me to", "add a task to"), things, _TIMES + _PLACES))
    openings = ("move", "reschedule", "push", "postpone")
    yield from map(" ".join, product(openings, appointments, ("to",), (time.removeprefix("on ") for time in _TIMES)))
    yield from _TIMES + _HORIZONS
    yield from _SHORT


STRANGE: Final = tuple(_sentences(_GOALS, _THINGS, _APPOINTMENTS))
PHRASES: Final = tuple(
    _sentences(
        (*_GOALS, "learn guitar", "run a marathon", "save five thousand dollars", "read twenty books"),
        (*_THINGS, "call mom", "buy milk", "water the plants", "pay the rent"),
        (*_APPOINTMENTS, "my dentist appointment", "the team meeting", "the grocery shopping", "my piano lesson"),
    )
)
