"""Sound in binary messages: the caller's becomes 16 kHz on a true time line, the agent's what was asked for."""

from typing import Final

import numpy as np

from models.audio import SAMPLE_RATE, Pcm, from_int16, to_int16
from web.microphone import Heard, Microphone
from web.resampling import FrameResampler
from web.voice_agent import g711
from web.voice_agent.settings_message import FRAMES_PER_SECOND, AudioFormat

HEARD_FRAME: Final = SAMPLE_RATE // FRAMES_PER_SECOND


def sample_bytes(form: AudioFormat) -> int:
    """Return how many bytes one sample takes."""
    return 2 if form.encoding == "linear16" else 1


class Inbound:
    """The caller's sound. Pure: the time of arrival comes as an argument.

    Messages may be of any length, even half a sample: what makes no whole frame of 20 ms waits for the next one.
    """

    def __init__(self, form: AudioFormat) -> None:
        self._encoding = form.encoding
        size = form.sample_rate // FRAMES_PER_SECOND
        self.frame_bytes = size * sample_bytes(form)
        self._resampler = FrameResampler(size, HEARD_FRAME) if size != HEARD_FRAME else None
        self._rest = b""
        self._position = 0
        self._microphone = Microphone()

    def frames(self, data: bytes) -> list[bytes]:
        """Return the frames that are whole with `data`."""
        line = self._rest + data
        whole = len(line) - len(line) % self.frame_bytes
        self._rest = line[whole:]
        return [line[start : start + self.frame_bytes] for start in range(0, whole, self.frame_bytes)]

    def take(self, frame: bytes, now: float) -> list[Heard]:
        """Return what a frame that arrived at `now` adds to what is heard."""
        pcm = self._decode(frame)
        start, self._position = self._position, self._position + HEARD_FRAME
        return self._microphone.place(pcm if self._resampler is None else self._resampler.resample(pcm), start, now)

    def idle(self, now: float) -> list[Heard]:
        """Return silence for sound that should have come by `now` and has not."""
        return self._microphone.idle(now)

    def _decode(self, frame: bytes) -> Pcm:
        if self._encoding == "linear16":
            return from_int16(np.frombuffer(frame, dtype="<i2"))
        return g711.decode(frame, self._encoding)


class Outbound:
    """The agent's voice, in frames of 20 ms; `samples` is how many of the engine's make one."""

    def __init__(self, form: AudioFormat, speech_rate: int) -> None:
        self._encoding = form.encoding
        self.samples = round(speech_rate / FRAMES_PER_SECOND)
        target = form.sample_rate // FRAMES_PER_SECOND
        self._resampler = FrameResampler(self.samples, target) if target != self.samples else None

    def encode(self, pcm: Pcm) -> bytes:
        """Return one frame as the client wants it."""
        line = pcm if self._resampler is None else self._resampler.resample(pcm)
        if self._encoding == "linear16":
            return to_int16(line).astype("<i2").tobytes()
        return g711.encode(line, self._encoding)
