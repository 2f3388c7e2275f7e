"""Who answers: the box's agent, with what a client describes in place of its own."""

from typing import Any

import pytest

from models.llm import Message, ToolCall
from tests.pipeline.scripted import PlainAgent
from web.voice_agent.persona import MAX_PROMPT, DescribedAgent, earlier_messages
from web.voice_agent.settings_message import Agent

TALK = [{"type": "History", "role": "user", "content": "I am Ada."}]


@pytest.mark.parametrize(
    ("described", "prompt", "greeting"),
    [
        ({}, "You are a test.", "Hello."),
        ({"greeting": "Hi there."}, "You are a test.", "Hi there."),
        ({"greeting": ""}, "You are a test.", ""),
        ({"think": {"prompt": "You are Bo."}}, "You are Bo.", ""),
        ({"think": {"prompt": "You are Bo."}, "greeting": "Bo here."}, "You are Bo.", "Bo here."),
        ({"think": {"provider": {"type": "open_ai"}}}, "You are a test.", "Hello."),
        ({"context": {"messages": TALK}}, "You are a test.", ""),
        ({"context": {"messages": []}}, "You are a test.", "Hello."),
    ],
)
def test_what_the_client_gives_replaces_the_boxs_own(described: dict[str, Any], prompt: str, greeting: str) -> None:
    agent = DescribedAgent(PlainAgent(), Agent(**described))
    assert (agent.prompt, agent.greeting) == (prompt, greeting)
    assert agent.text("apology") == "Sorry, that failed."


def test_a_prompt_is_taken_up_to_its_limit() -> None:
    agent = DescribedAgent(PlainAgent(), Agent.model_validate({"think": {"prompt": "x" * (MAX_PROMPT + 1)}}))
    assert len(agent.prompt) == MAX_PROMPT


def test_an_earlier_conversation_is_read_with_its_calls() -> None:
    call = {"id": "7", "name": "goal", "client_side": True, "arguments": '{"a": 1}', "response": "Done."}
    broken = call | {"id": "8", "arguments": "not json"}
    context = {"messages": [*TALK, {"function_calls": [call, broken]}, {"role": "assistant", "content": "Hello Ada."}]}
    assert earlier_messages(Agent.model_validate({"context": context})) == [
        Message("user", "I am Ada."),
        Message("assistant", "", (ToolCall("7", "goal", {"a": 1}), ToolCall("8", "goal", {}))),
        Message("tool", "Done.", tool_call_id="7", tool_name="goal"),
        Message("tool", "Done.", tool_call_id="8", tool_name="goal"),
        Message("assistant", "Hello Ada."),
    ]
