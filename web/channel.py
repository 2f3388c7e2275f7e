"""The data channel `chat`: text both ways, waiting in a bounded buffer while it is not open."""

from collections import deque
from collections.abc import Callable
from typing import Final

import structlog
from aiortc import RTCDataChannel
from aiortc.exceptions import InvalidStateError

LABEL: Final = "chat"
MAX_WAITING: Final = 500
MAX_UNSENT: Final = 1 << 20
"""Bytes aiortc may hold for a client that takes nothing; beyond them messages are dropped, not memory eaten."""

log = structlog.get_logger()


class ChatChannel:
    """What is said on the client's data channel; `take` gets every text message.

    The client creates the channel, so for a while there is none: what is sent then is kept, the newest
    `MAX_WAITING` messages of it.
    """

    def __init__(self, take: Callable[[str | bytes], None], opened: Callable[[], None]) -> None:
        self._take = take
        self._opened = opened
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
        """Use `channel` from now on; channels with another label are none of ours."""
        if channel.label != LABEL:
            return
        self._channel = channel
        channel.on("message", self._take)
        channel.on("open", self._flush)
        if self.open:
            self._flush()

    def send(self, text: str) -> None:
        """Send `text`, or keep it until the channel is open; never raises and never blocks."""
        if not self.open:
            self._waiting.append(text)
        elif self.unsent > MAX_UNSENT:
            self._dropped += 1
            if self._dropped == 1:
                log.warning("the client takes no messages; dropping them")
        else:
            self._send(text)

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
