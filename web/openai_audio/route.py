"""`POST /v1/audio/transcriptions` and `POST /v1/audio/speech`."""

import asyncio
import base64
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import structlog
from aiohttp import web
from pydantic import BaseModel, ValidationError

from models.audio import SAMPLE_RATE
from models.errors import EngineError
from models.stt import SpeechToText
from models.tts import TextToSpeech
from models.vad import VoiceActivityDetector
from pipeline.patience import patient
from pipeline.phrases import PhraseSplitter
from web.admission import authorise
from web.errors import RequestError
from web.keys import BODY_TIMEOUT
from web.openai_audio.decoding import decode
from web.openai_audio.encoding import CONTENT_TYPES, VoiceWriter
from web.openai_audio.settings import AudioApiSettings
from web.openai_audio.shapes import SpeechRequest, TranscriptionRequest, usage, whole, written
from web.openai_audio.transcribing import Segment, transcribe
from web.openai_audio.upload import read_form
from web.problems import retry_headers

BodyT = TypeVar("BodyT", bound=BaseModel)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

PATIENCE: Final = 30.0
"""Seconds that the next piece of a voice may take."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class AudioEngines:
    """The engines that callers use too; `language` is what the one that listens understands."""

    vad: VoiceActivityDetector
    stt: SpeechToText
    tts: TextToSpeech
    language: str


class AudioApi:
    """Both calls of the API on shared engines."""

    def __init__(self, engines: AudioEngines, settings: AudioApiSettings) -> None:
        self._engines = engines
        self._settings = settings
        self._served = 0

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.post("/v1/audio/transcriptions", self._answer(self._transcriptions)),
            web.post("/v1/audio/speech", self._answer(self._speech)),
        ]

    def _answer(self, handler: Handler) -> Handler:
        """Serve no more than a few at once, and tell failures in OpenAI's shape."""

        async def answer(request: web.Request) -> web.StreamResponse:
            try:
                authorise(request)
                if self._served >= self._settings.at_once:
                    raise RequestError(429, "rate_limit_exceeded", "too many requests at once; please try again")
                self._served += 1
                try:
                    return await handler(request)
                finally:
                    self._served -= 1
            except RequestError as error:
                return problem(error)
            except web.HTTPRequestEntityTooLarge:
                return problem(RequestError(413, "too_large", "the body is too large"))
            except EngineError as error:
                log.warning("an engine failed", path=request.path, error=str(error))
                return problem(RequestError(503, "engine_unavailable", "speech cannot be worked on now; try again"))

        return answer

    async def _transcriptions(self, request: web.Request) -> web.StreamResponse:
        fields, file = await read_form(request, self._settings.max_upload)
        asked = checked(TranscriptionRequest, fields)
        if not asked.language:
            asked = asked.model_copy(update={"language": self._engines.language})
        pcm = await asyncio.to_thread(decode, file, self._settings.max_seconds)
        seconds = len(pcm) / SAMPLE_RATE
        async with aclosing(transcribe(pcm, self._engines.vad, self._engines.stt, asked.prompt)) as segments:
            if asked.stream:
                return await _stream(request, _transcript_events(segments, seconds))
            made = written(asked, [segment async for segment in segments], seconds)
        return web.Response(text=made) if isinstance(made, str) else web.json_response(made)

    async def _speech(self, request: web.Request) -> web.StreamResponse:
        asked = checked(SpeechRequest, await _json(request))
        async with aclosing(_voice(self._engines.tts, asked)) as voice:
            if asked.stream_format == "sse":
                return await _stream(request, _speech_events(voice))
            first = await anext(voice)  # a failure before the first sound can still be told
            answer = web.StreamResponse(headers={"Content-Type": CONTENT_TYPES[asked.response_format]})
            await answer.prepare(request)
            await answer.write(first)
            try:
                async for data in voice:
                    await answer.write(data)
            except EngineError as error:
                log.warning("an engine failed", path=request.path, error=str(error))
                if request.transport is not None:
                    request.transport.close()  # too late to tell: an answer with an end would be taken for whole
                return answer
            await answer.write_eof()
        return answer


async def _voice(tts: TextToSpeech, asked: SpeechRequest) -> AsyncGenerator[bytes, None]:
    """Yield the text as sound, phrase by phrase; raises EngineError."""
    writer, splitter = VoiceWriter(asked.response_format, tts.sample_rate), PhraseSplitter()
    for phrase in (*splitter.feed(asked.input), *splitter.flush()):
        async with patient(tts.speak(phrase), PATIENCE, "speech engine") as pieces:
            async for speech in pieces:
                if data := await asyncio.to_thread(writer.feed, speech.pcm):
                    yield data
    yield await asyncio.to_thread(writer.finish)


async def _transcript_events(segments: AsyncIterator[Segment], seconds: float) -> AsyncIterator[Mapping[str, Any]]:
    heard: list[Segment] = []
    async for segment in segments:
        yield {"type": "transcript.text.delta", "delta": f" {segment.text}" if heard else segment.text}
        heard.append(segment)
    yield {"type": "transcript.text.done", "text": whole(heard), "usage": usage(seconds)}


async def _speech_events(voice: AsyncIterator[bytes]) -> AsyncIterator[Mapping[str, Any]]:
    async for data in voice:
        yield {"type": "speech.audio.delta", "audio": base64.b64encode(data).decode()}
    yield {"type": "speech.audio.done", "usage": {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}}


async def _stream(request: web.Request, events: AsyncIterator[Mapping[str, Any]]) -> web.StreamResponse:
    """Answer with server-sent events as they come."""
    first = await anext(events)
    answer = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    await answer.prepare(request)
    await answer.write(_event(first))
    try:
        async for event in events:
            await answer.write(_event(event))
    except EngineError as error:
        log.warning("an engine failed", path=request.path, error=str(error))
        await answer.write(_event({"type": "error", "error": {"message": "speech cannot be worked on now"}}))
    await answer.write_eof()
    return answer


def _event(event: Mapping[str, Any]) -> bytes:
    return b"data: " + json.dumps(event).encode() + b"\n\n"


async def _json(request: web.Request) -> Any:
    if request.content_type != "application/json":
        raise RequestError(400, "bad_request", "the body must be application/json")
    try:
        async with asyncio.timeout(request.app[BODY_TIMEOUT]):
            return json.loads(await request.read())
    except TimeoutError as error:
        raise RequestError(408, "too_slow", "the body did not arrive in time") from error
    except (ValueError, RecursionError, web.RequestPayloadError, ConnectionError) as error:
        raise RequestError(400, "bad_json", "the body is not valid JSON") from error


def checked(kind: type[BodyT], body: Any) -> BodyT:
    """Return the body as `kind`; raises a 400 that names the first wrong field."""
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        wrong: Sequence[Any] = error.errors(include_url=False, include_input=False, include_context=False)
        where = ".".join(map(str, wrong[0]["loc"]))
        text = f"{where or 'the body'}: {wrong[0]['msg'].removeprefix('Value error, ')}"
        raise RequestError(400, "invalid_value", text, {"param": where or None}) from error


def problem(error: RequestError) -> web.Response:
    """Return a failure as OpenAI's clients know it."""
    kinds = {403: "permission_error", 429: "requests"}
    kind = "server_error" if error.status >= 500 else kinds.get(error.status, "invalid_request_error")
    param = (error.details or {}).get("param")
    body = {"error": {"message": error.message, "type": kind, "param": param, "code": error.code}}
    return web.json_response(body, status=error.status, headers=retry_headers(error))
