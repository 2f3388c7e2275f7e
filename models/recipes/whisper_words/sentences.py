"""The texts the model learns and those it is tested on: a grammar, drawn from with a seed."""

import random
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from models.recipes.whisper_words.slots import SLOTS
from models.recipes.whisper_words.templates import TEMPLATES

_SALAD: Final = 0.12
"""Share of sentences that are words in any order, so that the ear and not the habit decides."""
_TELLING: Final = 5
"""A held-back sentence of so many words may not be a part of a training sentence either."""
_LONGEST: Final = 20

_GROUPS: Final = tuple((share, tuple(line.strip() for line in text.strip().splitlines())) for share, text in TEMPLATES)
_CHOICE: Final = re.compile(r"\[([^\[\](){}]*(?:\{\w+\}[^\[\](){}]*)*)\]|\(([^\[\](){}]*(?:\{\w+\}[^\[\](){}]*)*)\)")
_SLOT: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text to be said; `whole` is False for a part of a sentence and for words in no order."""

    text: str
    whole: bool = True


def plain_words(text: str) -> tuple[str, ...]:
    """Return the words of a text in lower case, without punctuation."""
    return tuple(re.findall(r"[a-z0-9']+", text.lower()))


class HeldBack:
    """Texts that must not be learnt, and the test whether one of them would be."""

    def __init__(self, texts: Collection[str]) -> None:
        self._texts = {plain_words(text) for text in texts}
        self._telling = {" ".join(words) for words in self._texts if len(words) >= _TELLING}

    def holds(self, text: str) -> bool:
        """Tell whether a text says the same as one that is held back, or holds a long one of them as a part."""
        words = plain_words(text)
        padded = f" {' '.join(words)} "
        return words in self._texts or any(f" {held} " in padded for held in self._telling)


def draw(seed: int) -> Iterator[Sentence]:
    """Yield sentences of the grammar without end, the same ones for the same seed."""
    chance = random.Random(seed)
    shares = [share for share, _ in _GROUPS]
    words = vocabulary()
    while True:
        if chance.random() < _SALAD:
            yield Sentence(_written(" ".join(chance.choices(words, k=chance.randint(1, 8))) + "."), whole=False)
            continue
        templates = chance.choices(_GROUPS, shares)[0][1]
        text = _written(_filled(chance.choice(templates), chance))
        if len(plain_words(text)) <= _LONGEST:
            yield Sentence(text)


def training_sentences(count: int, seed: int, held_back: HeldBack) -> list[Sentence]:
    """Return `count` sentences, no two alike, none of which `held_back` holds."""
    found: dict[tuple[str, ...], Sentence] = {}
    for sentence in draw(seed):
        if not held_back.holds(sentence.text):
            found.setdefault(plain_words(sentence.text), sentence)
        if len(found) >= count:
            break
    return list(found.values())


def held_back_sentences(count: int, seed: int) -> list[str]:
    """Return `count` sentences of the grammar that are never trained on; of at least four words each."""
    found: dict[tuple[str, ...], str] = {}
    for sentence in draw(seed ^ 0x5EED):
        words = plain_words(sentence.text)
        if sentence.whole and len(words) >= 4:
            found.setdefault(words, sentence.text)
        if len(found) >= count:
            break
    return list(found.values())


def split(text: str, chance: random.Random) -> tuple[str, str] | None:
    """Return the two parts of a sentence, cut between two words; None where there are fewer than four."""
    words = text.split()
    if len(words) < 4:
        return None
    at = chance.randint(2, len(words) - 2)
    return " ".join(words[:at]).rstrip(",.?"), " ".join(words[at:])


def vocabulary() -> list[str]:
    """Return every word of the grammar as it is written within a sentence, in alphabetical order."""
    texts = [entry for entries in SLOTS.values() for entry in entries]
    texts += [line for _, lines in _GROUPS for line in lines]
    found = {word for text in texts for word in re.findall(r"[A-Za-z]+(?:'[a-z]+)?", _SLOT.sub(" ", text))}
    names = {word for entries in SLOTS.values() for entry in entries for word in entry.split() if word[0].isupper()}
    spelled = {word if word in names or word.startswith("I'") or word == "I" else word.lower() for word in found}
    return sorted(spelled)


def written_texts(sentences: Sequence[Sentence]) -> list[str]:
    """Return texts that hold every word in every spelling a transcript may need, for the tokenizer."""
    words = vocabulary()
    capitals = [word[0].upper() + word[1:] for word in words]
    return [sentence.text for sentence in sentences] + [" ".join(words), " ".join(capitals)]


def _filled(template: str, chance: random.Random) -> str:
    text = template
    while True:
        if match := _CHOICE.search(text):
            optional, choices = match.groups()
            picked = chance.choice(
                (choices if optional is None else f"{optional}|" + "|" * optional.count("|")).split("|")
            )
            text = text[: match.start()] + picked + text[match.end() :]
        elif match := _SLOT.search(text):
            text = text[: match.start()] + chance.choice(SLOTS[match[1]]) + text[match.end() :]
        else:
            return text


def _written(text: str) -> str:
    """Return a text as a sentence is written: single spaces, a capital letter first."""
    tidy = re.sub(r"\s+([.,?])", r"\1", " ".join(text.split()))
    tidy = re.sub(r"\b(a) (?=[aeio])", r"an ", tidy)
    return tidy[0].upper() + tidy[1:]
