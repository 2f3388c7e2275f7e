"""What Flux understands: many ways to say each request, through the engine without weights."""

from collections.abc import Mapping

import pytest

from intents.agent import Agent
from models.llm import Message, TextDelta, ToolCall
from models.llm.sentences import SentencesModel

GOAL, TASK, MOVE = "submit_goal_intent", "submit_new_task_intent", "submit_reschedule_intent"


def goal(statement: str, timeline: str | None = None, **more: str) -> tuple[str, dict[str, str]]:
    return GOAL, {"goal_statement": statement, **({"timeline": timeline} if timeline else {}), **more}


def task(title: str, time: str, **more: str) -> tuple[str, dict[str, str]]:
    return TASK, {"title": title, "trigger_type": "time", "trigger_time": time, **more}


def place(title: str, location: str) -> tuple[str, dict[str, str]]:
    return TASK, {"title": title, "trigger_type": "location", "location": location}


def move(reference: str, time: str, **more: str) -> tuple[str, dict[str, str]]:
    return MOVE, {"task_reference": reference, "new_time": time, **more}


COMPLETE = {
    # Goals
    "I want to learn guitar in three months": goal("learn guitar", "three months"),
    "i want to learn guitar": goal("learn guitar"),
    "I'd like to learn guitar within 3 months.": goal("learn guitar", "3 months"),
    "i would like to read twenty books this year": goal("read twenty books", "this year"),
    "My goal is to run a marathon by next summer": goal("run a marathon", "by next summer"),
    "my goal is running a marathon by next summer": goal("running a marathon", "by next summer"),
    "i want to save five thousand dollars by the end of the year": goal(
        "save five thousand dollars", "by the end of the year"
    ),
    "i wanna lose ten pounds by christmas": goal("lose ten pounds", "by christmas"),
    "help me to get in shape": goal("get in shape"),
    "Help me to learn Spanish in six months": goal("learn Spanish", "six months"),
    "Set a goal to write a short story by the end of March": goal("write a short story", "by the end of March"),
    "create a new goal to drink more water": goal("drink more water"),
    "add a goal of saving money before next year": goal("saving money", "before next year"),
    "please set a goal to learn piano by june": goal("learn piano", "by june"),
    "I want to visit my grandmother in Canada before Christmas": goal(
        "visit my grandmother in Canada", "before Christmas"
    ),
    "i want to work out three times a week": goal("work out three times a week"),
    "I want to run a marathon in under four hours by October": goal("run a marathon in under four hours", "by October"),
    "within two years i want to finish my degree": goal("finish my degree", "two years"),
    "by next summer i want to swim well": goal("swim well", "by next summer"),
    "this year i want to read more": goal("read more", "this year"),
    "i want to learn chess in a month because my son plays it": goal(
        "learn chess", "a month", context="my son plays it"
    ),
    "i won't to learn guitar in three months": goal("learn guitar", "three months"),
    "um well i'd like to learn to cook please": goal("learn to cook"),
    "I plan to move to Spain in 2028": goal("move to Spain", "2028"),
    "I want to move to Spain by 2028": goal("move to Spain", "by 2028"),
    # Tasks at a time
    "Remind me to call mom tomorrow at noon": task("call mom", "tomorrow at noon"),
    "remind me to call Mom, tomorrow at noon!": task("call Mom", "tomorrow at noon"),
    "remind me tomorrow at noon to call mom": task("call mom", "tomorrow at noon"),
    "remind me at five to pick up the kids": task("pick up the kids", "at five"),
    "remind me in two hours to take out the trash": task("take out the trash", "in two hours"),
    "could you please remind me to pay the rent on friday at nine": task("pay the rent", "on friday at nine"),
    "remind me to pay the rent on Friday at nine thank you": task("pay the rent", "on Friday at nine"),
    "remind me the call mom at five": task("call mom", "at five"),
    "remind me too call mom tonight": task("call mom", "tonight"),
    "Hey Flux, remind me to feed the cat at six": task("feed the cat", "at six"),
    "hey flux remind me to feed the cat at six": task("feed the cat", "at six"),
    "Flux, remind me to feed the cat at six": task("feed the cat", "at six"),
    "rimind me to feed the cat at six": task("feed the cat", "at six"),
    "remind me to feed the cat tomorow at six": task("feed the cat", "tomorrow at six"),
    "remind me about the meeting on monday at ten": task("the meeting", "on monday at ten"),
    "remind me that i have to send the report by friday": task("send the report", "by friday"),
    "remind me to buy milk, eggs and bread at 5:30 p.m.": task("buy milk, eggs and bread", "at 5:30 p.m."),
    "remind me to turn the oven on at five": task("turn the oven on", "at five"),
    "remind me to take my pills every day at eight": task("take my pills", "every day at eight"),
    "remind me to water the plants every other day": task("water the plants", "every other day"),
    "remind me to book a table for two for saturday at seven": task("book a table for two", "saturday at seven"),
    "remind me to email bob at half past three": task("email bob", "at half past three"),
    "remind me to email bob at quarter to nine tomorrow": task("email bob", "at quarter to nine tomorrow"),
    "remind me to email bob the day after tomorrow at noon": task("email bob", "the day after tomorrow at noon"),
    "remind me to renew my passport on the 3rd of december": task("renew my passport", "on the 3rd of december"),
    "remind me to renew my passport at the end of the month": task("renew my passport", "at the end of the month"),
    "remind me to renew my passport next month": task("renew my passport", "next month"),
    "remind me to renew my passport 2026-04-01": task("renew my passport", "2026-04-01"),
    "Add a task to water the plants every Monday morning": task("water the plants", "every Monday morning"),
    "create a task to clean the garage on saturday": task("clean the garage", "on saturday"),
    "new task call the bank tomorrow": task("call the bank", "tomorrow"),
    "set a reminder to stretch in twenty minutes": task("stretch", "in twenty minutes"),
    "set a reminder for tomorrow at nine to stretch": task("stretch", "tomorrow at nine"),
    "put laundry on my list for Friday": task("laundry", "Friday"),
    "add dentist to my calendar on tuesday at four": task("dentist", "tuesday at four"),
    "i need to pay the bills on friday": task("pay the bills", "on friday"),
    "I have to call the bank tomorrow at nine": task("call the bank", "tomorrow at nine"),
    "don't let me forget to call mom tomorrow": task("call mom", "tomorrow"),
    "make sure i call mom tomorrow": task("call mom", "tomorrow"),
    "schedule a haircut for friday at three": task("a haircut", "friday at three"),
    "wake me up at seven": task("wake up", "at seven"),
    "remind me to call the tax office on monday at nine with high priority": task(
        "call the tax office", "on monday at nine", priority="high"
    ),
    # Tasks at a place
    "Remind me to buy milk when I get to the store": place("buy milk", "the store"),
    "remind me to buy milk when i'm at the store": place("buy milk", "the store"),
    "when i get to the office remind me to print the slides": place("print the slides", "the office"),
    "remind me when i get to the gym to stretch": place("stretch", "the gym"),
    "remind me to buy milk when i get to the store tomorrow": (
        TASK,
        {"title": "buy milk", "trigger_type": "location", "location": "the store", "trigger_time": "tomorrow"},
    ),
    "remind me to feed the neighbor's cat when I get home": place("feed the neighbor's cat", "home"),
    "add a task to buy bread when i arrive at the supermarket": place("buy bread", "the supermarket"),
    # Moves
    "Move my dentist appointment to next Tuesday at ten": move("dentist appointment", "next Tuesday at ten"),
    "move my dentist appointment next tuesday at ten": move("dentist appointment", "next tuesday at ten"),
    "can you move the dentist appointment to five": move("dentist appointment", "five"),
    "Reschedule the team meeting to Friday at three": move("team meeting", "Friday at three"),
    "reschedule the team meeting to friday and three": move("team meeting", "friday at three"),
    "reschedule team meeting for monday": move("team meeting", "monday"),
    "Push the grocery shopping to tomorrow evening": move("grocery shopping", "tomorrow evening"),
    "push back the grocery shopping until the weekend": move("grocery shopping", "the weekend"),
    "Postpone my piano lesson to the day after tomorrow at noon": move(
        "piano lesson", "the day after tomorrow at noon"
    ),
    "shift my haircut to half past eleven on wednesday": move("haircut", "half past eleven on wednesday"),
    "change the time of my job interview to monday at nine": move("job interview", "monday at nine"),
    "I need to move my dentist appointment to Friday": move("dentist appointment", "Friday"),
    "i'd like to reschedule call mom to six": move("call mom", "six"),
    "my haircut needs to be moved to thursday": move("haircut", "thursday"),
    "move the task to call mom to friday": move("call mom", "friday"),
    "reschedule my haircut to friday because i am ill": move("haircut", "friday", reason="i am ill"),
    "delay the meeting by telling bob": None,
    "move the couch to the garage": None,
    # About what is kept already
    "cancel my reminder to call mom tomorrow": None,
    "delete my reminder to call mom at five": None,
    "remove the reminder to call mom tomorrow": None,
    "forget my reminder to call mom tomorrow": None,
    "skip the reminder to call mom tomorrow": None,
    "undo my reminder to call mom tomorrow": None,
    "stop reminding me to call mom tomorrow": None,
    "why remind me to call mom tomorrow": None,
    "ok cancel my reminder to call mom tomorrow": None,
    "hi never remind me to call mom tomorrow": None,
    "hey why remind me to call mom tomorrow": None,
    "i want to delete my reminder to call mom": None,
    "i had a reminder to call mom at five": None,
    # About the call
    "i want to cancel": None,
    "can you help me with something": None,
    "i want to try again": None,
    # Nothing to do with Flux
    "tell me about the weather tomorrow": None,
    "what is the weather like": None,
    "don't remind me to call mom": None,
    "the weather was nice so we went for a walk in the park": None,
    "she told me that the train would be late again": None,
    "please send the report to my office before lunch": None,
    "he said the price of oil would go up next year": None,
    "could you tell me how to get to the airport": None,
    "nobody knows": None,
}


async def answer(model: SentencesModel, agent: Agent, *texts: str) -> tuple[str, list[ToolCall]]:
    """What the model says and calls after these turns of the caller."""
    messages = [Message("user", text) for text in texts]
    deltas = [delta async for delta in model.stream(messages, [intent.spec for intent in agent.intents])]
    words = "".join(delta.text for delta in deltas if isinstance(delta, TextDelta))
    return words, [delta for delta in deltas if isinstance(delta, ToolCall)]


@pytest.mark.parametrize(("text", "expected"), COMPLETE.items(), ids=COMPLETE.keys())
async def test_sentence(
    text: str, expected: tuple[str, Mapping[str, str]] | None, model: SentencesModel, flux: Agent
) -> None:
    words, calls = await answer(model, flux, text)
    if expected is None:
        assert calls == [] and words
    else:
        assert [(call.name, dict(call.arguments)) for call in calls] == [expected]
        assert words == "" and calls[0].id is None


QUESTIONS = {
    "Remind me to call mom": "When should I remind you?",
    "remind me to call the three at the office": "When should I remind you?",
    "i need to email bob to move the meeting": "When should I remind you?",
    "remind me": "What should I remind you of?",
    "remind me tomorrow": "What should I remind you of?",
    "add a task": "What should I remind you of?",
    "new goal": "What is your goal?",
    "move my dentist appointment": "When should it be instead?",
    "add a task for friday at three": "What should I remind you of?",
    "set a reminder for tomorrow at five": "What should I remind you of?",
    "add a reminder for next tuesday at ten": "What should I remind you of?",
    "add a task tomorrow at noon": "What should I remind you of?",
    "remind me about tomorrow at five": "What should I remind you of?",
    "reschedule a task": "Which task do you want to move?",
}


@pytest.mark.parametrize(("text", "question"), QUESTIONS.items(), ids=QUESTIONS.keys())
async def test_what_is_missing_is_asked(text: str, question: str, model: SentencesModel, flux: Agent) -> None:
    assert await answer(model, flux, text) == (question, [])


TWO = {
    "remind me to call mom tomorrow and remind me to pay rent on friday": [
        task("call mom", "tomorrow"),
        task("pay rent", "on friday"),
    ],
    "I want to learn guitar. Remind me to buy strings tomorrow!": [
        goal("learn guitar"),
        task("buy strings", "tomorrow"),
    ],
    "set a goal to swim by june and then move my haircut to friday": [
        goal("swim", "by june"),
        move("haircut", "friday"),
    ],
    "remind me to buy bread and butter tomorrow": [task("buy bread and butter", "tomorrow")],
}


@pytest.mark.parametrize(("text", "expected"), TWO.items(), ids=TWO.keys())
async def test_two_requests_in_one_sentence(
    text: str, expected: list[tuple[str, dict[str, str]]], model: SentencesModel, flux: Agent
) -> None:
    _, calls = await answer(model, flux, text)
    assert [(call.name, dict(call.arguments)) for call in calls] == expected


async def test_every_sampled_sentence_is_understood(model: SentencesModel, flux: Agent) -> None:
    """The sentences that speech recognition is biased toward are ones that the engine acts on."""
    puzzled = []
    for text in flux.vocabulary[len(flux.lexicon) :]:
        words, calls = await answer(model, flux, text)
        if not calls and not words.endswith("?"):
            puzzled.append(text)
    assert puzzled == []
