"""The engine without weights, with tools of a pizzeria: it knows nothing of any agent."""

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import EngineError
from models.llm import (
    END_CALL,
    Amend,
    Message,
    Phrasing,
    SentenceGroup,
    TextDelta,
    ToolCall,
    ToolSpec,
    ToolStatus,
    Usage,
)
from models.llm.sentences import SentencesModel
from tests.models import llm_contract
from tests.models.llm_contract import calls, respond, words

ORDER = ToolSpec(
    name="order",
    description="Orders a pizza. More text.",
    parameters={
        "type": "object",
        "properties": {
            "pizza": {"type": "string"},
            "size": {"type": "string", "enum": ["small", "large"]},
            "how": {"type": "string", "enum": ["pickup", "delivery"]},
            "address": {"type": "string"},
            "at": {"type": "string"},
        },
        "required": ["pizza", "how"],
    },
    requires={"how": {"delivery": ("address",)}},
    phrasing=Phrasing(
        groups=(
            SentenceGroup(("order [a] [{size}] {pizza} [{at}]", "order [a] {size} {pizza}"), {"how": "pickup"}),
            SentenceGroup(("deliver [a] [{size}] {pizza} [to {address}] [{at}]",), {"how": "delivery"}),
            SentenceGroup(("<hungry>",)),
        ),
        answers=(SentenceGroup(("to {address}",), {"how": "delivery"}),),
        questions={"pizza": "Which pizza?", "address": "Where to?", "how": "Pickup or delivery?"},
        slots={"pizza": "text", "size": "choice", "address": "text", "at": "time", "how": "choice"},
        rules={"hungry": "(i'm|i am) hungry"},
        asked_by={"pizza": ("Which one",)},
        amends=(Amend("at", "later", {"what": "{pizza}", "at": "{at}"}), Amend("pizza", answer="It is in the oven.")),
        summary="order a pizza",
        example="order a large margherita",
    ),
)
CONFIRMED = replace(ORDER, phrasing=replace(ORDER.phrasing, confirm="A {pizza}, right?"))
LATER = ToolSpec(
    name="later",
    description="Changes when an order is ready.",
    parameters={"type": "object", "properties": {"what": {"type": "string"}, "at": {"type": "string"}}},
    phrasing=Phrasing(slots={"what": "text", "at": "time"}),
)
TOOLS = (ORDER, LATER, END_CALL)


@pytest.fixture
def model() -> SentencesModel:
    return SentencesModel()


def heard(*texts: str) -> list[Message]:
    return [Message("user", text) for text in texts]


def ran(call: ToolCall, content: str, status: ToolStatus = "done") -> list[Message]:
    result = Message("tool", content, tool_call_id="1", tool_name=call.name, status=status)
    return [Message("assistant", "", (replace(call, id="1"),)), result]


async def test_contract(model: SentencesModel) -> None:
    await model.warm()
    await llm_contract.answers_in_text(model)
    await llm_contract.ends_with_its_usage(model)
    await llm_contract.calls_only_tools_it_was_offered(model, "order a margherita", ORDER)
    await llm_contract.tells_what_a_tool_answered(model, "order a margherita", ORDER, "Ordered.")
    await llm_contract.ends_the_call_on_goodbye(model)
    await llm_contract.can_be_closed_in_mid_answer(model)
    await llm_contract.keeps_nothing_between_calls(model, "order", ORDER)
    await llm_contract.reads_ahead_without_a_trace(model, ORDER)
    await model.close()


async def test_choices_times_and_fixed_values(model: SentencesModel) -> None:
    (call,) = calls(await respond(model, heard("Order a large margherita at half past eight"), TOOLS))
    assert call == ToolCall(
        None, "order", {"size": "large", "pizza": "margherita", "at": "at half past eight", "how": "pickup"}
    )


async def test_a_condition_makes_a_parameter_needed(model: SentencesModel) -> None:
    assert words(await respond(model, heard("deliver a margherita"), TOOLS)) == "Where to?"
    (call,) = calls(await respond(model, heard("deliver a margherita", "uh 5 Main Street"), TOOLS))
    assert call.arguments == {"pizza": "margherita", "how": "delivery", "address": "5 Main Street"}


async def test_required_parameters_are_asked_in_order(model: SentencesModel) -> None:
    assert words(await respond(model, heard("i'm hungry"), TOOLS)) == "Which pizza?"
    assert words(await respond(model, heard("i'm hungry", "funghi"), TOOLS)) == "Pickup or delivery?"
    assert words(await respond(model, heard("i'm hungry", "funghi", "to the office"), TOOLS)) == ""
    (call,) = calls(await respond(model, heard("i'm hungry", "funghi", "to the office"), TOOLS))
    assert call.arguments == {"pizza": "funghi", "how": "delivery", "address": "the office"}


async def test_confirmation(model: SentencesModel) -> None:
    tools = (CONFIRMED, END_CALL)
    assert words(await respond(model, heard("order a funghi"), tools)) == "A funghi, right?"
    (call,) = calls(await respond(model, heard("order a funghi", "yes please"), tools))
    assert call.arguments == {"pizza": "funghi", "how": "pickup"}
    assert words(await respond(model, heard("order a funghi", "no"), tools)) == "All right, I have dropped that."
    assert words(await respond(model, heard("order a funghi", "no, margherita"), tools)) == "A margherita, right?"
    assert words(await respond(model, heard("order a funghi", "what?"), tools)) == "A funghi, right?"


async def test_a_tools_question_is_spoken_and_its_answer_runs_the_tool_again(model: SentencesModel) -> None:
    (call,) = calls(await respond(model, heard("order a pepperoni"), TOOLS))
    asked = [*heard("order a pepperoni"), *ran(call, "There is “peperoni” and “pepperoni hot”. Which one?")]
    assert words(await respond(model, asked, TOOLS)).endswith("Which one?")
    for answer, pizza in {"the hot one": "pepperoni hot", "the first": "peperoni", "funghi": "funghi"}.items():
        (again,) = calls(await respond(model, [*asked, *heard(answer)], TOOLS))
        assert again.arguments == {"pizza": pizza, "how": "pickup"}
    dropped = await respond(model, [*asked, *heard("neither of them")], TOOLS)
    assert calls(dropped) == [] and words(dropped) == "All right, I have dropped that."


async def test_corrections_after_the_deed(model: SentencesModel) -> None:
    (call,) = calls(await respond(model, heard("order a funghi at eight"), TOOLS))
    done = [*heard("order a funghi at eight"), *ran(call, "Ordered: funghi at eight.")]
    assert words(await respond(model, done, TOOLS)) == "Ordered: funghi at eight."
    (amended,) = calls(await respond(model, [*done, *heard("no, at nine")], TOOLS))
    assert amended == ToolCall(None, "later", {"what": "funghi", "at": "at nine"})
    assert words(await respond(model, [*done, *heard("no, I said calzone")], TOOLS)) == "It is in the oven."
    lonely = await respond(model, [*done, *heard("no, at nine")], (ORDER, END_CALL))
    assert calls(lonely) == [] and "can't change" in words(lonely)


async def test_what_a_tool_refused_is_not_done(model: SentencesModel) -> None:
    (call,) = calls(await respond(model, heard("order a funghi at eight"), TOOLS))
    refused = [*heard("order a funghi at eight"), *ran(call, "We are closed.", "rejected")]
    assert words(await respond(model, refused, TOOLS)) == "We are closed."
    assert words(await respond(model, [*refused, *heard("cancel that")], TOOLS)) == "There is nothing to cancel."
    assert not calls(await respond(model, [*refused, *heard("no, at nine")], TOOLS))


async def test_a_call_that_never_ran_can_be_changed(model: SentencesModel) -> None:
    """The caller cut in before the tool ran: no result is in the messages."""
    (call,) = calls(await respond(model, heard("order a funghi at eight", "no, at nine"), TOOLS))
    assert call.arguments["at"] == "at nine"


async def test_an_answer_cut_short_leaves_the_question_open(model: SentencesModel) -> None:
    cut = [*heard("deliver a margherita"), Message("assistant", "Whe"), *heard("the office")]
    (call,) = calls(await respond(model, cut, TOOLS))
    assert call.arguments["address"] == "the office"
    again = [*heard("deliver a margherita"), Message("assistant", "Whe"), *heard("pardon")]
    assert words(await respond(model, again, TOOLS)) == "Where to?"


async def test_help_and_repeat_know_only_the_tools(model: SentencesModel) -> None:
    assert words(await respond(model, heard("what can you do"), TOOLS)).startswith("You can order a pizza, for example")
    greeted = [Message("assistant", "Welcome to Mario's."), *heard("say that again")]
    assert words(await respond(model, greeted, TOOLS)) == "Welcome to Mario's."
    assert "nothing I can do" in words(await respond(model, heard("help"), ()))


async def test_words_come_one_by_one(model: SentencesModel) -> None:
    deltas = await respond(model, heard("hello"), TOOLS)
    pieces = [delta.text for delta in deltas if isinstance(delta, TextDelta)]
    assert len(pieces) == len("".join(pieces).split()) > 3
    assert deltas[-1] == Usage()


async def test_malformed_templates_are_named() -> None:
    for sentence in ("order {drink}", "order <nothing>", "order (a|b"):
        broken = replace(ORDER, phrasing=replace(ORDER.phrasing, groups=(SentenceGroup((sentence,)),)))
        with pytest.raises(EngineError, match="template"):
            await respond(SentencesModel(), heard("order"), (broken,))
    circle = replace(ORDER, phrasing=replace(ORDER.phrasing, rules={"hungry": "a <hungry>"}))
    with pytest.raises(EngineError, match="circle"):
        await SentencesModel((circle,)).warm()


ENGINE = SentencesModel()
SPOKEN = st.sampled_from(
    [
        "order",
        "deliver",
        "a",
        "funghi",
        "to",
        "the",
        "office",
        "at",
        "eight",
        "tomorrow",
        "and",
        "no",
        "yes",
        "cancel",
        "large",
        "help",
        "again",
        "never",
        "mind",
        "i",
        "meant",
        "first",
        "one",
        "in",
        "two",
        "hours",
        ",",
        "?",
        "every",
    ]
)
TEXTS = st.one_of(st.text(max_size=80), st.lists(SPOKEN, max_size=12).map(" ".join))
ANSWERS = st.sampled_from(
    ["Ordered.", "Which one?", "“a” and “b”. Which one?", "Did you mean “a”?", "", "When?", "“?”"]
)
MESSAGES = st.lists(
    st.one_of(
        TEXTS.map(lambda text: Message("user", text)),
        TEXTS.map(lambda text: Message("assistant", text)),
        TEXTS.map(lambda text: Message("system", text)),
        ANSWERS.map(
            lambda text: (
                Message("assistant", "", (ToolCall("1", "order", {"pizza": "x", "how": "pickup"}),))
                if text == ""
                else Message("tool", text, tool_call_id="1", tool_name="order")
            )
        ),
    ),
    max_size=8,
)


@given(MESSAGES)
def test_any_messages_get_an_answer_and_always_the_same_one(messages: list[Message]) -> None:
    first = asyncio.run(respond(ENGINE, messages, TOOLS))
    assert asyncio.run(respond(ENGINE, messages, TOOLS)) == first
    assert isinstance(first[-1], Usage)
    if messages and messages[-1].role == "user":
        assert words(first) or calls(first), "the caller is never left in silence"


@given(st.text(max_size=400))
def test_any_text_is_answered(text: str) -> None:
    deltas = asyncio.run(respond(ENGINE, heard("deliver a margherita", text), TOOLS))
    assert words(deltas) or calls(deltas)
