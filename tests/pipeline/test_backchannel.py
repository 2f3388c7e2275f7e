"""Who only shows that they listen takes no turn; who says anything else does."""

import pytest

from pipeline.backchannel import claims_turn, is_backchannel


@pytest.mark.parametrize(
    "text", ["", "uh-huh", "Okay.", "yeah, okay", "mm hm", "I see", "all right", "oh, I see, okay", "yes yes", "Mhm!"]
)
def test_a_listener_is_told_from_a_speaker(text: str) -> None:
    assert is_backchannel(text)


@pytest.mark.parametrize(
    "text",
    ["stop", "no", "wait", "okay stop", "yes but not today", "I see a doctor tomorrow", "go on holiday",
     "yes yes yes yes yes", "good morning", "okay remind me to call mom", "see"],
)  # fmt: skip
def test_words_with_a_will_take_the_turn(text: str) -> None:
    assert not is_backchannel(text)


@pytest.mark.parametrize("text", ["Stop!", "no", "wait a bit", "what?", "Friday", "the day after tomorrow"])
def test_some_words_ask_for_the_turn_however_briefly(text: str) -> None:
    assert claims_turn(text)


@pytest.mark.parametrize("text", ["", "the flood", "add a", "nobody", "stopper", "okay"])
def test_words_that_are_misheard_in_a_cough_do_not(text: str) -> None:
    assert not claims_turn(text)
