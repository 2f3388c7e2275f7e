"""Ollama's `/api/chat` in bytes: the request, and one line of the answer. Pure.

Source: ollama/ollama main of August 2026, `api/types.go`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from models.llm import Message, ToolSpec, Usage

Think = bool | Literal["low", "medium", "high", "max"]

_NANOSECONDS: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Chunk:
    """One line: `calls` are (id, name, arguments); `reason` and `usage` come with the last one."""

    content: str = ""
    thinking: str = ""
    calls: tuple[tuple[str | None, str, Any], ...] = ()
    done: bool = False
    reason: str = ""
    usage: Usage | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class ChatTerms:
    """What is the same in every request: the server reloads the model when `options` change.

    `keep_alive` is in seconds (negative: for ever) or a duration such as `"10m"`.
    """

    model: str
    think: Think
    options: Mapping[str, Any]
    keep_alive: int | str


def chat_request(terms: ChatTerms, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> bytes:
    """Return the body of a request: byte by byte the same up to the first message that differs.

    The messages come last, so what a conversation adds is appended, and the server's cache of the prefix holds.
    """
    body: dict[str, Any] = {
        "model": terms.model,
        "stream": True,
        "think": terms.think,
        "keep_alive": terms.keep_alive,
        "options": dict(terms.options),
    }
    if tools:
        body["tools"] = [tool_json(tool) for tool in tools]
    body["messages"] = [_message(message) for message in messages]
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


def tool_json(tool: ToolSpec) -> dict[str, Any]:
    """Return a tool with the whole of its schema, as Ollama and OpenAI know it."""
    function = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    return {"type": "function", "function": function}


def read_chunk(line: bytes) -> Chunk:
    """Read one line of the answer; raises ValueError where it is none."""
    try:
        told = json.loads(line)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if not isinstance(told, dict):
        raise ValueError("a line is no JSON object")
    if told.get("error"):
        return Chunk(error=str(told["error"]))
    message = told.get("message") or {}
    if not isinstance(message, dict):
        raise ValueError("the message is no JSON object")
    done = bool(told.get("done"))
    return Chunk(
        content=_text(message.get("content")),
        thinking=_text(message.get("thinking")),
        calls=tuple(_call(call) for call in message.get("tool_calls") or ()),
        done=done,
        reason=_text(told.get("done_reason")),
        usage=_usage(told) if done else None,
    )


def _message(message: Message) -> dict[str, Any]:
    told: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.tool_calls:
        told["tool_calls"] = [
            {
                **({"id": call.id} if call.id else {}),
                "function": {"index": index, "name": call.name, "arguments": dict(call.arguments)},
            }
            for index, call in enumerate(message.tool_calls)
        ]
    if message.tool_name:
        told["tool_name"] = message.tool_name
    if message.tool_call_id:
        told["tool_call_id"] = message.tool_call_id
    return told


def _call(call: Any) -> tuple[str | None, str, Any]:
    function = call.get("function") if isinstance(call, dict) else None
    if not isinstance(function, dict):
        raise ValueError("a tool call has no function")
    return _text(call.get("id")) or None, _text(function.get("name")), function.get("arguments")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _usage(told: Mapping[str, Any]) -> Usage:
    # What is zero is left out of the line.
    def number(name: str) -> int:
        value = told.get(name, 0)
        return value if isinstance(value, int) else 0

    return Usage(
        prompt_tokens=number("prompt_eval_count"),
        completion_tokens=number("eval_count"),
        load_seconds=number("load_duration") * _NANOSECONDS,
        prompt_seconds=number("prompt_eval_duration") * _NANOSECONDS,
        completion_seconds=number("eval_duration") * _NANOSECONDS,
    )
