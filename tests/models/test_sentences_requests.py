"""What one sentence asks for, with the tools of a pizzeria: several orders, corrections, second thoughts, goodbyes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.llm import Message
from models.llm.requests import Requests
from models.llm.sentences import SentencesModel
from tests.models.llm_contract import calls, respond, words
from tests.models.test_sentences import LATER, ORDER, TOOLS, heard, ran

READER = Requests((ORDER, LATER))


def asked(text: str) -> list[tuple[str, str | None, str | None]]:
    slots = [match.slots for match in READER.heard(text).requests]
    return [(one["pizza"], one.get("at"), one.get("address")) for one in slots]


@pytest.mark.parametrize(
    ("said", "orders"),
    [
        ("order a funghi at eight and order a calzone at nine", [("funghi", "at eight"), ("calzone", "at nine")]),
        ("order a funghi at eight and a calzone at nine", [("funghi", "at eight"), ("a calzone", "at nine")]),
        ("order a funghi at eight, then a calzone at nine", [("funghi", "at eight"), ("a calzone", "at nine")]),
        ("order a ham and cheese", [("ham and cheese", None)]),
        ("order a ham and cheese at eight", [("ham and cheese", "at eight")]),
        ("order a funghi in an hour and a half", [("funghi", "in an hour and a half")]),
        ("order a funghi at eight no at nine", [("funghi", "at nine")]),
        ("order a funghi at eight no wait at nine no ten", [("funghi", "ten")]),
        ("order a funghi tomorrow at eight sorry I mean at nine", [("funghi", "tomorrow at nine")]),
        ("order a funghi at eight, no, order a calzone at nine", [("calzone", "at nine")]),
        ("order a funghi no I meant calzone at nine", [("calzone", "at nine")]),
        ("order a funghi at eight no ten and order a calzone at nine", [("funghi", "ten"), ("calzone", "at nine")]),
        ("order a no name at eight", [("no name", "at eight")]),
        ("order a funghi at eight no way", [("funghi at eight no way", None)]),
    ],
)
def test_several_requests_and_corrections(said: str, orders: list[tuple[str, str | None]]) -> None:
    assert [order[:2] for order in asked(said)] == orders


def test_a_second_request_in_few_words_keeps_what_it_has_of_its_own() -> None:
    orders = asked("deliver a funghi to the office at eight and a calzone to the station at nine")
    assert orders == [("funghi", "at eight", "the office"), ("a calzone", "at nine", "the station")]


def test_second_thoughts_and_goodbyes() -> None:
    taken_back = READER.heard("order a funghi at eight, oh never mind")
    assert (taken_back.requests, taken_back.parting) == ((), "cancel")
    leaving = READER.heard("order a funghi at eight thank you and goodbye")
    assert ([match.slots["pizza"] for match in leaving.requests], leaving.parting) == (["funghi"], "goodbye")
    instead = READER.heard("forget that and order a calzone")
    assert ([match.slots["pizza"] for match in instead.requests], instead.dropped) == (["calzone"], True)
    # A remark that is a part of the request is none.
    assert READER.heard("order a goodbye at eight").parting is None


async def test_a_goodbye_waits_for_what_was_asked_with_it() -> None:
    model, said = SentencesModel(), heard("order a funghi at eight and goodbye")
    (call,) = calls(await respond(model, said, TOOLS))
    done = await respond(model, [*said, *ran(call, "Ordered: funghi.")], TOOLS)
    assert words(done) == "Ordered: funghi. Goodbye." and [call.name for call in calls(done)] == ["end_call"]
    failed = await respond(model, [*said, *ran(call, "The oven is cold.", "failed")], TOOLS)
    assert not calls(failed) and "Goodbye" not in words(failed)
    asked_back = await respond(model, [*said, *ran(call, "“funghi” or “funghi hot”. Which one?")], TOOLS)
    assert not calls(asked_back) and words(asked_back).endswith("Which one?")


async def test_a_request_in_place_of_an_answer_to_a_tool() -> None:
    model, said = SentencesModel(), heard("order a pepperoni")
    (call,) = calls(await respond(model, said, TOOLS))
    asked_back = [*said, *ran(call, "There is “peperoni” and “pepperoni hot”. Which one?")]
    (other,) = calls(await respond(model, [*asked_back, *heard("order a funghi")], TOOLS))
    assert other.arguments["pizza"] == "funghi"


@pytest.mark.parametrize(
    ("halves", "pizzas"),
    [
        (["deliver", "a funghi to the office"], ["funghi"]),
        (["order a ham", "and cheese at eight"], ["ham and cheese"]),
        (["order a funghi", "and order a calzone"], ["funghi", "calzone"]),
        (["order a funghi", "order a calzone"], ["funghi", "calzone"]),
        (["order a funghi", "order a funghi"], ["funghi"]),
    ],
)
async def test_who_goes_on_before_an_answer_was_heard_loses_no_words(halves: list[str], pizzas: list[str]) -> None:
    made = calls(await respond(SentencesModel(), heard(*halves), TOOLS))
    assert [call.arguments["pizza"] for call in made] == pizzas


async def test_of_an_answer_that_was_heard_nothing_is_joined() -> None:
    messages = [*heard("blah"), Message("assistant", "Sorry, I did not understand that."), *heard("and order a ham")]
    (call,) = calls(await respond(SentencesModel(), messages, TOOLS))
    assert call.arguments["pizza"] == "ham"


PIECES = st.sampled_from(
    ["order a", "deliver", "funghi", "to the office", "at eight", "tomorrow", "and", "no", "no wait", "i mean", ",",
     "cancel", "never mind", "goodbye", "thank you", "then", "sorry", "forget it", "what", "also", "."]
)  # fmt: skip


@given(st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=24).map(" ".join)))
def test_any_sentence_is_read(text: str) -> None:
    found = READER.heard(text)
    assert READER.heard(text) == found
    assert all(match.tool in READER.specs for match in found.requests)
