"""OpenAI's chat completions: messages as they are sent, and calls put together from their parts. Pure.

Source: the types of openai 3.54; vLLM, llama.cpp and TGI for what they add or do differently.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from models.llm import Message, Usage

CallPart = tuple[int, str | None, str | None, Any]
"""Index, id, name and a piece of the arguments."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """One event of an answer; `reason` comes with the last of its choice, `usage` after it."""

    content: str = ""
    thinking: str = ""
    calls: tuple[CallPart, ...] = ()
    reason: str | None = None
    usage: Usage | None = None


@dataclass(slots=True)
class _Parts:
    id: str | None
    name: str
    arguments: str
    whole: Mapping[str, Any] | None = None


class CallParts:
    """Puts calls together: each comes as an id and a name, then pieces of its arguments' JSON."""

    def __init__(self) -> None:
        self._calls: list[_Parts] = []
        self._open: dict[int, _Parts] = {}

    def feed(self, index: int, id: str | None, name: str | None, arguments: Any) -> None:
        """Take one piece of the call at `index`.

        Servers that number all calls 0 are known by the new id, those that send arguments as an object are taken at
        their word.
        """
        parts = self._open.get(index)
        if parts is None or (id and parts.id and id != parts.id):
            parts = _Parts(id or None, "", "")
            self._open[index] = parts
            self._calls.append(parts)
        parts.id = parts.id or id or None
        parts.name = parts.name or name or ""
        if isinstance(arguments, Mapping):
            parts.whole = arguments
        else:
            parts.arguments += arguments or ""

    def calls(self) -> list[tuple[str | None, str, Any]]:
        """Return all calls as (id, name, arguments)."""
        return [(parts.id, parts.name, parts.whole or parts.arguments) for parts in self._calls]


def messages_json(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """Return the messages as OpenAI knows them; every answer of a tool names its call."""
    return [_message(message) for message in messages]


def read_chunk(event: Any) -> Chunk:
    """Read one event as the official client gives it, which checks nothing; raises ValueError where it is none."""
    if not isinstance(event, BaseModel):
        raise ValueError("an event is no object")
    told = event.model_dump(warnings=False)
    try:
        usage = _usage(told.get("usage"), told.get("timings"))
        if not told.get("choices"):
            return Chunk(usage=usage)
        choice = told["choices"][0]
        delta = choice["delta"]
        return Chunk(
            content=delta.get("content") or "",
            thinking=delta.get("reasoning_content") or delta.get("reasoning") or "",
            calls=tuple(_part(call) for call in delta.get("tool_calls") or ()),
            reason=choice.get("finish_reason"),
            usage=usage,
        )
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("an event is not as it should be") from error


def _part(call: Mapping[str, Any]) -> CallPart:
    function = call.get("function") or {}
    return call.get("index") or 0, call.get("id"), function.get("name"), function.get("arguments")


def _usage(usage: Mapping[str, Any] | None, timings: Mapping[str, Any] | None) -> Usage | None:
    """Return what was told of tokens, and of durations where the server is llama.cpp."""
    if usage is None and timings is None:
        return None
    tokens, milliseconds = usage or {}, timings or {}

    def seconds(name: str) -> float | None:
        value = milliseconds.get(name)
        return value / 1000 if isinstance(value, int | float) else None

    return Usage(
        prompt_tokens=tokens.get("prompt_tokens"),
        completion_tokens=tokens.get("completion_tokens"),
        prompt_seconds=seconds("prompt_ms"),
        completion_seconds=seconds("predicted_ms"),
    )


def _message(message: Message) -> dict[str, Any]:
    told: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.tool_calls:
        told["content"] = message.content or None
        told["tool_calls"] = [
            {
                "id": call.id or call.name,
                "type": "function",
                "function": {
                    "name": call.name,
                    "arguments": json.dumps(dict(call.arguments), ensure_ascii=False),
                },
            }
            for call in message.tool_calls
        ]
    if message.role == "tool":
        told["tool_call_id"] = message.tool_call_id or message.tool_name or ""
    return told
