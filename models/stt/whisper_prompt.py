"""What Whisper is told before it listens: the agent's phrases and the end of what was said, as previous text."""

from collections.abc import Callable, Sequence
from typing import Final

MOST: Final = 223
"""Tokens of previous text that fit beside a transcript into Whisper's 448 (faster-whisper's own bound)."""

VOCABULARY_MOST: Final = MOST - 64
"""Tokens that the agent's phrases may take: the rest is for what was said."""

_STEP: Final = 32


def vocabulary_tokens(encode: Callable[[str], Sequence[int]], vocabulary: Sequence[str], most: int) -> tuple[int, ...]:
    """Return the first phrases of a vocabulary, written as sentences, that fit into `most` tokens whole."""
    tokens: list[int] = []
    for phrase in vocabulary:
        if not phrase.strip():
            continue
        sentence = encode(f" {phrase.strip().rstrip('.')}.")
        if len(tokens) + len(sentence) > most:
            break
        tokens.extend(sentence)
    return tuple(tokens)


def previous_tokens(hints: Sequence[int], said: Sequence[int]) -> tuple[int, ...]:
    """Return the tokens of the vocabulary followed by the end of what was said so far, at most `MOST`.

    What was said counts in steps of 32 tokens, since only prompts of one length can share a run.
    """
    room = (MOST - len(hints)) // _STEP * _STEP
    kept = min(len(said) // _STEP * _STEP, max(0, room))
    return (*hints, *said[len(said) - kept :])
