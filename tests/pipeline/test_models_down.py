"""What the caller hears when models of other hosts do not answer."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from models.llm import Delta, Message, TextDelta, ToolSpec
from models.llm.failures import ModelUnavailable
from models.llm.fallback import FallbackModel
from pipeline.events import UserTurn
from tests.clock import run_on_fake_clock
from tests.pipeline.scripted import ScriptedChat, call

SORRY = "Sorry, that failed."


class Stalled(ScriptedChat):
    """A host that takes the request and says nothing more for `seconds`, then fails."""

    def __init__(self, seconds: float) -> None:
        super().__init__(())
        self._seconds = seconds

    async def stream(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> AsyncIterator[Delta]:
        await asyncio.sleep(self._seconds)
        raise ModelUnavailable("it broke")
        yield TextDelta("")


@pytest.mark.parametrize("seconds", [(0.0, 0.0), (1e6, 1e6), (0.5, 1e6), (1e6, 0.1, 1e6)])
def test_an_apology_is_heard_within_two_seconds_after_the_turn(seconds: Sequence[float]) -> None:
    async def conversation() -> None:
        chain = FallbackModel([(f"m{place}", Stalled(wait)) for place, wait in enumerate(seconds)])
        async with call(["hello there"], model=chain) as held:
            await held.caller.until_said("Hello.")
            await held.caller.speak(1.0)
            await held.caller.until_said(SORRY)
            (ended,) = held.caller.times(UserTurn)
            assert held.caller.loud_between(ended, ended + 2.0)

    run_on_fake_clock(conversation())


def test_the_next_model_answers_the_same_turn() -> None:
    async def conversation() -> None:
        chain = FallbackModel([("down", Stalled(1e6)), ("up", ScriptedChat([["Hi there."]]))])
        async with call(["hello there"], model=chain) as held:
            await held.caller.until_said("Hello.")
            await held.caller.speak(1.0)
            await held.caller.until_said("Hi there.")
            assert held.caller.heard == ["Hello.", "Hi there."]

    run_on_fake_clock(conversation())
