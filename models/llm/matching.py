"""Which tool a sentence asks for, by the tools' own templates."""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from models.llm import SentenceGroup, ToolSpec
from models.llm.corrections import without_politeness
from models.llm.spoken_time import marked, names_nothing, spelled, unmarked
from models.llm.templates import Template, compile_group

LONGEST: Final = 500
"""Characters; a longer text is no request, and matching it would keep a caller waiting."""

_QUOTES: Final = re.compile('["\u201c\u201d\u00ab\u00bb]')
# Whom a request is addressed to: "Flux, remind me to ...", "hey Flux remind me to ...".
_ADDRESSED: Final = re.compile(
    r"(?:(?:hey|hi|hello|ok|okay)[\s,]+)?\w+,\s*|"
    r"(?:hey|hi|hello|ok|okay)[\s,]+(?!(?:do|did|never|not|no|nobody|why|what|when|how|who|"
    r"cancel|delete|remove|erase|forget|undo|skip|stop)\b)\w+\s+",
    re.IGNORECASE,
)
# What speech recognition makes of "Friday at three", measured with pocketsphinx on spoken test sentences.
_HEARD_AS: Final = (
    (
        re.compile(
            r"(?<=day) and (?=(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|noon)\b)", re.IGNORECASE
        ),
        " at ",
    ),
)
_KEYWORD_LENGTH: Final = 5
_KEYWORD_LIKENESS: Final = 0.75
_KEYWORD_PLACES: Final = 4


@dataclass(frozen=True, slots=True)
class Match:
    """A tool that was asked for, and what was said of its parameters."""

    tool: str
    slots: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Entry:
    tool: str
    values: Mapping[str, Any]
    template: Template
    times: frozenset[str]
    subjects: frozenset[str]


class Matcher:
    """The compiled templates of some tools; the same text always gives the same matches."""

    def __init__(self, specs: Sequence[ToolSpec]) -> None:
        """Compile all templates; raises EngineError naming a malformed one."""
        self.specs = {spec.name: spec for spec in specs}
        self._requests = [entry for spec in specs for entry in _entries(spec, spec.phrasing.groups)]
        self._answers = {spec.name: _entries(spec, spec.phrasing.answers) for spec in specs}
        literals = {word for entry in self._requests for word in entry.template.literals}
        self.words = frozenset(literals)
        self._keywords = sorted(word for word in literals if len(word) >= _KEYWORD_LENGTH)

    def one(self, text: str) -> Match | None:
        """Return what `text` asks for if all of it is one request."""
        return _best(self._requests, without_politeness(text))

    def readings(self, text: str) -> Iterator[str]:
        """Yield `text` as it was heard, then as it may have been said, in order of likelihood."""
        text = _tidy(text)
        yield text
        yield self._spelled(text)
        yield _without_name(text)

    def answer(self, tool: str, text: str) -> Match | None:
        """Return what `text` adds to an open request of `tool`, by its answer sentences."""
        return _best(self._answers.get(tool, []), _tidy(text)) if len(text) <= LONGEST else None

    def _spelled(self, text: str) -> str:
        # Only the first words: they carry the request, the rest is the caller's own.
        words = text.split(" ")
        for place, word in enumerate(words[:_KEYWORD_PLACES]):
            lower = word.casefold()
            # "Stop reminding me" is well spelled.
            if len(lower) >= _KEYWORD_LENGTH and lower not in self._keywords and not lower.endswith("ing"):
                close = difflib.get_close_matches(lower, self._keywords, 1, _KEYWORD_LIKENESS)
                words[place] = close[0] if close else word
        return " ".join(words)


def _without_name(text: str) -> str:
    return text[match.end() :] if (match := _ADDRESSED.match(text)) else ""


def _tidy(text: str) -> str:
    text = spelled(_QUOTES.sub("", unmarked(text)))  # a caller's own marks are not ours
    for pattern, meant in _HEARD_AS:
        text = pattern.sub(meant, text)
    return text


def _entries(spec: ToolSpec, groups: Sequence[SentenceGroup]) -> list[_Entry]:
    kinds = spec.phrasing.slots
    times = frozenset(name for name, kind in kinds.items() if kind in ("time", "deadline"))
    subjects = frozenset(name for name in spec.parameters.get("required", ()) if kinds.get(name) == "text")
    return [
        _Entry(spec.name, group.values, template, times, subjects)
        for group in groups
        for template in compile_group(group, spec)
    ]


def _best(entries: Sequence[_Entry], text: str) -> Match | None:
    texts = {kinds: marked(text, kinds) for kinds in {entry.template.marks for entry in entries}}
    # The sentence with the most words of its own is the most specific one; then the one that knows most for a time.
    best: tuple[tuple[int, int, int], Match] | None = None
    for entry in entries:
        slots = entry.template.match(texts[entry.template.marks])
        if slots is None or any(names_nothing(slots[name]) for name in entry.subjects & slots.keys()):
            continue
        in_time = sum(len(words) for name, words in slots.items() if name in entry.times)
        rank = (-sum(map(len, slots.values())), in_time, len(slots))
        if best is None or rank > best[0]:
            best = rank, Match(entry.tool, {**slots, **entry.values})
    return best[1] if best else None
