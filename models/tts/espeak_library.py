"""The espeak-ng C library from the `espeakng-loader` wheel; blocking, and only one in a process."""

import ctypes
import threading
from collections.abc import Callable
from typing import Any, Final

import espeakng_loader
import numpy as np
from numpy.typing import NDArray

from models.errors import EngineError

RATE: Final = 22_050
"""Samples per second of every voice that the wheel brings."""

Sink = Callable[[NDArray[np.int16], list[tuple[int, int]]], bool]
"""Takes samples and word events (index in the text, first sample); returns whether to go on."""

# Names and numbers of espeak-ng/speak_lib.h.
_AUDIO_OUTPUT_SYNCHRONOUS: Final = 2
_INITIALIZE_DONT_EXIT: Final = 0x8000
_EVENT_LIST_TERMINATED: Final = 0
_EVENT_WORD: Final = 1
_PARAMETER_RATE: Final = 1
_POSITION_CHARACTER: Final = 1
# UTF-8, and the pause of the last sentence is kept, since phrases are played one right after the other.
# Without espeakSSML and espeakPHONEMES, `<`, `&` and `[[` are ordinary characters.
_FLAGS: Final = 0x0001 | 0x1000
_BUFFER_MILLISECONDS: Final = 40

# The library keeps its state in C globals: engines of one process take turns, and the last one ends it.
_lock = threading.Lock()
_users = 0


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    )


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


class EspeakLibrary:
    """One user of the library, with its own voice and speed; made for a thread of its own."""

    def __init__(self, voice: str, words_per_minute: int) -> None:
        self._voice = voice
        self._words_per_minute = words_per_minute
        self._library: ctypes.CDLL | None = None

    def load(self) -> ctypes.CDLL:
        """Load library and voice, unless they are; raises EngineError."""
        global _users
        if self._library is not None:
            return self._library
        try:
            library = ctypes.CDLL(espeakng_loader.get_library_path())
            data = espeakng_loader.get_data_path()
        except (OSError, RuntimeError) as cause:
            raise EngineError(
                f"espeak-ng cannot be loaded ({cause}): run pip install --force-reinstall espeakng-loader"
            ) from cause
        library.espeak_Synth.argtypes = [
            ctypes.c_char_p,
            ctypes.c_size_t,
            ctypes.c_uint,
            ctypes.c_int,
            ctypes.c_uint,
            ctypes.c_uint,
            ctypes.c_void_p,
            ctypes.c_void_p,
        ]
        with _lock:
            if _users == 0:
                rate = library.espeak_Initialize(
                    _AUDIO_OUTPUT_SYNCHRONOUS, _BUFFER_MILLISECONDS, data.encode(), _INITIALIZE_DONT_EXIT
                )
                if rate != RATE:
                    raise EngineError(
                        f"espeak-ng found no usable voices in {data} (rate {rate}): run pip install --force-reinstall"
                        " espeakng-loader, in a folder with a shorter path if this one is over 150 characters"
                    )
            # Counted before the voice is set, so that a wrong voice gives the library back like any other user.
            self._library, _users = library, _users + 1
        try:
            with _lock:
                self._select_voice(library)
        except EngineError:
            self.unload()
            raise
        return library

    def unload(self) -> None:
        """Give the library back; the last user of the process ends it."""
        global _users
        library, self._library = self._library, None
        if library is not None:
            with _lock:
                _users -= 1
                if _users == 0:
                    library.espeak_Terminate()

    def synthesise(self, text: str, sink: Sink) -> None:
        """Speak `text` into `sink`, which is called in this thread as samples come. Raises EngineError."""
        library = self.load()
        failure: Exception | None = None
        stopped = False

        def on_audio(wave: Any, count: int, events: Any) -> int:
            nonlocal failure, stopped
            if stopped:
                return 1
            try:
                # The buffer is the library's and is overwritten next, hence the copy.
                samples = np.ctypeslib.as_array(wave, (count,)).copy() if wave and count else np.zeros(0, np.int16)
                stopped = not sink(samples, _words(events))
            except Exception as cause:  # ctypes would print it and go on
                failure, stopped = cause, True
            return int(stopped)

        encoded = text.encode()
        callback = _Callback(on_audio)
        with _lock:
            self._select_voice(library)
            library.espeak_SetSynthCallback(callback)
            code = library.espeak_Synth(encoded, len(encoded) + 1, 0, _POSITION_CHARACTER, 0, _FLAGS, None, None)
        if failure is not None:
            raise EngineError(f"espeak-ng was interrupted: {failure}") from failure
        if code != 0 and not stopped:
            raise EngineError(f"espeak-ng failed with code {code}")

    def _select_voice(self, library: ctypes.CDLL) -> None:
        # Another engine may have spoken since; setting both takes 0.1 ms.
        if library.espeak_SetVoiceByName(self._voice.encode()) != 0:
            raise EngineError(f"espeak-ng has no voice {self._voice!r}: take one such as en-us, en-gb-x-rp or en-us+f3")
        library.espeak_SetParameter(_PARAMETER_RATE, self._words_per_minute, 0)


def _words(events: Any) -> list[tuple[int, int]]:
    words = []
    index = 0
    while events[index].type != _EVENT_LIST_TERMINATED:
        event = events[index]
        if event.type == _EVENT_WORD:
            words.append((event.text_position - 1, event.sample))
        index += 1
    return words
