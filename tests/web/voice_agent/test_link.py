"""The socket itself: who may open it, what ends it, and that nothing else suffers."""

import asyncio
import json
from contextlib import suppress
from typing import Any

import pytest
from aiohttp import ClientSession, WSCloseCode, WSMsgType, WSServerHandshakeError
from deepgram.core.api_error import ApiError

from pipeline.events import AgentStartedSpeaking, UserTurn
from tests.e2e.deepgram_caller import deepgram
from tests.web.voice_agent.scripted import SETTINGS, AgentServer, connected, serve, told
from web.keys import SESSIONS
from web.own_settings import WebSettings
from web.voice_agent import link, route
from web.voice_agent.route import LINKS
from web.voice_agent.transport import AgentTransport


async def error_after(server: AgentServer, *messages: str | bytes, settings: bool = True) -> tuple[str, int | None]:
    async with connected(server, settings=settings) as socket:
        for message in messages:
            await (socket.send_str(message) if isinstance(message, str) else socket.send_bytes(message))
        last, code = await asyncio.wait_for(told(socket), 10)
    assert last[-1]["type"] == "Error" and last[-1]["description"]
    return last[-1]["code"], code


async def test_a_call_lasts_until_the_client_hangs_up() -> None:
    async with serve() as server:
        async with connected(server) as socket:
            (agent,) = server.agents
            await asyncio.wait_for(agent.attached.wait(), 5)
            agent.emit(UserTurn(1, "hello", "voice"))
            expected = {"type": "ConversationText", "role": "user", "content": "hello"}
            assert await socket.receive_json(timeout=5) == expected
            await socket.send_bytes(b"\1\0" * 24_000)
            await socket.send_json({"type": "ForceEndTurn"})
            async with asyncio.timeout(5):
                while not agent.named("end_turn"):  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            assert agent.heard().size == 16_000
        await asyncio.wait_for(agent.ending, 5)
        assert agent.named("end")[0] == ("end", "caller")


async def test_the_agents_voice_is_sent_in_frames_of_20_ms_while_it_speaks() -> None:
    async with serve() as server, connected(server) as socket:
        (agent,) = server.agents
        await asyncio.wait_for(agent.attached.wait(), 5)
        await asyncio.sleep(0.1)
        agent.emit(AgentStartedSpeaking())
        assert (await socket.receive_json(timeout=5))["type"] == "AgentStartedSpeaking"
        assert [len((await socket.receive(timeout=5)).data) for _ in range(20)] == [960] * 20


async def test_what_the_server_ends_is_closed_as_what_it_was() -> None:
    for reason, expected in (("goodbye", WSCloseCode.OK), ("shutdown", WSCloseCode.GOING_AWAY)):
        async with serve() as server, connected(server) as socket:
            await asyncio.wait_for(server.agents[0].attached.wait(), 5)
            server.agents[0].end(reason)  # type: ignore[arg-type]
            closing = await socket.receive(timeout=5)
            assert (closing.type, closing.data, closing.extra) == (WSMsgType.CLOSE, expected, reason)
    async with serve() as server, connected(server) as socket:
        await asyncio.wait_for(server.agents[0].attached.wait(), 5)
        server.agents[0].end("error")
        messages, code = await asyncio.wait_for(told(socket), 5)
        assert messages[-1]["code"] == "INTERNAL_SERVER_ERROR" and code == WSCloseCode.INTERNAL_ERROR


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (b"\0\0" * 480, "NON_SETTINGS_MESSAGE_BEFORE_SETTINGS"),
        ('{"type": "InjectUserMessage", "content": "hi"}', "NON_SETTINGS_MESSAGE_BEFORE_SETTINGS"),
        ("{", "UNPARSABLE_CLIENT_MESSAGE"),
        ('{"type": "Settings", "audio": {"input": {"encoding": "opus"}}, "agent": {}}', "INVALID_SETTINGS"),
    ],
)
async def test_no_call_begins_with_what_is_no_settings(message: str | bytes, code: str) -> None:
    async with serve() as server:
        assert await error_after(server, message, settings=False) == (code, WSCloseCode.POLICY_VIOLATION)
        assert not server.agents


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (b"", "UNPARSABLE_CLIENT_MESSAGE"),
        ("no json", "UNPARSABLE_CLIENT_MESSAGE"),
        ('{"type": "Nonsense"}', "UNPARSABLE_CLIENT_MESSAGE"),
        (json.dumps(SETTINGS), "SETTINGS_ALREADY_APPLIED"),
    ],
)
async def test_a_wrong_message_ends_its_own_call_and_no_other(message: str | bytes, code: str) -> None:
    async with serve() as server, connected(server) as other:
        assert await error_after(server, message) == (code, WSCloseCode.POLICY_VIOLATION)
        assert server.agents[1].named("end")[0] == ("end", "error") and not server.agents[0].named("end")
        await other.send_json({"type": "ForceEndTurn"})
        async with asyncio.timeout(5):
            while not server.agents[0].named("end_turn"):  # noqa: ASYNC110
                await asyncio.sleep(0.01)


@pytest.mark.parametrize("message", ["x" * 10_000_000, b"\0" * 10_000_000])
async def test_ten_megabytes_are_refused_in_the_protocols_words(message: str | bytes) -> None:
    async with serve() as server, connected(server) as other:
        assert await error_after(server, message) == ("UNPARSABLE_CLIENT_MESSAGE", WSCloseCode.POLICY_VIOLATION)
        with suppress(ConnectionError):
            async with connected(server) as socket:
                await socket.send_bytes(bytes(20_000_000))  # beyond what is even read
        await asyncio.wait_for(server.agents[2].ending, 5)
        assert not other.closed and not server.agents[0].named("end")


async def test_a_silent_client_is_gone_after_a_while_unless_it_keeps_itself_alive(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(link, "MESSAGE_TIMEOUT", 0.5)
    async with serve() as server, connected(server) as socket:
        for _ in range(5):
            await asyncio.sleep(0.2)
            await socket.send_json({"type": "KeepAlive"})
        assert not server.agents[0].named("end")
        messages, code = await asyncio.wait_for(told(socket), 5)
        assert messages[-1]["code"] == "CLIENT_MESSAGE_TIMEOUT" and code == WSCloseCode.POLICY_VIOLATION
        assert server.agents[0].named("end")[0] == ("end", "link_lost")


async def test_a_recording_sent_in_one_go_is_heard_whole_at_about_its_own_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "AHEAD", 1.0)
    async with serve() as server, connected(server) as socket:
        await socket.send_bytes(b"\1\0" * 24_000 * 2)
        await socket.send_json({"type": "ForceEndTurn"})
        (agent,) = server.agents
        await asyncio.sleep(0.3)
        assert 1.0 <= agent.heard().size / 16_000 < 2.0
        async with asyncio.timeout(5):
            while not agent.named("end_turn"):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert agent.heard().size == 32_000


async def test_a_flood_of_messages_ends_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "PACKET_BURST", 50.0)
    async with serve() as server:
        assert (await error_after(server, *['{"type": "KeepAlive"}'] * 300))[0] == "UNPARSABLE_CLIENT_MESSAGE"


async def test_a_client_that_takes_nothing_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "MAX_UNSENT", 20)
    async with serve() as server, connected(server) as socket:
        (agent,) = server.agents
        await asyncio.wait_for(agent.attached.wait(), 5)
        for number in range(100):
            agent.emit(UserTurn(number, "x" * 100_000, "voice"))
        await asyncio.wait_for(agent.ending, 5)
        async with asyncio.timeout(15):
            while server.app[LINKS]:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert not socket.closed, "it has read nothing yet, not even that"


async def test_a_fault_of_the_server_is_told_and_ends_one_call(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: AgentTransport, message: object) -> None:
        raise RuntimeError("a fault of ours")

    async with serve() as server, connected(server) as other:
        monkeypatch.setattr(AgentTransport, "take", broken)
        code, closed_with = await error_after(server, '{"type": "KeepAlive"}')
        assert (code, closed_with) == ("INTERNAL_SERVER_ERROR", WSCloseCode.INTERNAL_ERROR)
        assert server.agents[1].named("end") and not server.agents[0].named("end") and not other.closed


async def test_a_call_whose_client_cannot_be_answered_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: AgentTransport, settings: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(AgentTransport, "greet", broken)
    async with serve() as server, connected(server, settings=False) as socket:
        await socket.send_json(SETTINGS)
        messages, code = await asyncio.wait_for(told(socket), 5)
        assert messages[-1]["code"] == "INTERNAL_SERVER_ERROR" and code == WSCloseCode.INTERNAL_ERROR
        assert server.agents[0].named("end") == [("end", "error")]


async def test_all_lines_taken_is_told_before_the_socket_opens() -> None:
    async with serve(WebSettings(max_calls=1)) as server, connected(server):
        with pytest.raises(WSServerHandshakeError) as refusal:
            async with connected(server):
                pass
        assert refusal.value.status == 503 and refusal.value.headers is not None
        assert "1 lines are taken" in refusal.value.headers["dg-error"] and refusal.value.headers["dg-request-id"]
        with pytest.raises(ApiError) as told_by_sdk:
            async with deepgram(server.url.removesuffix("/v1/agent/converse")).agent.v1.connect():
                pass
        assert told_by_sdk.value.status_code == 503
        assert server.app[SESSIONS].known == 1, "who was refused leaves nothing behind"


async def test_lines_are_counted_again_where_settings_come_late() -> None:
    one_line = WebSettings(max_calls=1)
    async with serve(one_line) as server, connected(server, settings=False) as late, connected(server):
        await late.send_json(SETTINGS)
        messages, code = await asyncio.wait_for(told(late), 5)
        assert "lines are taken" in messages[-1]["description"] and code == WSCloseCode.TRY_AGAIN_LATER


async def test_sockets_without_a_call_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(route, "MAX_UNBEGUN", 1)
    async with serve() as server, connected(server), connected(server, settings=False):
        with pytest.raises(WSServerHandshakeError) as refusal:
            async with connected(server):
                pass
        assert refusal.value.status == 503


async def test_a_browsers_credential_comes_as_a_subprotocol_which_is_echoed() -> None:
    async with serve() as server:
        for scheme in ("token", "bearer"):
            async with connected(server, protocols=(scheme, "secret")) as socket:
                assert socket.protocol == scheme


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("http://localhost:3000", True),
        ("http://127.0.0.1:5173", True),
        ("https://example.org", False),
        ("null", False),
        ("http://[", False),
    ],
)
async def test_a_page_of_another_site_cannot_call(origin: str, allowed: bool) -> None:
    async with serve() as server, ClientSession() as client:
        headers = {"Origin": origin}
        if allowed:
            async with client.ws_connect(server.url, headers=headers) as socket:
                assert (await socket.receive_json(timeout=5))["type"] == "Welcome"
        else:
            with pytest.raises(WSServerHandshakeError) as refusal:
                await client.ws_connect(server.url, headers=headers)
            assert refusal.value.status == 403


async def test_what_opens_no_socket_is_told_so() -> None:
    async with serve() as server, ClientSession() as client, client.get(server.url) as answer:
        assert answer.status == 400
        body: dict[str, Any] = await answer.json()
        assert body["error"]["code"] == "not_a_socket"


async def test_at_a_shutdown_calls_end_as_such_and_sockets_close() -> None:
    async with ClientSession() as client:
        async with serve() as server:
            waiting = await client.ws_connect(server.url)
            calling = await client.ws_connect(server.url)
            await calling.send_json(SETTINGS)
            async with asyncio.timeout(5):
                while not server.agents:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            reading = [asyncio.create_task(told(socket)) for socket in (waiting, calling)]
        assert server.agents[0].named("end")[0] == ("end", "shutdown")
        for read in reading:
            assert (await asyncio.wait_for(read, 5))[1] == WSCloseCode.GOING_AWAY
