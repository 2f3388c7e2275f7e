"""Whole conversations on the fake clock, watched turn by turn: what is told of each, and that it is told once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from intents.toolbox import ToolOutcome
from models.errors import EngineError
from models.llm import ToolCall
from pipeline.endpoint_settings import EndpointSettings
from pipeline.events import AgentStoppedSpeaking, MessageKept, ToolStarted, UserTurn
from pipeline.settings import PipelineSettings
from pipeline.spans import TurnRecord
from pipeline.turn_watch import TurnWatch
from tests.clock import on_fake_clock
from tests.pipeline.scripted import Call, Response, ScriptedTools, call

GOAL = ToolCall(None, "submit_goal_intent", {"goal_statement": "learn guitar"})
DONE = {"submit_goal_intent": ToolOutcome("Goal created.", "done", {"kind": "goal"})}


@asynccontextmanager
async def watched_call(
    hears: list[str | EngineError],
    answers: list[Response],
    tools: ScriptedTools | None = None,
    settings: PipelineSettings | None = None,
) -> AsyncIterator[tuple[Call, list[TurnRecord], TurnWatch]]:
    turns: list[TurnRecord] = []
    async with call(hears, answers, tools, settings=settings) as c:
        watch = TurnWatch(asyncio.get_running_loop().time, turns.append)
        c.conversation.watch(watch.watch)
        await c.caller.until(AgentStoppedSpeaking)
        yield c, turns, watch


@on_fake_clock
async def test_a_spoken_turn_with_a_tool_is_told_when_its_answer_was_heard() -> None:
    answers: list[Response] = [[GOAL], ["I have kept it."]]
    settings = PipelineSettings(drafts=0)
    async with watched_call(["learn guitar"], answers, ScriptedTools(DONE), settings=settings) as (c, turns, watch):
        await c.caller.speak(1.5)
        await c.caller.until(UserTurn)
        watch.heard(1, 0.9)
        watch.heard(7, 0.1)
        assert turns == []
        await c.caller.until(MessageKept, 3)
        (turn,) = turns
        assert (turn.index, turn.modality, turn.heard, turn.interrupted) == (1, "voice", 0.9, False)
        assert turn.latency is not None and turn.latency.speech_end is not None
        marks = turn.latency.marks
        assert marks["endpoint"] is not None and marks["audio_out"] is not None
        first, second = turn.answers
        (run,) = turn.tools
        assert (run.name, run.status) == ("submit_goal_intent", "done")
        # One clock: the model was asked after the turn had ended, the tool between its two responses.
        end = turn.latency.speech_end
        assert (
            end + marks["endpoint"] / 1000 - 1e-6 <= first.began < first.ended <= run.began < run.ended <= second.began
        )
        assert first.first is not None and first.began < first.first <= first.ended
        assert marks["llm_first_token"] == round((first.first - end) * 1000, 1)
        assert turn.over is not None and turn.over >= second.ended


@on_fake_clock
async def test_a_model_that_fails_is_told_by_the_kind_of_its_failure() -> None:
    async with watched_call([], [[EngineError("my doctor said no")]]) as (c, turns, _):
        c.conversation.send_text("call my doctor")
        await c.caller.until(MessageKept, 3)
        (answer,) = turns[0].answers
        assert (answer.failure, answer.first, answer.usage) == ("EngineError", None, None)
        assert turns[0].modality == "text"


@on_fake_clock
async def test_an_answer_that_is_cut_waits_for_its_tool_and_the_next_turn_is_its_own() -> None:
    slow = ScriptedTools(DONE, delay=5.0)
    first: Response = ["Let me see what I can do about that for you.", GOAL]
    async with watched_call([], [first, ["Yes."]], slow) as (c, turns, _):
        c.conversation.send_text("learn guitar")
        await c.caller.until(ToolStarted)
        await asyncio.sleep(1.0)
        c.conversation.send_text("are you there")
        await c.caller.until(MessageKept, 5)
        assert [(turn.index, turn.interrupted, len(turn.answers), len(turn.tools)) for turn in turns] == [
            (1, True, 1, 1),
            (2, False, 1, 0),
        ]
        assert all(turn.latency is not None for turn in turns)


@on_fake_clock
async def test_a_turn_that_the_end_of_the_call_cuts_is_told_and_only_once() -> None:
    turns: list[TurnRecord] = []
    async with call([], [["This is a long answer that nobody hears to its end."]]) as c:
        c.conversation.watch(TurnWatch(asyncio.get_running_loop().time, turns.append).watch)
        c.conversation.send_text("tell me")
        await c.caller.until(UserTurn)
        await asyncio.sleep(1.0)
        c.conversation.end("caller")
        await c.ended
        assert [(turn.index, turn.interrupted) for turn in turns] == [(1, True)]
        assert turns[0].latency is not None


@on_fake_clock
async def test_a_draft_that_was_dropped_leaves_no_response_of_the_model_behind() -> None:
    settings = PipelineSettings(drafts=3, endpoint=EndpointSettings(shortest=1.0, usual=1.0, longest=1.0))
    answers: list[Response] = [["To the half."], ["To the whole."]]
    async with watched_call(["first half and more"], answers, settings=settings) as (c, turns, _):
        await c.caller.speak(1.0)
        await asyncio.sleep(0.6)  # a pause long enough for a draft, too short for the end
        await c.caller.speak(1.0)
        await c.caller.until(MessageKept, 3)
        assert len(c.chat.seen) == 2, "a draft was made and dropped"
        assert [len(turn.answers) for turn in turns] == [1]
