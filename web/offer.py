"""What is taken of a client's offer and candidates, and what is refused, before aiortc sees them."""

import re
from ipaddress import ip_address
from typing import Any, Literal

from aiortc import RTCIceCandidate
from aiortc.sdp import MediaDescription, SessionDescription, candidate_from_sdp
from pydantic import BaseModel, ConfigDict, Field

from web.errors import RequestError

MAX_SECTIONS = 8
MAX_CANDIDATES = 64
MAX_LINES = 1_000
"""Lines of an offer besides candidates; a browser's longest has some 500. aiortc's parser takes the square of them."""

MAX_LINE = 4_096
CANDIDATE = "a=candidate:"


class Offer(BaseModel):
    """The body of `POST <offer url>`."""

    model_config = ConfigDict(extra="ignore")

    sdp: str = Field(min_length=1)
    type: Literal["offer"]
    pc_id: str | None = Field(default=None, max_length=128)
    restart_pc: bool | None = False
    request_data: Any = Field(default=None, alias="requestData")


class Candidate(BaseModel):
    """One trickled candidate; an empty `candidate` marks the end."""

    candidate: str = Field(max_length=1024)
    sdp_mid: str | None = Field(default=None, max_length=64)
    sdp_mline_index: int | None = Field(default=None, ge=0, lt=MAX_SECTIONS)


class Trickle(BaseModel):
    """The body of `PATCH <offer url>`."""

    model_config = ConfigDict(extra="ignore")

    pc_id: str | None = Field(default=None, max_length=128)
    candidates: list[Candidate] = Field(max_length=MAX_CANDIDATES)


def clean(sdp: str) -> str:
    """Return the offer as aiortc shall see it; raises RequestError when it is no usable offer.

    Candidates with mDNS names are left out: resolving them takes a second each and asks the whole network, while the
    browser's own checks reveal its address anyway. So is `end-of-candidates`: it would let ICE fail before
    those checks arrive, and our own connect timer reports a failure sooner. And so is `rtcp-fb`, which only video
    uses, and which aiortc multiplies by the codecs: 256 KiB of both keep its parser busy for minutes.
    """
    if "\0" in sdp:
        raise _unusable("the offer is not a valid SDP")
    kept = _kept(sdp)
    if sum(line.startswith("m=") for line in kept) > MAX_SECTIONS:
        raise _unusable(f"the offer has more than {MAX_SECTIONS} media sections")
    if sum(not line.startswith(CANDIDATE) for line in kept) > MAX_LINES:
        raise _unusable(f"the offer has more than {MAX_LINES} lines")
    if any(len(line) > MAX_LINE for line in kept):
        raise _unusable(f"a line of the offer is longer than {MAX_LINE} characters")
    text = "\r\n".join(kept) + "\r\n"
    try:
        media = SessionDescription.parse(text).media
    except Exception as error:  # aiortc's parser asserts, indexes and converts freely
        raise _unusable("the offer is not a valid SDP") from error
    if not any(part.kind in ("audio", "application") for part in media):
        raise _unusable("the offer has neither audio nor a data channel")
    for part in media:
        _check_numbers(part)
    return text


def _kept(sdp: str) -> list[str]:
    kept, candidates = [], 0
    for (
        line
    ) in sdp.splitlines():  # as aiortc's parser splits: no line may hide from these checks behind a rare line end
        if line.startswith(CANDIDATE):
            candidates += 1
            if candidates > MAX_CANDIDATES or not _is_plain(line):
                continue
        if line and line != "a=end-of-candidates" and not line.startswith("a=rtcp-fb:"):
            kept.append(line)
    return kept


def _check_numbers(part: MediaDescription) -> None:
    """Refuse numbers that aiortc would only stumble over once the link is up."""
    if part.kind == "application":
        port = part.fmt[0] if part.profile == "DTLS/SCTP" else part.sctp_port
        if not str(port).isdecimal() or not 0 < int(str(port)) < 1 << 16:
            raise _unusable("the data channel's SCTP port is missing or wrong")
        if part.sctpCapabilities is not None and part.sctpCapabilities.maxMessageSize < 0:
            raise _unusable("the data channel's message size is wrong")
    if any(not 0 < extension.id < 1 << 8 for extension in part.rtp.headerExtensions):
        raise _unusable("the id of an extmap is wrong")


def _unusable(message: str) -> RequestError:
    return RequestError(400, "bad_sdp", message)


def username(sdp: str) -> str | None:
    """Return the first ICE user name of a description: it changes when the client starts ICE anew."""
    found = re.search(r"^a=ice-ufrag:(\S+)", sdp, re.MULTILINE)
    return found.group(1) if found else None


def read_candidate(candidate: Candidate) -> tuple[RTCIceCandidate, str | None] | None:
    """Return the parsed candidate and the ICE user name it belongs to, or None for one that is of no use.

    Raises RequestError for text that is no candidate.
    """
    text = candidate.candidate.strip()
    if not text:  # the end of candidates: see `clean`
        return None
    line = text.removeprefix("a=").removeprefix("candidate:")
    try:
        parsed = candidate_from_sdp(line)
    except Exception as error:
        raise RequestError(400, "bad_candidate", "a candidate is not valid") from error
    if not _is_plain(text) or parsed.protocol.lower() != "udp":
        return None
    parsed.sdpMid, parsed.sdpMLineIndex = candidate.sdp_mid, candidate.sdp_mline_index
    if parsed.sdpMid is None and parsed.sdpMLineIndex is None:
        parsed.sdpMLineIndex = 0  # everything is bundled onto the first section
    ufrag = re.search(r" ufrag (\S+)", line)
    return parsed, ufrag.group(1) if ufrag else None


def _is_plain(line: str) -> bool:
    """Whether a candidate line names an address and a port, not a name somebody must be asked about."""
    fields = line.split()
    try:
        ip_address(fields[4])
        port = int(fields[5])
    except (IndexError, ValueError):
        return False
    return 0 < port < 1 << 16 and "%" not in fields[4]  # the scope of an IPv6 address may be a name
