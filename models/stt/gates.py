"""When a decoded text is to be taken for nothing: Whisper writes words for silence and noise as well.

The no-speech, log-probability and compression thresholds are those of Radford et al., "Robust Speech Recognition via
Large-Scale Weak Supervision" (2022), section 4.5; there a failed decode is tried again at a higher temperature, for
which a conversation has no time.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.audio import SAMPLE_RATE, Pcm
from models.stt.agreement import plain

FRAME: Final = SAMPLE_RATE // 50

_SHORTEST: Final = SAMPLE_RATE // 10
_FAINT: Final = -60.0
"""Loudest 20 ms, in dB of full scale, that is still silence: ten times fainter than a quiet microphone's speech."""
_STEADY: Final = 2.0
"""Spread of loudness in dB (5th to 95th percentile of 20 ms frames) of a hum, a tone or a hiss; speech swings by 10."""
_STEADY_FRAMES: Final = 50
_LONGEST_LOOP: Final = 8
_WORD_LOOPS: Final = 8
_LOOPS: Final = 4
"""How often several words may be said in a row; one word may more often: `no no no`, `five five five five five`."""


def nothing_to_hear(pcm: Pcm) -> bool:
    """Tell whether 16 kHz samples are too short, too faint or too steady to hold a word."""
    if len(pcm) < _SHORTEST:
        return True
    frames = pcm[: len(pcm) // FRAME * FRAME].reshape(-1, FRAME)
    loudness = 10.0 * np.log10(np.mean(np.square(frames, dtype=np.float64), axis=1) + 1e-12)
    if loudness.max() < _FAINT:
        return True
    low, high = np.percentile(loudness, (5, 95))
    return bool(len(frames) >= _STEADY_FRAMES and high - low < _STEADY and loudness.max() - high < _STEADY)


@dataclass(frozen=True, slots=True)
class Gates:
    """What a text must show to be believed.

    `no_speech` and `log_prob`: nothing was said where the probability of no speech is above the one while the mean
    log-probability of a token is below the other. `log_prob_floor`: below it a text is a guess in any case.
    `compression`: a text that zlib makes smaller by more than this factor repeats itself. `fastest`: the words per
    second that nobody exceeds.
    """

    no_speech: float = 0.6
    log_prob: float = -1.0
    log_prob_floor: float = -1.5
    compression: float = 2.4
    fastest: float = 8.0

    def admit(self, text: str, *, log_prob: float, no_speech: float, seconds: float) -> str:
        """Return what of `text`, decoded from `seconds` of audio, is to be believed; "" for nothing."""
        if log_prob < self.log_prob_floor or (no_speech > self.no_speech and log_prob < self.log_prob):
            return ""
        words = text.split()
        kept = without_loops(words)
        most = 2 + self.fastest * seconds
        if len(kept) > most or (len(words) > most and _is_loop(words, len(kept))):
            return ""
        text = " ".join(kept)
        return "" if compression_ratio(text) > self.compression else text


def without_loops(text: Sequence[str]) -> list[str]:
    """Return the words with what stands there too often in a row to have been spoken said once.

    A decoder that has lost the audio repeats its last words until it is stopped.
    """
    words = list(text)
    spelled = [plain(word) for word in words]
    at = 0
    while at < len(words):
        for length in range(1, _LONGEST_LOOP + 1):
            end = at + length
            while end + length <= len(words) and spelled[end : end + length] == spelled[at : at + length]:
                end += length
            if end - at > (_LOOPS * length if length > 1 else _WORD_LOOPS):
                # What is left of the loop where it was broken off goes with it.
                rest = 0
                while end + rest < len(words) and rest < length and spelled[end + rest] == spelled[at + rest]:
                    rest += 1
                end += rest if end + rest == len(words) else 0
                del words[at + length : end], spelled[at + length : end]
                break
        at += 1
    return words


def _is_loop(words: Sequence[str], length: int) -> bool:
    return all(plain(word) == plain(words[at % length]) for at, word in enumerate(words))


def compression_ratio(text: str) -> float:
    """Return how many times smaller zlib makes a text."""
    data = text.encode()
    return len(data) / len(zlib.compress(data)) if data else 0.0
