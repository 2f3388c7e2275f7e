"""The word error rate, held against jiwer's."""

import jiwer
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.word_errors import word_error_rate, word_errors, words

TEXTS = st.lists(st.sampled_from(["call", "mom", "at", "noon", "don't"]), max_size=8)


@given(TEXTS.filter(len), TEXTS)
def test_the_errors_are_jiwers(said: list[str], heard: list[str]) -> None:
    found = jiwer.process_words(" ".join(said), " ".join(heard))
    assert word_errors(said, heard) == found.substitutions + found.deletions + found.insertions


def test_case_and_punctuation_are_no_errors() -> None:
    assert words("Don't call Mom, at 9!") == ["don't", "call", "mom", "at", "9"]
    assert word_error_rate([("Call Mom.", "call mom"), ("At noon", "at nine noon")]) == pytest.approx(1 / 4)
    assert word_error_rate([]) == 0.0
