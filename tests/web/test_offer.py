"""What is taken of an offer: no names to resolve, no end that would fail too soon, nothing malformed."""

import asyncio
import re
from typing import Any

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.web.scripted import ScriptedConversation
from web.errors import RequestError
from web.offer import MAX_CANDIDATES, Candidate, Trickle, clean, read_candidate, username
from web.rtc import Peer, PeerOptions

MDNS = "a=candidate:1 1 udp 2113937151 4f1c2d6e-0c1a.local 50000 typ host"
HOST = "a=candidate:1 1 udp 2113937151 192.0.2.9 50000 typ host"


@pytest.fixture(scope="module")
def offer() -> str:
    return asyncio.run(make_offer())


async def make_offer() -> str:
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    connection.addTransceiver("audio")
    connection.createDataChannel("chat")
    await connection.setLocalDescription(await connection.createOffer())
    text: str = connection.localDescription.sdp
    await connection.close()
    return text


def test_names_and_the_end_of_candidates_are_left_out(offer: str) -> None:
    cleaned = clean(f"{offer}{MDNS}\r\n{HOST}\r\na=end-of-candidates\r\n")
    assert ".local" not in cleaned and "end-of-candidates" not in cleaned and HOST in cleaned
    assert username(cleaned) == username(offer) is not None


def test_candidates_are_bounded(offer: str) -> None:
    assert clean(offer + f"{HOST}\r\n" * 5_000).count("a=candidate:") == MAX_CANDIDATES


TCP = "candidate:1 1 tcp 1 192.0.2.9 9 typ host tcptype active"


@pytest.mark.parametrize("text", ["", TCP, MDNS, HOST.replace("192.0.2.9", "a.b")])
def test_candidates_of_no_use_are_left_aside(text: str) -> None:
    assert read_candidate(Candidate(candidate=text)) is None


def test_a_candidate_knows_its_section_and_its_connection() -> None:
    read = read_candidate(Candidate(candidate=f"{HOST} generation 0 ufrag abcd", sdp_mid="0"))
    assert read is not None
    assert (read[0].ip, read[0].sdpMid, read[1]) == ("192.0.2.9", "0", "abcd")


@pytest.mark.parametrize("text", ["candidate:", "garbage", "candidate:1 x udp y z w typ host"])
def test_a_malformed_candidate_is_refused(text: str) -> None:
    with pytest.raises(RequestError):
        read_candidate(Candidate(candidate=text))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=120).map(lambda text: f"candidate:{text}"))
def test_any_candidate_is_read_or_refused(text: str) -> None:
    try:
        read_candidate(Trickle.model_validate({"candidates": [{"candidate": text}]}).candidates[0])
    except RequestError as error:
        assert error.status == 400


def mutated(lines: list[str], edits: list[tuple[int, Any]]) -> str:
    lines = [*lines]
    for index, edit in edits:
        place = index % len(lines)
        if edit is None:
            del lines[place : place + 1]
            lines = lines or [""]
        elif isinstance(edit, int):
            lines.insert(edit % len(lines), lines[place])
        else:
            head = re.match(r".*[=:]", lines[place])
            lines[place] = (head.group() if head else "") + edit
    return "\r\n".join(lines) + "\r\n"


EDITS = st.lists(
    st.tuples(st.integers(0, 200), st.none() | st.integers(0, 200) | st.text(max_size=12)), min_size=1, max_size=6
)


@settings(max_examples=100, deadline=None)
@given(edits=EDITS)
async def test_a_damaged_offer_is_answered_or_refused_and_leaves_nothing(offer: str, edits: list[Any]) -> None:
    peer = Peer(ScriptedConversation("x"), PeerOptions(), lambda *_: None)
    try:
        await peer.answer(clean(mutated(offer.splitlines(), edits)))
    except RequestError as error:
        assert error.status == 400
    finally:
        await peer.close()


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_no_offer(text: str) -> None:
    with pytest.raises(RequestError):
        clean(text)
