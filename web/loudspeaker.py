"""The agent's voice on its way out: paced 20 ms frames pulled from the conversation."""

import asyncio
from collections.abc import Callable
from fractions import Fraction

import structlog
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame

from models.audio import Pcm, silence, to_int16

FRAME = 0.02
STALL = 0.1
"""A sender that comes back later than this starts a new time line: a burst would only fill the browser's buffer."""

log = structlog.get_logger()


class Loudspeaker(MediaStreamTrack):
    """An outgoing audio track that asks `read` for the next samples at `rate` every 20 ms.

    aiortc calls `recv` back to back and ends sending for good on any exception, so the pacing is done
    here and a failing `read` is heard as silence.
    """

    kind = "audio"

    def __init__(self, read: Callable[[int], Pcm], rate: int) -> None:
        super().__init__()
        self._read = read
        self._rate = rate
        self._samples = round(rate * FRAME)
        self._pts = 0
        self._start: float | None = None
        self._frames = 0
        self._failed = False

    async def recv(self) -> AudioFrame:
        """Wait for the next frame's moment and hand it out."""
        if self.readyState != "live":
            raise MediaStreamError
        await self._pace()
        samples = to_int16(self._next())
        frame = AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = self._rate
        frame.time_base = Fraction(1, self._rate)
        frame.pts = self._pts
        self._pts += self._samples
        return frame

    async def _pace(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._start is None or now - (self._start + self._frames * FRAME) > STALL:
            self._start, self._frames = now, 0
        due = self._start + self._frames * FRAME
        self._frames += 1
        if due > now:
            await asyncio.sleep(due - now)

    def _next(self) -> Pcm:
        try:
            pcm = self._read(self._samples)
            if len(pcm) == self._samples:
                return pcm
            raise ValueError(f"{len(pcm)} samples instead of {self._samples}")
        except Exception as error:
            if not self._failed:
                self._failed = True
                log.error("the agent's voice cannot be read; sending silence", error=repr(error))
            return silence(self._samples)
