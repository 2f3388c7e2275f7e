"""The voice as a client wants it, piece by piece as it is made."""

import struct
from typing import Any, Final, Literal, Protocol

import av
import numpy as np
from av.audio.frame import AudioFrame

from models.audio import Pcm, silence, to_int16
from web.resampling import FrameResampler

Format = Literal["mp3", "opus", "aac", "flac", "wav", "pcm"]

RATE: Final = 24_000
"""Hz; OpenAI's, which `pcm` does not tell."""

CONTENT_TYPES: Final[dict[Format, str]] = {
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}

_CODECS: Final = {
    "mp3": ("libmp3lame", "mp3", 64_000, {"write_xing": "0", "id3v2_version": "0"}),
    "opus": ("libopus", "ogg", 32_000, {}),
    "aac": ("aac", "adts", 64_000, {}),
    "flac": ("flac", "flac", None, {}),
}
"""FFmpeg's codec and container, bits per second for one voice, and what the container must leave out."""


class Encoder(Protocol):
    """Takes int16 samples at `RATE` and gives bytes as soon as there are any."""

    def feed(self, samples: Any) -> bytes:
        """Return what these samples add."""

    def finish(self) -> bytes:
        """Return what is left."""


class Plain:
    """Raw samples, after the head of a WAV file of unknown length where one is wanted."""

    def __init__(self, *, head: bool) -> None:
        self._head = _wav_head() if head else b""

    def feed(self, samples: Any) -> bytes:
        """Return the samples as they are."""
        head, self._head = self._head, b""
        return head + bytes(samples.astype("<i2").tobytes())

    def finish(self) -> bytes:
        """Return the head where nothing was said."""
        return self._head


class Compressed:
    """One of FFmpeg's codecs in a container that is written from front to back."""

    def __init__(self, form: Format) -> None:
        codec, container, bit_rate, options = _CODECS[form]
        self._sink = _Sink()
        self._container = av.open(self._sink, mode="w", format=container, options=options)
        stream: Any = self._container.add_stream(codec, rate=RATE, layout="mono")
        if bit_rate is not None:
            stream.bit_rate = bit_rate
        self._stream = stream
        self._written = 0

    def feed(self, samples: Any) -> bytes:
        """Return what is complete with these samples."""
        frame = AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts = RATE, self._written
        self._written += samples.size
        self._container.mux(self._stream.encode(frame))
        return self._sink.take()

    def finish(self) -> bytes:
        """Return the rest."""
        self._container.mux(self._stream.encode(None))
        self._container.close()
        return self._sink.take()


class VoiceWriter:
    """Turns an engine's voice at `rate` Hz into bytes of `form`."""

    def __init__(self, form: Format, rate: int) -> None:
        self._encoder: Encoder = Plain(head=form == "wav") if form in ("wav", "pcm") else Compressed(form)
        self._size = rate // 50
        self._resampler = FrameResampler(self._size, RATE // 50) if rate != RATE else None
        self._rest = silence(0)

    def feed(self, pcm: Pcm) -> bytes:
        """Return what this sound adds."""
        line = np.concatenate((self._rest, pcm))
        whole = len(line) - len(line) % self._size
        self._rest = line[whole:]
        return self._encoder.feed(to_int16(self._resampled(line[:whole]))) if whole else b""

    def finish(self) -> bytes:
        """Return the rest, filled up with silence to a whole frame."""
        rest = np.concatenate((self._rest, silence(self._size - len(self._rest))))
        return self._encoder.feed(to_int16(self._resampled(rest))) + self._encoder.finish()

    def _resampled(self, line: Pcm) -> Pcm:
        if self._resampler is None:
            return line
        frames = range(0, len(line), self._size)
        return np.concatenate([self._resampler.resample(line[at : at + self._size]) for at in frames])


class _Sink:
    """What FFmpeg writes into; it cannot go back in it, as a client cannot."""

    def __init__(self) -> None:
        self._data = bytearray()

    def write(self, data: bytes) -> int:
        self._data += data
        return len(data)

    def take(self) -> bytes:
        data = bytes(self._data)
        self._data.clear()
        return data


def _wav_head() -> bytes:
    unknown = 0xFFFFFFFF
    form = struct.pack("<HHIIHH", 1, 1, RATE, RATE * 2, 2, 16)
    return b"".join(
        [
            b"RIFF",
            struct.pack("<I", unknown),
            b"WAVEfmt ",
            struct.pack("<I", len(form)),
            form,
            b"data",
            struct.pack("<I", unknown),
        ]
    )
