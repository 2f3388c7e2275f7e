"""Calls and thoughts in the text of a model: told apart, however the text is cut."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("json_repair", reason="the extra ollama is not installed")

from models.llm import TextDelta, ToolCall, ToolSpec
from models.llm.leaked_calls import LeakedCalls
from models.llm.response import Response
from models.llm.thoughts import Thoughts

REMIND = ToolSpec(
    "remind",
    "Keeps a reminder.",
    {
        "type": "object",
        "properties": {"title": {"type": "string"}, "times": {"type": "integer"}, "when": {"type": "object"}},
    },
)
TOOLS = (REMIND, ToolSpec("end_call", "Ends the call.", {"type": "object", "properties": {}}))


def sift(text: str, *, sizes: list[int] | None = None, cut: bool = False) -> tuple[str, list[ToolCall], bool]:
    """Feed `text` in pieces of these sizes; return what is said, the calls, and whether something was dropped."""
    leaks = LeakedCalls(TOOLS)
    pieces = []
    at = 0
    for size in sizes or ():
        pieces += leaks.feed(text[at : at + size])
        at += size
    pieces += [*leaks.feed(text[at:]), *leaks.finish(cut=cut)]
    said = "".join(piece for piece in pieces if isinstance(piece, str))
    return said, [piece for piece in pieces if isinstance(piece, ToolCall)], leaks.broken


def call(**arguments: Any) -> ToolCall:
    return ToolCall(None, "remind", arguments)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"name": "remind", "arguments": {"title": "milk"}}', ""),
        ('Sure. {"name": "remind", "arguments": {"title": "milk"}}', "Sure. "),
        ('[{"name": "remind", "arguments": {"title": "milk"}}]', ""),
        ('```json\n{"name": "remind", "arguments": {"title": "milk"}}\n```', ""),
        ('```\n{"name": "remind", "arguments": {"title": "milk"}}\n```\nDone.', "\n\nDone."),
        ('<tool_call>\n{"name": "remind", "arguments": {"title": "milk"}}\n</tool_call>', ""),
        ('<tool_call>{"name": "remind", "arguments": {"title": "milk"}}', ""),
        ('[TOOL_CALLS][{"name": "remind", "arguments": {"title": "milk"}}]', ""),
        ('<|python_tag|>{"name": "remind", "parameters": {"title": "milk"}}', ""),
        ('{"function": {"name": "remind", "arguments": "{\\"title\\": \\"milk\\"}"}, "type": "function"}', ""),
        ('{"type": "function", "function": "remind", "parameters": {"title": "milk"}}', ""),
        ('{"tool_calls": [{"name": "remind", "arguments": {"title": "milk"}}]}', ""),
        ('{"name": "functions.remind", "arguments": {"title": "milk"}}', ""),
        ("{'name': 'remind', 'arguments': {'title': 'milk'}}", ""),
        ('{name: "remind", arguments: {title: "milk"}}', ""),
        ('{"name": "remind", "arguments": {"title": "milk",}}', ""),
        ('{"name": "remind", "arguments": {"title": "milk"}', ""),
        ('{"name": "remind", "arguments": {"title": "milk"}}}', ""),
        ('<tool_call>{"name": "remind", "arguments": {"title": "milk"}</tool_call>', ""),
        ('```json\n{"name": "remind", "arguments": {"title": "milk"}\n```', ""),
        ("<tool_call>\n<function=remind>\n<parameter=title>\nmilk\n</parameter>\n</function>\n</tool_call>", ""),
        ('<function=remind>{"title": "milk"}</function>', ""),
    ],
)
def test_every_shape_in_which_calls_leak(text: str, said: str) -> None:
    assert sift(text) == (said, [call(title="milk")], False)


def test_braces_and_quotes_in_strings_end_nothing() -> None:
    title = 'a "}" and a \\ {[ '
    text = json.dumps({"name": "remind", "arguments": {"title": title}})
    assert sift(text)[1] == [call(title=title)]


def test_nested_arguments_and_numbers_keep_their_types() -> None:
    when = {"day": [1, 2], "exact": True}
    assert sift(json.dumps({"name": "remind", "arguments": {"when": when}}))[1] == [call(when=when)]
    element = "<function=remind><parameter=times>3</parameter><parameter=title>3</parameter></function>"
    assert sift(element)[1] == [call(times=3, title="3")]


def test_several_calls() -> None:
    one, two = (json.dumps({"name": "remind", "arguments": {"title": title}}) for title in ("a", "b"))
    for text in (f"{one}\n{two}", f"{one}; {two}", f"[{one}, {two}]", f"```json\n{one}\n```\n```json\n{two}\n```"):
        assert sift(text) == ("", [call(title="a"), call(title="b")], False)


def test_a_call_without_arguments_must_be_of_a_tool_that_is_offered() -> None:
    assert sift('Bye! {"name": "end_call"}') == ("Bye! ", [ToolCall(None, "end_call", {})], False)
    assert sift('{"name": "Peter"}') == ('{"name": "Peter"}', [], False)


@pytest.mark.parametrize(
    "text",
    [
        "Hello, how are you?",
        "It costs 3 < 4 [laughs] and {so on}.",
        "Use `ls` or ``` alone, {} and [] and [1] too.",
        '{"answer": 42}',
        '{"name": "Peter", "age": 7}',
        "```python\nprint()\n```",
        "<b>bold</b> <tool_box> [TOOL]",
        "a <",
        "[",
    ],
)
def test_what_is_no_call_is_said_as_it_is(text: str) -> None:
    assert sift(text) == (text, [], False)


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "remind", "arguments": {"title": "call mo',
        '{"na',
        "<tool_ca",
        '```json\n{"name',
        "<function=remind>\n<parameter=title>\nmi",
    ],
)
@pytest.mark.parametrize("cut", [True, False])
def test_half_a_call_is_neither_said_nor_done(text: str, cut: bool) -> None:
    assert sift(f"Well. {text}", cut=cut) == ("Well. ", [], True)


def test_a_model_that_was_stopped_is_not_completed() -> None:
    assert sift('{"name": "remind", "arguments": {"title": "milk"}', cut=True) == ("", [], True)


WORDS = st.sampled_from(
    [
        *('{"name": "remind", "arguments": {"title": "milk"}}', '{"name"', "```json\n", "```", "<tool_call>", "</tool"),
        *("_call>", "<function=remind>", "</function>", "<parameter=title>", "x</parameter>", "{", "}", "[", "]", "`"),
        *("<", ">", '"', "'", "\\", "\n", " ", "hello", "arguments", ":", ",", "name", "{'name': 'remind'", "[1]"),
    ]
)
TEXTS = st.one_of(st.text(max_size=60), st.lists(WORDS, max_size=14).map("".join))
SIZES = st.lists(st.integers(0, 9), max_size=40)


@given(TEXTS, SIZES, st.booleans())
def test_it_does_not_matter_how_the_text_is_cut(text: str, sizes: list[int], cut: bool) -> None:
    assert sift(text, sizes=sizes, cut=cut) == sift(text, cut=cut)


@given(st.text(alphabet=st.characters(blacklist_characters="<[{`"), min_size=1), SIZES)
def test_prose_passes_at_once(text: str, sizes: list[int]) -> None:
    leaks = LeakedCalls(TOOLS)
    text = "A" + text
    at = 0
    for size in [*sizes, len(text)]:
        piece, at = text[at : at + size], at + size
        assert leaks.feed(piece) == ([piece] if piece else [])
    assert leaks.finish() == []


@given(st.dictionaries(st.sampled_from(["title", "when"]), st.one_of(st.text(), st.integers(), st.none())), SIZES)
def test_any_arguments_come_through(arguments: dict[str, Any], sizes: list[int]) -> None:
    text = json.dumps({"name": "remind", "arguments": arguments})
    assert sift(f"Yes. {text}", sizes=sizes) == ("Yes. ", [call(**arguments)], False)


def think(text: str, sizes: list[int] | None = None) -> tuple[str, str]:
    thoughts = Thoughts()
    said, thought, at = "", "", 0
    for size in [*(sizes or ()), len(text)]:
        more = thoughts.feed(text[at : at + size])
        said, thought, at = said + more[0], thought + more[1], at + size
    return said + thoughts.finish(), thought


def test_thoughts_are_not_said() -> None:
    assert think("<think>\nHm < 3.\n</think>\n\nHello.") == ("Hello.", "\nHm < 3.\n")
    assert think("Well. <Thinking>no</THINKING> Yes.") == ("Well. Yes.", "no")
    assert think("</think>\nHello.") == ("Hello.", "")
    assert think("<think>without end") == ("", "without end")
    assert think("1 < 2 <thin") == ("1 < 2 <thin", "")


@given(
    st.lists(
        st.sampled_from(["<think>", "</think>", "<thinking>", "<", "th", "ink>", "/", "a", " ", "\n", "</", ">"]),
        max_size=14,
    ).map("".join),
    SIZES,
)
def test_it_does_not_matter_how_thoughts_are_cut(text: str, sizes: list[int]) -> None:
    assert think(text, sizes) == think(text)


def test_a_call_among_the_thoughts_counts_only_where_nothing_else_came() -> None:
    lost = '<tool_call>{"name": "remind", "arguments": {"title": "milk"}}</tool_call>'
    response = Response([], TOOLS)
    response.thinking(f"I should call it. {lost}")
    assert response.end(cut=False) == [call(title="milk")]
    response = Response([], TOOLS)
    response.thinking(lost)
    assert response.content("When?") == [TextDelta("When?")] and response.end(cut=False) == []


def test_a_call_that_is_written_down_as_well_is_made_once() -> None:
    response = Response([], TOOLS)
    assert response.content('{"name": "remind", "arguments": {"title": "milk"}}') == [call(title="milk")]
    assert response.call("a", "remind", {"title": "milk"}) == []
    assert response.call("b", "remind", {"title": "eggs"}) == [ToolCall("b", "remind", {"title": "eggs"})]


def test_an_id_that_was_used_before_is_not_passed_on() -> None:
    """Ids become keys of effects: the second of two equal ones would never be done."""
    response = Response([], TOOLS)
    assert response.call("call_0", "remind", {}) == [ToolCall("call_0", "remind", {})]
    assert response.call("call_0", "remind", {"title": "x"}) == [ToolCall(None, "remind", {"title": "x"})]


def test_unreadable_arguments_leave_it_to_the_tool_to_ask() -> None:
    assert Response([], TOOLS).call(None, "remind", "[1]") == [call()]
    assert Response([], TOOLS).call(None, "remind", '{"title": "milk"') == [call(title="milk")]


def test_without_tools_nothing_is_a_call() -> None:
    text = '{"name": "remind", "arguments": {}}'
    response = Response([], ())
    assert response.content(text) == [TextDelta(text)]
    assert response.call(None, "remind", {}) == []
