"""A draft reply that is dropped leaves no trace; one that is confirmed lets everything out."""

import asyncio

from intents.toolbox import ToolOutcome
from models.llm import ToolCall
from pipeline.events import Event, MessageKept, PhraseQueued, ReplyStarted, UserTurn
from pipeline.history import History
from pipeline.latency import TurnMarks
from pipeline.reply import Reply
from pipeline.settings import PipelineSettings
from pipeline.speaker import Speaker
from pipeline.studio import Studio, Turn
from tests.clock import run_on_fake_clock
from tests.pipeline.scripted import RATE, ScriptedChat, ScriptedTools, ToneTts

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
    )
    return studio, tools
