"""What is taken of an offer: no names to resolve, no end that would fail too soon, nothing malformed."""

import pytest

from tests.web.offers import CHROMIUM, aiortc_offer
from web.errors import RequestError
from web.offer import MAX_CANDIDATES, Candidate, clean, read_candidate, username

MDNS = "a=candidate:1 1 udp 2113937151 4f1c2d6e-0c1a.local 50000 typ host"
HOST = "a=candidate:1 1 udp 2113937151 192.0.2.9 50000 typ host"


@pytest.fixture(scope="module")
def offer() -> str:
    return aiortc_offer()


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


def test_a_browsers_offer_is_taken() -> None:
    cleaned = clean(CHROMIUM)
    assert cleaned.count("m=") == 3 and "opus/48000/2" in cleaned


@pytest.mark.parametrize("end", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\r", "\n"])
def test_nothing_hides_behind_a_rare_line_end(offer: str, end: str) -> None:
    # aiortc's parser takes all of these for line ends
    assert ".local" not in clean(f"{offer}a=x:{end}{MDNS}\r\n")
    with pytest.raises(RequestError):
        clean(offer + f"a=x:{end}m=audio 9 UDP/TLS/RTP/SAVPF 0" * 9)


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("a=sctp-port:5000", "a=sctp-port:0"),
        ("a=sctp-port:5000", "a=sctp-port:65536"),
        ("a=sctp-port:5000", "a=x"),
        ("UDP/DTLS/SCTP webrtc-datachannel", "DTLS/SCTP 70000"),
        ("a=max-message-size:", "a=max-message-size:-"),
        ("a=extmap:1 ", "a=extmap:0 "),
        ("a=extmap:1 ", "a=extmap:300 "),
        ("s=-", "s=\0"),
        ("s=-", "s=" + "-" * 5_000),
    ],
)
def test_what_aiortc_would_stumble_over_later_is_refused_now(good: str, bad: str) -> None:
    assert good in CHROMIUM
    with pytest.raises(RequestError):
        clean(CHROMIUM.replace(good, bad, 1))


@pytest.mark.parametrize("address", ["fe80::1%x.local 9", "192.0.2.9 0", "192.0.2.9 70000", "192.0.2.9 x"])
def test_a_candidate_nobody_can_send_to_is_left_out(offer: str, address: str) -> None:
    assert "a=candidate:7 " not in clean(f"{offer}a=candidate:7 1 udp 1 {address} typ host\r\n")
