"""Requests in the making: which parameters a caller has given, which are missing, what a tool asked back."""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from models.llm import ToolCall, ToolSpec
from models.llm.corrections import bare_answer, ordinal, revisions, without_politeness
from models.llm.spoken_time import amended, from_now, is_time, repeats, time_in

CONFIRM: Final = "confirm?"
"""What a frame has `asked` when it waits for a yes."""

_QUOTED: Final = re.compile(r"“([^”]+)”|\"([^\"]+)\"")
_ASKS_TIME: Final = re.compile(r"\b(?:when|what time|which day|what day|which date)\b", re.IGNORECASE)
# A hint may follow a question: "Is that midnight at the start or at the end of the day? Please say 12 AM."
_ASKS: Final = re.compile(r"\?[\s\"”']*(?:Please [^?]*)?$")
_SMALL_WORDS: Final = frozenset(("the", "my", "a", "an", "one", "on", "at", "for", "in", "with", "about", "to"))
_ALIKE: Final = 0.8
_TIMES: Final = ("time", "deadline")


@dataclass(frozen=True, slots=True)
class Frame:
    """A request for `tool`: the `slots` known so far, the parameter `asked` for last, and misheard answers."""

    tool: str
    slots: Mapping[str, Any]
    asked: str | None = None
    confirmed: bool = False
    misses: int = 0

    def filled(self, values: Mapping[str, Any]) -> "Frame":
        """Return the frame with `values` set, nothing asked and nothing confirmed."""
        return Frame(self.tool, {**self.slots, **values})

    def without(self, parameter: str) -> "Frame":
        """Return the frame with `parameter` open again."""
        return Frame(self.tool, {name: value for name, value in self.slots.items() if name != parameter})

    def missed(self) -> "Frame":
        """Return the frame after an answer that was not understood."""
        return replace(self, misses=self.misses + 1)


@dataclass(frozen=True, slots=True)
class Question:
    """What a tool asked back: `content` as it put it, the `parameter` it is about, the values it offered."""

    frame: Frame
    content: str
    parameter: str | None
    options: tuple[str, ...] = field(default=())

    def chosen(self, text: str) -> str | None:
        """Return the option that `text` names by its place ("the second one") or its words; None if unclear."""
        text = without_politeness(text)
        place = ordinal(text, len(self.options))
        if place is not None:
            return self.options[place]
        said = _plain(bare_answer(text))
        likeness = [(difflib.SequenceMatcher(None, said, _plain(option)).ratio(), option) for option in self.options]
        words = set(said.split())
        holding = [option for option in self.options if words and words <= set(_plain(option).split())]
        if len(holding) == 1:
            return holding[0]
        best = max(likeness, default=(0.0, ""))
        tied = [option for score, option in likeness if score >= best[0] - 0.05]
        return best[1] if best[0] >= _ALIKE and len(tied) == 1 else None


def missing(frame: Frame, spec: ToolSpec) -> tuple[str, ...]:
    """Return the parameters still needed, the schema's own first."""
    needed = list(spec.parameters.get("required", ()))
    for parameter, cases in spec.requires.items():
        needed += cases.get(str(frame.slots.get(parameter)), ())
    return tuple(name for name in needed if frame.slots.get(name) in (None, ""))


def asking(frame: Frame, spec: ToolSpec) -> tuple[str, str, str]:
    """Return what an incomplete or unconfirmed frame waits for, the question to ask, and an example answer."""
    lacking = missing(frame, spec)
    if not lacking:
        return CONFIRM, filled_text(spec.phrasing.confirm or "", frame.slots), "yes"
    asked = lacking[0]
    question = spec.phrasing.questions.get(asked, f"What is the {asked.replace('_', ' ')}?")
    examples = spec.phrasing.examples.get(asked, ())
    return asked, filled_text(question, frame.slots), examples[0] if examples else ""


def is_time_slot(spec: ToolSpec, parameter: str | None) -> bool:
    """Tell whether `parameter` takes a spoken time."""
    return parameter is not None and spec.phrasing.slots.get(parameter) in _TIMES


def time_slot(frame: Frame, spec: ToolSpec) -> str | None:
    """Return the parameter that a time said now is about: the one asked for, a filled one, or the only one."""
    if is_time_slot(spec, frame.asked):
        return frame.asked
    names = [name for name, kind in spec.phrasing.slots.items() if kind in _TIMES]
    return next((name for name in names if name in frame.slots), names[0] if len(names) == 1 else None)


def text_slot(frame: Frame, spec: ToolSpec) -> str | None:
    """Return the parameter that free words said now are about: the one asked for, or the last text that was given."""
    if spec.phrasing.slots.get(frame.asked or "") == "text":
        return frame.asked
    names = [name for name in frame.slots if spec.phrasing.slots.get(name) == "text"]
    return names[-1] if names else None


def value_of(parameter: str, text: str, spec: ToolSpec) -> str | None:
    """Return what an answer to the question for `parameter` says of it; None if it says nothing of the kind."""
    if is_time_slot(spec, parameter):
        time = whole_time(text) or time_in(text)
        # "When?", "two hours": counted from now. By when a goal is reached, a length says itself.
        return from_now(time) if time and spec.phrasing.slots.get(parameter) == "time" else time
    if choices := spec.parameters.get("properties", {}).get(parameter, {}).get("enum"):
        named = [choice for choice in map(str, choices) if re.search(rf"(?i)\b{re.escape(choice)}\b", text)]
        return named[0] if len(named) == 1 else None
    return bare_answer(without_politeness(text))


def whole_time(text: str) -> str | None:
    """Return the time that all of an answer is, also one put right ("tomorrow, no, Friday"); None if it is more."""
    for before, rest, _ in revisions(text):
        if (old := whole_time(before)) and is_time(bare_answer(rest)):
            return amended(old, bare_answer(rest))
    return bare_answer(text) if is_time(bare_answer(text)) else None


def subject(frame: Frame, spec: ToolSpec) -> str | None:
    """Return the free words by which a caller knows which request is meant."""
    texts = (
        str(frame.slots[name]) for name, kind in spec.phrasing.slots.items() if kind == "text" and name in frame.slots
    )
    return next(texts, None)


def corrected_frame(frame: Frame, parameter: str, value: str, spec: ToolSpec) -> Frame:
    """Return the frame with a new value; a new time keeps the part of the old one it does not speak of."""
    old = frame.slots.get(parameter)
    if isinstance(old, str) and is_time_slot(spec, parameter):
        both = amended(old, value)
        # Who says again only the hour of "every day at nine", which would change nothing, means no "every day".
        value = value if both == old and repeats(old) else both
    return frame.filled({parameter: value})


def amendment(frame: Frame, parameter: str, value: str, spec: ToolSpec) -> Frame | str | None:
    """Return the request that changes what `frame` did, or why that cannot be; None if nothing is laid down."""
    for amend in spec.phrasing.amends:
        if amend.parameter != parameter:
            continue
        if amend.tool is None:
            return amend.answer
        # A deed that repeats is moved once: to the time said now, without "every day".
        anew = repeats(str(frame.slots.get(parameter, "")))
        known = (frame.without(parameter) if anew else frame).filled({}).slots
        known = corrected_frame(Frame(frame.tool, known), parameter, value, spec).slots
        return Frame(amend.tool, {name: filled_text(text, known) for name, text in amend.arguments.items()})
    return None


def question_of(content: str, frame: Frame, spec: ToolSpec) -> Question | None:
    """Return what a tool's answer asks back, or None if it asks nothing."""
    if not _ASKS.search(content):
        return None
    lower = content.casefold()
    phrasing = spec.phrasing
    marks = [(name, (*phrasing.asked_by.get(name, ()), phrasing.questions.get(name, ""))) for name in phrasing.slots]
    parameter = next((n for n, ms in marks if any(mark and mark.casefold() in lower for mark in ms)), None)
    if parameter is None and _ASKS_TIME.search(content):
        parameter = time_slot(frame, spec)
    options = tuple(curly or straight for curly, straight in _QUOTED.findall(content))
    return Question(frame, content, parameter, options)


def as_call(frame: Frame) -> ToolCall:
    """Return the tool call that a complete frame stands for."""
    return ToolCall(None, frame.tool, dict(frame.slots))


def filled_text(text: str, values: Mapping[str, Any]) -> str:
    """Put `values` where `{name}` stands in `text`; an unknown name becomes nothing."""
    words = re.sub(r"\{(\w+)\}", lambda match: str(values.get(match[1], "")), text)
    return " ".join(words.split())


def _plain(text: str) -> str:
    words = re.findall(r"[\w']+", text.casefold())
    return " ".join(word for word in words if word not in _SMALL_WORDS)
