"""A call that is cancelled or ended at any await of any of its tasks closes everything.

Between two rounds of the event loop each task rests at some await, so that breaking the call off before every round
reaches all of them. `make test` tries some hundred rounds, `make soak` every one.
"""

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intents.toolbox import ToolOutcome
from models.llm import END_CALL, ToolCall
from pipeline.events import (
    AgentStartedSpeaking,
    AgentStoppedSpeaking,
    ConversationEnded,
    MessageKept,
    ToolStarted,
    ToolStopped,
    TurnLatency,
)
from tests.clock import FakeClockLoop
from tests.pipeline.scripted import Call, Response, ScriptedTools, call

GOAL = ToolCall(None, "goal", {})
END = ToolCall(None, END_CALL.name, {})


async def whole_call(break_off_at: int | None, how: str) -> tuple[int, str | None]:
    """Hold a call with all that can be under way in one; returns the rounds the loop went, and why the call ended."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, FakeClockLoop)
    tools = ScriptedTools({"goal": ToolOutcome("Goal created.", "done")})
    answers: list[Response] = [[GOAL], ["All of it is done now."], ["Help is here, and more of it."], ["Bye.", END]]
    async with call(["my goal", "help me please"], answers, tools) as c:
        c.conversation.watch(watcher := Watcher())

        def break_off(step: int) -> None:
            if step == break_off_at:
                c.ended.cancel() if how == "cancel" else c.conversation.end("caller")

        loop.before_step(break_off)
        speaking = asyncio.create_task(talk(c))
        await asyncio.wait([c.ended])
        steps = loop.steps
        speaking.cancel()
        await asyncio.wait([speaking])
    watcher.check(c.stt.open_streams)
    return steps, None if c.ended.cancelled() else c.ended.result()


async def talk(c: Call) -> None:
    await c.caller.until(AgentStartedSpeaking)
    await c.caller.speak(0.8)  # over the greeting
    await c.caller.until(ToolStopped)
    await c.caller.until(AgentStartedSpeaking, 2)
    c.conversation.send_text("and later", interrupt=False)
    await c.caller.speak(0.8)  # over the answer
    await c.caller.until(MessageKept, 5)
    c.conversation.detach()
    await asyncio.sleep(0.2)
    c.conversation.attach(c.caller)
    await c.caller.until(AgentStoppedSpeaking, 3)
    c.conversation.send_text("bye")


class Watcher:
    """Notes what the recorder would be told."""

    def __init__(self) -> None:
        self.events: list[Any] = []

    def __call__(self, event: Any) -> None:
        self.events.append(event)

    def check(self, open_streams: int) -> None:
        kinds = [type(event) for event in self.events]
        assert kinds[-1] is ConversationEnded and kinds.count(ConversationEnded) == 1
        assert kinds.count(ToolStarted) == kinds.count(ToolStopped)
        turns = [event.turn for event in self.events if isinstance(event, TurnLatency)]
        assert len(turns) == len(set(turns))
        assert open_streams == 0


def run(break_off_at: int | None, how: str) -> tuple[int, str | None]:
    with asyncio.Runner(loop_factory=FakeClockLoop) as runner:
        return runner.run(whole_call(break_off_at, how))


STEPS, REASON = run(None, "cancel")
BEGUN = 3
"""The step at which `Conversation.run` has begun; a task that is cancelled earlier runs none of its code."""


@settings(max_examples=100, deadline=None)
@given(st.integers(BEGUN, STEPS), st.sampled_from(["cancel", "end"]))
def test_a_call_broken_off_at_an_await_closes_everything(step: int, how: str) -> None:
    run(step, how)


@pytest.mark.soak
@pytest.mark.parametrize("how", ["cancel", "end"])
def test_a_call_broken_off_at_every_await_closes_everything(how: str) -> None:
    for step in range(BEGUN, STEPS + 1):
        run(step, how)


def test_the_whole_call_takes_the_way_it_is_meant_to() -> None:
    assert REASON == "goodbye" and STEPS > 500
