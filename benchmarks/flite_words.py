"""Debian's flite with the time of every word, through its C library: its command line tells no times."""

import ctypes
from ctypes import CDLL, POINTER, RTLD_GLOBAL, c_char_p, c_float, c_int, c_short, c_void_p
from functools import cache
from typing import Any

import numpy as np

from models.audio import Pcm, from_int16
from models.tts import WordMark

_FIRST_SEGMENT = b"R:SylStructure.daughter1.daughter1.R:Segment.p.end"
_LAST_SEGMENT = b"R:SylStructure.daughtern.daughtern.R:Segment.end"


class _Wave(ctypes.Structure):
    _fields_ = (
        ("type", c_char_p),
        ("rate", c_int),
        ("size", c_int),
        ("channels", c_int),
        ("samples", POINTER(c_short)),
    )


class _Voice(ctypes.Structure):
    _fields_ = (("name", c_char_p), ("features", c_void_p))


@cache
def _library() -> CDLL:
    try:
        library = CDLL("libflite.so.1", mode=RTLD_GLOBAL)
        for needed in ("libflite_cmulex.so.1", "libflite_usenglish.so.1"):
            CDLL(needed, mode=RTLD_GLOBAL)
    except OSError as error:
        raise SystemExit(f"flite is not installed ({error}): apt-get install flite") from error
    library.flite_init()
    results: dict[str, tuple[Any, list[Any]]] = {
        "flite_synth_text": (c_void_p, [c_char_p, c_void_p]),
        "utt_relation": (c_void_p, [c_void_p, c_char_p]),
        "utt_wave": (POINTER(_Wave), [c_void_p]),
        "relation_head": (c_void_p, [c_void_p]),
        "item_next": (c_void_p, [c_void_p]),
        "ffeature_float": (c_float, [c_void_p, c_char_p]),
        "ffeature_string": (c_char_p, [c_void_p, c_char_p]),
        "feat_set_float": (None, [c_void_p, c_char_p, c_float]),
        "delete_utterance": (None, [c_void_p]),
    }
    for name, (result, arguments) in results.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


@cache
def _voice(name: str) -> int:
    _library()
    register = CDLL(f"libflite_cmu_us_{name}.so.1")[f"register_cmu_us_{name}"]
    register.restype, register.argtypes = POINTER(_Voice), [c_char_p]
    return int(ctypes.addressof(register(None).contents))


def is_installed() -> bool:
    """Tell whether `speak` can be used."""
    try:
        CDLL("libflite.so.1")
    except OSError:
        return False
    return True


def speak(text: str, voice: str, speed: float = 1.0) -> tuple[Pcm, int, list[WordMark]]:
    """Return samples, their rate in Hz and the words of `text`; 1.0 is the voice's own speed.

    `voice` is `slt`, `rms`, `awb` or `kal16`; raises SystemExit where flite is not installed.
    """
    flite, address = _library(), _voice(voice)
    features = _Voice.from_address(address).features
    flite.feat_set_float(features, b"duration_stretch", 1 / speed)
    utterance = flite.flite_synth_text(text.encode(), address)
    marks = []
    word = flite.relation_head(flite.utt_relation(utterance, b"Word"))
    while word:
        start, end = (flite.ffeature_float(word, path) for path in (_FIRST_SEGMENT, _LAST_SEGMENT))
        marks.append(WordMark(flite.ffeature_string(word, b"name").decode(), start, end))
        word = flite.item_next(word)
    wave = flite.utt_wave(utterance).contents
    samples = np.ctypeslib.as_array(wave.samples, (wave.size,)).copy()
    rate = int(wave.rate)
    flite.delete_utterance(utterance)
    return from_int16(samples), rate, marks
