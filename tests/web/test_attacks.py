"""A hostile client harms nobody but itself: while it attacks, another call goes on without a hole."""

import asyncio
import random

import pytest
from aiortc import RTCDataChannel
from aiortc.rtp import RtpPacket

from tests.e2e.peer import Peer, RefusedError
from tests.web.attackers import Flood, errors, joined, message, undisturbed
from tests.web.offers import CHROMIUM, LARGEST
from tests.web.scripted import serve
from web import traffic
from web.microphone import AHEAD, PACE


async def test_garbage_is_answered_with_errors_and_the_call_goes_on() -> None:
    random.seed(7)
    async with serve() as server, undisturbed(server), Peer(server.url) as attacker:
        conversation = await joined(server, attacker)
        for _ in range(40):
            attacker.send_raw(random.randbytes(random.randrange(2_000)))
        for text in ["{", "\x00", "[]", "null", '{"type":[]}', "[" * 20_000, message("send-text", {"content": 1})]:
            attacker.send_raw(text)
        attacker.send_raw("x" * 200_000)
        await attacker.until(lambda: len(errors(attacker)) == 48)
        attacker.send("client-message", {"t": "about"})
        await attacker.until(lambda: attacker.of_type("server-response"))
        assert not any(errors(attacker)) and not conversation.named("end")


@pytest.mark.parametrize("flood", [b"\xff" * 65_536, "{"])
async def test_a_flood_is_told_once_and_then_ends_the_call(flood: str | bytes) -> None:
    async with serve() as server, undisturbed(server), Peer(server.url) as attacker:
        conversation = await joined(server, attacker)
        while not conversation.ending.done():
            attacker.send_raw(flood)
            await asyncio.sleep(0.01 if attacker.channel.bufferedAmount > 500_000 else 0)
        await attacker.until(lambda: attacker.pc.connectionState == "closed")
        told = [one["data"]["error"] for one in attacker.of_type("error") if "you " in one["data"]["error"]]
        assert conversation.named("end") == [("end", "error")]
    assert len(told) <= 2 and "left out" in told[0]


async def test_many_channels_end_the_call_and_foreign_ones_are_not_listened_to() -> None:
    async with serve() as server, undisturbed(server), Peer(server.url) as attacker:
        conversation = await joined(server, attacker)
        for label in ("other", "chat"):
            channel = attacker.pc.createDataChannel(label)
            await opened(channel)
            channel.send(message("send-text", {"content": "not for you"}))
        attacker.send("client-message", {"t": "about"})
        await attacker.until(lambda: attacker.of_type("server-response"))
        assert not conversation.named("send_text") and not conversation.named("end")
        for number in range(60):
            attacker.pc.createDataChannel(f"channel {number}")
        await asyncio.wait_for(conversation.ending, 30)
    assert conversation.named("end") == [("end", "error")]


async def opened(channel: RTCDataChannel) -> None:
    while channel.readyState != "open":  # noqa: ASYNC110 -- its event may have come before anybody listens
        await asyncio.sleep(0.01)


async def test_typed_turns_come_at_a_bearable_rate() -> None:
    async with serve() as server, undisturbed(server), Peer(server.url) as attacker:
        conversation = await joined(server, attacker)
        began = asyncio.get_running_loop().time()
        for number in range(100):
            attacker.send("send-text", {"content": f"turn {number}"})
        attacker.send("client-message", {"t": "about"})
        await attacker.until(lambda: attacker.of_type("server-response"))
        took = asyncio.get_running_loop().time() - began
        assert 20 <= len(conversation.named("send_text")) <= 20 + took + 1
        assert not any(errors(attacker)) and not conversation.named("end")


async def test_audio_faster_than_time_is_heard_at_the_pace_of_time() -> None:
    async with serve() as server, undisturbed(server), Peer(server.url) as attacker:
        flood = Flood(speed=10)
        began = asyncio.get_running_loop().time()
        attacker.microphone.stop()
        attacker.pc.getTransceivers()[0].sender.replaceTrack(flood)
        conversation = await joined(server, attacker)
        await attacker.until(lambda: flood.frames > 600, 60)
        took = asyncio.get_running_loop().time() - began
        assert len(conversation.heard()) / 16_000 <= AHEAD + PACE * took + 1


async def test_packets_that_mean_nothing_end_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traffic, "PACKET_RATE", 100.0)  # so that a busy machine, too, can send far more than it
    monkeypatch.setattr(traffic, "PACKET_BURST", 200.0)
    async with serve() as server, undisturbed(server), Peer(server.url) as attacker:
        conversation = await joined(server, attacker)
        transport = attacker.pc.getTransceivers()[0].sender.transport
        number = 0
        while not conversation.ending.done():
            packet = RtpPacket(payload_type=126, sequence_number=number % 65_536, timestamp=number, payload=b"x" * 100)
            await transport._send_rtp(packet.serialize())
            number += 1
            if number % 5 == 0:
                await asyncio.sleep(0)
        await attacker.until(lambda: attacker.pc.connectionState == "closed")
        assert conversation.named("end") == [("end", "error")]


async def test_broken_sctp_costs_only_its_sender_the_link() -> None:
    async with serve() as server, undisturbed(server), Peer(server.url) as attacker:
        conversation = await joined(server, attacker)
        assert attacker.pc.sctp is not None
        attacker.pc.sctp._data_channel_queue.append((attacker.channel, 51, b"\xff not UTF-8"))
        await attacker.pc.sctp._data_channel_flush()
        await asyncio.wait_for(conversation.detached.wait(), 10)
        assert not conversation.named("end")  # a lost link: who it belongs to may come back


async def test_a_client_that_takes_only_tiny_messages_breaks_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    async with serve() as server, undisturbed(server), Peer(server.url) as attacker:
        original = attacker.request

        async def tiny(method: str, url: str, body: dict[str, object]) -> object:
            if "sdp" in body:
                body["sdp"] = str(body["sdp"]).replace("a=max-message-size:65536", "a=max-message-size:8")
            return await original(method, url, body)

        attacker.request = tiny  # type: ignore[method-assign]
        await attacker.connect(ready=False)
        conversation = server.conversations[-1]
        attacker.send_raw("nonsense")
        attacker.send("disconnect-bot")
        await asyncio.wait_for(conversation.ending, 10)
        await attacker.until(lambda: attacker.pc.connectionState == "closed")
    assert server.sessions[-1].ended
    assert "broke off" not in capsys.readouterr().out


HOSTILE = {
    "feedback": CHROMIUM + "a=rtpmap:1 a/1\r\na=rtcp-fb:* a\r\n" * 5_000,
    "sources": CHROMIUM + "".join(f"a=ssrc:{i} x:\r\n" for i in range(10_000)),
    "sections": CHROMIUM + "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n" * 2_000,
    "a long line": CHROMIUM.replace("s=-", "s=" + "-" * 200_000),
    "no fingerprint": "\r\n".join(line for line in CHROMIUM.splitlines() if "fingerprint" not in line) + "\r\n",
    "no codec": CHROMIUM.replace("opus", "opium").replace("PCM", "MPC").replace("G722", "G0"),
    "too large": CHROMIUM + "a=x\r\n" * LARGEST,
}


async def test_hostile_offers_are_refused_while_others_talk() -> None:
    async with serve() as server, undisturbed(server), Peer(server.url) as attacker:
        for name, sdp in HOSTILE.items():
            try:
                await attacker.request("POST", f"{server.url}/api/offer", {"sdp": sdp, "type": "offer"})
            except RefusedError as refused:
                assert refused.status == (413 if name == "too large" else 400), name
                assert refused.body["error"]["code"] in ("bad_sdp", "too_large")
            else:
                assert name == "no fingerprint"  # answered: the link is then refused when it comes up


async def test_further_microphones_are_not_opened() -> None:
    async with serve() as server, undisturbed(server), Peer(server.url) as attacker:
        attacker.pc.addTransceiver("audio")
        await joined(server, attacker)
        directions = [one.currentDirection for one in attacker.pc.getTransceivers() if one.kind == "audio"]
    assert directions == ["sendrecv", "inactive"]
