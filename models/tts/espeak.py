"""espeak-ng: a small, robotic, very fast voice that needs no weights."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from models.errors import EngineError
from models.settings import ESPEAK_VOICE, ESPEAK_WORDS_PER_MINUTE
from models.tts import Speech
from models.tts.espeak_library import RATE, EspeakLibrary
from models.tts.words import WordTimer, pieces, plain, speakable


class EspeakEngine:
    """Speaks for all calls in one thread of its own.

    A phrase is made piece by piece (a few sentences each), and the next piece is asked for
    when the listener has taken the last one: so phrases of many calls take turns, a call
    that stops listening blocks nobody, and a long text takes no more memory than a short one.
    """

    def __init__(self, voice: str = ESPEAK_VOICE, words_per_minute: int = ESPEAK_WORDS_PER_MINUTE) -> None:
        """Choose a voice of espeak-ng and its speed, 80 to 450 words per minute."""
        self._library = EspeakLibrary(voice, words_per_minute)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="espeak")
        self._speaking: set[_Piece] = set()
        self._closed = False

    @property
    def sample_rate(self) -> int:
        """Rate of the audio in Hz."""
        return RATE

    async def warm(self) -> None:
        """Load library and voice and speak a first word into the void; raises EngineError."""
        async for _ in self.speak("ready"):
            pass

    async def speak(self, phrase: str) -> AsyncIterator[Speech]:
        """Yield the audio of one phrase word by word, as it is made; closing the iterator stops it.

        Raises EngineError.
        """
        offset = 0
        for text in pieces(plain(phrase)):
            if not speakable(text):
                continue
            if self._closed:
                raise EngineError("espeak-ng was closed: a closed engine speaks no more")
            piece = _Piece(WordTimer(text, RATE, offset))
            self._speaking.add(piece)
            try:
                self._thread.submit(piece.make, self._library, text)
                while (speech := await piece.next()) is not None:
                    offset += speech.pcm.size
                    yield speech
            finally:
                piece.stop()
                self._speaking.discard(piece)

    async def check(self) -> None:
        """Wait for the thread to take up something new; raises EngineError."""
        if self._closed:
            raise EngineError("espeak-ng was closed: a closed engine speaks no more")
        await asyncio.get_running_loop().run_in_executor(self._thread, lambda: None)

    async def close(self) -> None:
        """Stop what is being said, end the library and join the thread; safe to call twice."""
        if self._closed:
            return
        self._closed = True
        for piece in self._speaking:
            piece.stop()
        # The thread's last work: once it is done, joining the thread does not keep the loop waiting.
        await asyncio.get_running_loop().run_in_executor(self._thread, self._library.unload)
        self._thread.shutdown()


class _Piece:
    """One piece of text on its way from the engine's thread to the loop that listens."""

    def __init__(self, timer: WordTimer) -> None:
        self._timer = timer
        self._loop = asyncio.get_running_loop()
        self._made: asyncio.Queue[Speech | Exception | None] = asyncio.Queue()
        self._stopped = False

    def stop(self) -> None:
        """Make the engine end at its next 40 ms of audio."""
        self._stopped = True

    async def next(self) -> Speech | None:
        """Return the next audio, or None at the end; raises EngineError."""
        made = await self._made.get()
        if isinstance(made, Exception):
            raise made
        return made

    def make(self, library: EspeakLibrary, text: str) -> None:
        """Synthesise in the engine's thread; ends with None or the error."""
        end: Exception | None = None
        try:
            if not self._stopped:
                library.synthesise(text, self._hear)
            if self._stopped:
                end = EngineError("espeak-ng was closed while it spoke")
            else:
                self._give(self._timer.finish())
        except Exception as cause:
            end = cause if isinstance(cause, EngineError) else EngineError(f"espeak-ng failed: {cause}")
        self._tell(end)

    def _hear(self, samples: NDArray[np.int16], words: list[tuple[int, int]]) -> bool:
        self._give(self._timer.feed(samples, words))
        return not self._stopped

    def _give(self, speech: Speech | None) -> None:
        if speech is not None:
            self._tell(speech)

    def _tell(self, made: Speech | Exception | None) -> None:
        try:
            self._loop.call_soon_threadsafe(self._made.put_nowait, made)
        except RuntimeError:  # the loop is closed, and so nobody listens
            self._stopped = True
