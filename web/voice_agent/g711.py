"""G.711: sound in eight bits at 8 kHz, as telephones write it."""

from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from models.audio import Pcm, from_int16, to_int16

Law = Literal["mulaw", "alaw"]

BIAS: Final = 132
"""What mu-law adds to a magnitude, so that its segments are powers of two."""


def decode(data: bytes, law: Law) -> Pcm:
    """Return the samples of `data`."""
    return from_int16(_DECODED[law][np.frombuffer(data, dtype=np.uint8)])


def encode(pcm: Pcm, law: Law) -> bytes:
    """Return `pcm` in eight bits per sample."""
    encoded: NDArray[np.uint8] = _ENCODED[law][to_int16(pcm).astype(np.int32) + 32_768]
    return encoded.tobytes()


def _mulaw() -> NDArray[np.int16]:
    code = ~np.arange(256, dtype=np.uint8)
    magnitude = (((code & 0x0F).astype(np.int32) << 3) + BIAS << ((code & 0x70) >> 4)) - BIAS
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def _alaw() -> NDArray[np.int16]:
    code = np.arange(256, dtype=np.uint8) ^ 0x55
    segment = ((code & 0x70) >> 4).astype(np.int32)
    mantissa = ((code & 0x0F).astype(np.int32) << 4) + 8
    magnitude = np.where(segment > 0, mantissa + 0x100 << np.maximum(segment - 1, 0), mantissa)
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)


def _nearest(decoded: NDArray[np.int16]) -> NDArray[np.uint8]:
    """Return the code whose value is nearest, for each of the 65,536 samples from -32,768 on."""
    order = np.argsort(decoded, kind="stable")
    levels = decoded[order].astype(np.int32)
    borders = (levels[:-1] + levels[1:] + 1) // 2
    return order[np.searchsorted(borders, np.arange(-32_768, 32_768), side="right")].astype(np.uint8)


_DECODED: Final = {"mulaw": _mulaw(), "alaw": _alaw()}
_ENCODED: Final = {law: _nearest(decoded) for law, decoded in _DECODED.items()}
