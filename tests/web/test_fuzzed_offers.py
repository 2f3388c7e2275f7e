"""Real clients' offers, damaged in every way we could think of: each is answered or refused, in little work."""

import asyncio
import os
import sys
import threading
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.web.fuzz import fuzzed, wanted
from tests.web.offers import CHROMIUM, EDITS, LARGEST, Edit, aiortc_offer, edited
from tests.web.scripted import ScriptedConversation
from web.errors import RequestError
from web.offer import MAX_CANDIDATES, MAX_LINES, MAX_SECTIONS, Candidate, clean, read_candidate
from web.rtc import Peer, PeerOptions

OFFERS = st.sampled_from(["chromium", "aiortc"])
WORDS = st.sampled_from(
    [
        *("candidate:1", "1", "udp", "tcp", "-1", "0", "192.0.2.1", "::1", "fe80::1%lo", "x.local", "9", "70000"),
        *("typ", "host", "relay", "raddr", "rport", "tcptype", "ufrag", "abcd", "9" * 30, "\u0663", "\x00", "\u2028"),
    ]
)


def offered(which: str) -> str:
    return CHROMIUM if which == "chromium" else aiortc_offer()


@fuzzed(3_500)
@given(which=OFFERS, edits=EDITS)
def test_a_damaged_offer_is_cleaned_or_refused(which: str, edits: list[Edit]) -> None:
    try:
        text = clean(edited(offered(which), edits))
    except RequestError as error:
        assert error.status == 400
        return
    lines = text.splitlines()
    candidates = [line for line in lines if line.startswith("a=candidate:")]
    assert sum(line.startswith("m=") for line in lines) <= MAX_SECTIONS
    assert len(candidates) <= MAX_CANDIDATES and len(lines) - len(candidates) <= MAX_LINES
    assert not any(".local" in line or "%" in line for line in candidates)
    assert "a=end-of-candidates" not in lines


@fuzzed(1_500)
@given(st.text(max_size=300))
def test_any_text_is_no_offer(text: str) -> None:
    try:
        clean(text)
    except RequestError as error:
        assert error.status == 400
    else:
        raise AssertionError("an offer was found in noise")


@fuzzed(1_500)
@given(words=st.lists(WORDS | st.text(max_size=5), max_size=12), mid=st.none() | st.text(max_size=4))
def test_any_candidate_is_read_or_refused(words: list[str], mid: str | None) -> None:
    try:
        read = read_candidate(Candidate(candidate=" ".join(words), sdp_mid=mid))
    except RequestError as error:
        assert error.status == 400
        return
    assert read is None or (0 < read[0].port < 65_536 and ".local" not in read[0].ip and "%" not in read[0].ip)


@fuzzed(300)
@given(which=OFFERS, edits=EDITS)
async def test_a_damaged_offer_is_answered_or_refused_and_leaves_nothing(which: str, edits: list[Edit]) -> None:
    before = len(os.listdir("/proc/self/fd")), threading.active_count()
    peer = Peer(ScriptedConversation("x"), PeerOptions(), lambda *_: None)
    try:
        await peer.answer(clean(edited(offered(which), edits)))
    except RequestError as error:
        assert error.status == 400
    finally:
        await peer.close()
    await settled()
    assert len(asyncio.all_tasks()) == 1
    assert len(os.listdir("/proc/self/fd")) <= before[0] and threading.active_count() <= before[1]


async def settled() -> None:
    """Let what was just closed run out: closing a socket takes a turn of the loop."""
    for _ in range(10):
        await asyncio.sleep(0)


def test_no_size_of_an_offer_makes_its_parser_work_hard() -> None:
    attacks: dict[str, Any] = {
        "a source each": lambda i: f"a=ssrc:{i} x:",
        "feedback times codecs": lambda i: "a=rtpmap:1 a/1" if i % 2 else "a=rtcp-fb:* a",
        "feedback that is kept": lambda i: "a=rtpmap:1 a/1" if i % 2 else "a=fmtp:1 a",
        "candidates": lambda i: f"a=candidate:{i} 1 udp 1 192.0.2.1 {i % 60_000 + 1} typ host",
        "codecs": lambda i: "a=rtpmap:96 opus/48000/2",
        "extensions": lambda i: f"a=extmap:{i % 255 + 1} urn:ietf:params:rtp-hdrext:sdes:mid",
        "groups": lambda i: "a=group:BUNDLE 0 1 2",
    }
    usual = steps(CHROMIUM)
    for name, line in attacks.items():
        lines = [line(i) for i in range(LARGEST // 16)]
        for count in (900, len(lines)):
            offer = CHROMIUM + "\r\n".join(lines[:count])[: LARGEST - len(CHROMIUM)] + "\r\n"
            assert steps(offer) < 100 * usual, (name, count)


def steps(offer: str) -> int:
    """Count the lines of Python that `clean` runs: the same on every machine, unlike its time."""
    count = 0

    def trace(*_: object) -> Any:
        nonlocal count
        count += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        clean(offer)
    except RequestError:
        pass
    finally:
        sys.settrace(before)
    return count


def test_the_offers_and_messages_are_fuzzed_with_ten_thousand_cases() -> None:
    from tests.web import test_fuzzed_messages  # noqa: F401 -- its cases count too

    assert wanted.total() >= 10_000
