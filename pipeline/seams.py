"""What a conversation needs from outside: a link to the client, and an agent to be."""

from collections.abc import Sequence
from typing import Protocol

from pipeline.events import Event


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


class Persona(Protocol):
    """What a conversation must know of its agent, as `intents.agent.Agent` has it."""

    @property
    def greeting(self) -> str:
        """The first words of a call; none where it is empty."""

    @property
    def prompt(self) -> str:
        """The system prompt."""

    @property
    def vocabulary(self) -> Sequence[str]:
        """Sentences the agent expects, for the speech engine."""

    def text(self, name: str) -> str:
        """Return a fixed text: `apology`, `misheard`, `silence_prompt`, `filler`, `farewell` or `leaving`."""
