"""One turn on its way through Whisper: partials while it is spoken, a final at each pause."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from typing import Final

import structlog

from models.audio import SAMPLE_RATE, Pcm
from models.batching import MicroBatcher
from models.errors import EngineError
from models.stt import CONSONANT, Transcript
from models.stt.agreement import LocalAgreement
from models.stt.gates import Gates
from models.stt.turn_audio import TurnAudio
from models.stt.whisper_model import Decoded, Window
from models.stt.whisper_prompt import previous_tokens

log = structlog.get_logger(__name__)

_FULL: Final = 28 * SAMPLE_RATE
"""Samples at which a window is cut; what follows until the cut is decoded must still fit."""
_CUT: Final = (14 * SAMPLE_RATE, 27 * SAMPLE_RATE)
_BACKLOG: Final = 120 * SAMPLE_RATE


class WhisperStream:
    """Decodes the whole turn again and again, as long as it fits into Whisper's window of 30 s.

    Of a longer turn the part up to its quietest moment is decoded once, as well as a final is, and from then on
    its words are settled: they end the previous text of the rest, which alone is decoded further. Partials cost
    nothing until somebody listens to them.
    """

    def __init__(
        self,
        batcher: MicroBatcher[Window, Decoded],
        encode: Callable[[str], Sequence[int]],
        hints: Sequence[int],
        previous: Sequence[int],
        *,
        beam: int,
        partial_interval: float,
        gates: Gates,
    ) -> None:
        self._batcher = batcher
        self._encode = encode
        self._hints = hints
        self._beam = beam
        self._interval = partial_interval
        self._gates = gates
        self._audio = TurnAudio()
        self._agreement = LocalAgreement()
        self._settled: tuple[str, ...] = ()
        self._previous = tuple(previous)
        self._prompt = previous_tokens(hints, self._previous)
        self._settled_log_prob = 0.0
        self._settling: asyncio.Future[Decoded | None] | None = None
        self._asked: asyncio.Future[Decoded | None] | None = None
        self._next_partial = round(partial_interval * SAMPLE_RATE)
        self._final: tuple[int, Transcript] = (0, Transcript("", final=True))
        self._listened = False
        self._text = ""
        self._fetched = ""
        self._news = asyncio.Event()
        self._failure: EngineError | None = None

    def feed(self, pcm: Pcm) -> None:
        """Take more samples; after a failure or `close` they are dropped, and `finish` says why."""
        if self._failure is not None or not len(pcm):
            return
        self._audio.append(pcm)
        try:
            if len(self._audio) > _BACKLOG:
                raise EngineError("speech recognition is minutes behind: this machine is too slow for so many calls")
            if len(self._audio) > _FULL:
                self._settle()
            else:
                self._ask()
        except EngineError as failure:
            self.fail(failure)

    async def partials(self) -> AsyncIterator[Transcript]:
        """Yield the newest text whenever it has changed, until `close`; what begins it changes rarely."""
        self._listened = True
        while True:
            await self._news.wait()
            if self._failure is not None:
                return
            self._news.clear()
            if self._text != self._fetched:
                self._fetched = self._text
                yield Transcript(self._text, final=False)

    async def look(self) -> Transcript:
        """Return the final text of everything fed so far, for partials lack the last words; raises EngineError."""
        await asyncio.sleep(CONSONANT)
        return await self.finish()

    async def finish(self) -> Transcript:
        """Return the final text of everything fed so far, with its confidence; raises EngineError.

        Each decodes the whole turn anew, so a pause costs the words after it nothing.
        """
        end = self._audio.end
        if self._failure is None and end == self._final[0]:
            return self._final[1]
        while self._failure is None and len(self._audio) > _FULL:
            # Shielded, for the part is settled whoever waits.
            await asyncio.shield(self._settle())
        if self._failure is not None:
            raise self._failure
        start, settled, log_prob = self._audio.start, self._settled, self._settled_log_prob
        window = Window(self._audio.samples()[: max(0, end - start)], self._prompt, self._beam)
        decoded = await self._submit(window, urgent=True)
        words = self._believed(window, decoded)
        confidence = None
        if decoded is not None and (*settled, *words):
            confidence = math.exp(min(0.0, (log_prob + decoded.log_prob * len(words)) / len((*settled, *words))))
        final = Transcript(" ".join((*settled, *words)), final=True, confidence=confidence)
        if end > self._final[0]:
            self._final = (end, final)
            self._next_partial = max(self._next_partial, end + self._samples(self._interval))
            if start == self._audio.start:
                self._agreement.settle(words)
                self._show(words)
        return final

    async def close(self) -> None:
        """Free the audio and what waits to be decoded; a `finish` that still waits raises EngineError."""
        self.fail(EngineError("this turn has been closed"))
        self._audio = TurnAudio()

    def fail(self, failure: EngineError) -> None:
        """End the turn with this failure, unless it has ended already."""
        if self._failure is None:
            self._failure = failure
            self._batcher.drop(self, failure)
            self._news.set()

    def _ask(self) -> None:
        """Ask for a partial where somebody listens, there is enough new audio, and none is under way."""
        if not self._listened or self._audio.end < self._next_partial or self._settling is not None:
            return
        if self._asked is not None and not self._batcher.waits(self._asked):
            return  # asks again when it has been heard
        start, end = self._audio.start, self._audio.end
        self._next_partial = end + self._samples(self._interval)
        window = Window(self._audio.samples(), self._prompt, 1)
        self._asked = self._submit(window, urgent=False)
        self._asked.add_done_callback(partial(self._hear, window, start, end, asyncio.get_running_loop().time()))

    def _hear(
        self, window: Window, start: int, end: int, asked: float, answer: "asyncio.Future[Decoded | None]"
    ) -> None:
        if self._asked is answer:
            self._asked = None
        if self._failure is not None or answer.exception() is not None:
            return  # the final fails with the same cause, and is told
        decoded = answer.result()
        if decoded is None:
            return
        # On a slow machine partials leave half of it to the finals.
        took = asyncio.get_running_loop().time() - asked
        self._next_partial = max(self._next_partial, end + self._samples(2 * took))
        if start == self._audio.start and end > self._final[0] and (words := self._believed(window, decoded)):
            self._show(self._agreement.hear(words))
        try:
            self._ask()
        except EngineError as failure:
            self.fail(failure)

    def _settle(self) -> "asyncio.Future[Decoded | None]":
        """Have the first part of a full window decoded for good; returns when that is done."""
        if self._settling is None:
            start = self._audio.start
            cut = self._audio.quietest(start + _CUT[0], start + _CUT[1])
            window = Window(self._audio.samples()[: cut - start], self._prompt, self._beam)
            self._settling = self._submit(window, urgent=True)
            self._settling.add_done_callback(partial(self._take_settled, window, cut))
        return self._settling

    def _take_settled(self, window: Window, cut: int, answer: "asyncio.Future[Decoded | None]") -> None:
        self._settling = None
        error = None if answer.cancelled() else answer.exception()
        if isinstance(error, EngineError):
            self.fail(error)
        if error is not None or answer.cancelled() or self._failure is not None:
            return
        decoded = answer.result()
        words = self._believed(window, decoded)
        if decoded is not None:
            self._settled_log_prob += decoded.log_prob * len(words)
        self._settled += tuple(words)
        self._audio.drop(cut)
        said = (*self._previous, *self._encode(" " + " ".join(self._settled)))
        self._prompt = previous_tokens(self._hints, said)
        self._agreement = LocalAgreement()
        self._show(())

    def _submit(self, window: Window, *, urgent: bool) -> "asyncio.Future[Decoded | None]":
        # Only prompts of one length can share a run, and only one beam.
        return self._batcher.submit(self, (window.beam, len(window.prompt)), window, urgent=urgent)

    def _believed(self, window: Window, decoded: Decoded | None) -> list[str]:
        if decoded is None:
            return []
        return self._gates.admit(
            decoded.text, log_prob=decoded.log_prob, no_speech=decoded.no_speech, seconds=window.seconds
        ).split()

    def _show(self, words: Sequence[str]) -> None:
        self._text = " ".join((*self._settled, *words))
        self._news.set()

    @staticmethod
    def _samples(seconds: float) -> int:
        return round(seconds * SAMPLE_RATE)
