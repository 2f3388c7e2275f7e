"""Requests and answers of the audio API."""

import math
from collections.abc import Sequence
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from web.openai_audio.encoding import Format
from web.openai_audio.transcribing import Segment

MAX_INPUT: Final = 4_096
"""Characters of a text to be spoken; as many as OpenAI takes."""


class _Request(BaseModel):
    """Base of both requests; what we do not know is left aside, as SDKs add fields."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    model: str = Field(default="", max_length=256)


class SpeechRequest(_Request):
    """A text to be spoken; model and voice are the box's own, whatever is named."""

    input: str = Field(min_length=1, max_length=MAX_INPUT, pattern=r"\S")
    voice: Any = None
    response_format: Format = "mp3"
    speed: float = 1.0
    stream_format: Literal["audio", "sse"] = "audio"

    @field_validator("speed")
    @classmethod
    def _own_pace(cls, speed: float) -> float:
        if speed != 1.0:
            raise ValueError("this voice speaks at its own pace: leave speed out")
        return speed


class TranscriptionRequest(_Request):
    """How a recording is to be written down; language and temperature are the engine's own."""

    language: str = Field(default="", max_length=16)
    prompt: str = Field(default="", max_length=4_000)
    response_format: Literal["json", "text", "verbose_json", "srt", "vtt"] = "json"
    stream: bool = False


def written(request: TranscriptionRequest, segments: Sequence[Segment], seconds: float) -> str | dict[str, Any]:
    """Return a transcript in the form that was asked for: text, or what is to become JSON."""
    text = whole(segments)
    match request.response_format:
        case "text":
            return text + "\n"
        case "srt":
            return "".join(
                f"{number}\n{_clock(one.stretch.start, ',')} --> {_clock(one.stretch.end, ',')}\n{one.text}\n\n"
                for number, one in enumerate(segments, 1)
            )
        case "vtt":
            cues = (
                f"{_clock(one.stretch.start, '.')} --> {_clock(one.stretch.end, '.')}\n{one.text}\n\n"
                for one in segments
            )
            return "WEBVTT\n\n" + "".join(cues)
        case "verbose_json":
            told = {"task": "transcribe", "language": request.language, "duration": round(seconds, 3), "text": text}
            return told | {
                "segments": [_told(number, one) for number, one in enumerate(segments)],
                "usage": usage(seconds),
            }
    return {"text": text, "usage": usage(seconds)}


def whole(segments: Sequence[Segment]) -> str:
    """Return the text of all segments."""
    return " ".join(one.text for one in segments)


def usage(seconds: float) -> dict[str, Any]:
    """Return what a request cost: there are no tokens here."""
    return {"type": "duration", "seconds": math.ceil(seconds)}


def _told(number: int, segment: Segment) -> dict[str, Any]:
    """Return a segment; what the engine does not know of it is null."""
    confidence = segment.confidence
    return {
        "id": number,
        "seek": 0,
        "start": round(segment.stretch.start, 3),
        "end": round(segment.stretch.end, 3),
        "text": segment.text,
        "tokens": [],
        "temperature": 0.0,
        "avg_logprob": round(math.log(max(confidence, 1e-9)), 4) if confidence is not None else None,
        "compression_ratio": None,
        "no_speech_prob": None,
    }


def _clock(seconds: float, point: str) -> str:
    whole_ms = round(seconds * 1000)
    minutes, ms = divmod(whole_ms, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{ms // 1000:02}{point}{ms % 1000:03}"
