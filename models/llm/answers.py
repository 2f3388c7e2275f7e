"""What an answer to a question fills in: the slot that was asked for, and what is said besides."""

from models.llm import ToolSpec
from models.llm.corrections import bare_answer, corrected, revisions
from models.llm.frames import Frame, Question, is_time_slot, missing, time_slot, value_of, whole_time
from models.llm.requests import Requests
from models.llm.spoken_time import is_time, names_nothing


def answered(frame: Frame, text: str, requests: Requests) -> Frame:
    """Return the frame after an answer to the question for what it `asked`: with something filled in, or missed."""
    spec, asked = requests.specs[frame.tool], frame.asked
    if asked is None:
        return frame.missed()
    value = value_of(asked, text, spec)
    if is_time_slot(spec, asked):
        if value and whole_time(text):
            return frame.filled({asked: value})
    elif value and names_nothing(value) and is_time(value) and (slot := time_slot(frame, spec)):
        return frame.filled({slot: value})  # the time comes first: "What?", "tomorrow at noon"
    more = said_besides(frame, text, requests) or said_besides(frame, bare_answer(text), requests)
    if more and asked not in missing(more, spec) and not _overlooks(more, asked, value, spec):
        return more
    return frame.filled({asked: value}) if value else frame.missed()


def said_besides(frame: Frame, text: str, requests: Requests, *, anew: bool = False) -> Frame | None:
    """Return the frame with what an answer sentence says of it; words already given stay, unless said `anew`."""
    extra = requests.answer(frame.tool, text)
    kinds = requests.specs[frame.tool].phrasing.slots
    said = extra.slots if extra else {}
    values = {n: value for n, value in said.items() if anew or kinds.get(n) != "text" or n not in frame.slots}
    return frame.filled(values) if values.keys() & kinds.keys() else None


def chosen(question: Question, text: str) -> str | None:
    """Return the option of a tool's question that an answer picks, also one put right; None if it picks none."""
    said = (*(rest for _, rest, _ in revisions(text)), corrected(text) or text)
    return next((option for words in said if (option := question.chosen(words)) is not None), None)


def _overlooks(more: Frame, asked: str, value: str | None, spec: ToolSpec) -> bool:
    return value is not None and is_time_slot(spec, asked) and asked not in more.slots
