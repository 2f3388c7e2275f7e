"""What one sentence asks for: requests joined by "and", put right, taken back, or followed by a goodbye."""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from models.llm import ToolSpec
from models.llm.corrections import bare_answer, revisions
from models.llm.frames import Frame, corrected_frame, is_time_slot, missing, time_slot
from models.llm.matching import LONGEST, Match, Matcher
from models.llm.smalltalk import remark
from models.llm.spoken_time import is_time

_CACHED: Final = 1_000
_MOST_JOINTS: Final = 6
_MOST_PARTS: Final = 40
_JOINT: Final = re.compile(
    r"[,;]?\s+and\s+(?:(?:also|then|please)\s+)*|[,;]?\s+(?:then|also|plus)\s+|[.;!?]\s+|,\s+", re.IGNORECASE
)
# "... and what's the weather" is no second thing to be reminded of; "... and buy milk" is.
_CLAUSE: Final = re.compile(
    r"(?:what|how|who|whose|where|why|which|is|are|am|was|can|could|do (?:i|you|we)|does|did|will|would|i|you|we|he|"
    r"she|they|it|that|there|so|but|if|because)(?!\w)",
    re.IGNORECASE,
)
_THING: Final = re.compile(r"(?:my|our|the|a|an|this|that|all|any|every)\b", re.IGNORECASE)
_LOOSE_END: Final = re.compile(r"(?:[\s,.;!?]|\band$)+$", re.IGNORECASE)
_WORD: Final = re.compile(r"(?<!\S)\S")
_MOST_REMARK_WORDS: Final = 6


_UNCLEAR: Final = Match("", {})
"""Stands among the requests for a part of the sentence that was not understood."""


@dataclass(frozen=True, slots=True)
class Heard:
    """The `requests` of a sentence, in order; before them `dropped` takes back what is still open.

    `unclear` tells that a part of the sentence was not understood, `parting` that it ended by taking its own
    requests back, or by ending the call.
    """

    requests: tuple[Match, ...] = ()
    dropped: bool = False
    unclear: bool = False
    parting: Literal["cancel", "goodbye"] | None = None


class Requests:
    """Reads sentences with the templates of some tools; the same sentence always gives the same."""

    def __init__(self, specs: Sequence[ToolSpec]) -> None:
        """Compile all templates; raises EngineError naming a malformed one."""
        self._matcher = Matcher(specs)
        self.specs = self._matcher.specs
        self._cache: dict[str, Heard] = {}
        self._parts: dict[str, tuple[Match, ...]] = {}
        self._ones: dict[str, Match | None] = {}
        self._answers: dict[tuple[str, str], Match | None] = {}

    def heard(self, text: str) -> Heard:
        """Return what `text` asks for; a text that is too long asks for nothing."""
        if len(text) > LONGEST:
            return Heard()
        if text not in self._cache:
            if len(self._cache) >= _CACHED:
                self._cache.clear()
            self._cache[text] = self._read(text)
            self._parts.clear()
            self._ones.clear()
        return self._cache[text]

    def answer(self, tool: str, text: str) -> Match | None:
        """Return what `text` adds to an open request of `tool`, by its answer sentences."""
        if (tool, text) not in self._answers:
            if len(self._answers) >= _CACHED:
                self._answers.clear()
            self._answers[tool, text] = self._matcher.answer(tool, text)
        return self._answers[tool, text]

    def knows(self, word: str) -> bool:
        """Tell whether a word is one of those that requests are made with: "goal"."""
        return word.casefold() in self._matcher.words

    def _read(self, text: str) -> Heard:
        for reading in self._matcher.readings(text):
            ended = self._ended(reading)
            if ended.requests or ended.parting:
                return ended
            for head, tail in _cuts(reading, range(1, _MOST_REMARK_WORDS)):
                if (
                    remark(head) == "cancel"
                    and not _names_a_thing(reading, tail)
                    and (begun := self._ended(tail)).requests
                ):
                    return replace(begun, dropped=True)
        return Heard()

    def _ended(self, text: str) -> Heard:
        """Read requests, and the remark behind them, if a whole request stands before it."""
        for head, tail in _cuts(text, range(-_MOST_REMARK_WORDS, 0)):
            kind = remark(tail)
            if kind == "cancel" or kind == "goodbye":
                head = _LOOSE_END.sub("", head)
                found = self._split(head)
                if found and found[-1] is not _UNCLEAR and self._closed(found[-1], head):
                    return replace(_heard(found if kind == "goodbye" else ()), parting=kind)
        return _heard(self._split(text))

    def _split(self, text: str) -> tuple[Match, ...]:
        if text not in self._parts:
            self._parts[text] = self._put_right(text) or self._joined(text)
        return self._parts[text]

    def _one(self, text: str) -> Match | None:
        """Return what a part of the sentence asks for; a sentence with too many parts is babble."""
        if text not in self._ones:
            self._ones[text] = self._matcher.one(text) if len(self._ones) < _MOST_PARTS else None
        return self._ones[text]

    def _joined(self, text: str) -> tuple[Match, ...]:
        whole = self._one(text)
        for joint in itertools.islice(_JOINT.finditer(text), _MOST_JOINTS):
            head, tail = text[: joint.start()], text[joint.end() :]
            alone = self._one(head) if re.search(r"\w", tail) else None
            first = self._put_right(head) or ((alone,) if alone else ())
            if first and (rest := self._split(tail) or self._more_of(first[-1], head, tail, whole)):
                return (*first[:-1], *(self._one_in_two(first[-1], rest) or (first[-1], *rest)))
        return (whole,) if whole else ()

    def _one_in_two(self, first: Match, rest: tuple[Match, ...]) -> tuple[Match, ...]:
        """Read "remind me to buy milk and remind me tomorrow" as one reminder."""
        texts = {name for name, kind in self.specs[first.tool].phrasing.slots.items() if kind == "text"}
        other = rest[0]
        if other.tool != first.tool or texts & other.slots.keys() or not missing(_frame(first), self.specs[first.tool]):
            return ()
        both = Match(first.tool, {**first.slots, **other.slots})
        return () if missing(_frame(both), self.specs[first.tool]) else (both, *rest[1:])

    def _more_of(self, first: Match, head: str, tail: str, whole: Match | None) -> tuple[Match, ...]:
        """Read "buy milk when I get home" behind "remind me to call mom at noon and" as a second reminder.

        `whole` is what both would be as one request. Only behind a time or a place can something new begin:
        "buy milk and eggs" is one thing.
        """
        if not self._closed(first, head) or (whole and self._spans(whole, head, tail)):
            return ()
        makes_sense = whole is not None and not missing(_frame(whole), self.specs[whole.tool])
        if _CLAUSE.match(tail):
            return () if makes_sense else (_UNCLEAR,)
        found = self._led(first, head, tail)
        if found and makes_sense and self._ends_in_words(first, head):
            # "the store and the bakery": the words may go on, unless what follows has a time or place of its own.
            timed = any(is_time_slot(self.specs[found[0].tool], name) for name in found[0].slots)
            return found if timed or found[0].slots.keys() == first.slots.keys() else ()
        return found

    def _put_right(self, text: str) -> tuple[Match, ...]:
        """Read "remind me tomorrow, no, on Friday" as the caller means it."""
        for head, rest, certain in revisions(text):
            found = self._split(head)
            known = found and found[-1] is not _UNCLEAR
            if known and (better := self._corrected(found[-1], head, rest, certain=certain)):
                return (*found[:-1], *better)
        return ()

    def _corrected(self, last: Match, head: str, rest: str, *, certain: bool) -> tuple[Match, ...]:
        closed = self._closed(last, head)
        if not closed and not certain:
            return ()
        frame, spec = _frame(last), self.specs[last.tool]
        parameter = time_slot(frame, spec)
        if is_time(bare_answer(rest)):
            if parameter is None or parameter not in last.slots:
                return ()
            return (Match(last.tool, corrected_frame(frame, parameter, bare_answer(rest), spec).slots),)
        if again := self._split(rest):
            return again
        found = self._led(last, head, rest)
        if not found:
            return ()
        merged = Match(last.tool, {**last.slots, **found[0].slots})
        # "no way" is no new title; "no, call dad" instead of "call mom" is, and so is "no, buy milk at five".
        old = self._texts(last, head)
        same = any(_first_word(merged.slots[name]) == _first_word(words) for name, words in old.items())
        return (merged, *found[1:]) if certain or same or parameter in found[0].slots else ()

    def _led(self, first: Match, head: str, tail: str) -> tuple[Match, ...]:
        """Read `tail` with the opening words of the request in `head` put before it."""
        tail = re.sub(r"^(?:also\s+|then\s+|to\s+)+", "", tail, flags=re.IGNORECASE)
        places = [head.find(words) for words in self._texts(first, head).values()]
        if not places or not tail or is_time(bare_answer(tail)):
            return ()
        found = self._split(head[: min(places)] + tail)
        return found if found and found[0].tool == first.tool else ()

    def _closed(self, match: Match, text: str) -> bool:
        """Tell whether nothing is missing from the request and its last words are not its subject."""
        if missing(_frame(match), self.specs[match.tool]):
            return False
        subject = min(self._texts(match, text).values(), key=text.find, default=None)
        return subject is None or not _ends_with(text, subject)

    def _ends_in_words(self, match: Match, text: str) -> bool:
        return any(_ends_with(text, words) for words in self._texts(match, text).values())

    def _spans(self, whole: Match, head: str, tail: str) -> bool:
        """Tell whether the joint lies within one time: "in an hour and a half"."""
        spec = self.specs[whole.tool]
        around = re.compile(rf"{re.escape(head.split()[-1])}\W+(?:\w+\W+){{1,3}}{re.escape(tail.split()[0])}")
        return any(is_time_slot(spec, name) and around.search(str(value)) for name, value in whole.slots.items())

    def _texts(self, match: Match, text: str) -> dict[str, str]:
        """Return the free words of `match` that `text` holds, by parameter."""
        slots = self.specs[match.tool].phrasing.slots
        said = {name: str(value) for name, value in match.slots.items() if slots.get(name) == "text"}
        return {name: words for name, words in said.items() if words in text}


def _heard(found: tuple[Match, ...]) -> Heard:
    return Heard(tuple(match for match in found if match is not _UNCLEAR), unclear=_UNCLEAR in found)


def _frame(match: Match) -> Frame:
    return Frame(match.tool, match.slots)


def _cuts(text: str, places: range) -> Iterator[tuple[str, str]]:
    """Cut `text` before its words number `places`, longest head first for places from the front."""
    starts = [match.start() for match in _WORD.finditer(text)]
    wanted = [place for place in places if 0 < (place if place >= 0 else place + len(starts)) < len(starts)]
    for place in reversed(wanted) if places.start > 0 else wanted:
        yield text[: starts[place]].rstrip(" ,.;!?"), text[starts[place] :]


def _names_a_thing(text: str, tail: str) -> bool:
    """Tell whether `tail` is what "cancel" before it is about: "cancel my reminder to call mom"."""
    return _THING.match(tail) is not None and not text[: -len(tail)].rstrip().endswith((",", ".", ";", "!"))


def _ends_with(text: str, words: object) -> bool:
    return text.rstrip(" ,.;!?").casefold().endswith(str(words).casefold())


def _first_word(words: object) -> str:
    return str(words).split()[0].casefold()
