"""The answer asks the client's encoder for one voice with copies for lost packets and without pauses."""

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from tests.web.offers import CHROMIUM
from web.answer import OPUS, tuned, voice_codecs
from web.offer import clean

ANSWER = """v=0\r
m=audio 9 UDP/TLS/RTP/SAVPF 111 0\r
a=rtpmap:111 opus/48000/2\r
a=rtpmap:0 PCMU/8000\r
"""


def test_the_wishes_stand_beside_the_codec() -> None:
    lines = tuned(ANSWER).split("\r\n")
    assert lines[3] == f"a=fmtp:111 {OPUS}" and lines[4] == "a=rtpmap:0 PCMU/8000"
    assert {"useinbandfec=1", "usedtx=0", "stereo=0", "maxaveragebitrate=32000"} <= set(OPUS.split(";"))


def test_wishes_that_are_there_already_are_replaced() -> None:
    assert tuned(tuned(ANSWER)) == tuned(ANSWER)
    other = ANSWER.replace("a=rtpmap:0", "a=fmtp:111 stereo=1\r\na=rtpmap:0")
    assert tuned(other) == tuned(ANSWER)


def test_an_answer_without_opus_stays_as_it_is() -> None:
    plain = ANSWER.replace("a=rtpmap:111 opus/48000/2\r\n", "")
    assert tuned(plain) == plain


async def test_what_chromium_is_answered_names_opus_once() -> None:
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    try:
        await connection.setRemoteDescription(RTCSessionDescription(clean(CHROMIUM), "offer"))
        await connection.setLocalDescription(await connection.createAnswer())
        answer = connection.localDescription.sdp
    finally:
        await connection.close()
    codecs = voice_codecs(answer)
    assert codecs[0].mimeType == "audio/opus"
    assert tuned(answer).count(f"a=fmtp:{codecs[0].payloadType} {OPUS}\r\n") == 1
    assert RTCSessionDescription(tuned(answer), "answer").sdp.count("m=audio") == 1
