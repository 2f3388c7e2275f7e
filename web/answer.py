"""What the answer asks of the client's encoder."""

import re
from typing import Final

from aiortc import RTCRtpCodecParameters
from aiortc.sdp import SessionDescription

OPUS: Final = "minptime=10;useinbandfec=1;usedtx=0;stereo=0;maxplaybackrate=16000;maxaveragebitrate=32000"
"""One voice as the engines take it, each packet with a copy of the last, and no pauses in the stream: with DTX a
silent microphone sends nothing, and a turn would end when the next packet comes instead of when the voice stopped."""


def tuned(sdp: str) -> str:
    """Return the answer with our wishes for Opus in its audio sections."""
    return re.sub(
        r"^a=rtpmap:(\d+) opus/48000/2\r?\n(?:a=fmtp:\1 .*\r?\n)?",
        lambda found: f"a=rtpmap:{found[1]} opus/48000/2\r\na=fmtp:{found[1]} {OPUS}\r\n",
        sdp,
        flags=re.MULTILINE | re.IGNORECASE,
    )


def voice_codecs(sdp: str) -> list[RTCRtpCodecParameters]:
    """Return the codecs of the answer's first audio section that is not refused, the one we send with first."""
    for part in SessionDescription.parse(sdp).media:
        if part.kind == "audio" and part.port:
            return list(part.rtp.codecs)
    return []
