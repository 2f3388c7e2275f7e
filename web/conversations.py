"""The seam to the pipeline: what the web needs of a conversation, and how one is built for a caller."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from dao.requests import DEFAULT_TENANT
from models.audio import Pcm
from pipeline.events import EndReason, Event
from pipeline.seams import Transport


class LiveConversation(Protocol):
    """What this package asks of a `pipeline.conversation.Conversation`."""

    @property
    def id(self) -> str:
        """The conversation's id, a UUID in text."""

    @property
    def speech_rate(self) -> int:
        """Rate in Hz of what `read` returns."""

    def watch(self, observer: Callable[[Event], None]) -> None:
        """Tell `observer` every event from now on."""

    async def run(self) -> EndReason:
        """Hold the conversation until it ends."""

    def attach(self, transport: Transport) -> None:
        """Bind a client's link, replacing any earlier one."""

    def detach(self) -> None:
        """Say that the link is lost."""

    def expect(self, within: float) -> None:
        """Say that a client is on its way and needs up to `within` s."""

    def hear(self, pcm: Pcm, at: float) -> None:
        """Take the caller's audio; `at` is the loop time of its first sample."""

    def read(self, samples: int) -> Pcm:
        """Hand out the agent's next samples."""

    def send_text(self, text: str, *, interrupt: bool = True, spoken: bool = True) -> None:
        """Take a typed turn."""

    def mute(self, muted: bool) -> None:
        """Say whether the microphone is muted."""

    def take_leave(self, reason: EndReason) -> None:
        """Have the agent say goodbye, and end when that was heard."""

    def end(self, reason: EndReason) -> None:
        """End the conversation now."""


@dataclass(frozen=True, slots=True)
class CallOptions:
    """Who calls, where they are, and whose records theirs are.

    Without `keep_timezone` the zone is only this call's: the user's record has one, or may have.
    """

    conversation_id: UUID
    user_id: UUID
    timezone: ZoneInfo
    tenant_id: str = DEFAULT_TENANT
    keep_timezone: bool = True


ConversationFactory = Callable[[CallOptions], LiveConversation]
