"""What the socket asks of a conversation, and how the call behind one begins."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from pipeline.events import EndReason
from pipeline.history import History
from web.calls import Call
from web.conversations import LiveConversation
from web.sessions import Session
from web.voice_agent.settings_message import Settings
from web.voice_agent.tools import CallTools


class AgentConversation(LiveConversation, Protocol):
    """What the Voice Agent protocol asks of a `pipeline.conversation.Conversation` besides."""

    history: History

    @property
    def ready(self) -> int:
        """How many samples of voice `read` can hand out now without a gap."""

    @property
    def caller_speaking(self) -> bool:
        """Whether the caller is in a turn."""

    @property
    def agent_busy(self) -> bool:
        """Whether an answer is being made or said."""

    def say(self, text: str, *, interrupt: bool = False, ends_call: EndReason | None = None) -> bool:
        """Have the agent say a text."""

    def end_turn(self) -> None:
        """Take what the caller said so far for the whole of their turn."""


@dataclass(frozen=True, slots=True)
class AgentCall:
    """A call over the socket; `tools` are those of its conversation."""

    call: Call
    conversation: AgentConversation
    tools: CallTools


AgentCallFactory = Callable[[Session, Settings], AgentCall]
