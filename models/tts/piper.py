"""Piper: natural voices on onnxruntime, on the processor or on CUDA."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

import numpy as np

from models.errors import EngineError
from models.tts import Speech, WordMark
from models.tts.loudness import Leveller
from models.tts.piper_voice import Stop, Voice
from models.tts.spoken_text import Token, joined, sentences, spoken
from models.tts.word_timing import estimated, marks, sounds

RUNS: Final = 2
"""Sentences of different calls that are made at once: a short answer need not wait for a long one."""

Made = TypeVar("Made")


class PiperEngine:
    """Speaks for all calls in a few threads of its own.

    A phrase is made sentence by sentence, and the next one is asked for when the listener has taken the last: so
    phrases of many calls take turns. A sentence that nobody waits for any more is ended where it is.
    """

    def __init__(self, voice: Path, *, threads: int = 4, use_cuda: bool = False, speed: float = 1.0) -> None:
        """Name the voice's ONNX file; its configuration lies beside it, with `.json` behind the name.

        `threads` bounds what one sentence takes of the processor; `speed` is 2.0 for twice as fast. Raises EngineError.
        """
        self._voice = Voice(voice, threads=threads, use_cuda=use_cuda, speed=speed)
        self._threads = ThreadPoolExecutor(max_workers=RUNS, thread_name_prefix="piper")
        self._speaking: set[Stop] = set()
        self._closed = False

    @property
    def sample_rate(self) -> int:
        """Rate of the audio in Hz, the voice's own."""
        return self._voice.rate

    @property
    def report(self) -> str:
        """Which voice runs where."""
        return self._voice.report

    async def warm(self) -> None:
        """Load the voice and speak a first sentence into the void; raises EngineError."""
        await self._in_thread(self._voice.load)
        async for _ in self.speak("I am ready, and I can count to three."):
            pass

    async def speak(self, phrase: str) -> AsyncIterator[Speech]:
        """Yield the audio of one phrase sentence by sentence; closing the iterator stops it. Raises EngineError."""
        tokens = await self._in_thread(lambda: spoken(phrase, self._voice.language))
        leveller = Leveller(self._voice.rate)
        offset = 0
        for sentence in sentences(tokens):
            stop = Stop()
            self._speaking.add(stop)
            try:
                speech = await self._in_thread(lambda: self._make(phrase, sentence, stop, leveller, offset))  # noqa: B023
            finally:
                stop.set()
                self._speaking.discard(stop)
            if speech is not None:
                offset += speech.pcm.size
                yield speech

    async def check(self) -> None:
        """Wait for a thread to take up something new; raises EngineError."""
        await self._in_thread(lambda: None)

    async def close(self) -> None:
        """Stop what is being said and join the threads; safe to call twice."""
        self._closed = True
        for stop in self._speaking:
            stop.set()
        await asyncio.to_thread(self._threads.shutdown)

    async def _in_thread(self, work: Callable[[], Made]) -> Made:
        if self._closed:
            raise EngineError("Piper was closed: a closed engine speaks no more")
        made = await asyncio.get_running_loop().run_in_executor(self._threads, work)
        if self._closed:
            raise EngineError("Piper was closed while it spoke")
        return made

    def _make(
        self, phrase: str, sentence: Sequence[Token], stop: Stop, leveller: Leveller, offset: int
    ) -> Speech | None:
        """Speak one sentence of `phrase`, whose first sample is number `offset` of the phrase; blocking."""
        text = joined(sentence)
        said = self._voice.say(text if sentence[-1].stop else f"{text}.", stop)
        if not said:
            return None
        heard = []
        before = 0
        for one in said:
            first, lengths = (
                (float(one.first), one.lengths) if one.lengths is not None else estimated(one.phonemes, one.pcm)
            )
            heard.extend(sounds(one.phonemes, lengths, before + first))
            before += one.pcm.size
        pcm = leveller.level(np.concatenate([one.pcm for one in said]))
        words: tuple[WordMark, ...] = tuple(marks(phrase, sentence, heard, self._voice.rate, offset))
        return Speech(pcm, words)
