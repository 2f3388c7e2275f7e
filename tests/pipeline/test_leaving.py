"""An agent that must go, because the server stops."""

from intents.toolbox import ToolOutcome
from models.llm import ToolCall
from pipeline.events import AgentStartedSpeaking, AgentStoppedSpeaking, PhraseFinished, ToolInProgress, UserTurn
from tests.clock import on_fake_clock
from tests.pipeline.scripted import ScriptedTools, call


@on_fake_clock
async def test_an_agent_that_must_go_says_so_and_the_call_ends_when_that_was_heard() -> None:
    async with call([], [["one two three four five six seven eight nine ten."]]) as c:
        await c.caller.until(AgentStoppedSpeaking)
        c.conversation.send_text("tell me")
        await c.caller.until(AgentStartedSpeaking, 2)
        c.conversation.take_leave("shutdown")
        assert await c.ended == "shutdown"
        assert c.caller.all(PhraseFinished)[-1].heard == "I must go. Goodbye."


@on_fake_clock
async def test_the_goodbye_is_said_though_the_caller_speaks_during_a_tool() -> None:
    tools = ScriptedTools({"goal": ToolOutcome("Goal created.", "done")}, delay=6.0)
    async with call(["no"], [[ToolCall(None, "goal", {})]], tools) as c:
        await c.caller.until(AgentStoppedSpeaking)
        c.conversation.send_text("make a goal")
        await c.caller.until(ToolInProgress)
        c.conversation.take_leave("shutdown")
        await c.caller.speak(0.8)
        assert await c.ended == "shutdown"
        assert c.caller.all(PhraseFinished)[-1].heard == "I must go. Goodbye."
        assert [turn.text for turn in c.caller.all(UserTurn)] == ["make a goal", "no"]


@on_fake_clock
async def test_nobody_is_told_that_the_agent_must_go_where_nobody_is_there() -> None:
    async with call([]) as c:
        await c.caller.until(AgentStoppedSpeaking)
        c.conversation.detach()
        c.conversation.take_leave("shutdown")
        assert await c.ended == "shutdown"
        assert not [phrase for phrase in c.caller.all(PhraseFinished) if "Goodbye" in phrase.text]
