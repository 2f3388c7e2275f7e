"""Who answers on the socket: the box's own agent, as far as the client describes no other."""

import json
from collections.abc import Sequence
from typing import Any, Final

from models.llm import Message, ToolCall
from pipeline.seams import Persona
from web.voice_agent.settings_message import Agent, HistoryCall, HistoryEntry

MAX_PROMPT: Final = 25_000
"""Characters of a prompt; Deepgram takes as many for the models it runs itself."""


class DescribedAgent:
    """The box's agent with the prompt and the greeting of the client; satisfies `pipeline.seams.Persona`.

    An agent with a prompt of its own, or one that goes on with an earlier conversation, is no more the box's: without
    a greeting of its own it begins in silence, as Deepgram's do.
    """

    def __init__(self, own: Persona, described: Agent) -> None:
        self._own = own
        think = described.think
        prompt = think.prompt if think is not None else None
        self.prompt = prompt[:MAX_PROMPT] if prompt else own.prompt
        stranger = bool(prompt or earlier_messages(described))
        given = described.greeting
        self.greeting = given if given is not None else "" if stranger else own.greeting

    @property
    def vocabulary(self) -> Sequence[str]:
        """What the box's callers are likely to say."""
        return self._own.vocabulary

    def text(self, name: str) -> str:
        """Return a fixed text of the box's agent."""
        return self._own.text(name)


def earlier_messages(described: Agent) -> list[Message]:
    """Return the conversation that the client goes on with, as the model sees it."""
    entries = (described.context.messages if described.context is not None else None) or []
    return [message for entry in entries for message in _messages(entry)]


def _messages(entry: HistoryEntry) -> list[Message]:
    if entry.function_calls:
        calls = tuple(ToolCall(call.id, call.name, _arguments(call)) for call in entry.function_calls)
        answers = [
            Message("tool", call.response, tool_call_id=call.id, tool_name=call.name) for call in entry.function_calls
        ]
        return [Message("assistant", entry.content or "", calls), *answers]
    return [Message(entry.role, entry.content)] if entry.role and entry.content else []


def _arguments(call: HistoryCall) -> dict[str, Any]:
    try:
        arguments = json.loads(call.arguments)
    except ValueError:
        return {}
    return arguments if isinstance(arguments, dict) else {}
