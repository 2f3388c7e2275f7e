"""The process that decodes: pocketsphinx holds the GIL while it works, so it works where nobody waits.

Run as `python -m models.stt.decoder_worker CACHE_FOLDER DECODERS`; requests come in on standard input and
answers go out on standard output, as the frames of `multiprocessing.connection`. The end of the input ends
the process, so a parent that dies takes its workers along.
"""

import contextlib
import os
import signal
import sys
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
"""What is asked, and of whom: `load` a vocabulary's phrases, `open` a stream with a vocabulary, `feed` a stream
16 kHz int16 samples, have the final text of a stream (`finish`), `close` a stream."""

Answer = (
    tuple[Literal["loaded"], int, str]
    | tuple[Literal["unloaded"], int, str]
    | tuple[Literal["partial"], int, str, int]
    | tuple[Literal["final"], int, str]
    | tuple[Literal["failed"], int, str]
)
"""Whom it is about, and: what the operator should know of a `load` or "", why it failed; the text so far and the bytes
decoded so far, the text of a `finish`, what went wrong."""

_MODEL: Final = Path(pocketsphinx.get_model_path()) / "en-us"
_GENERAL: Final = _MODEL / "en-us.lm.bin"
_DICTIONARY: Final = _MODEL / "cmudict-en-us.dict"
# Audio decoded between two looks at the requests: a quarter of a second of 16 kHz int16.
_STEP: Final = 8_000


@dataclass(slots=True)
class _Stream:
    """One open stream; its decoder listens from the first samples on."""

    vocabulary: int
    decoder: Any
    decoded: int = 0

    def text(self) -> str:
        """Return the words of the whole turn so far."""
        hypothesis = self.decoder.hyp() if self.decoded else None
        return hypothesis.hypstr if hypothesis else ""


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

    def load(self, vocabulary: int, phrases: tuple[str, ...]) -> str:
        """Make the language model of a vocabulary and run a decoder with it once; raises EngineError.

        Returns what the operator should know, or "".
        """
        warning = ""
        try:
            path = biased_model(_GENERAL, phrases, _DICTIONARY, self.cache)
        except OSError as error:
            path = _GENERAL
            warning = (
                f"the agent's own phrases are understood no better than others, for their language model cannot be "
                f"kept in {self.cache} ({error}): set FLUX_STT__CACHE to a folder that can be written"
            )
        config = pocketsphinx.Config(lm=None, loglevel="ERROR")
        self._models[vocabulary] = pocketsphinx.NGramModel(config, pocketsphinx.LogMath(), str(path))
        decoder = self._take(vocabulary)
        decoder.start_utt()
        decoder.process_raw(bytes(3_200))
        decoder.end_utt()
        self._give_back(vocabulary, decoder)
        return warning

    def open(self, stream: int, vocabulary: int) -> None:
        """Give a new stream its decoder."""
        self._streams[stream] = _Stream(vocabulary, self._take(vocabulary))

    def feed(self, number: int, samples: bytes) -> tuple[str, int]:
        """Decode more 16 kHz int16 samples; returns the text so far and the bytes decoded so far."""
        stream = self._streams[number]
        if not stream.decoded:
            stream.decoder.start_utt()
        stream.decoder.process_raw(samples)
        stream.decoded += len(samples)
        return stream.text(), stream.decoded

    def finish(self, number: int) -> str:
        """Return the final text of a stream as if its utterance ended here; it goes on all the same.

        Raises EngineError, and OSError where there is no memory for it.
        """
        stream = self._streams[number]
        if not stream.decoded:
            return ""
        # A look back over the whole utterance mends half of the wrong words, but ends it. So a copy of this process,
        # which costs a few ms, ends it there: an utterance begun anew would not know the words before.
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            with contextlib.suppress(BaseException), open(writing, "wb") as answer:
                stream.decoder.end_utt()
                answer.write(b"%s." % stream.text().encode())
            os._exit(0)
        os.close(writing)
        with open(reading, "rb") as answer:
            text = answer.read()
        os.waitpid(child, 0)
        if not text.endswith(b"."):
            raise EngineError("the final words were lost")
        return text[:-1].decode()

    def close(self, number: int) -> None:
        """Take back the decoder of a stream; a stream that is not open is left alone."""
        stream = self._streams.pop(number, None)
        if stream is not None:
            if stream.decoded:
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
        # Callers would wait for a second pass over the utterance (100 to 350 ms, for three clips in a hundred), and for
        # the frames that a look ahead at the phones leaves for the end (20 ms, at a third less work in all).
        files = {"hmm": str(_MODEL / "en-us"), "dict": str(_DICTIONARY)}
        config = pocketsphinx.Config(**files, lm=None, loglevel="ERROR", fwdflat=False, pl_window=0)
        decoder = pocketsphinx.Decoder(config)
        decoder.add_lm("agent", self._models[vocabulary])
        decoder.activate_search("agent")
        self._cold_mean = self._cold_mean or decoder.get_cmn()
        return decoder

    def _give_back(self, vocabulary: int, decoder: Any) -> None:
        self._idle.append((vocabulary, decoder))


class _Requests:
    """The requests in order, audio in steps of useful size; a `close` overtakes what its stream has waiting."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._waiting: list[Request] = []

    def next(self) -> Request:
        """Wait for the next request; raises EOFError when the parent is gone."""
        while not self._waiting or self._pipe.poll():
            self._accept(self._pipe.recv())
        return self._waiting.pop(0)

    def _accept(self, request: Request) -> None:
        if request[0] == "feed":
            stream, samples = request[1], self._recall(request[1]) + request[2]
            steps = range(0, len(samples), _STEP)
            self._waiting.extend(("feed", stream, samples[at : at + _STEP]) for at in steps)
            return
        if request[0] == "close":
            self._waiting = [one for one in self._waiting if one[0] == "load" or one[1] != request[1]]
        self._waiting.append(request)

    def _recall(self, stream: int) -> bytes:
        """Take back the audio of a stream that was to be decoded last, if it is less than a step."""
        for at in reversed(range(len(self._waiting))):
            last = self._waiting[at]
            if last[0] != "load" and last[1] == stream:
                if last[0] == "feed" and len(last[2]) < _STEP:
                    del self._waiting[at]
                    return last[2]
                break
        return b""


def serve(requests: Connection, answers: Connection, pool: DecoderPool) -> None:
    """Answer requests until their pipe ends."""
    waiting = _Requests(requests)
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            request = waiting.next()
            answer: Answer | None
            try:
                answer = _answer(request, pool)
            except (EngineError, OSError, RuntimeError, ValueError, KeyError) as error:
                reason = f"pocketsphinx: {error}"
                answer = ("unloaded", request[1], reason) if request[0] == "load" else ("failed", request[1], reason)
            if answer is not None:
                answers.send(answer)


def _answer(request: Request, pool: DecoderPool) -> Answer | None:
    match request:
        case ("load", vocabulary, phrases):
            return ("loaded", vocabulary, pool.load(vocabulary, phrases))
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
