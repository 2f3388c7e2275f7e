"""One reply in the making: chat model, tools, phrases, speech.

A reply is a *draft* until its turn is confirmed: whatever others could notice of it
(events, history, sound, tools) waits in an outbox for `confirm`.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import structlog

from models.errors import EngineError
from models.llm import END_CALL, Message, TextDelta, ToolCall
from pipeline.events import (
    AnswerKnown,
    EndReason,
    Event,
    Fault,
    MessageKept,
    Modality,
    ReplyStarted,
    ReplyStopped,
    ReplyText,
    SynthesisStarted,
    SynthesisStopped,
)
from pipeline.history import AssistantEntry
from pipeline.idle import once_idle
from pipeline.model_watch import watched
from pipeline.patience import patient
from pipeline.phrases import PhraseSplitter
from pipeline.studio import Notice, Studio, Turn
from pipeline.tool_runs import ToolRuns

log = structlog.get_logger()


@dataclass(slots=True)
class _Part:
    """A phrase on its way to the caller: part `index` of `entry`."""

    text: str
    entry: AssistantEntry
    index: int
    heard: bool = False
    segment: int | None = None


class Reply:
    """Answers one turn, or says one notice; run it once."""

    def __init__(self, studio: Studio, item: Turn | Notice) -> None:
        self._studio = studio
        self._item = item
        self._turn = item if isinstance(item, Turn) else None
        self._marks = self._turn.marks if self._turn is not None else None
        self._outbox: list[Callable[[], None]] | None = []
        self._confirmed = asyncio.Event()
        self._parts: list[_Part] = []
        self._filler: _Part | None = None
        self._all_heard = asyncio.Event()
        self._to_speak: asyncio.Queue[_Part | None] = asyncio.Queue()
        self._tool_runs = ToolRuns(studio)
        self._task: asyncio.Task[None] | None = None
        self._latency_told = False
        self.ends_call: EndReason | None = None if isinstance(item, Turn) else item.ends_call
        if self._turn is not None:
            self._when_confirmed(partial(studio.keep_turn, self._turn))
        self._when_confirmed(partial(studio.speaker.expect_more, True))

    def confirm(self) -> None:
        """Let out what was held back: the turn is over and this is its answer."""
        outbox, self._outbox = self._outbox, None
        for act in outbox or ():
            act()
        self._confirmed.set()

    def start(self) -> asyncio.Task[None]:
        """Begin, unless it has begun; the task ends when all was heard."""
        if self._task is None:
            self._task = self._studio.tasks.create_task(self._run())
        return self._task

    def interrupt(self) -> None:
        """Cut what is being said, now; `stop` waits until nothing runs any more."""
        if self._task is None or self._task.done():
            return
        # Cancelled first: a reply whose last words are cut must not take them for heard to the end.
        self._task.cancel()
        if self._confirmed.is_set():
            self._studio.speaker.cut()

    async def stop(self) -> None:
        """Interrupt and wait until nothing of this reply runs; a tool that has begun is let finish."""
        self.interrupt()
        if self._task is not None:
            await asyncio.wait([self._task])
        await self._tool_runs.finished()
        if self._confirmed.is_set():  # also where it was stopped before its first step
            self._studio.speaker.expect_more(False)
            self._tell_latency()

    def first_sound(self, at: float) -> None:
        """Note that the first sample of this reply was handed to the transport at loop time `at`."""
        if self._marks is not None:
            self._marks.stamp("audio_out", at)
            self._tell_latency()

    async def _run(self) -> None:
        interrupted = True
        try:
            async with asyncio.TaskGroup() as stages:
                stages.create_task(self._speak_parts())
                if isinstance(self._item, Notice):
                    self._say(self._item.text, self._open_entry())
                else:
                    await self._answer()
                self._tell(AnswerKnown(self._index, " ".join(part.text for part in self._parts)))
                self._to_speak.put_nowait(None)
            self._when_confirmed(partial(self._studio.speaker.expect_more, False))
            await self._confirmed.wait()
            await self._until_heard()
            interrupted = False
        finally:
            if self._confirmed.is_set():
                self._close(interrupted)

    async def _until_heard(self) -> None:
        while not all(part.heard for part in self._parts):
            self._all_heard.clear()
            await self._all_heard.wait()

    def _close(self, interrupted: bool) -> None:
        self._studio.speaker.expect_more(False)
        for part in self._parts:
            if not part.heard:
                part.entry.hear(part.index, "")
        self._tell_latency()
        content = " ".join(heard for part in self._parts if (heard := part.entry.parts[part.index]))
        # Cut in the silence after the last word, an answer was still heard whole.
        interrupted = interrupted and any(part.entry.parts[part.index] != part.text for part in self._parts)
        if content:
            modality: Modality = "voice" if self._spoken else "text"
            self._studio.tell(MessageKept("assistant", content, modality, self._index, interrupted))

    def _tell_latency(self) -> None:
        if self._turn is not None and not self._latency_told:
            self._latency_told = True
            self._studio.tell_latency(self._turn)

    @property
    def _index(self) -> int:
        return self._turn.index if self._turn is not None else 0

    @property
    def _spoken(self) -> bool:
        return self._studio.speaker.audible and (self._turn is None or self._turn.spoken_answer)

    def _when_confirmed(self, act: Callable[[], None]) -> None:
        if self._outbox is None:
            act()
        else:
            self._outbox.append(act)

    def _tell(self, event: Event) -> None:
        self._when_confirmed(partial(self._studio.tell, event))

    def _stamp(self, mark: Any) -> None:
        if self._marks is not None:
            # A draft that is dropped leaves the turn's marks to the answer that is given.
            self._when_confirmed(partial(self._marks.stamp, mark, asyncio.get_running_loop().time()))

    async def _answer(self) -> None:
        index = self._index
        self._tell(ReplyStarted(index))
        rejections = 0
        try:
            for round_ in range(self._studio.settings.max_rounds):
                entry = self._open_entry()
                calls = await self._respond(entry)
                if any(call.name == END_CALL.name for call in calls):
                    self.ends_call = "goodbye"
                calls = [call for call in calls if call.name != END_CALL.name]
                if not calls:
                    # Small models do fall silent, most of all after a tool.
                    if all(part is self._filler for part in self._parts):
                        self._say(self._studio.text("farewell" if self.ends_call else "apology"), self._open_entry())
                    return
                await self._confirmed.wait()
                await self._studio.caller_quiet.wait()  # who speaks now may be taking it back
                rejections += await self._run_tools(calls, f"{index}:{round_}", entry)
                if rejections > self._studio.settings.max_rejections:
                    break
            # The model never came to an answer; the caller must not be left in silence.
            self._say(self._studio.text("apology"), self._open_entry())
        except EngineError as error:
            log.warning("chat model failed", error=str(error))
            self._tell(Fault("The language model failed; please try again.", fatal=False, part="think"))
            self._say(self._studio.text("apology"), self._open_entry())
        finally:
            self._tell(ReplyStopped(index))

    async def _run_tools(self, calls: Sequence[ToolCall], place: str, entry: AssistantEntry) -> int:
        """Run what the response `entry`, the one at `place`, asked for; return how many calls were rejected."""
        rejections = 0
        async with asyncio.TaskGroup() as meanwhile:
            filling = meanwhile.create_task(self._fill(entry))
            for number, call in enumerate(calls):
                call_id = call.id or f"{place}:{number}"
                outcome = await self._tool_runs.run(replace(call, id=call_id), call_id, entry)
                rejections += outcome.status == "rejected"
            filling.cancel()
        return rejections

    async def _fill(self, entry: AssistantEntry) -> None:
        """Ask the caller for patience once they have heard nothing for too long; at most once in a reply."""
        after = self._studio.settings.filler_after
        if after and self._filler is None:
            await self._until_heard()
            await asyncio.sleep(after)
            if self._spoken:
                # A part of the response that called the tool: models want nothing between a call and its result.
                self._filler = self._add_part(self._studio.text("filler"), entry)

    def _open_entry(self) -> AssistantEntry:
        entry = AssistantEntry()
        self._when_confirmed(partial(self._studio.history.add_assistant, entry))
        return entry

    async def _respond(self, entry: AssistantEntry) -> list[ToolCall]:
        calls: list[ToolCall] = []
        splitter = PhraseSplitter()
        index = self._index
        answer = self._studio.llm.stream(self._messages(), self._studio.offered)
        async with patient(answer, self._studio.settings.llm_timeout, "chat model") as deltas:
            with once_idle(partial(self._say_clause, splitter, entry)) as text_came:
                async for delta in watched(deltas, index, self._tell):
                    if isinstance(delta, ToolCall):
                        self._stamp("llm_first_token")
                        calls.append(delta)
                    elif isinstance(delta, TextDelta):
                        self._stamp("llm_first_token")
                        self._tell(ReplyText(index, delta.text))
                        for phrase in splitter.feed(delta.text):
                            self._say(phrase, entry)
                        text_came()
        for phrase in splitter.flush():
            self._say(phrase, entry)
        return calls

    def _say_clause(self, splitter: PhraseSplitter, entry: AssistantEntry) -> None:
        """Say the first clause of a response whose first sentence is still being made, if the caller hears nothing."""
        if entry.parts or not self._spoken or not all(part.heard for part in self._parts):
            return
        if (clause := splitter.clause()) is not None:
            self._say(clause, entry)

    def _messages(self) -> Sequence[Message]:
        messages = self._studio.history.messages()
        if self._outbox is not None and self._turn is not None:
            return (*messages, Message("user", self._turn.text))
        return messages

    def _say(self, phrase: str, entry: AssistantEntry) -> None:
        self._stamp("llm_first_phrase")
        self._add_part(phrase, entry)

    def _add_part(self, text: str, entry: AssistantEntry) -> _Part:
        entry.parts.append(text)
        part = _Part(text, entry, len(entry.parts) - 1)
        self._parts.append(part)
        self._to_speak.put_nowait(part)
        return part

    async def _speak_parts(self) -> None:
        while (part := await self._to_speak.get()) is not None:
            if part is not self._parts[0]:
                await self._confirmed.wait()  # a draft is worth its first phrase, which nobody waits for then
            if self._spoken:
                self._when_confirmed(partial(self._queue, part, True))
                await self._synthesise(part)
            else:
                self._when_confirmed(partial(self._queue, part, False))

    def _queue(self, part: _Part, spoken: bool) -> None:
        part.segment = self._studio.speaker.queue(part.text, partial(self._on_heard, part), spoken=spoken)
        if part.segment is not None:
            self._studio.tell(SynthesisStarted(part.segment, part.text))

    async def _synthesise(self, part: _Part) -> None:
        voice = self._studio.tts.speak(part.text)
        try:
            async with patient(voice, self._studio.settings.tts_timeout, "speech engine") as pieces:
                async for speech in pieces:
                    self._stamp("tts_first_audio")
                    self._when_confirmed(partial(self._add, part, speech))
        except EngineError as error:
            # The text is on the page already; the next phrase may well be spoken.
            log.warning("speech engine failed", error=str(error))
            self._tell(Fault("The voice failed; the answer is shown as text.", fatal=False, part="speak"))
        finally:
            self._when_confirmed(partial(self._complete, part))

    def _add(self, part: _Part, speech: Any) -> None:
        if part.segment is not None:
            self._studio.speaker.add(part.segment, speech)

    def _complete(self, part: _Part) -> None:
        if part.segment is not None:
            self._studio.tell(SynthesisStopped(part.segment))
            self._studio.speaker.complete(part.segment)

    def _on_heard(self, part: _Part, heard: str) -> None:
        part.entry.hear(part.index, heard)
        part.heard = True
        self._all_heard.set()
