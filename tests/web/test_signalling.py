"""Signalling with a real aiortc client against the real application; only the conversation is scripted."""

import asyncio
import time
from typing import Any

import pytest

from pipeline.events import ReplyText, UserStartedSpeaking
from tests.e2e.peer import Peer, RefusedError
from tests.web.scripted import serve
from web.keys import SESSIONS
from web.own_settings import WebSettings
from web.rtc import PeerOptions


@pytest.mark.parametrize("use_start", [True, False])
async def test_a_client_connects_and_is_told_events(use_start: bool) -> None:
    async with serve() as server, Peer(server.url, use_start=use_start) as peer:
        await peer.connect()
        conversation = server.conversations[0]
        await asyncio.wait_for(conversation.attached.wait(), 5)
        conversation.emit(UserStartedSpeaking())
        conversation.emit(ReplyText(0, "hello"))
        await peer.until(lambda: peer.of_type("bot-llm-text"))
    assert peer.of_type("bot-ready")[0]["data"]["version"] == "2.1.0"
    assert peer.of_type("user-started-speaking")
    assert peer.of_type("bot-llm-text")[0]["data"] == {"text": "hello"}


async def test_the_answer_takes_audio_and_no_video() -> None:
    async with serve() as server, Peer(server.url) as peer:
        await peer.connect()
        assert [one.currentDirection for one in peer.pc.getTransceivers()] == ["sendrecv", "inactive"]


async def test_candidates_may_come_after_the_answer() -> None:
    async with serve() as server, Peer(server.url, trickle=True) as peer:
        await peer.connect()


async def test_candidates_may_come_before_the_offer_they_belong_to() -> None:
    async with serve() as server, Peer(server.url, trickle=True) as peer:
        peer.session_id = (await peer.request("POST", f"{server.url}/start", {}))["sessionId"]
        await peer.connect()
        await peer.request("PATCH", peer.offer_url, {"pc_id": peer.pc_id, "candidates": [early("newfrag")]})
        assert len(server.conversations) == 1


def early(ufrag: str) -> dict[str, Any]:
    line = f"candidate:1 1 udp 2130706431 192.0.2.77 50000 typ host generation 0 ufrag {ufrag}"
    return {"candidate": line, "sdp_mid": "0", "sdp_mline_index": 0}


async def test_a_known_connection_is_renegotiated() -> None:
    async with serve() as server, Peer(server.url) as peer:
        await peer.connect()
        first = peer.pc_id
        await peer.negotiate()
        assert peer.pc_id == first
        server.conversations[0].emit(UserStartedSpeaking())
        await peer.until(lambda: peer.of_type("user-started-speaking"))
    assert len(server.conversations) == 1


async def test_a_restart_lands_in_the_same_conversation() -> None:
    async with serve() as server, Peer(server.url) as peer:
        await peer.connect()
        conversation, first = server.conversations[0], peer.pc_id
        await asyncio.wait_for(conversation.attached.wait(), 5)
        await peer.reconnect()
        await peer.until(lambda: peer.own_messages("link"))
        assert peer.pc_id == first
        assert [name for name, *_ in conversation.calls] == ["expect", "attach", "detach", "expect", "attach"]
    assert len(server.conversations) == 1


async def test_a_second_tab_takes_the_call_over() -> None:
    async with serve() as server, Peer(server.url) as first, Peer(server.url) as second:
        await first.connect()
        second.session_id = first.session_id
        await second.connect()
        await first.until(lambda: first.signals)
        assert first.signals == [{"type": "signalling", "message": {"type": "peerLeft"}}]
        with pytest.raises(RefusedError) as refused:
            await first.reconnect()
        assert refused.value.status == 404
    assert len(server.conversations) == 1


async def test_mute_is_passed_on() -> None:
    async with serve() as server, Peer(server.url) as peer:
        await peer.connect()
        peer.mute(True)
        peer.mute(False)
        peer.send("client-message", {"t": "about"}, id="7")
        answer = (await peer.until(lambda: peer.of_type("server-response")))[0]
    assert answer["id"] == "7"
    assert server.conversations[0].named("mute") == [("mute", True), ("mute", False)]


async def test_typed_text_is_passed_on() -> None:
    async with serve() as server, Peer(server.url) as peer:
        await peer.connect()
        peer.send("send-text", {"content": "hi", "options": {"run_immediately": False, "audio_response": False}})
        peer.send("client-message", {"t": "about"})
        await peer.until(lambda: peer.of_type("server-response"))
    assert server.conversations[0].named("send_text") == [("send_text", "hi", False, False)]


async def test_garbage_on_the_data_channel_is_an_error_message() -> None:
    async with serve() as server, Peer(server.url) as peer:
        await peer.connect()
        empty = '{"type":"send-text","data":{"content":""}}'
        garbages: list[str | bytes] = ["{", "[]", b"\x00\xff", empty, "x" * 66_000]
        for garbage in garbages:
            peer.send_raw(garbage)
        await peer.until(lambda: len(peer.of_type("error")) == 5)
        peer.send("client-message", {"t": "nonsense"}, id="9")
        refused = (await peer.until(lambda: peer.of_type("error-response")))[0]
    assert refused["id"] == "9"
    assert not any(one["data"]["fatal"] for one in peer.of_type("error"))


async def test_hanging_up_ends_the_call_and_the_client_hears_of_it() -> None:
    async with serve() as server, Peer(server.url) as peer:
        await peer.connect()
        peer.send("disconnect-bot")
        ended = (await peer.until(lambda: peer.own_messages("call_ended")))[0]
        assert ended["reason"] == "caller"
        await peer.until(lambda: peer.pc.connectionState == "closed")
        with pytest.raises(RefusedError) as refused:
            await peer.request("POST", peer.offer_url, {"sdp": peer.pc.localDescription.sdp, "type": "offer"})
        assert refused.value.status == 409


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"sdp": "garbage", "type": "offer"}, "bad_sdp"),
        ({"sdp": "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n", "type": "offer"}, "bad_sdp"),
        ({"sdp": "v=0\r\n" + "m=audio 9 X 0\r\n" * 500, "type": "offer"}, "bad_sdp"),
        ({"sdp": "", "type": "offer"}, "bad_request"),
        ({"sdp": "v=0", "type": "answer"}, "bad_request"),
        ({"type": "offer"}, "bad_request"),
        ([], "bad_request"),
        ({"sdp": "v=0", "type": "offer", "pc_id": 7}, "bad_request"),
    ],
)
async def test_a_bad_offer_is_a_400(body: Any, code: str) -> None:
    async with serve() as server, Peer(server.url) as peer:
        with pytest.raises(RefusedError) as refused:
            await peer.request("POST", f"{server.url}/api/offer", body)
    assert refused.value.status == 400
    assert refused.value.body["error"]["code"] == code


async def test_what_is_not_known_is_a_404_and_what_is_too_large_a_413() -> None:
    async with serve() as server, Peer(server.url) as peer:
        for method, path, body, status in [
            ("PATCH", "/api/offer", {"pc_id": "nobody", "candidates": []}, 404),
            ("POST", "/sessions/nobody/api/offer", {"sdp": OFFER, "type": "offer"}, 404),
            ("POST", "/api/offer", {"sdp": OFFER, "type": "offer", "pc_id": "nobody", "restart_pc": True}, 404),
            ("POST", "/api/offer", {"sdp": "x" * 300_000, "type": "offer"}, 413),
            ("POST", "/start", {"timezone": "Mars/Olympus"}, 400),
            ("POST", "/start", {"user_id": "me"}, 400),
            ("GET", "/nothing/here", None, 404),
        ]:
            with pytest.raises(RefusedError) as refused:
                await peer.request(method, server.url + path, body)
            assert refused.value.status == status, path
            assert set(refused.value.body["error"]) == {"code", "message", "details"}


OFFER = "v=0\r\ns=-\r\nt=0 0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=sctp-port:5000\r\n"


async def test_a_caller_may_say_who_and_where_they_are() -> None:
    start = {"timezone": "Europe/Berlin", "user_id": "6ba7b810-9dad-11d1-80b4-00c04fd430c8"}
    async with serve() as server, Peer(server.url, start=start, use_start=False) as peer:
        await peer.connect()
        caller = server.sessions[0].caller
    assert (caller.timezone.key, str(caller.user_id)) == (start["timezone"], start["user_id"])


async def test_a_path_that_never_comes_up_ends_with_a_reason() -> None:
    options = PeerOptions(connect_timeout=0.3)
    async with serve(peers=options) as server, Peer(server.url, trickle=True) as peer:
        peer.session_id = (await peer.request("POST", f"{server.url}/start", {}))["sessionId"]
        offer = await peer.pc.createOffer()
        await peer.request("POST", peer.offer_url, {"sdp": offer.sdp, "type": "offer"})
        await asyncio.wait_for(server.conversations[0].ending, 10)
        state: dict[str, Any] = {}
        async with asyncio.timeout(10):
            while state.get("state") != "ended":
                state = await peer.request("GET", f"{server.url}/sessions/{peer.session_id}", None)
                await asyncio.sleep(0.05)
    assert "UDP" in state["problem"]
    assert server.conversations[0].named("end") == [("end", "link_lost")]


async def test_a_quiet_link_is_lost_and_found_again() -> None:
    options = PeerOptions(link_timeout=0.6, ready_wait=0.2)
    async with serve(peers=options) as server, Peer(server.url) as peer:
        await peer.connect()
        conversation = server.conversations[0]
        await asyncio.wait_for(conversation.attached.wait(), 5)
        peer.ping = False
        sender = peer.pc.getTransceivers()[0].sender
        microphone = sender.track
        sender.replaceTrack(None)
        await asyncio.wait_for(conversation.detached.wait(), 10)
        sender.replaceTrack(microphone)
        await asyncio.wait_for(conversation.attached.wait(), 10)
        assert [name for name, *_ in conversation.calls] == ["expect", "attach", "detach", "attach"]


async def test_a_stall_of_the_server_itself_is_no_lost_link() -> None:
    options = PeerOptions(link_timeout=0.6, ready_wait=0.2)
    async with serve(peers=options) as server, Peer(server.url) as peer:
        await peer.connect()
        conversation = server.conversations[0]
        await asyncio.wait_for(conversation.attached.wait(), 5)
        time.sleep(1.2)  # noqa: ASYNC251 -- the stall is what is tested
        heard = len(conversation.audio)
        await peer.until(lambda: len(conversation.audio) > heard + 20)
        assert not conversation.named("detach")


async def test_no_more_calls_than_allowed_and_a_refused_caller_may_try_again() -> None:
    async with serve(WebSettings(max_calls=1)) as server, Peer(server.url) as one, Peer(server.url) as other:
        await one.connect()
        with pytest.raises(RefusedError) as refused:
            await other.connect()
        assert refused.value.status == 503
        one.send("disconnect-bot")
        await one.until(lambda: one.pc.connectionState == "closed")
        await other.connect()


async def test_a_refused_offer_leaves_no_session() -> None:
    async with serve(WebSettings(max_calls=1)) as server, Peer(server.url) as one:
        await one.connect()
        before = server.app[SESSIONS].known
        for _ in range(3):
            async with Peer(server.url, use_start=False) as other:
                with pytest.raises(RefusedError):
                    await other.connect()
        assert server.app[SESSIONS].known == before
