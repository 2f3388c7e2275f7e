"""A caller, a chat model and a toolbox without the pipeline: what is said by text, round by round."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from intents.toolbox import ToolOutcome
from models.llm import END_CALL, ChatModel, Message, TextDelta, ToolCall, ToolSpec

MOST_ROUNDS = 5


class Tools(Protocol):
    @property
    def specs(self) -> Sequence[ToolSpec]: ...

    async def run(self, call_id: str, name: str, arguments: dict[str, object]) -> ToolOutcome: ...


@dataclass
class Phone:
    """Keeps the messages as the pipeline does and runs what the model asks for."""

    model: ChatModel
    tools: object
    messages: list[Message] = field(default_factory=lambda: [Message("system", "You are a test.")])
    calls: list[ToolCall] = field(default_factory=list)
    outcomes: list[ToolOutcome] = field(default_factory=list)
    ended: bool = False
    turn: int = 0

    async def say(self, text: str) -> str:
        """Return the spoken answer; `calls` and `outcomes` are those of this turn."""
        self.turn += 1
        self.messages.append(Message("user", text))
        self.calls, self.outcomes = [], []
        said: list[str] = []
        for round_ in range(MOST_ROUNDS):
            words, calls = await self._respond()
            said += [words] if words else []
            self.ended = self.ended or any(call.name == END_CALL.name for call in calls)
            calls = [call for call in calls if call.name != END_CALL.name]
            calls = [replace(call, id=f"{self.turn}:{round_}:{index}") for index, call in enumerate(calls)]
            if words or calls:
                self.messages.append(Message("assistant", words, tuple(calls)))
            if not calls:
                break
            for call in calls:
                outcome = await self.tools.run(call.id, call.name, call.arguments)  # type: ignore[attr-defined]
                self.calls.append(call)
                self.outcomes.append(outcome)
                answered = Message("tool", outcome.content, tool_call_id=call.id, tool_name=call.name)
                self.messages.append(replace(answered, status=outcome.status))
        return " ".join(said)

    async def _respond(self) -> tuple[str, list[ToolCall]]:
        words, calls = "", []
        async for delta in self.model.stream(self.messages, (*self.tools.specs, END_CALL)):  # type: ignore[attr-defined]
            if isinstance(delta, TextDelta):
                words += delta.text
            elif isinstance(delta, ToolCall):
                calls.append(delta)
        return words, calls
