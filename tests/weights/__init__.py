"""Weights that the tests use, made by the recipes of `models.recipes`."""

from pathlib import Path
from typing import Final

WHISPER_WORDS: Final = Path(__file__).parent / "whisper-words"
"""A small Whisper that understands the test sentences: `python -m models.recipes.whisper_words`."""
