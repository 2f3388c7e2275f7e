"""The caller's voice on its way in: any codec's sound becomes 16 kHz mono on a true time line."""

from collections import deque
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from av import AudioFrame, AudioResampler

from models.audio import SAMPLE_RATE, Pcm, from_int16, silence
from web.flood import Bucket

MAX_GAP = 2.0
"""Longest hole in the audio that is filled with silence; beyond it the time line starts anew."""

PATIENCE = 0.3
"""How late audio may be before its time is heard as silence: a turn must be able to end on a dead link."""

MARGIN = 0.1
"""How far behind the clock such silence stays, so that a late frame still finds room."""

DRIFT = 0.04
"""How far the sender's clock may wander from ours before the time line is moved."""

PACE = 1.05
"""Seconds of audio per second: no sender's clock is that fast."""

AHEAD = 5.0
"""Seconds of audio that may come faster than time goes by, as after a stall."""

WINDOW = 250
"""Frames (5 s) over which the quickest arrival is sought; the quickest one had no network delay."""


class Heard(NamedTuple):
    """Audio and the loop time of its first sample."""

    pcm: Pcm
    at: float


class Microphone:
    """Turns decoded sound and the time of its arrival into audio without holes.

    Pure: it knows neither clock nor network. A lost packet is a jump in `pts` and becomes silence of that length, less
    what was heard of it as silence before. A late frame is heard late and whole: a word with a pause in it is
    understood better than one without its middle. Audio, holes included, that comes faster than time goes by is
    dropped: the engines belong to all calls.
    """

    def __init__(self) -> None:
        self._resampler: AudioResampler | None = None
        self._shape: tuple[str, str, int] | None = None
        self._rate = SAMPLE_RATE  # of the input
        self._expected: int | None = None  # pts of the next input sample
        self._anchor = 0.0  # loop time of output sample 0
        self._heard = 0  # output samples handed out since the anchor
        self._filled = 0  # of them, the silence since the last frame
        self._lateness: deque[float] = deque(maxlen=WINDOW)
        self._time = Bucket(PACE, AHEAD)

    @property
    def _end(self) -> float:
        return self._anchor + self._heard / SAMPLE_RATE

    @property
    def silent(self) -> bool:
        """Whether silence has passed since the last sound came."""
        return self._filled > 0

    def take(self, frame: AudioFrame, now: float) -> list[Heard]:
        """Return what `frame`, which arrived at `now`, adds to the audio."""
        rate, samples = frame.sample_rate, frame.samples
        if self._shape != (frame.format.name, frame.layout.name, rate):
            self._shape = (frame.format.name, frame.layout.name, rate)
            self._resampler = AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
            self.restart()
        pts = self._on_our_scale(frame, rate)
        return self._place(self._resample(frame), pts, samples, rate, now)

    def place(self, pcm: Pcm, start: int, now: float) -> list[Heard]:
        """Return what `pcm`, 16 kHz mono that arrived at `now`, adds; `start` is its place on the sender's line."""
        return self._place(pcm, start, len(pcm), SAMPLE_RATE, now)

    def restart(self) -> None:
        """Forget the sender's time line: the next audio belongs where it arrives."""
        self._expected = None

    def _place(self, pcm: Pcm, pts: int, samples: int, rate: int, now: float) -> list[Heard]:
        """Place audio that was `samples` long at `rate`, the rate of `pts`, before it became `pcm`."""
        if self._expected is None or rate != self._rate or abs(pts - self._expected) > MAX_GAP * rate:
            self._rate, self._expected = rate, pts
            self._rebase(now - samples / rate)
        end = pts + samples
        if end <= self._expected:  # heard before
            return []
        gap = max(0, pts - self._expected)
        if not self._time.take((gap + samples) / rate, now):
            self._expected = None
            return []
        hole = round(gap * SAMPLE_RATE / rate) - self._filled
        heard = self._add(silence(max(0, hole))) + self._add(pcm)
        self._expected, self._filled = end, 0
        self._follow_clock(now - self._end)
        return heard

    def idle(self, now: float) -> list[Heard]:
        """Return silence for audio that should have come by `now` and has not."""
        if self._expected is None or now - self._end < PATIENCE:
            return []
        missing = now - MARGIN - self._end
        if missing > MAX_GAP:  # the loop itself stood still, or nobody asked: no flood of silence
            self._rebase(now - MARGIN)
            return []
        filled = self._add(silence(round(missing * SAMPLE_RATE)))
        self._filled += sum(len(one.pcm) for one in filled)
        return filled

    def _add(self, pcm: Pcm) -> list[Heard]:
        if not len(pcm):
            return []
        at = self._end
        self._heard += len(pcm)
        return [Heard(pcm, at)]

    def _on_our_scale(self, frame: AudioFrame, rate: int) -> int:
        if frame.pts is None:  # it comes when it comes
            return self._expected or 0
        return round(frame.pts * (frame.time_base or Fraction(1, rate)) * rate)

    def _resample(self, frame: AudioFrame) -> Pcm:
        assert self._resampler is not None  # narrows the type: `take` has made it
        frame.pts = None  # the time line is kept here; the resampler must not add its own silence
        parts = [out.to_ndarray().reshape(-1) for out in self._resampler.resample(frame)]
        return from_int16(np.concatenate(parts)) if parts else silence(0)

    def _rebase(self, start: float) -> None:
        self._anchor, self._heard, self._filled = start, 0, 0
        self._lateness.clear()

    def _follow_clock(self, late: float) -> None:
        """Keep the time line where the quickest frames put it, given how late this one came.

        Audio cannot come from the future, so an early frame moves the line back at once; a line that all frames of a
        window are late for belongs to a sender with a slower clock and is moved forward.
        """
        self._lateness.append(late)
        quickest = min(self._lateness)
        if quickest < 0 or (len(self._lateness) == WINDOW and quickest > DRIFT):
            self._anchor += quickest
            self._lateness.clear()
