"""The manners of asking back, each in a whole call with Flux: not understood, which one, yes and no."""

import asyncio

import pytest

from models.errors import EngineError
from tests.pipeline.flux_call import FluxCall, flux_call, local, on_fake_clock

CALL_MOM = "Task created: Call mom, tomorrow at noon."
WHAT_I_CAN = "You can set a goal, add a task or move a task to another time."
RENT = "remind me to pay the rent on monday at nine"
TAXES = "remind me to pay the taxes on tuesday at nine"
WHICH = "I found two: “Pay the rent” and “Pay the taxes”."


# Not understood


@on_fake_clock
async def test_who_is_not_understood_is_told_so_and_helped_a_little_more_each_time() -> None:
    unknown = "what is the weather like"
    async with flux_call(unknown, unknown, unknown, "remind me to call mom tomorrow at noon", unknown) as c:
        await c.greeted()
        await c.say(WHAT_I_CAN)
        await c.say("You can say, for example: I want to learn guitar in three months.")
        await c.say("Say help, and I will tell you what I can do.")
        assert c.call.caller.heard[1] == "Sorry, I did not understand that."
        assert not c.call.caller.ran
        await c.say(CALL_MOM)
        await c.say(WHAT_I_CAN)


@on_fake_clock
async def test_what_is_understood_is_done_and_the_rest_is_owned_up_to() -> None:
    async with flux_call("remind me to call mom tomorrow at noon and what is the weather like") as c:
        await c.greeted()
        await c.say("I did not understand the rest of what you said.")
        assert c.call.caller.heard[1] == CALL_MOM


@on_fake_clock
async def test_who_cannot_be_heard_is_asked_to_say_it_again() -> None:
    async with flux_call(EngineError("worker died"), "remind me to call mom tomorrow at noon") as c:
        await c.greeted()
        await c.say("Sorry, I did not catch that. Could you say it again?")
        await c.say(CALL_MOM)


# Which one


@pytest.mark.parametrize(
    ("answer", "moved"),
    [
        ("the second one please", "Pay the taxes"),
        ("the first", "Pay the rent"),
        ("the taxes", "Pay the taxes"),
        ("the one on monday", "Pay the rent"),
        ("the first one no the second one", "Pay the taxes"),
    ],
)
def test_a_reference_that_matches_two_tasks_is_asked_back_and_the_caller_picks(answer: str, moved: str) -> None:
    @on_fake_clock
    async def pick() -> None:
        async with flux_call(RENT, TAXES, "move pay to sunday at ten", answer) as c:
            await two_tasks(c)
            await c.say(f"Task moved: {moved}, now Sunday, March 8 at 10 AM.")
            assert {task.title: len(task.reschedules) for task in await c.tasks} == {
                "Pay the rent": int(moved == "Pay the rent"),
                "Pay the taxes": int(moved == "Pay the taxes"),
            }
            assert next(task for task in await c.tasks if task.title == moved).trigger_at == local(2, 10)

    pick()


@on_fake_clock
async def test_a_caller_who_means_neither_moves_nothing_and_goes_on() -> None:
    async with flux_call(RENT, TAXES, "move pay to sunday at ten", "neither of them", "remind me to call mom") as c:
        await two_tasks(c)
        await c.say("All right, I have dropped that.")
        assert not any(task.reschedules for task in await c.tasks)
        await c.say("When should I remind you?")


@on_fake_clock
async def test_another_request_in_place_of_an_answer() -> None:
    async with flux_call(RENT, TAXES, "move pay to sunday at ten", "remind me to call mom tomorrow at noon") as c:
        await two_tasks(c)
        await c.say(CALL_MOM)
        assert [task.title for task in await c.tasks] == ["Pay the rent", "Pay the taxes", "Call mom"]
        assert not any(task.reschedules for task in await c.tasks)


@on_fake_clock
async def test_a_choice_is_made_over_the_question() -> None:
    async with flux_call(RENT, TAXES, "move pay to sunday at ten", "the second one") as c:
        await kept(c)
        await c.say()
        await c.call.caller.until_begun(WHICH)
        await asyncio.sleep(2.0)
        await c.say("Task moved: Pay the taxes, now Sunday, March 8 at 10 AM.")
        assert WHICH not in c.call.caller.heard


# Yes and no


@pytest.mark.parametrize(
    ("answers", "reply", "moved"),
    [
        (["yes please"], "Task moved: Pay the rent, now Tuesday, March 10 at 10 AM.", True),
        (["that's right"], "Task moved: Pay the rent, now Tuesday, March 10 at 10 AM.", True),
        (["no"], "Which task do you want to move?", False),
        (["no, to wednesday", "yes"], "Task moved: Pay the rent, now Wednesday, March 11 at 10 AM.", True),
    ],
)
def test_yes_and_no_to_did_you_mean(answers: list[str], reply: str, moved: bool) -> None:
    @on_fake_clock
    async def answer() -> None:
        async with flux_call(RENT, "move the payment of rents to tuesday at ten", *answers) as c:
            await c.greeted()
            await c.say("Task created: Pay the rent, Monday, March 9 at 9 AM.")
            await c.say("Did you mean “Pay the rent”?")
            for _ in answers[:-1]:
                await c.say("Did you mean “Pay the rent”?")
            await c.say(reply)
            (task,) = await c.tasks
            assert bool(task.reschedules) is moved

    answer()


@on_fake_clock
async def test_no_and_then_the_right_one() -> None:
    async with flux_call(RENT, "move the payment of rents to tuesday at ten", "no", "cancel", "goodbye") as c:
        await c.greeted()
        await c.say("Task created: Pay the rent, Monday, March 9 at 9 AM.")
        await c.say("Did you mean “Pay the rent”?")
        await c.say("Which task do you want to move?")
        await c.say("All right, I have dropped that.")
        await c.say()
        assert await c.call.ended == "goodbye"
        assert not any(task.reschedules for task in await c.tasks)


async def kept(c: FluxCall) -> None:
    await c.greeted()
    await c.say("Task created: Pay the rent, Monday, March 9 at 9 AM.")
    await c.say("Task created: Pay the taxes, Tuesday, March 10 at 9 AM.")


async def two_tasks(c: FluxCall) -> None:
    await kept(c)
    await c.say("Which one?")
    assert c.call.caller.heard[-2:] == [WHICH, "Which one?"]
