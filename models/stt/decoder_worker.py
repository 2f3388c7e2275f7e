"""The process that decodes: pocketsphinx holds the GIL while it works, so it works where nobody waits.

Run as `python -m models.stt.decoder_worker CACHE_FOLDER DECODERS`; requests come in on standard input and
answers go out on standard output, as the frames of `multiprocessing.connection`. The end of the input ends
the process, so a parent that dies takes its workers along.
"""

import contextlib
import os
import signal
import sys
from collections import deque
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final, Literal

import pocketsphinx

from models.errors import EngineError
from models.stt.biased_lm import biased_model

Request = (
    tuple[Literal["load"], int, tuple[str, ...]]
    | tuple[Literal["open"], int, int]
    | tuple[Literal["feed"], int, bytes]
    | tuple[Literal["finish"], int]
    | tuple[Literal["close"], int]
)
"""`load` vocabulary number, phrases · `open` stream, vocabulary · `feed` stream, 16 kHz int16 samples · `finish` stream
· `close` stream."""

Answer = (
    tuple[Literal["loaded"], int, str]
    | tuple[Literal["partial"], int, str, int]
    | tuple[Literal["final"], int, str]
    | tuple[Literal["failed"], int, str]
)
"""`loaded` vocabulary, error or "" · `partial` stream, text, bytes decoded so far · `final` stream, text · `failed` stream,
error."""

_MODEL: Final = Path(pocketsphinx.get_model_path()) / "en-us"
_GENERAL: Final = _MODEL / "en-us.lm.bin"
_DICTIONARY: Final = _MODEL / "cmudict-en-us.dict"
# Audio decoded between two looks at the requests: a quarter of a second of 16 kHz int16.
_STEP: Final = 8_000


@dataclass(slots=True)
class _Stream:
    """One open stream; its decoder listens from the first samples to the next finish."""

    vocabulary: int
    decoder: Any
    listening: bool = False
    decoded: int = 0
    finished: str = ""

    def text(self) -> str:
        """Return the words of the whole turn so far."""
        hypothesis = self.decoder.hyp() if self.listening else None
        return f"{self.finished} {hypothesis.hypstr if hypothesis else ''}".strip()


@dataclass(slots=True)
class DecoderPool:
    """The decoders of one process: one per open stream, used again after its close.

    `decoders` bounds how many there are; each takes about 60 MB beside the language model, which all share.
    """

    cache: Path
    decoders: int
    _streams: dict[int, _Stream] = field(default_factory=dict)
    _idle: list[tuple[int, Any]] = field(default_factory=list)
    _models: dict[int, Any] = field(default_factory=dict)
    _cold_mean: str = ""

    def load(self, vocabulary: int, phrases: tuple[str, ...]) -> None:
        """Make the language model of a vocabulary and run a decoder with it once; raises EngineError."""
        try:
            path = biased_model(_GENERAL, phrases, _DICTIONARY, self.cache)
        except OSError as error:
            raise EngineError(f"cannot keep the language model in {self.cache}: {error}") from error
        config = pocketsphinx.Config(lm=None, loglevel="ERROR")
        self._models[vocabulary] = pocketsphinx.NGramModel(config, pocketsphinx.LogMath(), str(path))
        decoder = self._take(vocabulary)
        decoder.start_utt()
        decoder.process_raw(bytes(16_000))
        decoder.end_utt()
        self._give_back(vocabulary, decoder)

    def open(self, stream: int, vocabulary: int) -> None:
        """Give a new stream its decoder."""
        self._streams[stream] = _Stream(vocabulary, self._take(vocabulary))

    def feed(self, number: int, samples: bytes) -> tuple[str, int]:
        """Decode more 16 kHz int16 samples; returns the text so far and the bytes decoded so far."""
        stream = self._streams[number]
        if not stream.listening:
            stream.decoder.start_utt()
            stream.listening = True
        stream.decoder.process_raw(samples)
        stream.decoded += len(samples)
        return stream.text(), stream.decoded

    def finish(self, number: int) -> str:
        """End the utterance and return the text of the whole turn."""
        stream = self._streams[number]
        if stream.listening:
            stream.decoder.end_utt()
            stream.finished = stream.text()
            stream.listening = False
        return stream.finished

    def close(self, number: int) -> None:
        """Take back the decoder of a stream; a stream that is not open is left alone."""
        stream = self._streams.pop(number, None)
        if stream is not None:
            if stream.listening:
                stream.decoder.end_utt()
            self._give_back(stream.vocabulary, stream.decoder)

    def _take(self, vocabulary: int) -> Any:
        for at, (loaded, decoder) in enumerate(self._idle):
            if loaded == vocabulary:
                del self._idle[at]
                # The mean of another caller's voice and microphone would mislead.
                decoder.set_cmn(self._cold_mean)
                return decoder
        if self._idle and len(self._idle) + len(self._streams) >= self.decoders:
            self._idle.pop(0)
        config = pocketsphinx.Config(hmm=str(_MODEL / "en-us"), dict=str(_DICTIONARY), lm=None, loglevel="ERROR")
        decoder = pocketsphinx.Decoder(config)
        decoder.add_lm("agent", self._models[vocabulary])
        decoder.activate_search("agent")
        self._cold_mean = self._cold_mean or decoder.get_cmn()
        return decoder

    def _give_back(self, vocabulary: int, decoder: Any) -> None:
        self._idle.append((vocabulary, decoder))


class _Requests:
    """The requests in order, long audio in steps; a `close` overtakes what its stream has waiting."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._waiting: deque[Request] = deque()

    def next(self) -> Request:
        """Wait for the next request; raises EOFError when the parent is gone."""
        while not self._waiting or self._pipe.poll():
            self._accept(self._pipe.recv())
        return self._waiting.popleft()

    def more_audio(self, stream: int) -> bool:
        """Tell whether samples of the stream wait already."""
        return any(request[0] == "feed" and request[1] == stream for request in self._waiting)

    def _accept(self, request: Request) -> None:
        if request[0] == "feed":
            samples = request[2]
            self._waiting.extend(
                ("feed", request[1], samples[at : at + _STEP]) for at in range(0, len(samples), _STEP)
            )
            return
        if request[0] == "close":
            self._waiting = deque(one for one in self._waiting if one[0] == "load" or one[1] != request[1])
        self._waiting.append(request)


def serve(requests: Connection, answers: Connection, pool: DecoderPool) -> None:
    """Answer requests until their pipe ends."""
    waiting = _Requests(requests)
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            request = waiting.next()
            try:
                answer = _answer(request, pool)
            except (EngineError, RuntimeError, ValueError, KeyError) as error:
                answer = ("loaded" if request[0] == "load" else "failed", request[1], f"pocketsphinx: {error}")
            if answer is not None and not (answer[0] == "partial" and waiting.more_audio(answer[1])):
                answers.send(answer)


def _answer(request: Request, pool: DecoderPool) -> Answer | None:
    match request:
        case ("load", vocabulary, phrases):
            pool.load(vocabulary, phrases)
            return ("loaded", vocabulary, "")
        case ("open", stream, vocabulary):
            pool.open(stream, vocabulary)
        case ("feed", stream, samples):
            return ("partial", stream, *pool.feed(stream, samples))
        case ("finish", stream):
            return ("final", stream, pool.finish(stream))
        case ("close", stream):
            pool.close(stream)
    return None


def main() -> None:
    """Serve standard input and output."""
    # Ctrl-C is the parent's to answer; it closes the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = Connection(os.dup(1), readable=False)
    # Whatever else prints must not land among the answers.
    os.dup2(2, 1)
    serve(Connection(os.dup(0), writable=False), answers, DecoderPool(Path(sys.argv[1]), int(sys.argv[2])))


if __name__ == "__main__":
    main()
