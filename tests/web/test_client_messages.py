"""Whatever a client says is understood or refused; nothing it says raises."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from web import client_messages as client
from web.rtvi import MAX_MESSAGE

TYPES = [
    "client-ready",
    "disconnect-bot",
    "client-message",
    "send-text",
    "append-to-context",
    "dtmf",
    "llm-function-call-result",
    "signalling",
    "no-such-type",
]
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ["t", "d", "content", "options", "role", "buttons", "run_immediately", "version", "receiver_index", "enabled"]
MESSAGES = st.fixed_dictionaries(
    {"type": st.sampled_from(TYPES)},
    optional={
        "id": JSON,
        "label": st.just("rtvi-ai") | JSON,
        "data": st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=4) | JSON,
        "message": st.dictionaries(st.sampled_from(["type", *FIELDS]), JSON, max_size=4) | JSON,
    },
)


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ({"type": "client-ready", "data": {"version": "2.1.0", "about": {"library": "x"}}}, client.ClientReady),
        ({"type": "client-ready"}, client.ClientReady),
        ({"type": "disconnect-bot", "data": {}}, client.DisconnectBot),
        ({"type": "client-message", "data": {"t": "about", "d": None}}, client.Request),
        ({"type": "send-text", "data": {"content": "hi", "options": {"run_immediately": True}}}, client.SendText),
        ({"type": "append-to-context", "data": {"role": "user", "content": "hi"}}, client.AppendToContext),
        ({"type": "dtmf", "data": {"buttons": ["1", "#"]}}, client.Dtmf),
        (
            {"type": "llm-function-call-result", "data": {"function_name": "f", "tool_call_id": "1", "result": 1}},
            client.ToolResult,
        ),
        (
            {"type": "signalling", "message": {"type": "trackStatus", "receiver_index": 0, "enabled": True}},
            client.Signalling,
        ),
    ],
)
def test_what_the_sdk_sends_is_understood(message: dict[str, Any], kind: type) -> None:
    assert isinstance(client.parse(json.dumps({"label": "rtvi-ai", "id": "1", **message})), kind)


def test_a_ping_is_no_json() -> None:
    assert isinstance(client.parse("ping: 1700000000000"), client.Ping)


@pytest.mark.parametrize(
    "raw",
    [
        b"\x00",
        "",
        "{",
        "null",
        '{"type":"send-text"}',
        '{"type":"send-text","data":{"content":"  "}}',
        '{"type":"dtmf","data":{"buttons":["x"]}}',
        '{"type":"disconnect-bot","label":"other"}',
        '{"type":"nothing"}',
        "\ud800",
        "é" * (MAX_MESSAGE // 2 + 1),
        "[" * 5_000,
    ],
)
def test_what_is_wrong_is_refused_with_a_reason(raw: str | bytes) -> None:
    refused = client.parse(raw)
    assert isinstance(refused, client.Refused) and refused.reason


def test_a_wrong_request_is_refused_by_its_id() -> None:
    refused = client.parse('{"type":"client-message","id":"7","data":{}}')
    assert isinstance(refused, client.Refused) and refused.id == "7" and refused.reason.startswith("data.t")


def test_a_refusal_does_not_repeat_what_was_said() -> None:
    refused = client.parse('{"type":"send-text","data":{"content":["my secret"]}}')
    assert isinstance(refused, client.Refused) and "secret" not in refused.reason


@settings(max_examples=300, deadline=None)
@given(MESSAGES)
def test_no_message_raises(message: dict[str, Any]) -> None:
    client.parse(json.dumps(message))


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200) | st.binary(max_size=200))
def test_no_garbage_raises(raw: str | bytes) -> None:
    client.parse(raw)
