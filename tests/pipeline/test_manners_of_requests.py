"""The manners of asking for things, each in a whole call with Flux: correct, cancel, repeat, two at once."""

import asyncio

import pytest

from pipeline.events import PhraseFinished, ToolInProgress
from tests.pipeline.flux_call import GREETING, flux_call, local, on_fake_clock

WHEN = "When should I remind you?"
CALL_MOM = "Task created: Call mom, tomorrow at noon."
MOVED = "Task moved: Call mom, now Friday, March 13 at noon."
BUY_MILK = "Task created: Buy milk, when you get to the store."

NEW, MOVE, GOAL = "submit_new_task_intent", "submit_reschedule_intent", "submit_goal_intent"


# Correction


@on_fake_clock
async def test_a_correction_over_the_confirmation_moves_the_task_once() -> None:
    async with flux_call("remind me to call mom tomorrow at noon", "no, Friday") as c:
        await c.greeted()
        await c.say()
        await c.call.caller.until_begun(CALL_MOM)
        await asyncio.sleep(1.0)
        await c.say(MOVED)
        (task,) = await c.tasks
        assert task.trigger_at == local(7, 12)
        assert len(task.reschedules) == 1
        assert c.call.caller.ran == [(NEW, "done"), (MOVE, "done")]
        cut = [event.heard for event in c.call.caller.all(PhraseFinished) if event.interrupted]
        assert len(cut) == 1 and CALL_MOM.startswith(cut[0])
        assert c.call.caller.kept[2:] == [("assistant", cut[0]), ("user", "no, Friday"), ("assistant", MOVED)]


@on_fake_clock
async def test_a_correction_while_the_task_is_being_kept_moves_it_once() -> None:
    async with flux_call("remind me to call mom tomorrow at noon", "no, Friday", dao_delay=3.0) as c:
        await c.greeted()
        await c.say()
        await c.call.caller.until(ToolInProgress)
        await c.say(MOVED)
        (task,) = await c.tasks
        assert task.trigger_at == local(7, 12)
        assert c.call.caller.heard == [GREETING, "One moment.", MOVED]


@on_fake_clock
async def test_a_correction_over_the_question_is_taken_with_the_answer() -> None:
    async with flux_call("remind me to call mom", "no, I meant call dad", "tomorrow no wait Friday at five") as c:
        await c.greeted()
        await c.say()
        await c.call.caller.until_begun(WHEN)
        await asyncio.sleep(0.5)
        await c.say(WHEN)
        await c.say("Task created: Call dad, Friday, March 13 at 5 PM.")
        assert [task.title for task in await c.tasks] == ["Call dad"]


@on_fake_clock
async def test_a_correction_long_after_the_task_was_kept() -> None:
    async with flux_call("remind me to call mom tomorrow at noon", "no, Friday", "actually at five") as c:
        await c.greeted()
        await c.say(CALL_MOM)
        await asyncio.sleep(8)
        await c.say(MOVED)
        await c.say("Task moved: Call mom, now Friday, March 13 at 5 PM.")
        assert [task.trigger_at for task in await c.tasks] == [local(7, 17)]


@pytest.mark.parametrize(
    ("said", "title", "days", "hour"),
    [
        ("remind me to call mom tomorrow at noon no Friday", "Call mom", 7, 12),
        ("remind me to call mom tomorrow at noon no wait on Friday at five", "Call mom", 7, 17),
        ("remind me to call mom tomorrow at noon I mean at one", "Call mom", 1, 13),
        ("remind me to call mom no I mean call dad tomorrow at noon", "Call dad", 1, 12),
    ],
)
def test_a_correction_within_one_sentence(said: str, title: str, days: int, hour: int) -> None:
    @on_fake_clock
    async def correct() -> None:
        async with flux_call(said) as c:
            await c.greeted()
            await c.say()
            await c.call.caller.until(PhraseFinished, 2)
            assert [(task.title, task.trigger_at) for task in await c.tasks] == [(title, local(days, hour))]
            assert c.call.caller.ran == [(NEW, "done")]

    correct()


# Cancel, repeat


@on_fake_clock
async def test_what_is_cancelled_is_not_kept_and_the_next_request_is_fresh() -> None:
    async with flux_call("remind me to call mom", "never mind", "remind me to buy milk", "tomorrow at noon") as c:
        await c.greeted()
        await c.say(WHEN)
        await c.say("All right, I have dropped that.")
        assert not await c.tasks and not c.call.caller.ran
        await c.say(WHEN)
        await c.say("Task created: Buy milk, tomorrow at noon.")
        assert [task.title for task in await c.tasks] == ["Buy milk"]


@on_fake_clock
async def test_a_cancel_in_the_same_breath() -> None:
    async with flux_call(
        "remind me to call mom tomorrow at noon, actually never mind",
        "remind me to call dad",
        "forget that and remind me to buy milk when I get to the store",
    ) as c:
        await c.greeted()
        await c.say("All right, I have dropped that.")
        assert not c.call.caller.ran
        await c.say(WHEN)
        await c.say(BUY_MILK)
        assert [task.title for task in await c.tasks] == ["Buy milk"]


@on_fake_clock
async def test_a_cancel_that_comes_too_late_says_so() -> None:
    async with flux_call("remind me to call mom tomorrow at noon", "cancel that") as c:
        await c.greeted()
        await c.say(CALL_MOM)
        await c.say("That is already done, and I can't take it back.")
        assert len(await c.tasks) == 1


@on_fake_clock
async def test_repeat_says_again_what_was_said_last() -> None:
    repeat = "repeat that please"
    async with flux_call(repeat, "remind me to call mom", repeat, "tomorrow at noon", repeat) as c:
        await c.greeted()
        await c.say("What would you like to get done?")
        await c.say(WHEN)
        await c.say(WHEN)
        await c.say(CALL_MOM)
        await c.say(CALL_MOM)
        assert len(await c.tasks) == 1 and len(c.call.caller.ran) == 1


# Two requests in one sentence


@on_fake_clock
async def test_two_requests_are_kept_in_order_and_both_confirmed() -> None:
    async with flux_call(
        "remind me to call mom tomorrow at noon and remind me to buy milk when I get to the store"
    ) as c:
        await c.greeted()
        await c.say(BUY_MILK)
        assert c.call.caller.heard == [GREETING, CALL_MOM, BUY_MILK]
        assert [(task.title, task.trigger_at, task.location) for task in await c.tasks] == [
            ("Call mom", local(1, 12), None),
            ("Buy milk", None, "the store"),
        ]


@on_fake_clock
async def test_a_goal_and_a_task() -> None:
    async with flux_call("I want to learn guitar in three months and remind me to call mom tomorrow at noon") as c:
        await c.greeted()
        await c.say(CALL_MOM)
        assert c.call.caller.heard[1:] == ["Goal created: Learn guitar with a target of three months.", CALL_MOM]
        assert c.call.caller.ran == [(GOAL, "done"), (NEW, "done")]


@on_fake_clock
async def test_the_second_request_may_be_said_in_fewer_words() -> None:
    async with flux_call("remind me to call mom tomorrow at noon and buy milk when I get to the store") as c:
        await c.greeted()
        await c.say(BUY_MILK)
        assert c.call.caller.heard[1:] == [CALL_MOM, BUY_MILK]


@on_fake_clock
async def test_what_the_second_request_lacks_is_asked_for_by_name() -> None:
    async with flux_call("remind me to call mom tomorrow at noon and remind me to buy milk", "when I get home") as c:
        await c.greeted()
        await c.say("About “buy milk”: When should I remind you?")
        assert c.call.caller.heard[1] == CALL_MOM
        assert [task.title for task in await c.tasks] == ["Call mom"]
        await c.say("Task created: Buy milk, when you get home.")


@on_fake_clock
async def test_what_two_requests_lack_is_asked_for_one_by_one() -> None:
    async with flux_call(
        "remind me to call mom and remind me to buy milk", "tomorrow at noon", "when I get to the store"
    ) as c:
        await c.greeted()
        await c.say("About “call mom”: When should I remind you?")
        await c.say("About “buy milk”: When should I remind you?")
        await c.say(BUY_MILK)
        assert [task.title for task in await c.tasks] == ["Call mom", "Buy milk"]


@on_fake_clock
async def test_and_within_one_thing_makes_no_second_request() -> None:
    async with flux_call("remind me to buy milk and eggs tomorrow at noon") as c:
        await c.greeted()
        await c.say("Task created: Buy milk and eggs, tomorrow at noon.")
        assert c.call.caller.ran == [(NEW, "done")]
