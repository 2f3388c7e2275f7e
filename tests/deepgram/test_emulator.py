"""The emulator keeps to the protocol: driven by the official client, and by a plain one where a browser would be."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import numpy as np
import pytest
import pytest_asyncio

pytest.importorskip("deepgram", reason="the extra deepgram is not installed")

from deepgram import AsyncDeepgramClient
from deepgram.core.api_error import ApiError
from deepgram.environment import DeepgramClientEnvironment
from deepgram.listen.v1.types.listen_v1configure import ListenV1Configure
from deepgram.speak.v1.types.speak_v1flushed import SpeakV1Flushed
from deepgram.speak.v1.types.speak_v1text import SpeakV1Text
from websockets.exceptions import ConnectionClosed

from models.audio import SAMPLE_RATE, silence, to_int16
from models.settings import DeepgramSettings
from tests.deepgram.emulator import KEY, DeepgramEmulator
from tests.deepgram.served import emulated
from tests.models.test_stt import VOCABULARY
from tests.speech import load

Served = tuple[DeepgramEmulator, DeepgramSettings]
LISTEN: dict[str, Any] = {"model": "nova-3", "encoding": "linear16", "sample_rate": SAMPLE_RATE}
FRAME = SAMPLE_RATE // 10

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    async with emulated(tmp_path_factory.mktemp("stt"), VOCABULARY) as served:
        yield served


def client(served: Served, **secret: str) -> AsyncDeepgramClient:
    url = served[1].url or ""
    sockets = url.replace("http", "ws", 1)
    environment = DeepgramClientEnvironment(base=url, production=sockets, agent=sockets, agent_rest=url)
    return AsyncDeepgramClient(**(secret or {"api_key": KEY}), environment=environment, max_retries=0)


async def send(socket: Any, *names: str, pause: float = 0.0) -> None:
    """Send clips in parts of 0.1 s, with silence after each."""
    for name in names:
        pcm = np.concatenate((load(name), silence(round(pause * SAMPLE_RATE))))
        for start in range(0, len(pcm), FRAME):
            await socket.send_media(to_int16(pcm[start : start + FRAME]).tobytes())


async def heard(socket: Any, until: str = "Metadata") -> list[Any]:
    found = []
    async for message in socket:
        found.append(message)
        if message.type == until:
            break
    return found


async def test_listen_tells_interim_and_final_words_then_the_summary(served: Served) -> None:
    async with client(served).listen.v1.connect(**LISTEN, interim_results=True, endpointing=False) as socket:
        await send(socket, "call_mom_rms")
        await socket.send_finalize()
        await socket.send_keep_alive()
        await send(socket, "tomorrow_at_noon_rms")
        await socket.send_close_stream()
        messages = await heard(socket)
    results = [message for message in messages if message.type == "Results"]
    finals = [one for one in results if one.is_final]
    assert [one.channel.alternatives[0].transcript for one in finals][-1].endswith("tomorrow at noon")
    assert [one.from_finalize for one in finals] == [True, False]
    assert finals[1].start == pytest.approx(finals[0].start + finals[0].duration)
    assert finals[1].channel.alternatives[0].words[-1].word == "noon"
    assert [one for one in results if not one.is_final]
    assert messages[-1].duration == pytest.approx(finals[1].start + finals[1].duration, abs=0.01)


async def test_listen_notices_speech_its_end_and_the_gap_after_it(served: Served) -> None:
    asked = {"interim_results": True, "endpointing": 300, "utterance_end_ms": 1000, "vad_events": True}
    async with client(served).listen.v1.connect(**LISTEN, **asked) as socket:
        await send(socket, "call_mom_rms", pause=1.5)
        messages = await heard(socket, "UtteranceEnd")
    kinds = [message.type for message in messages]
    assert kinds[0] == "SpeechStarted" and kinds[-1] == "UtteranceEnd"
    (end,) = [message for message in messages if message.type == "Results" and message.speech_final]
    assert end.is_final and "call mom" in end.channel.alternatives[0].transcript


async def test_listen_takes_new_keyterms(served: Served) -> None:
    async with client(served).listen.v1.connect(**LISTEN) as socket:
        await socket.send_configure(ListenV1Configure(type="Configure", keyterms=["flux"]))
        assert (await socket.recv()).type == "ConfigureSuccess"


@pytest.mark.parametrize(("data", "code"), [(b"", 1000), (b"\0\0\0", 1008)])
async def test_listen_closes_on_nothing_and_on_half_a_sample(data: bytes, code: int, served: Served) -> None:
    async with client(served).listen.v1.connect(**LISTEN) as socket:
        await socket.send_media(data)
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                await socket.recv()
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason[:9]) == (code, "" if code == 1000 else "DATA-0000")


async def test_listen_closes_on_who_is_silent(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    assert served[0].silence == 10.0
    monkeypatch.setattr(served[0], "silence", 0.2)
    async with client(served).listen.v1.connect(**LISTEN) as socket:
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason[:9]) == (1011, "NET-0001 ")


@pytest.mark.parametrize(
    "wrong",
    [{"sample_rate": None}, {"encoding": "opus"}, {"endpointing": "soon"}, {"utterance_end_ms": 1000}, {"redact": "x"}],
)
async def test_listen_refuses_what_it_does_not_take(wrong: dict[str, Any], served: Served) -> None:
    with pytest.raises(ApiError) as refused:
        async with client(served).listen.v1.connect(**{**LISTEN, **wrong}):
            pass
    assert refused.value.status_code == 400
    assert refused.value.__context__.headers["dg-error"]  # type: ignore[union-attr]


async def test_speak_gives_raw_sound_and_says_where_a_text_ends(served: Served) -> None:
    async with client(served).speak.v1.connect(
        model="aura-2-thalia-en", encoding="linear16", sample_rate=16000
    ) as socket:
        assert (await socket.recv()).type == "Metadata"
        for number in range(2):
            await socket.send_text(SpeakV1Text(text="Good morning."))
            await socket.send_flush()
            sound = b""
            while isinstance(message := await socket.recv(), bytes):
                sound += message
            assert (message.type, message.sequence_id) == ("Flushed", number)
            assert 0.4 < len(sound) / 2 / 16000 < 2
        await socket.send_close()
        with pytest.raises(ConnectionClosed):
            await socket.recv()


async def test_speak_clears_what_is_being_said(served: Served) -> None:
    async with client(served).speak.v1.connect(sample_rate=24000) as socket:
        await socket.send_text(SpeakV1Text(text="This is a rather long sentence. " * 50))
        await socket.send_flush()
        while not isinstance(await socket.recv(), bytes):
            pass
        await socket.send_clear()
        while isinstance(message := await socket.recv(), bytes):
            pass
        assert message.type == "Cleared" and isinstance(message, SpeakV1Flushed), "the client's own trap"
    assert served[0].spoken[-1].cleared == 1


async def test_speak_takes_twenty_flushes_a_minute(served: Served) -> None:
    async with client(served).speak.v1.connect() as socket:
        for _ in range(21):
            await socket.send_flush()
        kinds = [message.type async for message in _texts(socket, 22)]
    assert kinds.count("Warning") == 1


async def _texts(socket: Any, count: int) -> AsyncIterator[Any]:
    while count:
        if not isinstance(message := await socket.recv(), bytes):
            count -= 1
            yield message


async def test_speak_over_plain_http(served: Served) -> None:
    generate = client(served).speak.v1.audio.generate
    wav = b"".join([part async for part in generate(text="Good morning.", model="aura-2-thalia-en")])
    assert wav[:4] == b"RIFF" and wav[8:12] == b"WAVE"
    raw = b"".join([part async for part in generate(text="Good morning.", container="none", encoding="linear16")])
    assert abs(len(wav) - 44 - len(raw)) < 0.05 * len(raw)
    with pytest.raises(ApiError):
        _ = [part async for part in generate(text=" ")]


async def test_a_granted_token_opens_sockets_and_grants_none(served: Served) -> None:
    grant = await client(served).auth.v1.tokens.grant()
    assert grant.expires_in == 30 and grant.access_token.count(".") == 2
    short = await client(served).auth.v1.tokens.grant(ttl_seconds=0.2)
    guest = client(served, access_token=grant.access_token)
    async with guest.listen.v1.connect(**LISTEN):
        assert served[0].authorizations[-1] == "bearer"
    with pytest.raises(ApiError, match="403"):
        await guest.auth.v1.tokens.grant()
    await asyncio.sleep(0.3)
    with pytest.raises(ApiError, match="401"):
        async with client(served, access_token=short.access_token).listen.v1.connect(**LISTEN):
            pass


@pytest.mark.parametrize(("scheme", "status"), [("token", 101), ("bearer", 401), ("basic", 401)])
async def test_a_browser_comes_in_by_subprotocol(scheme: str, status: int, served: Served) -> None:
    address = f"{served[1].url}/v1/listen?model=nova-3&encoding=linear16&sample_rate=16000"
    async with aiohttp.ClientSession() as http:
        try:
            async with http.ws_connect(address, protocols=(scheme, KEY)) as socket:
                assert socket.protocol == scheme
                found = 101
        except aiohttp.WSServerHandshakeError as refused:
            found = refused.status
            assert refused.headers and refused.headers["dg-error"] and refused.headers["dg-request-id"]
    assert found == status


async def test_a_wrong_key_is_refused(served: Served) -> None:
    with pytest.raises(ApiError, match="invalid credentials") as refused:
        async with client(served, api_key="wrong").speak.v1.connect():
            pass
    assert refused.value.status_code == 401 and "wrong" not in str(refused.value)
