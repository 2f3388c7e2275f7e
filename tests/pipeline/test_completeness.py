import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.completeness import Completeness, completeness
from pipeline.expectation import Expected, expected_answer


@pytest.mark.parametrize(
    "text",
    [
        "remind me to",
        "remind me",
        "Remind me to call",
        "I want to",
        "move my dentist appointment to",
        "remind me to call the",
        "remind me to buy milk and",
        "Remind me to, um,",
        "I need bread,",
        "Well...",
        "add a task to call the plumber tomorrow at",
        "by the end of the",
        "postpone it to the day after",
        "please reschedule",
        "can you",
        "move it to next",
        "my number is",
        "please",
        "can you please",
        "remind me to please",
    ],
)
def test_a_thought_that_asks_for_more_is_open(text: str) -> None:
    assert completeness(text) is Completeness.OPEN


@pytest.mark.parametrize(
    "text",
    [
        "Remind me to call mom tomorrow at noon.",
        "remind me to pay the rent on friday at nine",
        "Move my piano lesson to Monday morning",
        "remind me to lock the door tonight",
        "i would like to read twenty books this year",
        "thank you very much",
        "Cancel that",
        "can you repeat that please",
        "goodbye",
        "good morning",
        "hello there",
        "that is all for now",
        "i want to run ten miles by the end of the month",
        "Remind me to call mom tomorrow at noon, please.",
        "move my piano lesson to monday morning please",
        "stop please",
        "my goal is to speak spanish in two years",
    ],
)
def test_a_sentence_with_all_it_needs_is_done(text: str) -> None:
    assert completeness(text) is Completeness.DONE


@pytest.mark.parametrize(
    "text",
    [
        "what time is it",
        "what do i have to do today",
        "how are you today",
        "okay so who are you",
        "is there anything for tonight",
        "do i have a task on friday",
    ],
)
def test_a_whole_question_is_done(text: str) -> None:
    assert completeness(text) is Completeness.DONE


@pytest.mark.parametrize("text", ["when i get to the office", "what you told me about the house"])
def test_what_only_begins_like_a_question_is_none(text: str) -> None:
    assert completeness(text) is Completeness.WHOLE


@pytest.mark.parametrize("text", ["what is the", "how many days until", "when is my"])
def test_a_question_can_be_open(text: str) -> None:
    assert completeness(text) is Completeness.OPEN


@pytest.mark.parametrize("text", ["remind me to call mom", "i want to learn guitar", "Move the team lunch"])
def test_a_request_may_still_get_its_time(text: str) -> None:
    assert completeness(text) is Completeness.WANTING


@pytest.mark.parametrize(
    "text",
    [
        "the weather was nice",
        "remind me to buy milk when I get to the store",
        "remind me to call mom on Friday",
        "please say that again to me",
        "i have never seen such a house before",
        "i have two to five of them",
        "Add apples and water to my list",
    ],
)
def test_a_sentence_can_end_without_a_time(text: str) -> None:
    assert completeness(text) is Completeness.WHOLE


@pytest.mark.parametrize(
    ("text", "expected", "verdict"),
    [
        ("yes", "yes or no", Completeness.DONE),
        ("Yes, please.", "yes or no", Completeness.DONE),
        ("no", "yes or no", Completeness.DONE),
        ("yes", None, Completeness.WHOLE),
        ("tomorrow at noon please", "time", Completeness.DONE),
        ("the milk please", None, Completeness.WHOLE),
        ("five five five please", "number", Completeness.OPEN),
        ("tomorrow at noon", "time", Completeness.DONE),
        ("at five", "time", Completeness.DONE),
        ("tonight", "time", Completeness.DONE),
        ("tomorrow", "time", Completeness.WANTING),
        ("on monday", "time", Completeness.WANTING),
        ("free lunch you", "number", Completeness.OPEN),
        ("tomorrow at", "time", Completeness.OPEN),
        ("walk the dog", "words", Completeness.WHOLE),
        ("the", "words", Completeness.OPEN),
        ("five", "number", Completeness.OPEN),
        ("", "time", Completeness.UNSURE),
    ],
)
def test_what_was_asked_makes_an_answer_a_finished_thought(
    text: str, expected: Expected | None, verdict: Completeness
) -> None:
    assert completeness(text, expected) is verdict


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("five five five", False),
        ("my number is five five five eight two one", False),
        ("five five five one two three four", True),
        ("it is nine one seven three six four two two eight one", True),
        ("one nine one seven three six four two two eight one", True),
        ("nine one seven three six for to two eight one", True),
        ("917 364 2281", True),
        ("917 364", False),
    ],
)
def test_a_number_is_dictated_to_its_last_digit(text: str, whole: bool) -> None:
    assert completeness(text) is (Completeness.DONE if whole else Completeness.OPEN)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("When should I remind you?", "time"),
        ("I have kept that. What time should it be?", "time"),
        ("Sorry, I did not catch that. When should it be instead? ", "time"),
        ("Did you mean the dentist appointment?", "yes or no"),
        ("Shall I move it?", "yes or no"),
        ("Do you mean the dentist or the doctor?", None),
        ("What is your phone number?", "number"),
        ("Which task do you want to move?", "words"),
        ("Hello, I'm Flux. What can I do for you?", None),
        ("Hi! How can I help you today?", None),
        ("All right, I have kept that.", None),
        ("", None),
    ],
)
def test_a_question_tells_what_answer_is_expected(said: str, expected: Expected | None) -> None:
    assert expected_answer(said) == expected


@given(st.text(max_size=200), st.sampled_from([None, "yes or no", "time", "number", "words"]))
def test_any_text_gets_a_verdict(text: str, expected: Expected | None) -> None:
    assert completeness(text, expected) in Completeness


@given(
    st.sampled_from(["the", "to", "and", "my", "at", "because", "um"]),
    st.lists(st.from_regex(r"[a-z]{1,9}", fullmatch=True), max_size=8),
)
def test_whatever_comes_before_a_word_that_wants_another_is_open(last: str, words: list[str]) -> None:
    assert completeness(" ".join([*words, last])) is Completeness.OPEN
