"""Which task a caller means: words as speech recognition heard them against the titles of open tasks."""

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
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
# Comparing letters takes the square of their number, and every open task is compared while all calls wait.
_MOST_WORDS: Final = 16
_LONGEST_WORD: Final = 40
_LONGEST_JOINED: Final = 60
# Who says "move it" shortly after it was due puts it off; a task left behind longer is as good as done.
_STILL_DUE: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Found:
    """The tasks that can be meant, likeliest first; `sure` if there is one and no doubt about it."""

    tasks: tuple[Task, ...]
    sure: bool


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A task, the words of its title and of when it is due, and those of the reference that do not say when."""

    task: Task
    title: tuple[str, ...]
    due: frozenset[str]
    named: tuple[str, ...]


def find(reference: str, tasks: Sequence[Task], told: Callable[[Task], str], now: datetime) -> Found:
    """Return the tasks that `reference` can mean; `told` says when a task is due, to tell namesakes apart.

    Tasks left behind are meant only where none that is `current` can be.
    """
    said = _words(reference)
    candidates = [_candidate(task, said, told) for task in tasks]
    alike = _alike(said, {word for candidate in candidates for word in candidate.title})
    scored = sorted(((_likeness(said, one, alike), one) for one in candidates), key=lambda pair: -pair[0])
    if not said or not scored or scored[0][0] < _POSSIBLE:
        return Found((), sure=False)
    best = scored[0][0]
    exact = [candidate for candidate in candidates if candidate.title in (said, candidate.named)]
    near = exact or [one for score, one in scored if score >= best - _NEAR and score >= _POSSIBLE]
    if len(near) > 1:
        near = _by_time(said, near, alike)
    meant = _not_left_behind([candidate.task for candidate in near], now)
    # Namesakes due at the same time cannot be told apart by any word, so they are as good as one.
    if len({(task.title.casefold(), task.trigger_at, task.location) for task in meant}) == 1:
        meant = meant[:1]
    return Found(tuple(meant[:_LISTED]), sure=len(meant) == 1 and best >= _SURE)


def current(task: Task, now: datetime) -> bool:
    """Tell whether a task is still ahead, comes again, or was due only a short while ago."""
    return task.trigger_at is None or bool(task.recurrence) or task.trigger_at >= now - _STILL_DUE


def labels(tasks: Sequence[Task], told: Callable[[Task], str]) -> tuple[str, ...]:
    """Return names for `tasks` that differ where they can: the title, and when it is due if titles are the same."""
    titles = [task.title.casefold() for task in tasks]
    return tuple(
        f"{task.title}, {when}" if titles.count(task.title.casefold()) > 1 and (when := told(task)) else task.title
        for task in tasks
    )


def _words(text: str) -> tuple[str, ...]:
    words = (re.sub(r"'s$|'", "", word) for word in re.findall(r"[\w']+", text.casefold()))
    return tuple(word[:_LONGEST_WORD] for word in words if word and word not in _STOP_WORDS)[:_MOST_WORDS]


def _candidate(task: Task, said: tuple[str, ...], told: Callable[[Task], str]) -> _Candidate:
    # "The dentist on Tuesday" names the task by "dentist".
    due = frozenset(_words(told(task)))
    return _Candidate(task, _words(task.title), due, tuple(word for word in said if word not in due))


def _alike(said: tuple[str, ...], titles: set[str]) -> Mapping[str, set[str]]:
    """Return, for each word that was said, the words of all titles that it may be."""
    found = {}
    for word in set(said):
        plural = {other for other in titles if other.rstrip("s") == word.rstrip("s")}
        found[word] = plural.union(difflib.get_close_matches(word, titles, max(1, len(titles)), _WORDS_ALIKE))
    return found


def _likeness(said: tuple[str, ...], candidate: _Candidate, alike: Mapping[str, set[str]]) -> float:
    return max(_overlap(words, candidate.title, alike) for words in {said, candidate.named})


def _overlap(said: tuple[str, ...], title: tuple[str, ...], alike: Mapping[str, set[str]]) -> float:
    if not said or not title:
        return 0.0
    heard = sum(not alike[word].isdisjoint(title) for word in said) / len(said)
    named = sum(any(own in alike[word] for word in said) for own in title) / len(title)
    by_word = 0.7 * heard + 0.3 * named
    joined, own_joined = "".join(said), "".join(title)
    if max(len(joined), len(own_joined)) > _LONGEST_JOINED:
        return by_word
    # Recognition splits and joins words: "hair cut" is "haircut".
    letters = difflib.SequenceMatcher(None, joined, own_joined)
    bounds = (letters.real_quick_ratio, letters.quick_ratio, letters.ratio)  # each cheaper than the next
    return max(by_word, letters.ratio()) if all(bound() >= _WORDS_ALIKE for bound in bounds) else by_word


def _by_time(said: tuple[str, ...], near: list[_Candidate], alike: Mapping[str, set[str]]) -> list[_Candidate]:
    scores = [sum(word in one.due for word in said if alike[word].isdisjoint(one.title)) for one in near]
    best = max(scores)
    return [one for score, one in zip(scores, near, strict=True) if score == best]


def _not_left_behind(tasks: list[Task], now: datetime) -> list[Task]:
    """Return the current tasks; if there is none, the newest of each name."""
    if ahead := [task for task in tasks if current(task, now)]:
        return ahead
    newest: dict[str, Task] = {}
    for task in tasks:
        known = newest.get(task.title.casefold())
        if known is None or (task.trigger_at and known.trigger_at and task.trigger_at > known.trigger_at):
            newest[task.title.casefold()] = task
    return [task for task in tasks if newest[task.title.casefold()] is task]
