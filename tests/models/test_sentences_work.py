"""No text keeps the event loop busy: what reading it costs is bounded, and paid once."""

from collections.abc import Iterator

import pytest

from models.llm import Message
from models.llm.matching import LONGEST
from models.llm.sentences import SentencesModel
from models.llm.spoken_time import MARKS, marked
from models.llm.templates import Template
from tests.models.llm_contract import respond
from tests.models.test_sentences import ORDER, TOOLS, heard

BABBLE = [
    "at five ",
    "friday for ",
    "no wait at five ",
    "and order a funghi at five, ",
    "order a funghi to the office tomorrow and ",
    "never mind ",
    ", . ",
]
TEXTS = [(text * LONGEST)[:LONGEST] for text in BABBLE]


class Counted:
    """How often a template was matched, and how many marks there were in what it was matched with."""

    def __init__(self) -> None:
        self.matched = 0
        self.most_marks = 0

    def note(self, text: str) -> None:
        self.matched += 1
        self.most_marks = max(self.most_marks, sum("\ue000" <= letter <= "\ue007" for letter in text))


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counted]:
    count, match = Counted(), Template.match

    def matching(template: Template, text: str) -> dict[str, str] | None:
        count.note(text)
        return match(template, text)

    monkeypatch.setattr(Template, "match", matching)
    yield count


@pytest.mark.parametrize("text", TEXTS, ids=BABBLE)
async def test_babble_costs_little_and_only_once(text: str, counted: Counted) -> None:
    model = SentencesModel((ORDER,))
    await model.warm()
    messages = [*heard("deliver a margherita"), Message("assistant", "Where to?"), *heard(text)]
    await respond(model, messages, TOOLS)
    assert counted.matched < 3_000
    assert counted.most_marks < 100
    counted.matched = 0
    await respond(model, [*messages, *heard("hello")], TOOLS)
    assert counted.matched < 100, "only the new text is read"


def test_a_text_with_too_many_times_is_left_without_marks() -> None:
    assert marked("at five " * 4, MARKS) != "at five " * 4
    assert marked("at five " * 40, MARKS) == "at five " * 40
