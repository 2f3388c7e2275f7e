"""One conversation replayed from its messages: open requests, questions, corrections, and the next reply.

Nothing is kept between replies. What the engine did and asked follows from what the caller said, so it is
computed again each time; a draft that was dropped, or an answer that was cut short, leaves no trace.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from models.llm import Message, SlotKind
from models.llm.agenda import END, Agenda, Reply
from models.llm.answers import answered, chosen, said_besides
from models.llm.corrections import bare_answer, corrected, says_what_was_meant
from models.llm.frames import (
    CONFIRM,
    Frame,
    amendment,
    corrected_frame,
    is_time_slot,
    missing,
    text_slot,
    time_slot,
    value_of,
)
from models.llm.matching import Match
from models.llm.requests import Heard, Requests
from models.llm.smalltalk import Remark, Talk, deletion, help_text, puzzled_text, remark
from models.llm.spoken_time import is_time, time_in

_GOES_ON = re.compile(r"(?:and|or|because)\b", re.IGNORECASE)
_PRONOUNS = frozenset(("it", "that", "this", "that one", "this one", "the task", "that task"))


class Dialogue:
    """Listens to messages in order; `reply` is the answer to the last of them."""

    def __init__(self, requests: Requests, talk: Talk) -> None:
        self._specs = requests.specs
        self._requests = requests
        self._talk = talk
        self._agenda = Agenda(requests.specs, talk)
        self._asked_instead = False
        self._misses = 0
        self._said = ""
        self._unanswered = ""  # what the caller said, until they heard a sentence of the answer
        self._open_before: list[Frame] = []  # what was open when they said it
        self.reply = Reply(talk.greeting)

    def listen(self, messages: Sequence[Message]) -> None:
        """Take in the messages of a conversation, oldest first."""
        for message in messages:
            if message.role == "user":
                self._hear(message.content)
            elif message.role == "tool":
                self._unanswered = ""
                self.reply = self._agenda.take_result(message)
                self._said = self.reply.text or self._said
            elif message.role == "assistant":
                self._note_answer(message)

    def _hear(self, text: str) -> None:
        text = " ".join(text.replace("\u2019", "'").split())
        open_before = list(self._agenda.open)
        self.reply = self._answer(text, self._agenda.hear())
        self._said = self.reply.text or self._said
        if self._unanswered and self._misses:
            self._unanswered += f" {text}"
        else:
            self._unanswered, self._open_before = text, open_before

    def _note_answer(self, message: Message) -> None:
        self._agenda.called(message.tool_calls)
        if not message.content:
            return
        heard_a_sentence = message.content.endswith((".", "!", "?"))
        if heard_a_sentence:
            self._unanswered = ""
        if not self._said:
            # A greeting that the engine did not make itself; of one that was cut the rest is not known.
            self._said = message.content if heard_a_sentence else self._talk.greeting

    def _answer(self, text: str, interrupted: bool) -> Reply:
        if not text.strip(" ,.;!?"):
            return Reply(self._talk.not_heard)
        fresh, self._agenda.fresh = self._agenda.fresh, False
        kind = remark(text)
        if (said := self._small_talk(kind)) is not None:
            self._agenda.fresh = fresh
            return said
        misses, self._misses = self._misses, 0
        instead, self._asked_instead = self._asked_instead, False
        attempts: tuple[Callable[[], Reply | None], ...] = (
            lambda: self._go_on(text) if _GOES_ON.match(text) else None,
            lambda: self._answer_confirmation(kind),
            lambda: self._answer_tool(text, kind),
            lambda: self._refuse_deletion(text, wish=True),
            lambda: self._take_requests(self._requests.heard(text)) if kind is None else None,
            lambda: self._correct(text, kind, weak=instead or interrupted or fresh),
            lambda: self._refuse_deletion(text, wish=False),
            lambda: self._fill(text, kind),
            lambda: self._acknowledge(kind),
            lambda: self._go_on(text),
        )
        for attempt in attempts:
            if (reply := attempt()) is not None:
                return reply
        self._agenda.open = [] if interrupted else self._agenda.open
        self._misses = max(1, misses + (not self._unanswered))
        return Reply(puzzled_text(self._talk, self._specs.values(), self._misses))

    def _go_on(self, text: str) -> Reply | None:
        """Take words after a pause for the rest of a sentence: "I want to", "learn guitar"."""
        heard = self._requests.heard(f"{self._unanswered} {text}") if self._unanswered else Heard()
        if not heard.requests:
            return None
        self._agenda.open = self._open_before
        return self._take_requests(heard)

    def _small_talk(self, kind: Remark | None) -> Reply | None:
        talk = self._talk
        if kind == "goodbye":
            return Reply(talk.farewell, (END,))
        if kind == "repeat":
            return Reply(self._said or talk.nothing_to_repeat)
        if kind == "cancel":
            busy = bool(self._agenda.open or self._agenda.questions)
            self._agenda.clear()
            return Reply(talk.cancelled if busy else talk.too_late if self._agenda.done else talk.nothing_to_cancel)
        if kind == "help":
            return Reply(help_text(self._talk, self._specs.values()))
        if kind == "retry" and self._agenda.failed:
            return self._agenda.take_up(self._agenda.failed)
        simple = {"thanks": talk.thanks, "greeting": talk.greeting, "wait": talk.take_your_time}
        return Reply(simple[kind]) if kind in simple and not (self._agenda.open and kind == "thanks") else None

    def _answer_confirmation(self, kind: Remark | None) -> Reply | None:
        if not self._agenda.open or self._agenda.open[0].asked != CONFIRM or kind not in ("yes", "no"):
            return None
        frame = self._agenda.open.pop(0)
        if kind == "yes":
            return self._agenda.take_up(replace(frame, confirmed=True))
        return Reply(self._talk.cancelled)

    def _answer_tool(self, text: str, kind: Remark | None) -> Reply | None:
        if not self._agenda.questions:
            return None
        question = self._agenda.questions[0]
        frame, parameter, spec = question.frame, question.parameter, self._specs[question.frame.tool]
        if kind == "yes" and len(question.options) != 1:
            return Reply(question.content)
        if kind == "no":
            self._agenda.questions.pop(0)
            one = parameter and len(question.options) == 1
            return self._agenda.take_up(frame.without(parameter)) if one and parameter else Reply(self._talk.cancelled)
        value: str | None
        if kind == "yes":
            value = question.options[0]
        elif (option := chosen(question, text)) is not None:
            value = option
        elif (requests := self._take_requests(self._requests.heard(text))) is not None:
            return requests
        elif not is_time_slot(spec, parameter) and is_time(bare_answer(corrected(text) or text)):
            return self._answer_with_time(text)
        else:
            value = value_of(parameter, corrected(text) or text, spec) if parameter else None
        if parameter is None:
            self._agenda.questions.pop(0)
            return None
        if value is None:
            return Reply(f"{self._talk.not_caught} {question.content}")
        self._agenda.questions.pop(0)
        return self._agenda.take_up(corrected_frame(frame, parameter, value, spec))

    def _answer_with_time(self, text: str) -> Reply | None:
        """Take a time where words were asked for: "no, to Friday" is a new time, "the one on Friday" names a task."""
        question = self._agenda.questions.pop(0)
        frame, parameter, spec = question.frame, question.parameter, self._specs[question.frame.tool]
        rest = corrected(text)
        slot = time_slot(frame, spec) if rest else parameter
        if slot is None:
            return None
        old = "" if rest else frame.slots.get(slot, "")
        value = " ".join(f"{old} {bare_answer(rest or text)}".split())
        return self._agenda.take_up(corrected_frame(frame, slot, value, spec))

    def _take_requests(self, heard: Heard) -> Reply | None:
        if heard.dropped or heard.parting == "cancel":
            self._agenda.clear()
        if heard.parting == "cancel":
            return Reply(self._talk.cancelled)
        matches = heard.requests
        if not matches:
            return None
        self._agenda.unclear = heard.unclear
        self._agenda.leaving = heard.parting == "goodbye"
        first = matches[0]
        pronoun = next((n for n, v in first.slots.items() if isinstance(v, str) and v.casefold() in _PRONOUNS), None)
        if pronoun and len(matches) == 1 and (moved := self._move(first)):
            return moved
        if self._agenda.open and len(matches) == 1 and self._agenda.open[0].tool == first.tool:
            # More about the open request ("remind me tomorrow"), or another one of the same kind.
            frame = self._agenda.open.pop(0)
            given = {n for n in first.slots if self._kind(first.tool, n) == "text"} & frame.slots.keys()
            if all(_same(first.slots[name], frame.slots[name]) for name in given):
                return self._agenda.take_up(frame.filled(first.slots))
            # A complete one is open only because the caller went on before it could run: it comes first, as said.
            whole = not missing(frame, self._specs[frame.tool])
            return self._agenda.take_up(*((frame, _as_frame(first)) if whole else (_as_frame(first), frame)))
        self._agenda.questions.clear()
        self._agenda.open = [replace(frame, misses=0) for frame in self._agenda.open]
        return self._agenda.take_up(*map(_as_frame, matches))

    def _move(self, match: Match) -> Reply | None:
        """Read "move it to Friday" as a correction of what is being talked about."""
        spec = self._specs[match.tool]
        times = [v for n, v in match.slots.items() if is_time_slot(spec, n)]
        return self._change(times[0], meant=False) if times and (self._agenda.open or self._agenda.done) else None

    def _correct(self, text: str, kind: Remark | None, *, weak: bool) -> Reply | None:
        rest = corrected(text)
        if rest and kind is not None:
            return None  # "no thanks" corrects nothing
        if rest is None and weak and is_time(bare_answer(text)):
            rest = bare_answer(text)
        if rest is None or not (self._agenda.open or self._agenda.done):
            return None
        if not rest:
            return self._correct_unsaid()
        if (requests := self._take_requests(self._requests.heard(rest))) is not None:
            return requests
        return self._change(rest, meant=says_what_was_meant(text))

    def _correct_unsaid(self) -> Reply | None:
        # "No" to a question for a missing parameter is no answer; after a deed it announces a correction.
        if self._agenda.open and self._agenda.open[0].asked not in (None, CONFIRM):
            return None
        self._asked_instead = True
        return Reply(self._talk.what_instead)

    def _change(self, words: str, *, meant: bool) -> Reply | None:
        """Put a request right by `words`; free words replace others if they are `meant` to, or a yes was asked for."""
        frame = self._agenda.open[0] if self._agenda.open else self._agenda.done
        if frame is None:
            return None
        spec = self._specs[frame.tool]
        time = time_in(words)
        only_time = time is not None and is_time(bare_answer(words))
        if self._agenda.open and not only_time and (more := said_besides(frame, words, self._requests, anew=meant)):
            self._agenda.open.pop(0)
            return self._agenda.take_up(more)
        if only_time or (time and self._agenda.open and is_time_slot(spec, frame.asked)):
            parameter = time_slot(frame, spec)
        elif meant or (self._agenda.open and not is_time_slot(spec, frame.asked)):
            parameter = text_slot(frame, spec)
        else:
            return None
        if parameter is None:
            return None
        value = time if time and is_time_slot(spec, parameter) else words
        if self._agenda.open:
            self._agenda.open.pop(0)
            return self._agenda.take_up(corrected_frame(frame, parameter, value, spec))
        change = amendment(frame, parameter, value, spec)
        if isinstance(change, Frame) and change.tool in self._specs:
            return self._agenda.take_up(change)
        return Reply(change if isinstance(change, str) and change else self._talk.unchangeable)

    def _refuse_deletion(self, text: str, *, wish: bool) -> Reply | None:
        """Answer "delete my reminder"; said as a wish ("I want to delete ..."), only of what requests are about."""
        found = deletion(text)
        asked = self._agenda.open[0].asked if self._agenda.open else None
        if found is None or found[1] != wish or (asked and self._kind(self._agenda.open[0].tool, asked) == "text"):
            return None
        what = found[0]
        if asked and self._requests.knows(what):  # "cancel the reminder" means the one being asked for
            self._agenda.clear()
            return Reply(self._talk.cancelled)
        return Reply(self._talk.not_deletable) if not wish or self._requests.knows(what.split()[0]) else None

    def _fill(self, text: str, kind: Remark | None) -> Reply | None:
        if not self._agenda.open:
            return None
        frame = self._agenda.open.pop(0)
        if kind is not None or frame.asked == CONFIRM:
            return self._agenda.take_up(frame.missed())
        return self._agenda.take_up(answered(frame, text, self._requests))

    def _kind(self, tool: str, parameter: str) -> SlotKind | None:
        return self._specs[tool].phrasing.slots.get(parameter)

    def _acknowledge(self, kind: Remark | None) -> Reply | None:
        return Reply(self._talk.acknowledged) if kind in ("yes", "no", "retry") else None


def _same(one: object, other: object) -> bool:
    return str(one).casefold() == str(other).casefold()


def _as_frame(match: Match) -> Frame:
    return Frame(match.tool, dict(match.slots))
