"""One connection to Deepgram's Speak, with one text on it at a time."""

import asyncio
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import structlog
from deepgram.speak.v1.types.speak_v1text import SpeakV1Text
from websockets.exceptions import ConnectionClosed

from models.audio import Pcm, from_int16
from models.deepgram import DeepgramUnavailable
from models.errors import EngineError

if TYPE_CHECKING:
    from deepgram.speak.v1.socket_client import AsyncV1SocketClient

log = structlog.get_logger(__name__)

FLUSHES: Final = 20
FLUSH_WINDOW: Final = 60.0
"""Deepgram takes so many texts within so many seconds on one connection."""


class DeepgramLink:
    """Begin a text, then take its sound to the end or clear it; any failure leaves the connection unfit for more."""

    def __init__(self, socket: "AsyncV1SocketClient", *, stall_timeout: float) -> None:
        self._socket = socket
        self._stall_timeout = stall_timeout
        self._begun: deque[float] = deque(maxlen=FLUSHES)
        self._odd = b""
        self._left = False

    @property
    def free(self) -> bool:
        """Whether Deepgram takes another text on this connection just now."""
        now = asyncio.get_running_loop().time()
        return len(self._begun) < FLUSHES or now - self._begun[0] > FLUSH_WINDOW

    async def begin(self, text: str) -> None:
        """Have `text` spoken; raises DeepgramUnavailable."""
        self._odd = b""
        self._begun.append(asyncio.get_running_loop().time())
        try:
            await self._socket.send_text(SpeakV1Text(text=text))
            await self._socket.send_flush()
        except ConnectionClosed as closed:
            raise DeepgramUnavailable(f"Deepgram hung up ({closed})") from closed

    async def next(self) -> Pcm | None:
        """Return the next sound of the text, None at its end; raises EngineError."""
        while True:
            message = await self._message()
            if isinstance(message, bytes):
                sound, self._odd = self._odd + message, b""
                if len(sound) % 2:  # a message may end in the middle of a sample
                    sound, self._odd = sound[:-1], sound[-1:]
                if sound:
                    return from_int16(np.frombuffer(sound, dtype="<i2"))
                continue
            if _kind(message) == "Flushed":
                return None

    async def clear(self) -> None:
        """End the text: once this returns, no more of its sound is to come; raises EngineError."""
        try:
            await self._socket.send_clear()
        except ConnectionClosed as closed:
            raise DeepgramUnavailable(f"Deepgram hung up ({closed})") from closed
        while _kind(await self._message()) != "Cleared":
            pass

    async def drain(self) -> None:
        """Throw away what still comes on a connection that is being closed."""
        self._left = True
        # Somebody may be waiting for a message right now, and so takes them all.
        with suppress(ConnectionClosed, RuntimeError):
            while True:
                await self._socket.recv()

    async def _message(self) -> Any:
        if self._left:
            raise DeepgramUnavailable("the connection to Deepgram has been closed")
        try:
            async with asyncio.timeout(self._stall_timeout):
                message = await self._socket.recv()
        except TimeoutError as late:
            raise DeepgramUnavailable(f"Deepgram gave no sound for {self._stall_timeout:g} s") from late
        except ConnectionClosed as closed:
            raise DeepgramUnavailable(f"Deepgram hung up while it spoke ({closed})") from closed
        match _kind(message):
            case "Warning":
                log.warning("Deepgram warns of a text to be spoken", code=getattr(message, "code", None))
            case "Error":
                raise EngineError(f"Deepgram cannot speak this: {getattr(message, 'description', 'no reason given')}")
        return message


def _kind(message: Any) -> str | None:
    # By the type alone: the client takes Cleared and Error for messages of the class Flushed.
    return getattr(message, "type", None)
