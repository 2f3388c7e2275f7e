"""Speak: texts in, raw sound out."""

import asyncio
import json
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import soxr
from aiohttp import WSCloseCode, WSMsgType, web
from multidict import MultiMapping

from models.audio import silence, to_int16
from models.tts import TextToSpeech

RATES: Final = (8000, 16000, 24000, 32000, 48000)
LONGEST: Final = 2000
FLUSHES: Final = 20
WINDOW: Final = 60.0
_PART: Final = 3001
"""Bytes of one message: an odd number, for nobody promises that messages hold whole samples."""


@dataclass(frozen=True, slots=True)
class SpeakQuery:
    """What is to be spoken how."""

    model: str
    rate: int
    wav: bool


def speak_query(query: MultiMapping[str], *, rest: bool = False) -> SpeakQuery:
    """Read the query; raises ValueError for what Deepgram, or this emulator, does not take."""
    known = {"model", "encoding", "sample_rate", "speed", "mip_opt_out", "tag", *(("container",) if rest else ())}
    if unknown := sorted(set(query) - known):
        raise ValueError(f"unknown parameter {unknown[0]}")
    if query.get("encoding", "linear16") != "linear16":
        raise ValueError("the emulator speaks encoding=linear16 only")
    if (rate := int(query.get("sample_rate", "24000"))) not in RATES:
        raise ValueError(f"sample_rate must be one of {RATES}")
    if not 0.7 <= float(query.get("speed", "1")) <= 1.5:
        raise ValueError("speed must be between 0.7 and 1.5")
    if not (model := query.get("model", "aura-asteria-en")).startswith("aura"):
        raise ValueError(f"there is no model {model}")
    return SpeakQuery(model, rate, rest and query.get("container", "wav") == "wav")


class SpeakSession:
    """One connection; `messages` holds what the client sent in order, texts as they are, else the type.

    `cleared` counts the texts that were broken off.
    """

    def __init__(self, socket: web.WebSocketResponse, query: SpeakQuery, tts: TextToSpeech) -> None:
        self.socket = socket
        self.query = query
        self.messages: list[str] = []
        self.cleared = 0
        self._tts = tts
        self._text = ""
        self._flushed: deque[float] = deque()
        self._sequence = 0
        self._unfinished = False
        self._texts: asyncio.Queue[str] = asyncio.Queue()

    async def run(self) -> None:
        told = {"model_name": self.query.model, "model_version": "1", "model_uuid": str(uuid4())}
        await self._tell({"type": "Metadata", "request_id": str(uuid4()), **told})
        worker = asyncio.create_task(self._speak())
        try:
            async for message in self.socket:
                if message.type is not WSMsgType.TEXT:
                    return await self._fail("DATA-0000", "only text messages are taken")
                told = json.loads(message.data)
                kind = told["type"]
                self.messages.append(told["text"] if kind == "Speak" else kind)
                match kind:
                    case "Speak" if len(told["text"]) > LONGEST:
                        return await self._fail("DATA-0001", f"a text is longer than {LONGEST} characters")
                    case "Speak":
                        self._text += told["text"]
                    case "Flush":
                        await self._flush()
                    case "Clear":
                        await _ended(worker)
                        self.cleared += self._texts.qsize() + self._unfinished
                        self._text, self._texts, self._unfinished = "", asyncio.Queue(), False
                        worker = asyncio.create_task(self._speak())
                        await self._tell({"type": "Cleared", "sequence_id": self._sequence})
                    case "Close":
                        await self._texts.join()
                        await self.socket.close(code=WSCloseCode.OK)
                        return
                    case _:
                        return await self._fail("DATA-0002", "unknown message")
        finally:
            await _ended(worker)

    async def _flush(self) -> None:
        now = time.monotonic()
        while self._flushed and now - self._flushed[0] > WINDOW:
            self._flushed.popleft()
        if len(self._flushed) >= FLUSHES:
            warning = {"description": f"more than {FLUSHES} flushes in {WINDOW:g} s", "code": "EXCESSIVE_FLUSH"}
            return await self._tell({"type": "Warning", **warning})
        self._flushed.append(now)
        text, self._text = self._text, ""
        self._texts.put_nowait(text)

    async def _speak(self) -> None:
        while True:
            text = await self._texts.get()
            self._unfinished = True
            async for part in sound(self._tts, text, self.query.rate):
                await self.socket.send_bytes(part)
            await self._tell({"type": "Flushed", "sequence_id": self._sequence})
            self._unfinished = False
            self._sequence += 1
            self._texts.task_done()

    async def _fail(self, code: str, description: str) -> None:
        await self._tell({"type": "Error", "code": code, "description": description})
        await self.socket.close(code=WSCloseCode.POLICY_VIOLATION, message=code.encode())

    async def _tell(self, message: dict[str, Any]) -> None:
        await self.socket.send_str(json.dumps(message))


async def sound(tts: TextToSpeech, text: str, rate: int) -> AsyncIterator[bytes]:
    """Yield raw 16-bit sound in messages of a size that is no whole number of samples."""
    resampler = soxr.ResampleStream(tts.sample_rate, rate, 1, dtype="float32")
    waiting = b""
    async for speech in tts.speak(text):
        waiting += to_int16(resampler.resample_chunk(speech.pcm)).tobytes()
        while len(waiting) >= _PART:
            yield waiting[:_PART]
            waiting = waiting[_PART:]
    waiting += to_int16(resampler.resample_chunk(silence(0), last=True)).tobytes()
    if waiting:
        yield waiting


async def rest_sound(tts: TextToSpeech, text: str, query: SpeakQuery) -> AsyncIterator[bytes]:
    """Yield the body of an answer over plain HTTP."""
    if query.wav:
        size = (0x7FFFFFFF).to_bytes(4, "little")  # nobody knows yet
        form = b"".join(
            number.to_bytes(width, "little")
            for number, width in ((16, 4), (1, 2), (1, 2), (query.rate, 4), (2 * query.rate, 4), (2, 2), (16, 2))
        )
        yield b"RIFF" + size + b"WAVEfmt " + form + b"data" + size
    async for part in sound(tts, text, query.rate):
        yield part


async def _ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError, ConnectionError):
        await task
