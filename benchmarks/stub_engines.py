"""What the engines of `benchmarks/load.py` hear and say at next to no cost; of numpy alone, as peers have it too."""

import math
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

HEARD: Final = "remind me to call mom tomorrow at noon"
"""What is heard in every turn."""

WORDS_PER_SECOND: Final = 3.0


def stub_seconds(text: str) -> float:
    """Return how long a text is hummed, in s: as long as an unhurried voice would take."""
    return max(1, len(text.split())) / WORDS_PER_SECOND


def stub_speech(text: str, rate: int) -> bytes:
    """Return the hum of a text as int16 samples: audible, and the same in every system."""
    return _hum(math.ceil(stub_seconds(text) * rate), rate)


@lru_cache(maxsize=64)
def _hum(samples: int, rate: int) -> bytes:
    hum: NDArray[np.int16] = (np.sin(2 * np.pi * 220 / rate * np.arange(samples)) * 8_000).astype(np.int16)
    return hum.tobytes()
