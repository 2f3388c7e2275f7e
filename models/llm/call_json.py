"""Reads tool calls out of what a model wrote as text: JSON of several shapes, mended where it is broken.

Shapes seen in the wild (ollama issues 11662, 14477, 15098, 16937; the chat templates of Qwen, Hermes, Llama, Mistral):
`{"name", "arguments"}`, `{"function": {…}}`, lists of these, `{"tool_calls": […]}`, and Qwen-Coder's
`<function=name><parameter=key>value</parameter></function>`.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from json_repair import repair_json

from models.llm import ToolCall, ToolSpec

_NAME: Final = re.compile(r"[\w.:-]{1,64}")
_NAME_KEYS: Final = ("name", "tool_name", "tool", "function")
_ARGUMENT_KEYS: Final = ("arguments", "parameters", "args", "input")
_WRAPPERS: Final = ("tool_calls", "tool_call", "function_call")
_PLAIN: Final = {*_NAME_KEYS, "type", "id"}
KEYS: Final = frozenset((*_NAME_KEYS, *_ARGUMENT_KEYS, *_WRAPPERS, "type", "id"))
"""Keys with which the JSON of a call can begin."""

_FUNCTION: Final = re.compile(r"<function=([^>]{1,64})>(.*)", re.DOTALL)
_PARAMETER: Final = re.compile(r"<parameter=([^>]{1,64})>\n?(.*?)\n?</parameter>", re.DOTALL)


def arguments_of(given: Any) -> Mapping[str, Any] | None:
    """Return a call's arguments, given as an object or as its JSON text; None where they are neither."""
    if isinstance(given, str):
        given = _loads(given) if given.strip() else {}
    if given is None:
        return {}
    return given if isinstance(given, Mapping) else None


def calls_in_json(text: str, tools: Sequence[ToolSpec]) -> list[ToolCall]:
    """Return the calls that `text`, one JSON value, stands for; none where it is anything else."""
    value = _loads(text)
    for wrapper in _WRAPPERS:
        if isinstance(value, dict) and wrapper in value:
            value = value[wrapper]
    offered = {tool.name for tool in tools}
    calls = [_call(item, offered) for item in (value if isinstance(value, list) else [value])]
    return [call for call in calls if call is not None] if all(calls) else []


def calls_in_element(text: str, tools: Sequence[ToolSpec]) -> list[ToolCall]:
    """Return the call of a `<function=name>…` element; none where it holds neither JSON nor parameters."""
    found = _FUNCTION.match(text)
    if found is None:
        return []
    name, inner = found[1].strip().strip("\"'"), found[2].removesuffix("</function>").strip()
    if inner.startswith("{"):
        given = arguments_of(inner)
        return [] if given is None else [ToolCall(None, name, given)]
    types = next((_types(tool) for tool in tools if tool.name == name), {})
    values = {key.strip(): _typed(value, types.get(key.strip())) for key, value in _PARAMETER.findall(inner)}
    return [ToolCall(None, name, values)] if values or not inner else []


def _loads(text: str) -> Any:
    try:
        return json.loads(text, strict=False)
    except RecursionError:
        return None
    except ValueError:
        try:
            return repair_json(text, return_objects=True, skip_json_loads=True)
        except (ValueError, RecursionError):
            return None


def _call(item: Any, offered: set[str]) -> ToolCall | None:
    if not isinstance(item, dict):
        return None
    if isinstance(item.get("function"), dict):
        item = item["function"]
    name = next((item[key] for key in _NAME_KEYS if isinstance(item.get(key), str)), "")
    if not _NAME.fullmatch(name):
        return None
    if name not in offered and re.split(r"[.:]", name)[-1] in offered:
        name = re.split(r"[.:]", name)[-1]  # functions.get_time
    key = next((key for key in _ARGUMENT_KEYS if key in item), None)
    if key is None:
        return ToolCall(None, name, {}) if name in offered and item.keys() <= _PLAIN else None
    if name not in offered and not ("name" in item and key in ("arguments", "parameters")):
        return None
    given = arguments_of(item[key])
    return None if given is None else ToolCall(None, name, given)


def _types(tool: ToolSpec) -> Mapping[str, Any]:
    properties = tool.parameters.get("properties", {})
    return {name: schema.get("type") for name, schema in properties.items() if isinstance(schema, Mapping)}


def _typed(value: str, kind: Any) -> Any:
    """Return a parameter's value as its schema has it: an element knows only text."""
    if kind in (None, "string"):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value  # the check of the arguments tells the model what is wrong with it
