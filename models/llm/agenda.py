"""What a caller asked for and is not done yet: requests in order, the calls they became, what tools asked back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from models.llm import END_CALL, Message, ToolCall, ToolSpec
from models.llm.frames import CONFIRM, Frame, Question, as_call, asking, missing, question_of, subject
from models.llm.smalltalk import Talk

END: Final = ToolCall(None, END_CALL.name, {})


@dataclass(frozen=True, slots=True)
class Reply:
    """What to say and which tools to call; a response of the model."""

    text: str = ""
    calls: tuple[ToolCall, ...] = ()


class Agenda:
    """The requests of one conversation. `open` are incomplete ones, the one being asked about first.

    `questions` were asked back by tools. `done` is the last request that took effect, and `fresh` tells that
    nothing happened since; `failed` is one to be tried again. With `unclear` set, the caller is told that more was
    said than was understood; with `leaving`, the call ends once all is done.
    """

    def __init__(self, specs: Mapping[str, ToolSpec], talk: Talk) -> None:
        self.open: list[Frame] = []
        self.questions: list[Question] = []
        self.done: Frame | None = None
        self.fresh = False
        self.failed: Frame | None = None
        self.leaving = False
        self.unclear = False
        self._specs = specs
        self._talk = talk
        self._pending: list[Frame] = []  # called, and nothing heard of it yet
        self._running: dict[str | None, Frame] = {}  # called, by call id
        self._results: list[str] = []

    def hear(self) -> bool:
        """Begin a turn of the caller; return whether it cut in before what was called last could run."""
        self._results.clear()
        self._running.clear()
        self.leaving = self.unclear = False
        interrupted, self._pending = self._pending, []
        if interrupted and not self.open:
            # Most likely the caller cut in to change it.
            self.open = [frame for frame in interrupted if frame.tool in self._specs]
        return bool(interrupted)

    def clear(self) -> None:
        """Drop everything that is open."""
        self.open, self.questions = [], []

    def take_up(self, *frames: Frame) -> Reply:
        """Put requests before the others and go on."""
        self.open = [*frames, *self.open]
        return self._advance()

    def called(self, calls: Sequence[ToolCall]) -> None:
        """Note the calls that were really made."""
        for call in calls:
            if call.name in self._specs:
                self._running[call.id] = Frame(call.name, dict(call.arguments))
        if calls:
            self._pending.clear()

    def take_result(self, message: Message) -> Reply:
        """Take what a tool answered, and say it together with the question that follows."""
        frame = self._running.pop(message.tool_call_id, None)
        if message.tool_name == END_CALL.name:
            return Reply()
        self._pending = [other for other in self._pending if other.tool != message.tool_name]
        question = question_of(message.content, frame, self._specs[frame.tool]) if frame else None
        if question:
            self.questions.append(question)
        else:
            self._results.append(message.content)
            # After what was not done, "no, on Friday" is not about what was done before it.
            self.failed = frame if message.status == "failed" else None
            self.fresh = message.status == "done"
            self.done = frame if self.fresh else None
        asked = self.questions[0].content if self.questions else self._next_question()
        leaves = self.leaving and not (asked or self._running or self.failed)
        unclear = self._talk.rest_not_understood if self.unclear and not self._running else ""
        last = self._talk.farewell if leaves else asked
        text = " ".join(part.strip() for part in (*self._results, unclear, last) if part.strip())
        return Reply(text, (END,) if leaves else ())

    def _next_question(self) -> str:
        return self._advance().text if self.open and not self._running else ""

    def _advance(self) -> Reply:
        """Call every complete request; else ask for what the first one lacks."""
        still_open: list[Frame] = []
        for frame in self.open:
            confirm = self._specs[frame.tool].phrasing.confirm
            if missing(frame, self._specs[frame.tool]) or (confirm and not frame.confirmed):
                still_open.append(frame)
            else:
                self._pending.append(frame)
        self.open = still_open
        if self._pending:
            return Reply(calls=tuple(map(as_call, self._pending)))
        return Reply(self._ask(still_open[0]))

    def _ask(self, frame: Frame) -> str:
        spec = self._specs[frame.tool]
        asked, question, example = asking(frame, spec)
        # Behind the result of one request, or before several, the caller must hear which one is meant.
        if (len(self.open) > 1 or self._results) and asked != CONFIRM and (what := subject(frame, spec)):
            question = f"{self._talk.about.format(what=what)} {question}"
        self.open[0] = replace(frame, asked=asked)
        if not frame.misses or frame.asked != asked:
            return question
        hint = f" For example: {example}." if frame.misses > 1 and example else ""
        return f"{self._talk.not_caught} {question}{hint}"
