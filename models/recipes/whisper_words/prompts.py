"""The previous text that the decoder is given before it listens, as models/stt/whisper_prompt.py writes it."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import tokenizers

from models.recipes.whisper_words.sentences import plain_words

MOST: Final = 223
"""Tokens of previous text that faster-whisper gives at most."""

_NONE: Final = 0.4
_FULL: Final = 0.35
_TELLS: Final = 0.05
"""Share of the prompts that hold what is then said, as the agent's vocabulary may."""


class Prompts:
    """Draws prompts: an agent's phrases, each as a sentence in lower case, at times the end of what was said."""

    def __init__(self, tokenizer: tokenizers.Tokenizer, texts: Sequence[str], chance: np.random.Generator) -> None:
        self._chance = chance
        self._tokenizer = tokenizer
        self._phrases = [self._phrase(text) for text in texts]
        self._said = [tokenizer.encode(f" {text}").ids for text in texts]
        self._previous = tokenizer.get_vocab()["<|startofprev|>"]

    def draw_length(self) -> int:
        """Return how many tokens of previous text a batch has at most: more than half of them none."""
        draw = self._chance.random()
        if draw < _NONE:
            return 0
        return MOST if draw < _NONE + _FULL else int(self._chance.integers(3, MOST + 1))

    def draw(self, length: int, text: str | None) -> list[int]:
        """Return the tokens before the transcript: previous text of at most `length` tokens, and their mark."""
        if not length:
            return []
        tokens: list[int] = []
        said = self._one(self._said) if self._chance.random() < 0.2 else []
        told = self._phrase(text) if text and self._chance.random() < _TELLS else []
        while True:
            phrase = self._one(self._phrases)
            if told and self._chance.random() < 0.1:
                phrase, told = told, []
            if len(tokens) + len(phrase) + len(said) > length:
                break
            tokens += phrase
        return [self._previous, *tokens, *said[-length:]]

    def _one(self, choices: Sequence[list[int]]) -> list[int]:
        return choices[int(self._chance.integers(len(choices)))]

    def _phrase(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode(f" {' '.join(plain_words(text))}.").ids
        return ids
