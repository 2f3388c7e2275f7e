"""The conductor: turns, replies, barge-in, silence, end of call."""

from collections.abc import Callable
from typing import Protocol

from models.audio import Pcm
from pipeline.events import EndReason, Event


class Transport(Protocol):
    """A client's link: a peer connection, a WebSocket, a terminal, a test.

    `wants_audio` is True where the transport pulls sound with `Conversation.read`;
    a transport without sound gets the text of each phrase as soon as it is known.
    """

    @property
    def wants_audio(self) -> bool:
        """Whether this transport plays sound."""

    def tell(self, event: Event) -> None:
        """Take one event; never blocks."""


class Conversation:
    """One call, from greeting to goodbye; outlives its transports.  (skeleton: being built)"""

    id: str
    speech_rate: int  # Hz of what `read` returns

    def watch(self, observer: Callable[[Event], None]) -> None:
        """Call `observer` with every event from now on, attached or not (recorder, metrics)."""

    async def run(self) -> EndReason:
        """Hold the conversation until it ends; cancelling it ends it too. Owns every task of the call."""
        raise NotImplementedError

    def attach(self, transport: Transport) -> None:
        """Bind a client's link, replacing any earlier one; the first attach brings the greeting."""

    def detach(self) -> None:
        """Say that the link is lost: timers pause; after `reconnect_grace` the call ends."""

    def hear(self, pcm: Pcm, at: float) -> None:
        """Take 16 kHz mono float32; `at` is the loop time of its first sample. Never blocks."""

    def read(self, samples: int) -> Pcm:
        """Hand out the next `samples` of the agent's voice at `speech_rate`, zeros when it is silent."""
        raise NotImplementedError

    def send_text(self, text: str, *, interrupt: bool = True, spoken: bool = True) -> None:
        """Take a typed turn; `interrupt` cuts what the agent is saying, `spoken` asks for a spoken answer."""

    def mute(self, muted: bool) -> None:
        """Say whether the caller's microphone is muted: muted audio is silence and ends no turn wrongly."""

    def end(self, reason: EndReason) -> None:
        """End the conversation now; `run` returns once everything is closed."""
