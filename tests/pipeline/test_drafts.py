"""A draft reply that is dropped leaves no trace; one that is confirmed lets everything out."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from intents.toolbox import ToolOutcome
from models.llm import Delta, Message, ToolCall, ToolSpec
from models.stt import Transcript
from pipeline.drafts import MOST, SPAN, Drafts
from pipeline.events import (
    AgentStoppedSpeaking,
    Event,
    MessageKept,
    PhraseQueued,
    ReplyStarted,
    ToolInProgress,
    UserStartedSpeaking,
    UserStoppedSpeaking,
    UserTurn,
)
from pipeline.history import History
from pipeline.latency import TurnMarks
from pipeline.reply import Reply
from pipeline.settings import PipelineSettings
from pipeline.speaker import Speaker
from pipeline.studio import Notice, Studio, Turn
from tests.clock import run_on_fake_clock
from tests.pipeline.scripted import RATE, ScriptedChat, ScriptedStream, ScriptedStt, ScriptedTools, ToneTts, call

GOAL = ToolCall(None, "goal", {})


def test_a_dropped_draft_is_made_ready_and_leaves_nothing() -> None:
    async def dialogue() -> None:
        events: list[Event] = []
        chat = ScriptedChat([["One moment. ", GOAL]])
        async with asyncio.TaskGroup() as tasks:
            studio, tools = a_studio(chat, events, tasks)
            draft = Reply(studio, Turn(1, "make a goal", "voice", marks=TurnMarks(0.0)))
            draft.start()
            await asyncio.sleep(5)
            await draft.stop()
        assert chat.seen[0][-1].content == "make a goal"
        assert events == [] and tools.runs == [] and studio.speaker.idle
        assert [message.role for message in studio.history.messages()] == ["system"]
        assert not studio.speaker.read(1000).any()

    run_on_fake_clock(dialogue())


def test_a_confirmed_draft_lets_out_what_it_held_in_order() -> None:
    async def dialogue() -> None:
        events: list[Event] = []
        chat = ScriptedChat([["One moment.", GOAL], ["Done."]])
        async with asyncio.TaskGroup() as tasks:
            studio, tools = a_studio(chat, events, tasks)
            draft = Reply(studio, Turn(1, "make a goal", "voice", marks=TurnMarks(0.0)))
            task = draft.start()
            await asyncio.sleep(5)
            draft.confirm()
            assert not studio.speaker.idle
            while not task.done():
                await asyncio.sleep(0.02)
                studio.speaker.read(320)
        assert len(tools.runs) == 1
        kinds = [type(event) for event in events]
        assert kinds.index(UserTurn) < kinds.index(MessageKept) < kinds.index(ReplyStarted) < kinds.index(PhraseQueued)
        roles = [message.role for message in studio.history.messages()]
        assert roles == ["system", "user", "assistant", "tool", "assistant"]

    run_on_fake_clock(dialogue())


@pytest.mark.parametrize("resumes", [False, True])
def test_a_draft_outlives_the_pauses_of_the_next_turn_while_its_own_final_words_are_waited_for(resumes: bool) -> None:
    async def dialogue() -> None:
        stt = ScriptedStt(["tomorrow at noon please", "and"], delay=2.4)
        async with call(stt=stt, chat=ScriptedChat([["Fine."]])) as c:
            await c.caller.until(AgentStoppedSpeaking)
            await c.caller.speak(1.0)
            await c.caller.until(UserStoppedSpeaking)
            await c.caller.speak(0.2)
            await asyncio.sleep(0.24)
            if resumes:
                await c.caller.speak(0.2)
                await asyncio.sleep(0.24)
            assert len(c.caller.all(UserStartedSpeaking)) == 2 and not c.caller.all(UserTurn)
            await c.caller.until(UserTurn)
            assert (c.conversation.drafted.made, c.conversation.drafted.used) == (1, 1)

    run_on_fake_clock(dialogue())


def test_a_draft_of_words_that_were_none_is_dropped_with_its_turn() -> None:
    async def dialogue() -> None:
        chat = GivenUp([["One."] * 500])
        async with call(stt=Mistaken(["tomorrow"]), chat=chat) as c:
            await c.caller.until(AgentStoppedSpeaking)
            await c.caller.speak(0.5)
            await c.caller.until(UserStoppedSpeaking)
            await asyncio.sleep(0.5)
            assert c.conversation.drafted.made == 1
            assert chat.given_up and not c.caller.all(UserTurn)

    run_on_fake_clock(dialogue())


def test_nothing_is_drafted_while_an_earlier_turn_waits_for_a_tool() -> None:
    async def dialogue() -> None:
        tools = ScriptedTools({"goal": ToolOutcome("Goal created.", "done")}, delay=6.0)
        async with call(["stop", "tomorrow"], [[GOAL], ["Fine."]], tools) as c:
            await c.caller.until(AgentStoppedSpeaking)
            c.conversation.send_text("make a goal")
            await c.caller.until(ToolInProgress)
            for _ in range(2):
                await c.caller.speak(0.5)
                await asyncio.sleep(1.2)
            await c.caller.until_said("Fine.")
            assert [turn.text for turn in c.caller.all(UserTurn)] == ["make a goal", "stop", "tomorrow"]
            assert c.conversation.drafted.made == 0

    run_on_fake_clock(dialogue())


def test_a_limit_bounds_what_is_drafted_in_vain_until_time_goes_by_or_a_turn_is_heard() -> None:
    async def dialogue() -> None:
        events: list[Event] = []
        async with asyncio.TaskGroup() as tasks:
            drafts = Drafts(a_studio(ScriptedChat([]), events, tasks)[0], 2)
            for made in (1, 2, 2, 2):
                drafts.begin(Turn(1, "and", "voice", marks=TurnMarks(0.0)))
                assert drafts.count.made == made
                drafts.drop()
                await asyncio.sleep(1.0)
            await asyncio.sleep(SPAN - 4.0)
            drafts.begin(Turn(1, "and so", "voice", marks=TurnMarks(0.0)))
            drafts.begin(Turn(1, "and so on", "voice", marks=TurnMarks(0.0)))
            marks = TurnMarks(0.0)
            drafts.begin(Turn(1, "and so forth", "voice", marks=marks))
            assert drafts.count.made == 3, "only the oldest is forgotten by now"
            assert drafts.take(Turn(1, "and so on", "voice", marks=marks)) is None
            drafts.begin(Turn(2, "fresh", "voice"))
            reply = drafts.take(Turn(2, "fresh", "voice"))
            assert reply is not None and (drafts.count.made, drafts.count.used) == (4, 1)
            await reply.stop()

    run_on_fake_clock(dialogue())


def test_a_draft_to_other_words_of_the_same_pause_is_not_in_vain() -> None:
    async def dialogue() -> None:
        async with asyncio.TaskGroup() as tasks:
            drafts = Drafts(a_studio(ScriptedChat([]), [], tasks)[0], 1)
            marks = TurnMarks(0.0)
            for text in ("hello many days", "how many days", "how many days until friday"):
                assert drafts.begin(Turn(1, text, "voice", marks=marks))
            drafts.drop()
            assert not drafts.begin(Turn(1, "how many days until", "voice", marks=TurnMarks(1.0)))
            assert drafts.count.made == 3

    run_on_fake_clock(dialogue())


def test_one_turn_gets_so_many_drafts_however_long_it_is_and_the_next_one_others() -> None:
    async def dialogue() -> None:
        async with asyncio.TaskGroup() as tasks:
            drafts = Drafts(a_studio(ScriptedChat([]), [], tasks)[0], 3)
            for number in range(MOST + 3):
                made = drafts.begin(Turn(1, f"and {number}", "voice", marks=TurnMarks(number)))
                assert made == (number < MOST)
                drafts.drop()
                await asyncio.sleep(SPAN)
            assert drafts.begin(Turn(2, "fresh", "voice"))
            drafts.drop()

    run_on_fake_clock(dialogue())


def test_a_draft_answers_only_the_very_turn_it_was_made_for() -> None:
    async def dialogue() -> None:
        async with asyncio.TaskGroup() as tasks:
            drafts = Drafts(a_studio(ScriptedChat([]), [], tasks)[0], 3)
            marks = TurnMarks(0.0)
            turn = Turn(1, "yes", "voice", marks=marks)
            for other in (
                Turn(1, "yes please", "voice", marks=marks),
                Turn(2, "yes", "voice", marks=marks),
                Turn(1, "yes", "voice", marks=TurnMarks(0.0)),
                Notice("Are you still there?"),
            ):
                drafts.begin(turn)
                assert drafts.take(other) is None and drafts.take(turn) is None
            assert drafts.count.used == 0

    run_on_fake_clock(dialogue())


def a_studio(chat: ScriptedChat, events: list[Event], tasks: asyncio.TaskGroup) -> tuple[Studio, ScriptedTools]:
    tools = ScriptedTools({"goal": ToolOutcome("Goal created.", "done")})
    studio = Studio(
        llm=chat,
        tts=ToneTts(),
        tools=tools,
        history=History("system", 100),
        speaker=Speaker(RATE, events.append),
        settings=PipelineSettings(),
        text=lambda name: "Sorry.",
        tell=events.append,
        tasks=tasks,
        caller_quiet=asyncio.Event(),
    )
    studio.caller_quiet.set()
    return studio, tools


class Mistaken(ScriptedStt):
    """Sees words at a pause and, once the turn is over, none."""

    def open(self, vocabulary: Sequence[str] = (), previous: str = "") -> ScriptedStream:
        self.open_streams += 1
        return MistakenStream(self)


class MistakenStream(ScriptedStream):
    async def finish(self) -> Transcript:
        return Transcript("", final=True)


class GivenUp(ScriptedChat):
    """Tells whether its answer was still being made when it was given up."""

    given_up = False

    async def stream(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> AsyncIterator[Delta]:
        try:
            async for delta in super().stream(messages, tools):
                yield delta
        except asyncio.CancelledError:
            self.given_up = True
            raise
