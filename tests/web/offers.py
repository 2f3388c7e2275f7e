"""Offers of real clients, and the ways in which a hostile one differs."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from aiortc import RTCConfiguration, RTCPeerConnection
from hypothesis import strategies as st

CHROMIUM = Path(__file__).with_name("chromium.sdp").read_text()
"""What Chromium 156 offers for a microphone, a camera with simulcast and a data channel."""

LARGEST = 256 * 1024


@cache
def aiortc_offer() -> str:
    with ThreadPoolExecutor(1) as aside:  # the test's own event loop may be running
        return aside.submit(asyncio.run, _aiortc_offer()).result()


async def _aiortc_offer() -> str:
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    connection.addTransceiver("audio")
    connection.createDataChannel("chat")
    await connection.setLocalDescription(await connection.createOffer())
    text: str = connection.localDescription.sdp
    await connection.close()
    return text


# What is worth putting where a line was, or beside it: each is a trap for some parser.
ODD_LINES = [
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 0 8",
    "m=audio 0 UDP/TLS/RTP/SAVPF 255",
    "m=application 9 DTLS/SCTP 70000",
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
    "m=message 9 TCP/MSRP *",
    "a=group:BUNDLE",
    "a=group:BUNDLE 9 8 7",
    "a=group:BUNDLE 2 1 0 0 0",
    "a=mid:",
    "a=mid:0",
    "a=mid:\U0001f600",
    "a=rtcp-fb:* nack",
    "a=rtcp-fb:111",
    "a=fmtp:111 minptime=ten",
    "a=fmtp:999 a=b",
    "a=fmtp:111 apt=111",
    "a=rtpmap:111 opus/0/0",
    "a=rtpmap:-1 opus/48000/99999999999",
    "a=rtpmap:111 opus",
    "a=extmap:0 urn:ietf:params:rtp-hdrext:sdes:mid",
    "a=extmap:70000/sendrecv urn:ietf:params:rtp-hdrext:sdes:mid",
    "a=ssrc:99999999999999999999 cname:x",
    "a=ssrc:1",
    "a=ssrc-group:FID 1 x",
    "a=rid:h send pt=96;max-br=-1",
    "a=simulcast:send h;l",
    "a=setup:holdconn",
    "a=setup:active",
    "a=setup:actpass",
    "a=fingerprint:sha-256",
    "a=fingerprint:sha-256 00:00",
    "a=fingerprint:md5 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF",
    "a=sctp-port:0",
    "a=sctp-port:65536",
    "a=sctp-port:-5000",
    "a=sctp-port:5000.5",
    "a=sctpmap:5000 webrtc-datachannel 65536",
    "a=max-message-size:0",
    "a=max-message-size:1",
    "a=max-message-size:" + "9" * 400,
    "a=ice-ufrag:",
    "a=ice-ufrag:" + "u" * 300,
    "a=ice-pwd:",
    "a=ice-lite",
    "a=ice-options:trickle renomination ice2",
    "a=end-of-candidates",
    "a=candidate:1 1 udp 1 192.0.2.1 99999 typ host",
    "a=candidate:1 1 udp 1 255.255.255.255 9 typ host",
    "a=candidate:1 1 udp 1 fe80::1%lo 9 typ host",
    "a=candidate:1 1 udp 1 abcd.local 9 typ host",
    "a=candidate:1 999999999999 udp -1 192.0.2.1 9 typ host raddr x rport y",
    "a=candidate:1 1 udp 1 192.0.2.1 9 typ",
    "c=IN IP4 nowhere.example",
    "c=IN IP6",
    "a=rtcp:nine IN IP4 0.0.0.0",
    "a=sendonly",
    "a=inactive",
    "a=\x00",
    "a=msid:- -",
    "a=msid-semantic:WMS *",
    "v=1",
    "v=nought",
    "t=" + "0" * 5_000,
    "a=x:\x0bm=audio 9 UDP/TLS/RTP/SAVPF 0",
    "a=x:\u2028a=candidate:1 1 udp 1 abcd.local 9 typ host",
    "a=x:\x85a=end-of-candidates",
]

Edit: TypeAlias = tuple[str, int, Any]
_place = st.integers(0, 250)
_line = st.sampled_from(ODD_LINES) | st.text(max_size=30).map(lambda text: f"a={text}")
_number = st.sampled_from([-1, 0, 1, 13, 256, 65_535, 65_536, 2**31, 2**32, 2**64, 10**30])

EDITS: st.SearchStrategy[list[Edit]] = st.lists(
    st.one_of(
        st.tuples(st.just("delete"), _place, st.integers(1, 12)),
        st.tuples(st.just("repeat"), _place, st.sampled_from([1, 2, 3, 60, 400, 1_000, 20_000])),
        st.tuples(st.just("move"), _place, _place),
        st.tuples(st.just("insert"), _place, _line),
        st.tuples(st.just("value"), _place, st.text(max_size=20)),
        st.tuples(st.just("number"), _place, _number),
        st.tuples(st.just("stretch"), _place, st.sampled_from([10, 100, 1_000, 5_000, 200_000])),
        st.tuples(st.just("without"), st.just(0), st.sampled_from(["a=fingerprint", "a=ice-", "a=rtpmap", "a=group"])),
    ),
    min_size=1,
    max_size=6,
)


def edited(offer: str, edits: list[Edit]) -> str:
    """Return `offer` after `edits`, no longer than a request's body may be."""
    lines = offer.splitlines()
    for kind, place, what in edits:
        at = place % len(lines) if lines else 0
        match kind:
            case "delete":
                del lines[at : at + what]
            case "repeat":
                room = LARGEST - sum(map(len, lines))
                lines[at:at] = lines[at : at + 1] * min(what, room // 16)
            case "move":
                lines.insert(what % (len(lines) + 1), lines.pop(at) if lines else "")
            case "insert":
                lines.insert(at, what)
            case "without":
                lines = [line for line in lines if not line.startswith(what)]
            case _ if lines:
                head, mark, tail = lines[at].partition(":")
                value = {"value": what, "number": f"{what} {tail.partition(' ')[2]}", "stretch": tail * 2}.get(kind, "")
                value = (tail or "x") * (what // max(1, len(tail))) if kind == "stretch" else value
                lines[at] = f"{head}{mark or ':'}{value}"
    return ("\r\n".join(lines) + "\r\n")[:LARGEST]
