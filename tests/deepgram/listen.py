"""Listen: audio in, interim and final results out."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import numpy as np
import soxr
from aiohttp import WSCloseCode, WSMsgType, web
from multidict import MultiMapping

from models.audio import SAMPLE_RATE, from_int16
from models.stt import TranscriptStream

SWITCHES: Final = ("smart_format", "punctuate", "numerals", "mip_opt_out")
"""Taken, and of no effect here."""
KNOWN: Final = {
    *("model", "encoding", "sample_rate", "channels", "language", "keyterm", "tag"),
    *("interim_results", "endpointing", "utterance_end_ms", "vad_events", *SWITCHES),
}
QUIET: Final = 0.01
"""Root mean square below which there is no speech."""


@dataclass(frozen=True, slots=True)
class ListenQuery:
    """What a connection was asked to do; `endpointing` and `utterance_end` in seconds, None: never.

    `stated` is the whole query, its last value where a name is there twice.
    """

    stated: Mapping[str, str]
    model: str
    sample_rate: int
    keyterms: Sequence[str]
    interim: bool
    endpointing: float | None
    utterance_end: float | None
    vad_events: bool


def listen_query(query: MultiMapping[str]) -> ListenQuery:
    """Read the query of an upgrade; raises ValueError for what Deepgram, or this emulator, does not take."""
    if unknown := sorted(set(query) - KNOWN):
        raise ValueError(f"unknown parameter {unknown[0]}")
    if not query.get("model"):
        raise ValueError("model is required")
    if query.get("encoding") != "linear16":
        raise ValueError("the emulator takes encoding=linear16 only")
    if not query.get("sample_rate", "").isdigit():
        raise ValueError("sample_rate is required with encoding")
    keyterms = query.getall("keyterm", [])
    if keyterms and not query["model"].startswith("nova-3"):
        raise ValueError("keyterm needs nova-3")
    if len(keyterms) > 100 or not all(keyterms):
        raise ValueError("too many keyterms, or an empty one")
    endpointing = query.get("endpointing", "10")
    after = query.get("utterance_end_ms")
    interim = _flag(query, "interim_results")
    if after is not None and not interim:
        raise ValueError("utterance_end_ms needs interim_results")
    for name in SWITCHES:
        _flag(query, name)
    return ListenQuery(
        stated=dict(query),
        model=query["model"],
        sample_rate=int(query["sample_rate"]),
        keyterms=keyterms,
        interim=interim,
        endpointing=None if endpointing == "false" else int(endpointing) / 1000,
        utterance_end=None if after is None else int(after) / 1000,
        vad_events=_flag(query, "vad_events"),
    )


def _flag(query: MultiMapping[str], name: str) -> bool:
    if (value := query.get(name, "false")) not in ("true", "false"):
        raise ValueError(f"{name} must be true or false")
    return value == "true"


class Understanding:
    """An engine's transcript of the whole connection, cut into results."""

    def __init__(self, stream: TranscriptStream, query: ListenQuery) -> None:
        self.fed = 0.0
        self._stream = stream
        self._rate = query.sample_rate
        self._resampler = (
            None if self._rate == SAMPLE_RATE else soxr.ResampleStream(self._rate, SAMPLE_RATE, 1, dtype="float32")
        )
        self._begun = 0.0
        self._settled = 0

    def feed(self, samples: np.ndarray[Any, np.dtype[np.int16]]) -> None:
        pcm = from_int16(samples)
        self.fed += pcm.size / self._rate
        self._stream.feed(pcm if self._resampler is None else self._resampler.resample_chunk(pcm))

    def interim(self, text: str) -> dict[str, Any] | None:
        """Return the result that says what is new in the whole text so far; None for nothing."""
        words = text.split()[self._settled :]
        return self._result(words, is_final=False) if words else None

    async def final(self, **marks: bool) -> dict[str, Any]:
        """Return the result that settles everything fed so far."""
        text = (await self._stream.finish()).text.split()
        result = self._result(text[self._settled :], is_final=True, **marks)
        self._settled, self._begun = max(self._settled, len(text)), self.fed
        return result

    @property
    def unsettled(self) -> float:
        """Seconds of audio that no final result stands for."""
        return self.fed - self._begun

    def partials(self) -> Any:
        return self._stream.partials()

    async def close(self) -> None:
        await self._stream.close()

    def _result(self, words: Sequence[str], **marks: bool) -> dict[str, Any]:
        span = (self.fed - self._begun) / max(1, len(words))
        timed = [
            {
                "word": word,
                "start": round(self._begun + number * span, 3),
                "end": round(self._begun + (number + 1) * span, 3),
                "confidence": 0.9,
                "punctuated_word": word,
            }
            for number, word in enumerate(words)
        ]
        best = {"transcript": " ".join(words), "confidence": 0.9 if words else 0.0, "words": timed}
        return {
            "type": "Results",
            "channel_index": [0, 1],
            "start": round(self._begun, 3),
            "duration": round(self.unsettled, 3),
            "speech_final": False,
            "from_finalize": False,
            **marks,
            "channel": {"alternatives": [best]},
            "metadata": {
                "request_id": str(uuid4()),
                "model_uuid": str(uuid4()),
                "model_info": {"name": "emulated", "version": "1", "arch": "pocketsphinx"},
            },
        }


class ListenSession:
    """One connection; `messages` holds the types of the client's texts in order, `audio` the seconds that came."""

    def __init__(
        self, request: web.Request, socket: web.WebSocketResponse, query: ListenQuery, understanding: Understanding
    ) -> None:
        self.query = query
        self.messages: list[str] = []
        self.audio = 0.0
        self.silence = 10.0
        self.finalizes = True
        self.cut: float | None = None
        self.closed_with = ""
        self._request = request
        self._socket = socket
        self._understanding = understanding
        self._quiet = 0.0
        self._speaks = False
        self._spoke = False

    async def run(self) -> None:
        partials = asyncio.create_task(self._tell_partials())
        try:
            await self._converse()
        except ConnectionError:
            pass
        finally:
            partials.cancel()
            with suppress(asyncio.CancelledError):
                await partials

    async def _converse(self) -> None:
        while True:
            try:
                message = await self._socket.receive(timeout=self.silence)
            except TimeoutError:
                return await self._close(
                    WSCloseCode.INTERNAL_ERROR, "NET-0001 Deepgram did not receive audio data or a text message"
                )
            match message.type:
                case WSMsgType.BINARY if not message.data:
                    return await self._end()
                case WSMsgType.BINARY if len(message.data) % 2:
                    return await self._close(WSCloseCode.POLICY_VIOLATION, "DATA-0000 the audio cannot be decoded")
                case WSMsgType.BINARY:
                    if await self._hear(message.data):
                        return
                case WSMsgType.TEXT:
                    if await self._obey(message.data):
                        return
                case _:
                    return

    async def _hear(self, data: bytes) -> bool:
        """Take audio; whether the line was cut."""
        samples = np.frombuffer(data, dtype="<i2")
        seconds = samples.size / self.query.sample_rate
        self._understanding.feed(samples)
        self.audio += seconds
        if self.cut is not None and self.audio >= self.cut:
            if self._request.transport is not None:
                self._request.transport.abort()
            return True
        if np.sqrt(np.mean(from_int16(samples) ** 2)) < QUIET:
            await self._fall_silent(seconds)
        else:
            if not self._speaks and self.query.vad_events:
                at = round(self._understanding.fed - seconds, 3)
                await self._tell({"type": "SpeechStarted", "channel": [0, 1], "timestamp": at})
            self._speaks, self._spoke, self._quiet = True, True, 0.0
        return False

    async def _fall_silent(self, seconds: float) -> None:
        self._quiet += seconds
        query = self.query
        if self._speaks and query.endpointing is not None and self._quiet >= query.endpointing:
            self._speaks = False
            await self._tell(await self._understanding.final(speech_final=True))
        if self._spoke and query.utterance_end is not None and self._quiet >= query.utterance_end:
            self._spoke = False
            last = round(self._understanding.fed - self._quiet, 3)
            await self._tell({"type": "UtteranceEnd", "channel": [0, 1], "last_word_end": last})

    async def _obey(self, text: str) -> bool:
        """Do what a text message asks for; whether the connection is over."""
        try:
            told = json.loads(text)
            kind = str(told["type"])
        except (ValueError, KeyError, TypeError):
            kind, told = "", {}
        self.messages.append(kind)
        match kind:
            case "KeepAlive":
                pass
            case "Finalize":
                # Where hardly anything is held back Deepgram may not answer at all.
                if self.finalizes and self._understanding.unsettled > 0.05:
                    await self._tell(await self._understanding.final(from_finalize=True))
            case "Configure":
                await self._tell({"type": "ConfigureSuccess", "keyterms": told.get("keyterms", [])})
            case "CloseStream":
                await self._end()
                return True
            case _:
                error = {"type": "Error", "variant": "SchemaError", "description": "unknown message", "message": kind}
                await self._tell(error)
                await self._close(WSCloseCode.POLICY_VIOLATION, "DATA-0001 unknown message")
                return True
        return False

    async def _end(self) -> None:
        if self._understanding.unsettled > 0:
            await self._tell(await self._understanding.final())
        summary = {"transaction_key": "deprecated", "request_id": str(uuid4()), "sha256": "0" * 64}
        duration = {"created": "2026-11-01T00:00:00Z", "duration": round(self.audio, 3), "channels": 1}
        await self._tell({"type": "Metadata", **summary, **duration})
        await self._close(WSCloseCode.OK, "")

    async def _close(self, code: int, reason: str) -> None:
        self.closed_with = f"{code} {reason}".strip()
        await self._socket.close(code=code, message=reason.encode())

    async def _tell_partials(self) -> None:
        async for partial in self._understanding.partials():
            if self.query.interim and (result := self._understanding.interim(partial.text)) is not None:
                with suppress(ConnectionError):
                    await self._tell(result)

    async def _tell(self, message: dict[str, Any]) -> None:
        await self._socket.send_str(json.dumps(message))
