"""libopus, through ctypes: one voice, mono, at the rate it is needed in.

PyAV's own codec always speaks 48 kHz, and offers neither concealment nor the copy of a lost frame that the next packet
may carry. Its wheel brings the library, though; a system's own libopus does as well.
"""

import ctypes
import ctypes.util
import weakref
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import av

from models.audio import Pcm, silence, to_int16
from web.errors import OpusMissingError

RATES: Final = (8_000, 12_000, 16_000, 24_000, 48_000)
"""What Opus speaks, in Hz."""

BIT_RATE: Final = 32_000
EXPECTED_LOSS: Final = 10
"""Per cent; above zero each packet of speech carries a coarse copy of the one before."""

COMPLEXITY: Final = 3
"""Of 10. A frame costs a fifth less than at 5, which WebRTC takes on telephones; below 3 the search gets coarse."""

_VOIP: Final = 2048
_VOICE: Final = 3001
_SET_BIT_RATE, _SET_COMPLEXITY, _SET_FEC, _SET_LOSS, _SET_DTX, _SET_SIGNAL = 4002, 4010, 4012, 4014, 4016, 4024
_LARGEST: Final = 1_275
"""Bytes of the largest Opus frame."""

_LONGEST: Final = 0.12
"""Seconds of the longest Opus packet."""


@cache
def library() -> ctypes.CDLL:
    """Return libopus; raises OpusMissingError where there is none of release 1.5 or later."""
    for place in _places():
        try:
            # PyDLL keeps the interpreter's lock: a call takes well under a millisecond, and to get the lock back
            # from a busy engine's thread would take five.
            return _declared(ctypes.PyDLL(place))
        except (OSError, AttributeError):  # not to be loaded, or too old
            continue
    raise OpusMissingError(
        "no libopus 1.5 or later was found: install PyAV from its wheel (pip install av), or the system's libopus"
    )


def version() -> str:
    """Return name and version of the library; raises OpusMissingError."""
    told: bytes = library().opus_get_version_string()
    return told.decode()


def _places() -> Iterator[str]:
    package = Path(av.__file__).parent
    for folder in (package.with_name("av.libs"), package / ".dylibs"):
        yield from (str(path) for path in sorted(folder.glob("*opus*")))
    if system := ctypes.util.find_library("opus"):
        yield system


def _declared(opus: ctypes.CDLL) -> ctypes.CDLL:
    pointer, integer, text = ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p
    opus.opus_get_version_string.restype = text
    opus.opus_packet_has_lbrr.argtypes = [text, integer]
    opus.opus_packet_get_nb_samples.argtypes = [text, integer, integer]
    opus.opus_decoder_create.argtypes = [integer, integer, pointer]
    opus.opus_decoder_create.restype = pointer
    opus.opus_decode_float.argtypes = [pointer, text, integer, pointer, integer, integer]
    opus.opus_decoder_destroy.argtypes = [pointer]
    opus.opus_encoder_create.argtypes = [integer, integer, integer, pointer]
    opus.opus_encoder_create.restype = pointer
    opus.opus_encoder_ctl.argtypes = [pointer, integer]  # and one more
    opus.opus_encode.argtypes = [pointer, pointer, integer, pointer, integer]
    opus.opus_encoder_destroy.argtypes = [pointer]
    return opus


class OpusDecoder:
    """Turns packets into mono at `rate` Hz, one of `RATES`; stereo is mixed down by the codec itself."""

    def __init__(self, rate: int) -> None:
        self._opus = library()
        self._rate = rate
        self._decoder = ctypes.c_void_p(self._opus.opus_decoder_create(rate, 1, None))
        weakref.finalize(self, self._opus.opus_decoder_destroy, self._decoder)
        self._longest = round(rate * _LONGEST)
        self._samples = silence(self._longest)
        self._buffer = self._samples.ctypes.data

    def duration(self, packet: bytes) -> int:
        """Return how many samples the packet holds; 0 for one that is damaged."""
        return max(0, int(self._opus.opus_packet_get_nb_samples(packet, len(packet), self._rate)))

    def has_copy(self, packet: bytes) -> bool:
        """Whether the packet carries a copy of the frame before it."""
        return int(self._opus.opus_packet_has_lbrr(packet, len(packet))) == 1

    def decode(self, packet: bytes) -> Pcm:
        """Return the packet's sound; nothing for one that is damaged."""
        return self._run(packet, self._longest, 0)

    def recover(self, following: bytes, samples: int) -> Pcm:
        """Return the last `samples`, a multiple of 2.5 ms, before the packet `following` from the copy it carries."""
        return self._run(following, samples, 1)

    def conceal(self, samples: int) -> Pcm:
        """Return `samples`, a multiple of 2.5 ms, that go on plausibly where the sound broke off."""
        return self._run(None, samples, 0)

    def _run(self, packet: bytes | None, samples: int, copy: int) -> Pcm:
        size = len(packet) if packet is not None else 0
        got = self._opus.opus_decode_float(self._decoder, packet, size, self._buffer, samples, copy)
        # The codec may overshoot a little.
        return self._samples[:got].clip(-1.0, 1.0) if got > 0 else silence(0)


class OpusEncoder:
    """Turns mono frames at `rate` Hz, one of `RATES`, into packets for a lossy way to one listener."""

    def __init__(self, rate: int) -> None:
        self._opus = library()
        self._encoder = ctypes.c_void_p(self._opus.opus_encoder_create(rate, 1, _VOIP, None))
        weakref.finalize(self, self._opus.opus_encoder_destroy, self._encoder)
        self._packet = (ctypes.c_ubyte * _LARGEST)()
        for request, value in (
            (_SET_BIT_RATE, BIT_RATE),
            (_SET_COMPLEXITY, COMPLEXITY),
            (_SET_FEC, 1),
            (_SET_LOSS, EXPECTED_LOSS),
            (_SET_DTX, 0),
            (_SET_SIGNAL, _VOICE),
        ):
            self._opus.opus_encoder_ctl(self._encoder, request, ctypes.c_int(value))

    def encode(self, pcm: Pcm) -> bytes:
        """Return the packet of a frame of 10, 20, 40 or 60 ms; raises ValueError for any other length."""
        samples = to_int16(pcm)
        size = self._opus.opus_encode(self._encoder, samples.ctypes.data, len(samples), self._packet, _LARGEST)
        if size < 0:
            raise ValueError(f"{len(samples)} samples are no frame of Opus")
        return ctypes.string_at(self._packet, size)
