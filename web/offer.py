"""What is taken of a client's offer and candidates, and what is refused, before aiortc sees them."""

import re
from ipaddress import ip_address
from typing import Any, Literal

from aiortc import RTCIceCandidate
from aiortc.sdp import SessionDescription, candidate_from_sdp
from pydantic import BaseModel, ConfigDict, Field

from web.errors import RequestError

MAX_SECTIONS = 8
MAX_CANDIDATES = 64


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
    those checks arrive, and our own connect timer reports a failure sooner.
    """
    lines = [line for line in re.split(r"\r\n|\n|\r", sdp) if line]
    if sum(line.startswith("m=") for line in lines) > MAX_SECTIONS:
        raise RequestError(400, "bad_sdp", f"the offer has more than {MAX_SECTIONS} media sections")
    kept, candidates = [], 0
    for line in lines:
        if line.startswith("a=candidate:"):
            candidates += 1
            if candidates > MAX_CANDIDATES or not _is_plain(line):
                continue
        if line != "a=end-of-candidates":
            kept.append(line)
    text = "\r\n".join(kept) + "\r\n"
    try:
        media = SessionDescription.parse(text).media
    except Exception as error:  # aiortc's parser asserts, indexes and converts freely
        raise RequestError(400, "bad_sdp", "the offer is not a valid SDP") from error
    if not any(part.kind in ("audio", "application") for part in media):
        raise RequestError(400, "bad_sdp", "the offer has neither audio nor a data channel")
    return text


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
    """Whether a candidate line names an address, not a name somebody must be asked about."""
    fields = line.split()
    try:
        ip_address(fields[4])
    except (IndexError, ValueError):
        return False
    return True
