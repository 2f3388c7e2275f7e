"""What Flux takes for an answer about the time, for a new title, and for neither."""

import pytest

from tests.intents.phone import Phone


@pytest.mark.parametrize(
    "said",
    [
        "i would say friday at five",
        "i'd prefer friday at five",
        "do it friday at five",
        "let's do it on friday at five",
        "as soon as possible friday at five",
        "actually friday at five works better",
        "not tomorrow but friday at five",
        "friday at five or so",
    ],
)
@pytest.mark.parametrize("over", [False, True], ids=["new", "moved"])
async def test_an_answer_about_the_time_leaves_the_title_alone(said: str, over: bool, phone: Phone) -> None:
    if over:
        await phone.say("remind me to buy milk on monday at ten")
    await phone.say("move buy milk" if over else "remind me to buy milk")
    done = "Task moved: Buy milk, now" if over else "Task created: Buy milk,"
    assert await phone.say(said) == f"{done} Friday, March 13 at 5 PM."


@pytest.mark.parametrize(
    "said", ["no thanks", "no thank you", "no problem", "no i'm good", "actually that's perfect", "okay then"]
)
async def test_nothing_more_is_no_new_title(said: str, phone: Phone) -> None:
    await phone.say("remind me to call mom tomorrow")
    assert await phone.say(said) in ("All right.", "You're welcome.")
    assert not phone.calls


@pytest.mark.parametrize("said", ["no i meant call dad", "not mom but dad", "sorry i said call dad"])
async def test_a_new_title_is_told_that_it_comes_too_late(said: str, phone: Phone) -> None:
    await phone.say("remind me to call mom tomorrow")
    assert "can't rename" in await phone.say(said)
