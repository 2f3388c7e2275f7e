import pytest

from models.llm import Message
from models.llm.lately import FRESH, LatelyRead
from tests.models.test_sentences import LATER, ORDER

BRIEF = Message("system", "Be brief.")
BEGUN = [BRIEF, Message("assistant", "Hello.")]


def test_what_was_read_stays_read_for_a_while() -> None:
    read = LatelyRead()
    assert not read.holds(BEGUN, [ORDER], 0.0)
    read.note([BRIEF, Message("user", "hi")], (ORDER,), 100.0)
    assert read.holds(BEGUN, [ORDER], 100.0) and read.holds(BEGUN, [ORDER], 100.0 + FRESH - 0.1)
    assert not read.holds(BEGUN, [ORDER], 100.0 + FRESH)


@pytest.mark.parametrize(
    ("messages", "tools"), [([Message("system", "Be long.")], [ORDER]), (BEGUN[1:], [ORDER]), (BEGUN, [ORDER, LATER])]
)
def test_a_call_that_begins_otherwise_was_not_read(messages: list[Message], tools: list[object]) -> None:
    read = LatelyRead()
    read.note(BEGUN, [ORDER], 0.0)
    assert not read.holds(messages, tools, 1.0)  # type: ignore[arg-type]
