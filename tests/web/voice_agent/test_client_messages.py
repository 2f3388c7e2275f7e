"""What clients send: the SDK's own messages are understood, everything else is refused with the protocol's code."""

import json
from typing import Any

import pytest
from deepgram.agent.v1 import types as sdk

from web.voice_agent import client_messages as client
from web.voice_agent.client_messages import RefusedError, parse
from web.voice_agent.settings_message import Settings

FLUX = {
    "type": "Settings",
    "audio": {
        "input": {"encoding": "linear16", "sample_rate": 16_000},
        "output": {"encoding": "linear16", "sample_rate": 24_000, "container": "none"},
    },
    "agent": {
        "listen": {"provider": {"type": "deepgram", "version": "v1", "model": "nova-3"}},
        "think": {
            "provider": {"type": "open_ai", "model": "gpt-4o-mini", "temperature": 0.3},
            "prompt": "You are Flux.",
            "functions": [{"name": "f", "description": "does it", "parameters": {"type": "object", "properties": {}}}],
        },
        "speak": {"provider": {"type": "deepgram", "model": "aura-2-thalia-en"}},
        "greeting": "Hi",
        "context": {"messages": []},
    },
    "flags": {"history": True},
}


def settings(**audio: Any) -> str:
    return json.dumps({"type": "Settings", "audio": audio, "agent": {}})


def refused(raw: str) -> tuple[str, str]:
    with pytest.raises(RefusedError) as refusal:
        parse(raw)
    return refusal.value.code, refusal.value.description


def test_what_deepgrams_documentation_shows_as_settings_is_understood() -> None:
    message = parse(json.dumps(FLUX))
    assert isinstance(message, Settings) and message.wants_history
    agent = message.described_agent
    assert agent.think is not None and agent.think.functions is not None
    assert agent.think.functions[0].name == "f" and agent.greeting == "Hi" and agent.names_engines


def test_each_message_of_the_sdk_is_understood_with_the_nulls_that_it_sends() -> None:
    think: Any = {"provider": {"type": "open_ai", "model": "gpt-4o-mini"}, "prompt": "Be brief."}
    speak: Any = {"provider": {"type": "deepgram", "model": "aura-2-thalia-en"}}
    listen: Any = {"provider": {"type": "deepgram", "version": "v1", "model": "nova-3"}}
    sent = {
        client.KeepAlive: sdk.AgentV1KeepAlive(type="KeepAlive"),
        client.FunctionCallResponse: sdk.AgentV1SendFunctionCallResponse(
            type="FunctionCallResponse", id="1:0:0", name="f", content="{}"
        ),
        client.UpdatePrompt: sdk.AgentV1UpdatePrompt(type="UpdatePrompt", prompt="Be brief."),
        client.UpdateThink: sdk.AgentV1UpdateThink(type="UpdateThink", think=think),
        client.UpdateEngine: sdk.AgentV1UpdateSpeak(type="UpdateSpeak", speak=speak),
        client.InjectAgentMessage: sdk.AgentV1InjectAgentMessage(type="InjectAgentMessage", message="Hello."),
        client.InjectUserMessage: sdk.AgentV1InjectUserMessage(type="InjectUserMessage", content="Hello."),
        client.ForceEndTurn: sdk.AgentV1ForceEndTurn(type="ForceEndTurn"),
    }
    for kind, message in sent.items():
        whole = {field: getattr(message, field) for field in type(message).model_fields}
        assert isinstance(parse(json.dumps(whole, default=lambda part: part.dict())), kind)
    assert isinstance(parse(json.dumps(sdk.AgentV1UpdateListen(listen=listen).dict())), client.UpdateEngine)


def test_what_is_left_out_of_settings_is_deepgrams_default() -> None:
    message = parse('{"type": "Settings", "audio": {"output": null}, "agent": "a-stored-one", "flags": null}')
    assert isinstance(message, Settings)
    assert message.audio.input is None and not message.described_agent.names_engines


def test_of_several_models_the_first_counts() -> None:
    thinks = [{"prompt": "first", "provider": {}}, {"prompt": "second"}]
    message = parse(json.dumps({"type": "Settings", "audio": {}, "agent": {"think": thinks}}))
    assert isinstance(message, Settings) and message.described_agent.think is not None
    assert message.described_agent.think.prompt == "first"


@pytest.mark.parametrize("raw", ["", "{", "null", "[]", '"Settings"', "[" * 100_000, "{}", '{"type": "Nonsense"}'])
def test_what_is_no_message_is_unparsable(raw: str) -> None:
    assert refused(raw)[0] == "UNPARSABLE_CLIENT_MESSAGE"


def test_a_wrong_field_is_named_and_its_value_is_not() -> None:
    code, text = refused('{"type": "InjectUserMessage", "content": {"secret": "my doctor"}}')
    assert code == "UNPARSABLE_CLIENT_MESSAGE" and "content" in text and "doctor" not in text


@pytest.mark.parametrize(
    ("audio", "named"),
    [
        ({"input": {"encoding": "opus", "sample_rate": 48_000}}, "audio.input.encoding"),
        ({"input": {"encoding": "mulaw", "sample_rate": 16_000}}, "8000"),
        ({"input": {"encoding": "linear16", "sample_rate": 11_025}}, "multiple of 50"),
        ({"output": {"encoding": "linear16", "sample_rate": 96_000}}, "audio.output.sample_rate"),
        ({"output": {"container": "wav"}}, "audio.output.container"),
    ],
)
def test_a_format_that_is_not_spoken_here_is_refused_by_name(audio: dict[str, Any], named: str) -> None:
    code, text = refused(settings(**audio))
    assert code == "INVALID_SETTINGS" and named in text
