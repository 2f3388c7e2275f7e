"""Sentence templates in hassil's language: compiled to patterns for matching, and expanded to sample sentences.

hassil parses the templates. Its own matcher cannot tell where one free-text list ends and the next
begins (`remind me to {title} {trigger_time}`); a pattern in which a time has the form of a time can.
"""

import itertools
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any, Final, TypeVar

from hassil import (
    Alternative,
    Expression,
    Group,
    ListReference,
    Permutation,
    RuleReference,
    Sentence,
    TextChunk,
    parse_sentence,
)
from hassil.parser import ParseError

from models.errors import EngineError
from models.llm import Phrasing, SentenceGroup, SlotKind, ToolSpec
from models.llm.spoken_time import MARK, MARKS, TAG, MarkKind, unmarked

# Space in a template: any separators, and never inside of a word.
_SEPARATORS: Final = rf"(?:[\s,;.!?]|{MARK})*"
_GAP: Final = rf"{_SEPARATORS}(?:(?<!\w)|(?!\w))"
# "remind me to talk to | at five" is no split: free text does not end in a word that wants another.
_DANGLING: Final = ("to", "for", "from", "of", "the", "a", "an", "my", "and", "or", "with", "than", "until")
_ENDS_WELL: Final = rf"(?:(?={_SEPARATORS}$)|" + "".join(rf"(?<!\W{word})" for word in _DANGLING) + ")"
_MAX_DEPTH: Final = 20
_TRIES: Final = 4
_OPTIONAL_SHARE: Final = 0.3
# How much likelier the usual wording is; measured with benchmarks/stt_wer.py: 1 hears 20 of 24 sentences without
# an error, 2.5 hears 22, and neither harms words that no example holds.
_USUAL_FIRST: Final = 2.5

OptionT = TypeVar("OptionT")


class Template:
    """One compiled sentence template; `literals` are its words outside of slots, in lower case."""

    def __init__(
        self, source: str, slots: Mapping[str, SlotKind], rules: Mapping[str, str], enums: Mapping[str, Sequence[Any]]
    ) -> None:
        """Compile `source`; raises EngineError naming what is wrong with it."""
        self._slots = slots
        self._enums = enums
        self._rules = rules
        self._names: dict[str, str] = {}
        self._marks: set[MarkKind] = set()
        self.literals: set[str] = set()
        self._source = self._pattern(_parse(source).expression, after_word=False, depth=0)

    @cached_property
    def _regex(self) -> re.Pattern[str]:
        # Compiled when first needed: who only checks templates need not wait for it.
        return re.compile(rf"{_GAP}{self._source}{_SEPARATORS}", re.IGNORECASE)

    @property
    def parameters(self) -> frozenset[str]:
        """The parameters that have a slot in the template."""
        return frozenset(self._names.values())

    @cached_property
    def marks(self) -> frozenset[MarkKind]:
        """The kinds of times that a text has to be marked with; any other mark only takes time."""
        return frozenset(self._marks)

    def match(self, text: str) -> dict[str, str] | None:
        """Return what stands in each filled slot if the template covers all of `text`, else None.

        `text` is marked with the times of `marks` (`spoken_time.marked`); without them no time slot matches.
        """
        found = self._regex.fullmatch(text)
        if found is None:
            return None
        slots = {name: found[group] for group, name in self._names.items() if found[group] is not None}
        return {name: _trimmed(unmarked(words)) for name, words in slots.items()}

    def _pattern(self, expression: Expression, *, after_word: bool, depth: int) -> str:
        if depth > _MAX_DEPTH:
            raise EngineError("The rules of a sentence template refer to each other in a circle.")
        if isinstance(expression, TextChunk):
            return self._words(expression.text)
        if isinstance(expression, ListReference):
            return self._slot(expression.list_name, expression.slot_name, expected=after_word)
        if isinstance(expression, RuleReference):
            if expression.rule_name not in self._rules:
                raise EngineError(f"A sentence template uses <{expression.rule_name}>, which is no rule.")
            rule = _parse(self._rules[expression.rule_name]).expression
            return self._pattern(rule, after_word=after_word, depth=depth + 1)
        if isinstance(expression, Permutation):
            orders = (self._sequence(order, after_word, depth) for order in itertools.permutations(expression.items))
            return f"(?:{'|'.join(orders)})"
        if isinstance(expression, Alternative):
            # A pattern takes the first branch that fits, so "push back" has to come before "push".
            items = sorted(self._branches(expression, depth), key=lambda item: -self._weight(item, depth))
            branches = (self._pattern(item, after_word=after_word, depth=depth + 1) for item in items)
            return f"(?:{'|'.join(branches)})"
        if isinstance(expression, Group):
            return self._sequence(expression.items, after_word, depth)
        raise EngineError(f"A sentence template has a part of an unknown kind: {expression!r}.")

    def _branches(self, expression: Expression, depth: int) -> Iterator[Expression]:
        while isinstance(expression, Group) and not isinstance(expression, Alternative) and len(expression.items) == 1:
            expression = expression.items[0]
        if depth <= _MAX_DEPTH and isinstance(expression, Alternative):
            for item in expression.items:
                yield from self._branches(item, depth + 1)
        else:
            yield expression

    def _weight(self, expression: Expression, depth: int) -> int:
        """Return the most words that `expression` itself can stand for."""
        if depth > _MAX_DEPTH:
            return 0
        if isinstance(expression, TextChunk):
            return len(expression.text.split())
        if isinstance(expression, RuleReference) and expression.rule_name in self._rules:
            return self._weight(_parse(self._rules[expression.rule_name]).expression, depth + 1)
        if isinstance(expression, Group):
            weights = [self._weight(item, depth + 1) for item in expression.items]
            return max(weights, default=0) if isinstance(expression, Alternative) else sum(weights)
        return 0

    def _sequence(self, items: Sequence[Expression], after_word: bool, depth: int) -> str:
        patterns = []
        for item in items:
            patterns.append(self._pattern(item, after_word=after_word, depth=depth + 1))
            if not (isinstance(item, TextChunk) and not item.text.strip()):
                # An optional word leaves open whether a slot follows a word or another slot.
                optional = isinstance(item, Alternative) and item.is_optional
                after_word = (after_word and optional) or (not optional and not isinstance(item, ListReference))
        return "".join(patterns)

    def _words(self, text: str) -> str:
        self.literals.update(text.casefold().split())
        return "".join(_GAP if piece.isspace() else re.escape(piece) for piece in re.findall(r"\s+|\S+", text))

    def _slot(self, name: str, opening_word: str, *, expected: bool) -> str:
        kind = self._slots.get(name)
        if kind is None:
            raise EngineError(f"A sentence template uses {{{name}}}, which is no parameter with a slot.")
        group = f"slot{len(self._names)}"
        self._names[group] = name
        if kind == "time" or kind == "deadline":
            self._marks.add((kind, expected))
            opening, closing, _ = MARKS[kind, expected]
            return rf"{opening}(?P<{group}tag>{TAG})(?P<{group}>.+?)(?P={group}tag){closing}"
        if kind == "choice":
            values = sorted(map(str, self._enums.get(name, ())), key=len, reverse=True)
            body = "|".join(re.escape(value) for value in values)
        else:
            # `at {place:the}` wants the words to open with "the", and keeps it.
            first = "" if opening_word == name else rf"(?={re.escape(opening_word)}\s)"
            return rf"(?<!\w)(?P<{group}>{first}(?!(?:to|until|till|of)\s)\w(?:.*?[^\s,;.!?])??)(?!\w){_ENDS_WELL}"
        return rf"(?<!\w)(?P<{group}>{body})(?!\w)"


@lru_cache(maxsize=2_000)
def _parse(source: str) -> Sentence:
    try:
        return parse_sentence(source)
    except (ParseError, AssertionError, ValueError) as error:
        raise EngineError(f"The sentence template {source!r} is malformed: {error}.") from error


def _trimmed(words: str) -> str:
    words = words.strip(" ,;!?")
    return words if words.casefold().endswith((".m.", ". m.")) else words.strip(" ,;.!?")


def compile_group(group: SentenceGroup, spec: ToolSpec) -> tuple[Template, ...]:
    """Compile the sentences of one group of `spec`; raises EngineError."""
    properties = spec.parameters.get("properties", {})
    enums = {name: schema.get("enum", ()) for name, schema in properties.items()}
    phrasing = spec.phrasing
    heard = {
        name: f"(({body})|{phrasing.also[name]})" for name, body in phrasing.rules.items() if name in phrasing.also
    }
    return tuple(Template(sentence, phrasing.slots, {**phrasing.rules, **heard}, enums) for sentence in group.sentences)


def samples(phrasing: Phrasing, limit: int, seed: int = 0) -> tuple[str, ...]:
    """Return up to `limit` different sentences that `phrasing` matches, the same ones every time.

    What stands first among alternatives is taken most often, so that is where the usual way to say it
    belongs. Slots are filled from the `examples`; a sentence with a slot that has none is left out.
    Raises EngineError for a malformed template.
    """
    groups = [[_parse(sentence) for sentence in group.sentences] for group in phrasing.groups if group.expected]
    dice = random.Random(seed)
    found: dict[str, None] = {}
    for _ in range(_TRIES * limit if groups else 0):
        if len(found) >= limit:
            break
        try:
            words = "".join(_spoken(_often_first(_often_first(groups, dice), dice).expression, phrasing, dice, 0))
        except KeyError:
            continue
        found[" ".join(words.split())] = None
    return tuple(found)


def _often_first(options: Sequence[OptionT], dice: random.Random) -> OptionT:
    return dice.choices(options, [(place + 1) ** -_USUAL_FIRST for place in range(len(options))])[0]


def _spoken(expression: Expression, phrasing: Phrasing, dice: random.Random, depth: int) -> Iterator[str]:
    if depth > _MAX_DEPTH:
        raise EngineError("The rules of a sentence template refer to each other in a circle.")
    if isinstance(expression, TextChunk):
        yield expression.original_text
    elif isinstance(expression, ListReference):
        yield dice.choice(phrasing.examples[expression.list_name])
    elif isinstance(expression, RuleReference):
        yield from _spoken(_parse(phrasing.rules[expression.rule_name]).expression, phrasing, dice, depth + 1)
    elif isinstance(expression, Alternative):
        if not expression.is_optional or dice.random() < _OPTIONAL_SHARE:
            yield from _spoken(_often_first(expression.items, dice), phrasing, dice, depth + 1)
    elif isinstance(expression, Group):
        for item in expression.items:
            yield from _spoken(item, phrasing, dice, depth + 1)
