"""The data channel `chat`: text both ways, waiting in a bounded buffer while it is not open, floods kept out."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

import structlog
from aiortc import RTCDataChannel
from aiortc.exceptions import InvalidStateError

from web.flood import MessageLimit, Verdict

LABEL: Final = "chat"
MAX_WAITING: Final = 500
MAX_UNSENT: Final = 1 << 20
"""Bytes aiortc may hold for a client that takes nothing; beyond them messages are dropped, not memory eaten."""

log = structlog.get_logger()


class ChatChannel:
    """What is said on the client's data channel; `take` gets every message that comes at a bearable rate.

    The client creates the channel, so for a while there is none: what is sent then is kept, the newest
    `MAX_WAITING` messages of it. What floods in is dropped: `flooded(False)` says so once for each flood, and
    `flooded(True)` that it is enough; after that nothing is taken any more.
    """

    def __init__(
        self, take: Callable[[str | bytes], None], opened: Callable[[], None], flooded: Callable[[bool], None]
    ) -> None:
        self._take = take
        self._opened = opened
        self._flooded = flooded
        self._limit = MessageLimit()
        self._told = False
        self._shut = False
        self._channel: RTCDataChannel | None = None
        self._waiting: deque[str] = deque(maxlen=MAX_WAITING)
        self._dropped = 0

    @property
    def open(self) -> bool:
        """Whether messages leave at once."""
        return self._channel is not None and self._channel.readyState == "open"

    @property
    def unsent(self) -> int:
        """Bytes that have not left yet."""
        return self._channel.bufferedAmount if self._channel is not None and self.open else 0

    def bind(self, channel: RTCDataChannel) -> None:
        """Use `channel` from now on, if it is the first open one of our name; the others are only counted."""
        self._let_in(self._limit.judge_channel(self._now()))
        if channel.label != LABEL or self.open:
            channel.on("message", self._within_limit)
            return
        self._channel = channel
        channel.on("message", self._receive)
        channel.on("open", self._flush)
        if self.open:
            self._flush()

    def send(self, text: str) -> None:
        """Send `text`, or keep it until the channel is open; never raises and never blocks."""
        if not self.open:
            self._waiting.append(text)
        elif self.unsent > MAX_UNSENT:
            self._drop("the client takes no messages; dropping them")
        else:
            self._send(text)

    def _drop(self, why: str) -> None:
        self._dropped += 1
        if self._dropped == 1:
            log.warning(why)

    def _receive(self, message: str | bytes) -> None:
        if self._within_limit(message):
            self._take(message)

    def _within_limit(self, message: str | bytes) -> bool:
        return not self._shut and self._let_in(self._limit.judge(len(message), self._now()))

    def _let_in(self, verdict: Verdict) -> bool:
        if verdict == "pass":
            if self._told and self._limit.calm(self._now()):
                self._told = False
            return not self._shut
        if self._shut:
            return False
        if verdict == "enough":
            self._shut = True
            self._flooded(True)
        elif not self._told:
            self._told = True
            self._flooded(False)
        return False

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()

    def _flush(self) -> None:
        while self._waiting and self.open:
            self._send(self._waiting.popleft())
        self._opened()

    def _send(self, text: str) -> None:
        assert self._channel is not None  # narrows the type: `open` was asked before
        try:
            self._channel.send(text)
        except (InvalidStateError, ConnectionError):
            self._waiting.append(text)
        except ValueError:  # longer than the client said it takes, in its offer
            self._drop("the client takes only short messages; dropping the others")
