"""Answers what waits, one reply at a time; the answer may have been drafted."""

import asyncio
from collections.abc import Callable
from functools import partial

from pipeline.drafts import DraftCount, Drafts
from pipeline.events import EndReason, Modality
from pipeline.inbox import Inbox
from pipeline.latency import TurnMarks
from pipeline.read_ahead import ReadAhead
from pipeline.reply import Reply
from pipeline.silence import SilencePrompts
from pipeline.studio import Notice, Studio, Turn


class Answering:
    """Gives the caller's turns and the agent's notices their replies, in order; `run` it once.

    `silence` learns when the agent answers; `end` is called where a reply ends the call.
    """

    def __init__(self, studio: Studio, silence: SilencePrompts, end: Callable[[EndReason], None]) -> None:
        self._studio = studio
        self._silence = silence
        self._end = end
        self._inbox = Inbox(studio.settings.waiting_turns)
        self._drafts = Drafts(studio, studio.settings.drafts)
        self._read_ahead = ReadAhead(studio)
        self._reply: Reply | None = None
        self._turns = 0

    @property
    def turns(self) -> int:
        """How many turns the caller has had."""
        return self._turns

    @property
    def full(self) -> bool:
        """Whether no more can wait."""
        return self._inbox.full

    @property
    def busy(self) -> bool:
        """Whether an answer is being made or said."""
        return self._reply is not None

    @property
    def drafted(self) -> DraftCount:
        """How many answers were drafted so far, and how many of them were used."""
        return self._drafts.count

    def prepare(self, greeting: str) -> None:
        """Make the model ready for a call that begins with `greeting`, until the first answer is wanted of it."""
        self._read_ahead.begin(greeting)

    def draft(self, text: str, marks: TurnMarks) -> None:
        """Make the answer ready to a spoken turn that may not be over."""
        # While the agent speaks, words first cut it: an answer drafted before would not know what was heard of it.
        # Nor would one know the turns that wait, for a tool of the answer that was cut.
        wanted = text and self._reply is None and self._inbox.empty
        if wanted and self._drafts.begin(Turn(self._turns + 1, text, "voice", marks=marks)):
            self._read_ahead.drop()

    def drop_draft(self) -> None:
        """Forget the draft: the turn was not over."""
        self._drafts.drop()

    def take(
        self, text: str, modality: Modality, marks: TurnMarks, *, spoken: bool = True, interrupts: bool = True
    ) -> None:
        """Take the caller's next turn."""
        self._turns += 1
        self._inbox.put(Turn(self._turns, text, modality, spoken, interrupts, marks))

    def notify(self, notice: Notice) -> None:
        """Have a fixed text said when nothing else is."""
        self._inbox.put(notice)

    def interrupt(self) -> None:
        """Cut what is being said, now."""
        if self._reply is not None:
            self._reply.interrupt()

    def first_sound(self, at: float) -> None:
        """Note that the first sample of a reply was handed to the transport at loop time `at`."""
        if self._reply is not None:
            self._reply.first_sound(at)

    async def run(self) -> None:
        """Answer until cancelled; `stop` then ends the reply under way."""
        while True:
            await self._inbox.stirred()
            if self._reply is not None and self._inbox.interrupts:
                await self._reply.stop()
                self._reply = None
            while self._reply is None and (item := self._inbox.take()) is not None:
                if isinstance(item, Notice) and item.interrupts and item.ends_call:
                    while (unanswered := self._inbox.take()) is not None:
                        self._pass_over(unanswered)
                if self._inbox.interrupts:
                    self._pass_over(item)
                    continue
                if isinstance(item, Turn):
                    self._read_ahead.drop()
                self._answer(self._drafts.take(item) or Reply(self._studio, item))

    async def stop(self) -> None:
        """Drop what was made ready, interrupt the reply and wait until nothing of it runs."""
        self._read_ahead.drop()
        self._drafts.drop()
        if self._reply is not None:
            await self._reply.stop()

    def _pass_over(self, item: Turn | Notice) -> None:
        """Leave unanswered what was overtaken: a turn is answered with the one that comes now, with both in view."""
        if isinstance(item, Turn):
            self._drafts.drop()
            self._studio.keep_turn(item)
            self._studio.tell_latency(item)

    def _answer(self, reply: Reply) -> None:
        self._studio.speaker.release()
        self._reply = reply
        self._silence.agent_answers()
        reply.confirm()
        reply.start().add_done_callback(partial(self._reply_over, reply))

    def _reply_over(self, reply: Reply, task: "asyncio.Task[None]") -> None:
        if self._reply is reply:
            self._reply = None
            self._silence.agent_silent()
            self._inbox.stir()
        if reply.ends_call is not None and not task.cancelled() and task.exception() is None:
            self._end(reply.ends_call)
