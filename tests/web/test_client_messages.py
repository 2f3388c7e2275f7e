"""What the SDKs say is understood, and what is wrong is refused with a reason; see also the fuzzed messages."""

import json
from typing import Any

import pytest

from web import client_messages as client
from web.rtvi import MAX_MESSAGE


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
