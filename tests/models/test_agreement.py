"""LocalAgreement-2, for any sequence of hypotheses."""

from hypothesis import given
from hypothesis import strategies as st

from models.stt.agreement import LocalAgreement, plain

WORDS = st.lists(st.sampled_from(["call", "Call", "mom", "mom.", "at", "noon", "-", "nine,"]), max_size=8)


def shown(*hypotheses: str) -> list[str]:
    agreement = LocalAgreement()
    return [" ".join(agreement.hear(hypothesis.split())) for hypothesis in hypotheses]


@given(st.lists(WORDS, max_size=12))
def test_what_is_committed_never_changes_and_is_always_shown_first(hypotheses: list[list[str]]) -> None:
    agreement = LocalAgreement()
    for hypothesis in hypotheses:
        before = agreement.committed
        words = agreement.hear(hypothesis)
        assert agreement.committed[: len(before)] == before
        assert words[: len(agreement.committed)] == agreement.committed


@given(st.lists(WORDS, max_size=12))
def test_nothing_is_committed_that_two_hypotheses_in_a_row_did_not_say(hypotheses: list[list[str]]) -> None:
    agreement = LocalAgreement()
    previous: set[str] = set()
    for hypothesis in hypotheses:
        before = len(agreement.committed)
        agreement.hear(hypothesis)
        said = {plain(word) for word in hypothesis}
        assert {plain(word) for word in agreement.committed[before:]} <= said & previous
        previous = said


@given(WORDS)
def test_the_same_hypothesis_twice_is_committed_whole(words: list[str]) -> None:
    agreement = LocalAgreement()
    agreement.hear(words)
    assert list(map(plain, agreement.hear(words))) == list(map(plain, words))
    assert list(map(plain, agreement.committed)) == list(map(plain, words))


@given(st.lists(st.sampled_from("abcdefg"), max_size=12))
def test_a_transcript_that_only_grows_is_shown_as_it_is(words: list[str]) -> None:
    agreement = LocalAgreement()
    for end in range(len(words) + 1):
        assert list(agreement.hear(words[:end])) == words[:end]
    assert list(agreement.committed) == words[:-1]


def test_the_first_hypothesis_is_shown_before_it_is_agreed_upon() -> None:
    assert shown("remind me", "remind me to call") == ["remind me", "remind me to call"]


def test_a_word_that_changes_before_it_is_agreed_upon_is_replaced() -> None:
    assert shown("remind me to cold", "remind me to call", "remind me to call mom")[-1] == "remind me to call mom"


def test_words_agreed_upon_stay_when_a_later_hypothesis_says_otherwise() -> None:
    assert shown("call mom", "call mom", "tall mom at noon")[-1] == "call mom at noon"
    assert shown("call mom", "call mom", "please call mom at noon")[-1] == "call mom at noon"
    assert shown("please call mom", "please call mom", "call mom at noon")[-1] == "please call mom at noon"
    assert shown("call mom", "call mom", "")[-1] == "call mom"


def test_the_full_stop_of_audio_that_ends_is_not_committed() -> None:
    assert shown("call mom.", "call mom.", "call mom at noon")[-1] == "call mom at noon"


def test_a_final_is_what_later_hypotheses_go_on_from() -> None:
    agreement = LocalAgreement()
    agreement.hear(("call", "tom"))
    agreement.settle(("call", "mom"))
    assert agreement.committed == ("call", "mom")
    assert " ".join(agreement.hear(("call", "tom", "at"))) == "call mom at"
