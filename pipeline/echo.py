"""Whether what a microphone gives is the agent's own voice, come back from a loudspeaker."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from models.audio import SAMPLE_RATE, Pcm, silence

LATEST: Final = 0.8
"""Seconds after which an echo is not looked for any more: playout, room and network on both ways."""

GLANCE: Final = 0.24
"""Seconds of the caller's audio that are compared: long enough to be no chance, short enough to decide a barge-in."""

ALIKE: Final = 0.6
"""Correlation from which it is an echo: in rooms it is above 0.7, and another voice stays below 0.5."""


RINGING: Final = 0.3
"""Seconds after an echo in which what is no louder is its end: the room rings on after the words."""

LOUDER: Final = 1.5

FRAME: Final = SAMPLE_RATE // 50
NEAR: Final = SAMPLE_RATE // 1_000
"""Samples by which the delay of an echo may change from one moment to the next."""

CONFIRMED: Final = 0.2
"""Seconds within which a second look must find the same delay: by chance, sounds are alike at another one each time."""


@dataclass(frozen=True, slots=True)
class _Moment:
    """When something was heard, in samples, the delay at which it is like what was played, and its loudness."""

    at: int
    delay: int
    loudness: float

    def within(self, seconds: float, other: "_Moment") -> bool:
        """Tell whether no more time than that lies between two moments."""
        return self.at - other.at <= seconds * SAMPLE_RATE

    def has_delay_of(self, other: "_Moment") -> bool:
        """Tell whether both may be one echo: audio comes and goes in frames, so a delay may move by one or two."""
        moved = abs(self.delay - other.delay)
        return moved <= 2 * FRAME + NEAR and min(moved % FRAME, -moved % FRAME) <= NEAR


class EchoGuard:
    """Compares what is heard with what was lately played. Pure: both come in equal steps of time.

    Browsers cancel echoes themselves; this is for those whose cancelling is off, late or overcome.
    Method: normalised cross-correlation over all delays up to `LATEST`, by FFT.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._played = silence(int((LATEST + GLANCE) * SAMPLE_RATE))
        self._heard = silence(int(GLANCE * SAMPLE_RATE))
        self._clock = 0  # samples heard
        self._likeness = 0.0
        self._alike: _Moment | None = None  # the last one with something alike
        self._echo: _Moment | None = None  # the last one with an echo
        self._size = 1 << (len(self._played) + len(self._heard) - 1).bit_length()

    def play(self, pcm: Pcm) -> None:
        """Take what leaves for the caller now, at the agent's rate, silence included."""
        size = round(len(pcm) * SAMPLE_RATE / self._rate)
        line = np.interp(np.arange(size) * self._rate / SAMPLE_RATE, np.arange(len(pcm)), pcm).astype(np.float32)
        self._played = np.concatenate((self._played, line))[-len(self._played) :]

    def hear(self, pcm: Pcm) -> None:
        """Take what comes from the caller now, 16 kHz."""
        self._heard = np.concatenate((self._heard, pcm))[-len(self._heard) :]
        self._clock += len(pcm)

    @property
    def likeness(self) -> float:
        """How like to what was played is what was heard when `echoes` was last asked, 0 to 1."""
        return self._likeness

    def echoes(self) -> bool:
        """Tell whether what was heard last is the agent's own voice; ask at each moment that sounds like speech."""
        likeness, delay = self.match()
        self._likeness = likeness
        now, alike, echo = _Moment(self._clock, delay, float(np.sqrt(np.mean(self._heard**2)))), self._alike, self._echo
        if likeness >= ALIKE:
            known = echo is not None and now.has_delay_of(echo)
            if known or (alike is not None and now.within(CONFIRMED, alike) and now.has_delay_of(alike)):
                self._echo = echo = now
            self._alike = now
        return echo is not None and now.within(RINGING, echo) and now.loudness <= LOUDER * echo.loudness

    def match(self) -> tuple[float, int]:
        """Return how much of what was heard last is a copy of what was played, 0 to 1, and how many samples ago."""
        if not self._played.any():
            return 0.0, 0  # most of a call: a caller speaks to an agent that does not
        heard, played = self._voice_band(self._heard), self._voice_band(self._played)
        power = np.concatenate(([0.0], np.cumsum(played.astype(np.float64) ** 2)))
        energies = power[len(heard) :] - power[: -len(heard)]
        loudness = float(np.dot(heard, heard))
        if loudness < 1e-7 or energies.max() < 1e-7:
            return 0.0, 0
        products = np.fft.irfft(np.fft.rfft(played, self._size) * np.conj(np.fft.rfft(heard, self._size)), self._size)
        # A trace of sound at the edge of a silence is like anything.
        alike = np.abs(products[: len(energies)]) / np.sqrt(np.maximum(energies, 0.1 * energies.max()) * loudness)
        best = int(np.argmax(alike))
        return float(alike[best]), len(energies) - 1 - best

    def _voice_band(self, pcm: Pcm) -> Pcm:
        """Return the sound between 300 and 3,400 Hz: hum is alike everywhere, and hiss is not the agent's."""
        spectrum = np.fft.rfft(pcm, self._size)
        spectrum[: round(300 * self._size / SAMPLE_RATE)] = 0
        spectrum[round(3_400 * self._size / SAMPLE_RATE) :] = 0
        voice: Pcm = np.fft.irfft(spectrum, self._size)[: len(pcm)].astype(np.float32)
        return voice
