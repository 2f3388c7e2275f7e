"""What goes wrong on the way in and on the way out."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession

from models.audio import silence
from models.errors import EngineError
from models.tts import Speech
from tests.pipeline.scripted import RATE, ToneTts
from tests.web.openai_audio.scripted import engines
from tests.web.scripted import Server, serve


class Failing(ToneTts):
    """Says its first phrase and raises at the second."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    async def speak(self, phrase: str) -> AsyncIterator[Speech]:
        if "second" in phrase:
            raise self._error
        yield Speech(silence(RATE), None)


@pytest.mark.parametrize(
    "part",
    [
        b"Content-Disposition form-data\r\n\r\nx",
        b"Content-Disposition: form-data; name=file\r\n: x\r\n\r\nx",
        b"Content-Disposition: form-data; name=" + b"x" * 20_000 + b"\r\n\r\nx",
        b"X: y\r\n" * 1_000 + b"\r\nx",
        b"Content-Disposition: form-data; name=file\r\nContent-Transfer-Encoding: nonsense\r\n\r\nx",
        b"Content-Disposition: form-data; name=file\r\nContent-Transfer-Encoding: base64\r\n\r\nx",
        b"Content-Disposition: form-data; name=model\r\n\r\n\xff",
        b"Content-Type: multipart/mixed\r\n\r\nx",
    ],
)
async def test_a_form_that_is_none_is_refused(part: bytes) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    async with serve(audio=engines()) as server, ClientSession() as client:
        url = f"{server.url}/v1/audio/transcriptions"
        async with client.post(url, data=b"--b\r\n" + part + b"\r\n--b--\r\n", headers=headers) as answer:
            told = await answer.json()
            assert (answer.status, told["error"]["type"]) == (400, "invalid_request_error"), told


async def raw(server: Server, body: dict[str, str]) -> bytes:
    """Return all that comes for a request, as it comes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]))
    sent = json.dumps(body).encode()
    writer.write(
        b"POST /v1/audio/speech HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (len(sent), sent)
    )
    try:
        return await asyncio.wait_for(reader.read(), 10)
    finally:
        writer.close()


@pytest.mark.parametrize("error", [EngineError("the voice is gone"), RuntimeError("a fault of ours")])
async def test_a_voice_that_fails_in_mid_speech_breaks_the_answer_off(error: Exception) -> None:
    body = {"input": "The first sentence. The second sentence.", "model": "any", "voice": "any"}
    async with serve(audio=engines(Failing(error))) as server:
        came = await raw(server, body | {"response_format": "pcm"})
        assert came.startswith(b"HTTP/1.1 200") and came.count(b"HTTP/1.1") == 1
        assert not came.endswith(b"0\r\n\r\n"), "it would look whole"
        untold = await raw(server, body | {"response_format": "pcm", "input": "The second sentence first."})
        assert untold.startswith(b"HTTP/1.1 50")
