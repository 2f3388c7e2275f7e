import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.phrases import PhraseSplitter


def split(text: str, step: int = 3) -> list[str]:
    splitter = PhraseSplitter()
    phrases = []
    for start in range(0, len(text), step):
        phrases += splitter.feed(text[start : start + step])
    return phrases + splitter.flush()


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("Dr. Smith is in.", ["Dr. Smith is in."]),
        ("It costs 3.50 euros. Fine.", ["It costs 3.50 euros.", "Fine."]),
        ("At 5 p.m. we leave.", ["At 5 p.m. we leave."]),
        ('He said "no." Then he left.', ['He said "no."', "Then he left."]),
        ("First line\nsecond line", ["First line", "second line"]),
        ("", []),
        ("   ", []),
    ],
)
def test_phrases_end_where_sentences_do(text: str, phrases: list[str]) -> None:
    assert split(text) == phrases


def test_a_sentence_is_given_out_before_the_text_has_ended() -> None:
    splitter = PhraseSplitter()
    assert splitter.feed("It is done. And n") == ["It is done."]


def test_a_long_sentence_is_split_at_a_clause() -> None:
    text = "When the first part of a sentence goes on for a while, " * 2 + "the voice should not wait for its end, " * 3
    assert len(split(text)) > 1 and all(len(phrase) <= 160 for phrase in split(text))


@given(st.text(max_size=600), st.integers(1, 50))
def test_no_character_is_lost_however_the_text_arrives(text: str, step: int) -> None:
    assert "".join("".join(split(text, step)).split()) == "".join(text.split())


@given(st.text(alphabet="ab .,", min_size=301, max_size=900))
def test_no_phrase_is_longer_than_the_longest(text: str) -> None:
    assert all(len(phrase) <= 300 for phrase in split(text, 1))
