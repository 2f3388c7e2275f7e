"""The engines that the peers get: pocketsphinx with the product's own model, and espeak-ng with its voice.

Runs in the environment of a peer. Recognition has a process of its own, as a skilled user would have it: pocketsphinx
holds the interpreter, and a server that decodes in its loop would stand still.
"""

import asyncio
import os
import queue
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

from models.tts.espeak_library import RATE, EspeakLibrary

# Variables that say what the product uses: the language model of the same agent, the voice of espeak-ng and its speed,
# and where the chat model is asked in OpenAI's protocol.
LANGUAGE_MODEL: Final = "PEER_LANGUAGE_MODEL"
VOICE: Final = "PEER_VOICE"
WORDS_PER_MINUTE: Final = "PEER_WORDS_PER_MINUTE"
CHAT: Final = "PEER_CHAT"

PROMPT: Final = "You are a friendly assistant on the telephone. Answer briefly."

_decoder: Any = None
_listening = False


class Recogniser:
    """One decoder in one process; what is asked of it is done in turn.

    Where it is `streaming`, it leaves nothing for the end of the utterance, as the product's; where all is decoded at
    the end, it does a third less in all.
    """

    def __init__(self, *, streaming: bool) -> None:
        given = (os.environ[LANGUAGE_MODEL], streaming)
        self._process = ProcessPoolExecutor(1, get_context("spawn"), _load, given)
        self._process.submit(_whole, bytes(32_000)).result()

    def whole(self, samples: bytes) -> "Future[str]":
        """Decode a whole utterance of 16 kHz int16 samples."""
        return self._process.submit(_whole, samples)

    def feed(self, samples: bytes) -> "Future[str]":
        """Decode more of an utterance, which begins with the first samples; the result is the text so far."""
        return self._process.submit(_feed, samples)

    def finish(self) -> "Future[str]":
        """End the utterance; the result is its text."""
        return self._process.submit(_finish)


def _load(language_model: str, streaming: bool) -> None:
    global _decoder
    import pocketsphinx

    folder = Path(pocketsphinx.get_model_path()) / "en-us"
    files = {"hmm": str(folder / "en-us"), "dict": str(folder / "cmudict-en-us.dict"), "lm": language_model}
    ahead = {"pl_window": 0} if streaming else {}
    _decoder = pocketsphinx.Decoder(**files, loglevel="ERROR", fwdflat=False, **ahead)


def _whole(samples: bytes) -> str:
    _decoder.start_utt()
    _decoder.process_raw(samples, full_utt=True)
    _decoder.end_utt()
    return _text()


def _feed(samples: bytes) -> str:
    global _listening
    if not _listening:
        _decoder.start_utt()
        _listening = True
    _decoder.process_raw(samples)
    return _text()


def _finish() -> str:
    global _listening
    if not _listening:
        return ""
    _decoder.end_utt()
    _listening = False
    return _text()


def _text() -> str:
    hypothesis = _decoder.hyp()
    return hypothesis.hypstr if hypothesis else ""


class Voice:
    """espeak-ng as the product speaks with it: samples come as they are made, from a thread."""

    rate: Final = RATE

    def __init__(self) -> None:
        self._library = EspeakLibrary(os.environ[VOICE], int(os.environ[WORDS_PER_MINUTE]))
        for _ in self.speak("ready"):
            pass

    def speak(self, text: str) -> Iterator[bytes]:
        """Yield the int16 samples of a text; blocks."""
        made: queue.Queue[bytes | None] = queue.Queue()

        def hear(samples: Any, _: Any) -> bool:
            made.put(samples.tobytes())
            return True

        def make() -> None:
            try:
                self._library.synthesise(text, hear)
            finally:
                made.put(None)

        threading.Thread(target=make, daemon=True).start()
        while (samples := made.get()) is not None:
            if samples:
                yield samples

    async def stream(self, text: str) -> AsyncIterator[bytes]:
        """Yield the same without blocking the loop."""
        spoken = self.speak(text)
        while (samples := await asyncio.to_thread(next, spoken, None)) is not None:
            yield samples
