import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.phrases import CLAUSE_LENGTH, CLAUSE_WORDS, PhraseSplitter


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


def first_clause(text: str) -> str | None:
    """Return what is said first when the text stops after each of its pieces."""
    splitter = PhraseSplitter()
    for word in text.split(" "):
        if (phrases := splitter.feed(word + " ")) or (clause := splitter.clause()):
            return phrases[0] if phrases else clause
    return None


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("I have put that down, and I will tell you at noon.", "I have put that down,"),
        ("That is on your list, but it needs a day. When?", "That is on your list,"),
        ("Here is what you have to do: milk, bread and eggs.", "Here is what you have to do:"),
        ("I can move that; when should it be?", "I can move that;"),
        ("That is taken care of \u2014 what else can I do?", "That is taken care of \u2014"),
        ("I have told your sister, who comes at five.", "I have told your sister,"),
        ("I wrote that down for you, that\u2019s all for today.", "I wrote that down for you,"),
    ],
)
def test_a_sentence_that_is_still_being_made_begins_with_its_first_clause(text: str, first: str) -> None:
    assert first_clause(text) == first


@pytest.mark.parametrize(
    "text",
    [
        "Well, I can do that for you.",  # too little to be said alone
        "Sure, my dear friend.",
        "Extraordinarily, I agree.",
        "The appointment costs 1,200 euros in all.",
        "Your task is now at 10:30 on Monday, the 3rd of May.",
        "I have moved it to Friday, March 13 at 5 PM.",
        "I have put down call mom, tomorrow at noon.",
        "I have put down milk, bread and eggs.",
        "I have put down milk, bread, and eggs.",
        "You may come in April, May or June.",
        "We are open Monday \u2013 Friday from nine.",
        "I have told it to Mary, Will and Tom.",
        "You live in Paris, Texas.",
        "I have written that down for you.",
    ],
)
def test_what_belongs_together_is_said_in_one(text: str) -> None:
    assert first_clause(text) in (text, None)


def test_a_clause_is_given_out_when_it_is_known_that_one_follows() -> None:
    splitter = PhraseSplitter()
    splitter.feed("I have put that down, and")
    assert splitter.clause() is None
    splitter.feed(" I")
    assert splitter.clause() is None, "it may be Ireland"
    splitter.feed(" will")
    assert splitter.clause() == "I have put that down,"
    assert splitter.clause() is None and splitter.flush() == ["and I will"]


WORDS = st.sampled_from(
    ["I", "have", "put", "that", "down,", "and", "you", "1,200", "at 5:30;", "noon.", "Dr.", "it:", "\u2014", "so\n"]
)


@given(st.lists(WORDS, max_size=60).map(" ".join), st.integers(1, 20), st.sets(st.integers(0, 80)))
def test_with_clauses_too_the_phrases_are_the_text(text: str, step: int, pauses: set[int]) -> None:
    splitter, phrases = PhraseSplitter(), []
    for number, start in enumerate(range(0, len(text), step)):
        phrases += splitter.feed(text[start : start + step])
        if number in pauses and (clause := splitter.clause()) is not None:
            assert len(clause) >= CLAUSE_LENGTH and len(clause.split()) >= CLAUSE_WORDS
            phrases.append(clause)
    phrases += splitter.flush()
    assert " ".join(phrases).split() == text.split()
    assert all(phrase == phrase.strip() != "" for phrase in phrases)
