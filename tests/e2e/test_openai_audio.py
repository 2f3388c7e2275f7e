"""OpenAI's own package against the real server: recordings to text, text to speech, and the way back."""

import asyncio
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Literal

import aiohttp
import numpy as np
import pytest
import pytest_asyncio
import soundfile
from openai import APIStatusError, AsyncOpenAI, BadRequestError

from benchmarks.own_server import OwnServer
from models.audio import Pcm
from models.word_errors import words
from tests.speech import SENTENCES
from web.openai_audio.decoding import decode

pytestmark = pytest.mark.asyncio(loop_scope="module")

GOAL = "goal_1_rms"
EXPECTED = "I want to learn guitar in three months."
TEXT = "Your piano lesson was moved to Friday at three. Shall I remind you an hour before?"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def client(server: OwnServer) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=0) as client:
        yield client


async def test_a_recording_becomes_the_words_in_it(client: AsyncOpenAI) -> None:
    made = await client.audio.transcriptions.create(model="whisper-1", file=SENTENCES[GOAL].path)
    assert words(made.text) == words(SENTENCES[GOAL].text)


async def test_each_stretch_of_speech_is_told_with_its_times(client: AsyncOpenAI) -> None:
    parts = [soundfile.read(SENTENCES[name].path, dtype="float32")[0] for name in (GOAL, "silence", "task_1_rms")]
    file = BytesIO()
    soundfile.write(file, [sample for part in parts for sample in part], 16_000, format="WAV")
    made = await client.audio.transcriptions.create(
        model="any", file=("talk.wav", file.getvalue()), response_format="verbose_json"
    )
    assert made.segments is not None and len(made.segments) == 2 and made.language == "en"
    assert words(made.segments[0].text) == words(SENTENCES[GOAL].text)
    assert made.segments[1].start > len(parts[0]) / 16_000 and made.duration == pytest.approx(
        sum(map(len, parts)) / 16_000, abs=0.1
    )
    vtt = await client.audio.transcriptions.create(
        model="any", file=("talk.wav", file.getvalue()), response_format="vtt"
    )
    assert str(vtt).startswith("WEBVTT") and "guitar" in str(vtt).lower()


async def test_a_transcript_streams(client: AsyncOpenAI) -> None:
    stream = await client.audio.transcriptions.create(model="any", file=SENTENCES[GOAL].path, stream=True)
    events = [event async for event in stream]
    assert [event.type for event in events] == ["transcript.text.delta", "transcript.text.done"]
    done = events[-1]
    assert done.type == "transcript.text.done" and words(done.text) == words(SENTENCES[GOAL].text)


async def test_silence_is_no_text(client: AsyncOpenAI) -> None:
    made = await client.audio.transcriptions.create(model="any", file=SENTENCES["silence"].path)
    assert made.text == ""


async def test_what_is_spoken_is_understood_again(client: AsyncOpenAI) -> None:
    """The one voice that every box has is not the clearest one: half of the words are enough to know its sentence."""
    spoken = await client.audio.speech.create(model="tts-1", voice="alloy", input=EXPECTED, response_format="wav")
    made = await client.audio.transcriptions.create(model="any", file=("voice.wav", spoken.content))
    said, heard = words(EXPECTED), words(made.text)
    assert sum(word in heard for word in said) > len(said) / 2, made.text


async def test_every_format_holds_the_same_voice(client: AsyncOpenAI) -> None:
    formats: list[Literal["wav", "mp3", "opus", "flac", "aac"]] = ["wav", "mp3", "opus", "flac", "aac"]
    loud = {}
    for form in formats:
        spoken = await client.audio.speech.create(model="any", voice="any", input=TEXT, response_format=form)
        loud[form] = envelope(decode(BytesIO(spoken.content), 60.0))
    for form in formats[1:]:
        late = (np.corrcoef(loud["wav"][:400], loud[form][shift : shift + 400])[0, 1] for shift in range(12))
        assert max(late) > 0.9 and abs(len(loud[form]) - len(loud["wav"])) < 12, form


def envelope(pcm: Pcm) -> Pcm:
    """Return the loudness of each 10 ms."""
    frames = pcm[: pcm.size // 160 * 160].reshape(-1, 160)
    loudness: Pcm = np.sqrt(np.mean(frames**2, axis=1))
    return loudness


async def test_speech_streams_as_it_is_made(client: AsyncOpenAI) -> None:
    text = " ".join([TEXT] * 10)
    async with client.audio.speech.with_streaming_response.create(
        model="any", voice="any", input=text, response_format="pcm"
    ) as answer:
        assert answer.headers["content-type"] == "audio/pcm" and "content-length" not in answer.headers
        pieces = [len(piece) async for piece in answer.iter_bytes()]
    assert len(pieces) > 5 and 30 < sum(pieces) / 48_000 < 100


async def test_what_is_wrong_is_told_in_openais_shape(client: AsyncOpenAI) -> None:
    with pytest.raises(BadRequestError) as refusal:
        await client.audio.transcriptions.create(model="any", file=("notes.txt", b"not sound"))
    assert refusal.value.param == "file" and refusal.value.code == "invalid_audio"
    with pytest.raises(BadRequestError) as refusal:
        await client.audio.speech.create(model="any", voice="any", input=" ")
    assert refusal.value.param == "input" and refusal.value.type == "invalid_request_error"
    with pytest.raises(BadRequestError) as refusal:
        await client.audio.speech.create(model="any", voice="any", input="hi", speed=2.0)
    assert "own pace" in refusal.value.message
    with pytest.raises(BadRequestError):
        await client.audio.speech.create(model="any", voice="any", input="x" * 4_097)
    with pytest.raises(APIStatusError) as too_much:
        await client.audio.transcriptions.create(model="any", file=("big.wav", bytes((25 << 20) + 1)))
    assert too_much.value.status_code == 413


async def test_only_so_many_are_served_at_once(client: AsyncOpenAI) -> None:
    text = " ".join([TEXT] * 40)
    async with asyncio.TaskGroup() as tasks:
        asked = [
            tasks.create_task(_status(client.audio.speech.create(model="any", voice="any", input=text[:4_096])))
            for _ in range(4)
        ]
    assert sorted(task.result() for task in asked) == [200, 200, 429, 429]
    assert await _status(client.audio.speech.create(model="any", voice="any", input="hi")) == 200


async def test_a_form_without_a_file_or_of_another_kind_is_refused(server: OwnServer) -> None:
    url = f"{server.url}/v1/audio/transcriptions"
    async with aiohttp.ClientSession() as session:
        for body in (
            {"data": {"model": "any"}},
            {"json": {"model": "any"}},
            {"data": aiohttp.FormData({"model": "a"})},
        ):
            async with session.post(url, **body) as answer:
                assert answer.status == 400 and (await answer.json())["error"]["param"] == "file"
        async with session.post(
            url, data=b"--x", headers={"Content-Type": "multipart/form-data; boundary=x"}
        ) as answer:
            assert answer.status == 400 and "error" in await answer.json()
        async with session.post(url, data={"file": BytesIO()}, headers={"Origin": "https://example.org"}) as answer:
            assert answer.status == 403 and (await answer.json())["error"]["type"] == "permission_error"


async def _status(call: object) -> int:
    try:
        await call  # type: ignore[misc]
    except APIStatusError as error:
        return error.status_code
    return 200
