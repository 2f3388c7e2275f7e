"""Whole conversations with Flux by text: the engine without weights, the real toolbox, the real DAO."""

from datetime import UTC, datetime

import pytest

from dao.client import DaoClient
from dao.errors import DaoUnavailable
from dao.records import TaskDraft
from tests.intents.conftest import CALLER
from tests.intents.phone import Phone

# Each line is what the caller says and what is answered.
CONVERSATIONS: dict[str, list[tuple[str, str]]] = {
    "a goal": [
        ("I want to learn guitar in 3 months", "Goal created: Learn guitar with a target of 3 months."),
        ("thanks", "You're welcome."),
    ],
    "a slot over two turns": [
        ("Remind me to call mom", "When should I remind you?"),
        ("tomorrow at noon", "Task created: Call mom, tomorrow at noon."),
    ],
    "everything piece by piece": [
        ("remind me", "What should I remind you of?"),
        ("to call mom", "When should I remind you?"),
        ("um let's say tomorrow at noon", "Task created: Call mom, tomorrow at noon."),
    ],
    "a place instead of a time": [
        ("remind me to buy milk", "When should I remind you?"),
        ("when I get to the store", "Task created: Buy milk, when you get to the store."),
    ],
    "both slots in one answer": [
        ("add a task", "What should I remind you of?"),
        ("call mom tomorrow at noon", "Task created: Call mom, tomorrow at noon."),
    ],
    "an answer that is no time": [
        ("remind me to call mom", "When should I remind you?"),
        ("banana", "Sorry, I did not catch that. When should I remind you?"),
        ("purple", "Sorry, I did not catch that. When should I remind you? For example: tomorrow at noon."),
        ("at five", "Task created: Call mom, today at 5 PM."),
    ],
    "correction while a slot is open": [
        ("remind me to call mom", "When should I remind you?"),
        ("no, I meant call dad", "When should I remind you?"),
        ("tomorrow at noon", "Task created: Call dad, tomorrow at noon."),
    ],
    "correction after the deed": [
        ("remind me to call mom tomorrow at noon", "Task created: Call mom, tomorrow at noon."),
        ("no, Friday", "Task moved: Call mom, now Friday, March 13 at noon."),
        ("actually at five", "Task moved: Call mom, now Friday, March 13 at 5 PM."),
        ("make it monday instead", "Task moved: Call mom, now Monday, March 9 at 5 PM."),
        ("move it to sunday", "Task moved: Call mom, now Sunday, March 8 at 5 PM."),
    ],
    "a correction announced": [
        ("remind me to call mom tomorrow at noon", "Task created: Call mom, tomorrow at noon."),
        ("no", "What should it be instead?"),
        ("monday at ten", "Task moved: Call mom, now Monday, March 9 at 10 AM."),
    ],
    "the time of day said later": [
        ("remind me to call mom tomorrow", "Task created: Call mom, tomorrow at 9 AM."),
        ("at five", "Task moved: Call mom, now tomorrow at 5 PM."),
    ],
    "a goal cannot be changed": [
        ("I want to learn guitar in three months", "Goal created: Learn guitar with a target of three months."),
        (
            "no I meant six months",
            "I have already kept that goal, and I can't change its time yet. You can set a new one.",
        ),
    ],
    "cancel": [
        ("never mind", "There is nothing to cancel."),
        ("remind me to call mom", "When should I remind you?"),
        ("cancel", "All right, I have dropped that."),
        ("tomorrow at noon", "Sorry, I did not understand that."),
    ],
    "too late to cancel": [
        ("remind me to call mom tomorrow", "Task created: Call mom, tomorrow at 9 AM."),
        ("cancel that", "That is already done, and I can't take it back."),
    ],
    "repeat": [
        ("repeat that please", "I have not said anything yet."),
        ("remind me to call mom", "When should I remind you?"),
        ("what did you say", "When should I remind you?"),
        ("tomorrow at noon", "Task created: Call mom, tomorrow at noon."),
        ("say that again", "Task created: Call mom, tomorrow at noon."),
    ],
    "not understood again and again": [
        (
            "how much is the fish",
            "Sorry, I did not understand that. You can set a goal, add a task or move a task to another time.",
        ),
        ("how much is the fish", "I still did not understand that. You can say, for example: I want to learn guitar"),
        ("how much is the fish", "Sorry, I did not understand that. Say help, and I will tell you what I can do."),
        ("how much is the fish", "Sorry, I did not understand that. Say help, and I will tell you what I can do."),
        ("help", "You can set a goal, for example: "),
    ],
    "another request in between": [
        ("remind me to call mom", "When should I remind you?"),
        ("I want to learn guitar", "Goal created: Learn guitar. About “call mom”: When should I remind you?"),
        ("tomorrow at noon", "Task created: Call mom, tomorrow at noon."),
    ],
    "two requests, one of them incomplete": [
        (
            "remind me to call mom tomorrow and remind me to buy milk",
            "Task created: Call mom, tomorrow at 9 AM. About “buy milk”: When should I remind you?",
        ),
        ("when I get to the store", "Task created: Buy milk, when you get to the store."),
    ],
    "a time asked back": [
        (
            "remind me to call mom on friday at midnight",
            "Is that midnight at the start or at the end of the day? Please say 12 AM or 11:59 PM.",
        ),
        ("tonight at ten", "Task created: Call mom, today at 10 PM."),
    ],
    "a reference that fits two tasks": [
        ("add a task to pay the rent on monday at nine", "Task created: Pay the rent, Monday, March 9 at 9 AM."),
        ("add a task to pay the taxes on tuesday at nine", "Task created: Pay the taxes, Tuesday, March 10 at 9 AM."),
        ("move pay to sunday at ten", "I found two: “Pay the rent” and “Pay the taxes”. Which one?"),
        ("um the taxes", "Task moved: Pay the taxes, now Sunday, March 8 at 10 AM."),
        ("move pay to sunday at ten", "I found two: “Pay the rent” and “Pay the taxes”. Which one?"),
        ("the first one", "Task moved: Pay the rent, now Sunday, March 8 at 10 AM."),
        ("move pay to sunday at ten", "I found two: “Pay the rent” and “Pay the taxes”. Which one?"),
        ("never mind", "All right, I have dropped that."),
    ],
    "namesakes": [
        ("remind me to call mom on monday at nine", "Task created: Call mom, Monday, March 9 at 9 AM."),
        ("remind me to call mom on tuesday at nine", "Task created: Call mom, Tuesday, March 10 at 9 AM."),
        (
            "move call mom to sunday at ten",
            "I found two: “Call mom, Monday, March 9 at 9 AM” and “Call mom, Tuesday, March 10 at 9 AM”. Which one?",
        ),
        ("the one on tuesday", "Task moved: Call mom, now Sunday, March 8 at 10 AM."),
    ],
    "a doubtful reference is read back": [
        ("remind me to pay the rent on monday at nine", "Task created: Pay the rent, Monday, March 9 at 9 AM."),
        ("move the payment of rents to tuesday at ten", "Did you mean “Pay the rent”?"),
        ("yes please", "Task moved: Pay the rent, now Tuesday, March 10 at 10 AM."),
        ("move the payment of rents to tuesday at ten", "Did you mean “Pay the rent”?"),
        ("no", "Which task do you want to move?"),
        ("forget it", "All right, I have dropped that."),
    ],
    "a reference that fits none": [
        ("move my dentist appointment to friday", "You have no open tasks, so there is nothing to move."),
        ("remind me to call mom on monday at nine", "Task created: Call mom, Monday, March 9 at 9 AM."),
        (
            "move my dentist appointment to friday at ten",
            "I found no task like dentist appointment. You have only “Call mom”. Do you mean that one?",
        ),
        ("call mom", "Task moved: Call mom, now Friday, March 13 at 10 AM."),
    ],
    "misheard references": [
        (
            "add a task to go to the dentist appointment on monday at nine",
            "Task created: Go to the dentist appointment, Monday, March 9 at 9 AM.",
        ),
        ("remind me to get a haircut on monday at ten", "Task created: Get a haircut, Monday, March 9 at 10 AM."),
        (
            "move my dentists appointment to friday at ten",
            "Task moved: Go to the dentist appointment, now Friday, March 13 at 10 AM.",
        ),
        ("reschedule the hair cut to sunday", "Task moved: Get a haircut, now Sunday, March 8 at 10 AM."),
    ],
    "a task that repeats": [
        (
            "add a task to water the plants every monday morning",
            "Task created: Water the plants, every Monday, first Monday, March 9 at 9 AM.",
        ),
        (
            "move water the plants to tuesday at ten",
            "Task moved: Water the plants, now Tuesday, March 10 at 10 AM, and it still repeats every Monday.",
        ),
    ],
    "a time before the thing": [
        ("add a task for friday at three", "What should I remind you of?"),
        ("call mom", "Task created: Call mom, Friday, March 13 at 3 PM."),
        ("remind me", "What should I remind you of?"),
        ("tomorrow at noon", "What should I remind you of?"),
        ("call dad", "Task created: Call dad, tomorrow at noon."),
    ],
    "a length from now": [
        ("remind me to call mom", "When should I remind you?"),
        ("two hours", "Task created: Call mom, today at "),
        ("no, three hours", "Task moved: Call mom, now today at "),
    ],
    "a place by its name": [
        ("remind me to buy milk", "When should I remind you?"),
        ("at the store", "Task created: Buy milk, when you get to the store."),
    ],
    "a choice of times is asked for again": [
        ("remind me to buy milk", "When should I remind you?"),
        ("tomorrow or friday", "Sorry, I did not catch that. When should I remind you?"),
        ("no idea", "Sorry, I did not catch that. When should I remind you? For example: tomorrow at noon."),
        ("wait let me think", "Take your time."),
        ("friday", "Task created: Buy milk, Friday, March 13 at 9 AM."),
    ],
    "the side of midnight in the words of the question": [
        (
            "remind me to call mom on friday at midnight",
            "Is that midnight at the start or at the end of the day? Please say 12 AM or 11:59 PM.",
        ),
        ("at the end of the day", "Task created: Call mom, Friday, March 13 at 11:59 PM."),
    ],
    "the hour of a task that repeats": [
        ("remind me to call mom every day at eight", "Task created: Call mom, every day"),
        ("no at nine", "Task moved: Call mom, now today at 9 PM, and it still repeats every day."),
        ("move it to every day at ten", "I can move a task to a single time only. When should it be?"),
        ("at ten", "Task moved: Call mom, now today at 10 PM"),
    ],
    "a second request of the same kind": [
        ("remind me to call mom", "When should I remind you?"),
        (
            "remind me to buy milk on friday",
            "Task created: Buy milk, Friday, March 13 at 9 AM. About “call mom”: When should I remind you?",
        ),
        ("tomorrow", "Task created: Call mom, tomorrow at 9 AM."),
    ],
    "the same request said once more": [
        ("remind me to call mom", "When should I remind you?"),
        ("remind me to call mom tomorrow", "Task created: Call mom, tomorrow at 9 AM."),
        ("tomorrow", "Task moved"),
    ],
    "what is kept cannot be deleted": [
        ("cancel my reminder to call mom tomorrow", "I can't cancel or delete what is already kept yet."),
        ("i want to delete my reminder to call mom", "I can't cancel or delete what is already kept yet."),
        ("remind me to call mom", "When should I remind you?"),
        ("skip my dentist appointment", "I can't cancel or delete what is already kept yet."),
        ("cancel the reminder", "All right, I have dropped that."),
    ],
    "deleting may be what is to be done": [
        ("add a task", "What should I remind you of?"),
        ("cancel my gym membership", "When should I remind you?"),
    ],
    "talk about the call": [
        ("i want to cancel", "There is nothing to cancel."),
        ("can you help me with something", "You can set a goal, for example: "),
        ("i have to go", "Goodbye."),
    ],
    "greeting and goodbye": [
        ("hello", "Hello. What can I do for you?"),
        ("that's all thank you", "Goodbye."),
    ],
}


@pytest.mark.parametrize("lines", CONVERSATIONS.values(), ids=CONVERSATIONS.keys())
async def test_conversation(lines: list[tuple[str, str]], phone: Phone) -> None:
    for said, expected in lines:
        answer = await phone.say(said)
        assert answer.startswith(expected) if expected[-1] not in "?" else answer == expected, said


async def test_goodbye_ends_the_call_and_nothing_else_does(phone: Phone) -> None:
    await phone.say("remind me to call mom")
    assert not phone.ended
    await phone.say("ok bye bye")
    assert phone.ended


async def test_what_was_kept(phone: Phone, dao: DaoClient) -> None:
    await phone.say("I want to run a marathon by next summer")
    await phone.say("Remind me to pay the rent on Monday at nine")
    await phone.say("Remind me to buy milk when I get to the store")
    await phone.say("add a task to water the plants every Tuesday at seven")
    (goal,) = await dao.goals(CALLER.user_id)
    assert (goal.statement, goal.timeline) == ("Run a marathon", "next summer")
    assert goal.target_date is not None
    tasks = {task.title: task for task in await dao.tasks(CALLER.user_id)}
    assert tasks["Pay the rent"].trigger_at == datetime(2026, 3, 9, 8, 0, tzinfo=UTC)  # nine in Berlin
    assert (tasks["Buy milk"].trigger_type, tasks["Buy milk"].location) == ("location", "the store")
    assert tasks["Water the plants"].recurrence == "FREQ=WEEKLY;BYDAY=TU"
    assert tasks["Water the plants"].origin.call_id == "4:0:0"


async def test_a_failure_is_told_and_tried_again(phone: Phone, dao: DaoClient, monkeypatch: pytest.MonkeyPatch) -> None:
    create_task = dao.create_task

    async def down(draft: TaskDraft) -> object:
        raise DaoUnavailable("no answer")

    monkeypatch.setattr(dao, "create_task", down)
    assert await phone.say("remind me to call mom tomorrow") == (
        "I could not confirm that it was saved. Please try again in a moment."
    )
    monkeypatch.setattr(dao, "create_task", create_task)
    assert await phone.say("try again please") == "Task created: Call mom, tomorrow at 9 AM."
    assert len(await dao.tasks(CALLER.user_id)) == 1
