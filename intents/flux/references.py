"""Which task a caller means: words as speech recognition heard them against the titles of open tasks."""

import difflib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from dao.records import Task

_STOP_WORDS: Final = frozenset(
    ("my", "the", "a", "an", "to", "for", "with", "of", "task", "reminder", "one", "that", "at")
)
_WORDS_ALIKE: Final = 0.8
_SURE: Final = 0.65
_POSSIBLE: Final = 0.35
_NEAR: Final = 0.15
_LISTED: Final = 4


@dataclass(frozen=True, slots=True)
class Found:
    """The tasks that can be meant, likeliest first; `sure` if there is one and no doubt about it."""

    tasks: tuple[Task, ...]
    sure: bool


def find(reference: str, tasks: Sequence[Task], told: Callable[[Task], str]) -> Found:
    """Return the tasks that `reference` can mean; `told` says when a task is due, to tell namesakes apart."""
    said = _words(reference)
    named = {task.id: _without(said, told(task)) for task in tasks}
    scored = sorted(((_likeness(said, named[task.id], task.title), task) for task in tasks), key=lambda pair: -pair[0])
    if not said or not scored or scored[0][0] < _POSSIBLE:
        return Found((), sure=False)
    best = scored[0][0]
    exact = [task for task in tasks if _words(task.title) in (said, named[task.id])]
    near = exact or [task for score, task in scored if score >= best - _NEAR and score >= _POSSIBLE]
    if len(near) > 1:
        near = _by_time(said, near, told)
    # Namesakes due at the same time cannot be told apart by any word, so they are as good as one.
    if len({(task.title.casefold(), task.trigger_at, task.location) for task in near}) == 1:
        near = near[:1]
    return Found(tuple(near[:_LISTED]), sure=len(near) == 1 and best >= _SURE)


def labels(tasks: Sequence[Task], told: Callable[[Task], str]) -> tuple[str, ...]:
    """Return names for `tasks` that differ where they can: the title, and when it is due if titles are the same."""
    titles = [task.title.casefold() for task in tasks]
    return tuple(
        f"{task.title}, {when}" if titles.count(task.title.casefold()) > 1 and (when := told(task)) else task.title
        for task in tasks
    )


def _words(text: str) -> tuple[str, ...]:
    words = (re.sub(r"'s$|'", "", word) for word in re.findall(r"[\w']+", text.casefold()))
    return tuple(word for word in words if word and word not in _STOP_WORDS)


def _alike(one: str, other: str) -> bool:
    if one == other or one.rstrip("s") == other.rstrip("s"):
        return True
    return difflib.SequenceMatcher(None, one, other).ratio() >= _WORDS_ALIKE


def _without(said: tuple[str, ...], told: str) -> tuple[str, ...]:
    """Return the words that do not say when: "the dentist on Tuesday" names the task by "dentist"."""
    when = _words(told)
    return tuple(word for word in said if word not in when)


def _likeness(said: tuple[str, ...], named: tuple[str, ...], title: str) -> float:
    own = _words(title)
    return max(_overlap(words, own) for words in (said, named))


def _overlap(said: tuple[str, ...], own: tuple[str, ...]) -> float:
    if not said or not own:
        return 0.0
    heard = sum(any(_alike(word, other) for other in own) for word in said) / len(said)
    named = sum(any(_alike(word, other) for other in said) for word in own) / len(own)
    by_word = 0.7 * heard + 0.3 * named
    # Recognition splits and joins words: "hair cut" is "haircut".
    by_letter = difflib.SequenceMatcher(None, "".join(said), "".join(own)).ratio()
    return max(by_word, by_letter if by_letter >= _WORDS_ALIKE else 0.0)


def _by_time(said: tuple[str, ...], tasks: list[Task], told: Callable[[Task], str]) -> list[Task]:
    scores = [
        sum(word in _words(told(task)) for word in said if not any(_alike(word, own) for own in _words(task.title)))
        for task in tasks
    ]
    best = max(scores)
    return [task for score, task in zip(scores, tasks, strict=True) if score == best]
