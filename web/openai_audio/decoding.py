"""Uploaded recordings: whatever FFmpeg can read becomes 16 kHz mono."""

from itertools import chain
from typing import Any, BinaryIO, Final

import av
import numpy as np
from av import AudioResampler
from av.audio.frame import AudioFrame

from models.audio import SAMPLE_RATE, Pcm, from_int16, silence
from web.errors import RequestError

FORMATS: Final = "wav,w64,aiff,caf,mp3,flac,ogg,matroska,webm,mov,mp4,aac,amr,au"
"""Containers that are one file. Others, such as play lists, name further files, and FFmpeg would open those."""

OPTIONS: Final = {"format_whitelist": FORMATS, "protocol_whitelist": "none"}


def decode(file: BinaryIO, longest: float) -> Pcm:
    """Return the sound of a recording: 16 kHz mono; blocks.

    Raises RequestError where there is none, or more than `longest` s of it.
    """
    parts: list[Pcm] = []
    samples = 0
    try:
        with av.open(file, mode="r", container_options=OPTIONS) as container:
            if not container.streams.audio:
                raise _unreadable("there is no sound in this file")
            resampler = AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
            for frame in chain(container.decode(audio=0), (None,)):
                for made in resampler.resample(frame):
                    parts.append(_samples(made))
                    samples += made.samples
                if samples > longest * SAMPLE_RATE:
                    text = f"the recording is longer than {longest:g} seconds: send it in parts"
                    raise RequestError(413, "audio_too_long", text, {"param": "file"})
    except (av.FFmpegError, ValueError, OverflowError) as error:
        raise _unreadable("this file could not be read as sound") from error
    return np.concatenate(parts) if parts else silence(0)


def _samples(frame: AudioFrame) -> Pcm:
    samples: Any = frame.to_ndarray()  # int16, as the resampler makes it
    return from_int16(samples.reshape(-1))


def _unreadable(why: str) -> RequestError:
    return RequestError(400, "invalid_audio", f"{why}: send wav, mp3, flac, ogg, webm, mp4 or m4a", {"param": "file"})
