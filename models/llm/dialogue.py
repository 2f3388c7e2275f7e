"""One conversation replayed from its messages: open requests, questions, corrections, and the next reply.

Nothing is kept between replies. What the engine did and asked follows from what the caller said, so it is
computed again each time; a draft that was dropped, or an answer that was cut short, leaves no trace.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from models.llm import END_CALL, Message, ToolCall
from models.llm.corrections import bare_answer, corrected
from models.llm.frames import (
    CONFIRM,
    Frame,
    Question,
    amendment,
    as_call,
    asking,
    corrected_frame,
    is_time_slot,
    missing,
    question_of,
    text_slot,
    time_slot,
    value_of,
)
from models.llm.matching import Match, Matcher
from models.llm.smalltalk import Remark, Talk, help_text, puzzled_text, remark
from models.llm.spoken_time import is_time, time_in

_PRONOUNS = frozenset(("it", "that", "this", "that one", "this one", "the task", "that task"))

# How a tool says that it could not be done just now; "Task created: Try again" is no such thing.
_TRY_AGAIN = re.compile(r"\. Please try again[\w ]*\.$")


@dataclass(frozen=True, slots=True)
class Reply:
    """What to say and which tools to call; a response of the model."""

    text: str = ""
    calls: tuple[ToolCall, ...] = ()


class Dialogue:
    """Listens to messages in order; `reply` is the answer to the last of them."""

    def __init__(self, matcher: Matcher, talk: Talk) -> None:
        self._specs = matcher.specs
        self._matcher = matcher
        self._talk = talk
        self._open: list[Frame] = []  # incomplete requests, the one being asked about first
        self._pending: list[Frame] = []  # called, and nothing heard of it yet
        self._running: dict[str | None, Frame] = {}  # called, by call id
        self._questions: list[Question] = []  # asked back by tools
        self._done: Frame | None = None
        self._fresh = False  # the last thing that happened is that `_done` ran
        self._failed: Frame | None = None
        self._asked_instead = False
        self._misses = 0
        self._said = ""
        self._results: list[str] = []
        self.reply = Reply(talk.greeting)

    def listen(self, messages: Sequence[Message]) -> None:
        """Take in the messages of a conversation, oldest first."""
        for message in messages:
            if message.role == "user":
                self._hear(message.content)
            elif message.role == "tool":
                self._take_result(message)
            elif message.role == "assistant":
                self._note_answer(message)

    def _hear(self, text: str) -> None:
        self._results.clear()
        self._running.clear()
        interrupted, self._pending = self._pending, []
        if interrupted and not self._open:
            # The call never ran: the caller cut in, most likely to change it.
            self._open = [frame for frame in interrupted if frame.tool in self._specs]
        self.reply = self._answer(" ".join(text.replace("\u2019", "'").split()), bool(interrupted))
        if self.reply.text:
            self._said = self.reply.text

    def _note_answer(self, message: Message) -> None:
        for call in message.tool_calls:
            if call.name in self._specs:
                self._running[call.id] = Frame(call.name, dict(call.arguments))
        if message.tool_calls:
            self._pending.clear()
        if message.content and not self._said:
            self._said = message.content  # a greeting that the engine did not make itself

    def _take_result(self, message: Message) -> None:
        frame = self._running.pop(message.tool_call_id, None)
        if message.tool_name == END_CALL.name:
            self.reply = Reply()
            return
        self._pending = [other for other in self._pending if other.tool != message.tool_name]
        question = question_of(message.content, frame, self._specs[frame.tool]) if frame else None
        if question:
            self._questions.append(question)
        else:
            self._results.append(message.content)
            failed = _TRY_AGAIN.search(message.content) is not None
            self._failed = frame if failed else None
            if not failed:
                self._done, self._fresh = frame, True
        asked = self._questions[0].content if self._questions else self._next_question()
        self._said = " ".join(part.strip() for part in (*self._results, asked) if part.strip())
        self.reply = Reply(self._said)

    def _next_question(self) -> str:
        return self._advance().text if self._open and not self._running else ""

    def _answer(self, text: str, interrupted: bool) -> Reply:
        if not text.strip(" ,.;!?"):
            return Reply(self._talk.not_heard)
        fresh, self._fresh = self._fresh, False
        kind = remark(text)
        if (said := self._small_talk(kind)) is not None:
            self._fresh = fresh
            return said
        misses, self._misses = self._misses, 0
        instead, self._asked_instead = self._asked_instead, False
        attempts: tuple[Callable[[], Reply | None], ...] = (
            lambda: self._answer_confirmation(kind),
            lambda: self._answer_tool(text, kind),
            lambda: self._take_requests(self._matcher.requests(text)),
            lambda: self._correct(text, weak=instead or interrupted or fresh),
            lambda: self._fill(text, kind),
            lambda: self._acknowledge(kind),
        )
        for attempt in attempts:
            if (reply := attempt()) is not None:
                return reply
        self._open = [] if interrupted else self._open
        self._misses = misses + 1
        return Reply(puzzled_text(self._talk, self._specs.values(), self._misses))

    def _small_talk(self, kind: Remark | None) -> Reply | None:
        talk = self._talk
        if kind == "goodbye":
            return Reply(talk.farewell, (ToolCall(None, END_CALL.name, {}),))
        if kind == "repeat":
            return Reply(self._said or talk.nothing_to_repeat)
        if kind == "cancel":
            busy = bool(self._open or self._questions)
            self._open, self._questions = [], []
            return Reply(talk.cancelled if busy else talk.too_late if self._done else talk.nothing_to_cancel)
        if kind == "help":
            return Reply(help_text(self._talk, self._specs.values()))
        if kind == "retry" and self._failed:
            return self._take_up(self._failed)
        simple = {"thanks": talk.thanks, "greeting": talk.greeting, "wait": talk.take_your_time}
        return Reply(simple[kind]) if kind in simple and not (self._open and kind == "thanks") else None

    def _take_up(self, *frames: Frame) -> Reply:
        self._open = [*frames, *self._open]
        return self._advance()

    def _advance(self) -> Reply:
        """Call every complete request; else ask for what the first one lacks."""
        still_open: list[Frame] = []
        for frame in self._open:
            confirm = self._specs[frame.tool].phrasing.confirm
            if missing(frame, self._specs[frame.tool]) or (confirm and not frame.confirmed):
                still_open.append(frame)
            else:
                self._pending.append(frame)
        self._open = still_open
        if self._pending:
            return Reply(calls=tuple(map(as_call, self._pending)))
        frame = still_open[0]
        asked, question, example = asking(frame, self._specs[frame.tool])
        self._open[0] = replace(frame, asked=asked)
        if not frame.misses or frame.asked != asked:
            return Reply(question)
        hint = f" For example: {example}." if frame.misses > 1 and example else ""
        return Reply(f"{self._talk.not_caught} {question}{hint}")

    def _answer_confirmation(self, kind: Remark | None) -> Reply | None:
        if not self._open or self._open[0].asked != CONFIRM or kind not in ("yes", "no"):
            return None
        frame = self._open.pop(0)
        if kind == "yes":
            return self._take_up(replace(frame, confirmed=True))
        return Reply(self._talk.cancelled)

    def _answer_tool(self, text: str, kind: Remark | None) -> Reply | None:
        if not self._questions:
            return None
        question = self._questions[0]
        frame, parameter, spec = question.frame, question.parameter, self._specs[question.frame.tool]
        if kind == "yes" and len(question.options) != 1:
            return Reply(question.content)
        if kind == "no":
            self._questions.pop(0)
            one = parameter and len(question.options) == 1
            return self._take_up(frame.without(parameter)) if one and parameter else Reply(self._talk.cancelled)
        value: str | None
        if kind == "yes":
            value = question.options[0]
        elif (chosen := question.chosen(corrected(text) or text)) is not None:
            value = chosen
        elif (requests := self._take_requests(self._matcher.requests(text))) is not None:
            self._questions.pop(0)
            return requests
        else:
            value = time_in(text) if is_time_slot(spec, parameter) else bare_answer(corrected(text) or text)
        if parameter is None:
            self._questions.pop(0)
            return None
        if value is None:
            return Reply(f"{self._talk.not_caught} {question.content}")
        self._questions.pop(0)
        return self._take_up(corrected_frame(frame, parameter, value, spec))

    def _take_requests(self, matches: Sequence[Match]) -> Reply | None:
        if not matches:
            return None
        first = matches[0]
        pronoun = next((n for n, v in first.slots.items() if isinstance(v, str) and v.casefold() in _PRONOUNS), None)
        if pronoun and len(matches) == 1 and (moved := self._move(first)):
            return moved
        if self._open and len(matches) == 1 and self._open[0].tool == first.tool:
            # More about the open request ("remind me tomorrow"), or the same kind of request anew.
            frame = self._open.pop(0)
            given = {n for n in first.slots if self._specs[first.tool].phrasing.slots.get(n) == "text"}
            return self._take_up(frame.filled(first.slots) if not given & set(frame.slots) else _as_frame(first))
        self._questions.clear()
        self._open = [replace(frame, misses=0) for frame in self._open]
        return self._take_up(*map(_as_frame, matches))

    def _move(self, match: Match) -> Reply | None:
        """Read "move it to Friday" as a correction of what is being talked about."""
        spec = self._specs[match.tool]
        times = [v for n, v in match.slots.items() if is_time_slot(spec, n)]
        return self._change(times[0]) if times and (self._open or self._done) else None

    def _correct(self, text: str, *, weak: bool) -> Reply | None:
        rest = corrected(text)
        if rest is None and weak and is_time(bare_answer(text)):
            rest = bare_answer(text)
        if rest is None or not (self._open or self._done):
            return None
        if not rest:
            return self._correct_unsaid()
        if (requests := self._take_requests(self._matcher.requests(rest))) is not None:
            return requests
        return self._change(rest)

    def _correct_unsaid(self) -> Reply | None:
        # "No" to a question for a missing parameter is no answer; after a deed it announces a correction.
        if self._open and self._open[0].asked not in (None, CONFIRM):
            return None
        self._asked_instead = True
        return Reply(self._talk.what_instead)

    def _change(self, words: str) -> Reply | None:
        frame = self._open[0] if self._open else self._done
        if frame is None:
            return None
        spec = self._specs[frame.tool]
        time = time_in(words)
        parameter = time_slot(frame, spec) if time and is_time(bare_answer(words)) else text_slot(frame, spec)
        if parameter is None:
            return None
        value = time if time and is_time_slot(spec, parameter) else words
        if self._open:
            self._open.pop(0)
            extra = self._matcher.answer(frame.tool, words)
            if extra and not time:
                return self._take_up(frame.filled(extra.slots))
            return self._take_up(corrected_frame(frame, parameter, value, spec))
        change = amendment(frame, parameter, value, spec)
        if isinstance(change, Frame) and change.tool in self._specs:
            return self._take_up(change)
        return Reply(change if isinstance(change, str) and change else self._talk.unchangeable)

    def _fill(self, text: str, kind: Remark | None) -> Reply | None:
        if not self._open:
            return None
        frame = self._open.pop(0)
        spec, asked = self._specs[frame.tool], frame.asked
        if kind is not None or asked is None or asked == CONFIRM:
            return self._take_up(frame.missed())
        if is_time_slot(spec, asked) and is_time(bare_answer(text)):
            return self._take_up(frame.filled({asked: bare_answer(text)}))
        extra = self._matcher.answer(frame.tool, text) or self._matcher.answer(frame.tool, bare_answer(text))
        if extra and asked not in missing(more := frame.filled(extra.slots), spec):
            return self._take_up(more)
        value = value_of(asked, text, spec)
        return self._take_up(frame.filled({asked: value}) if value else frame.missed())

    def _acknowledge(self, kind: Remark | None) -> Reply | None:
        return Reply(self._talk.acknowledged) if kind in ("yes", "no", "retry") else None


def _as_frame(match: Match) -> Frame:
    return Frame(match.tool, dict(match.slots))
