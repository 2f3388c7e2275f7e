"""Calls with the real Flux on the fake clock: its agent and tools, the engine without weights; the DAO is in memory."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from dao.records import Goal, Task
from intents.agent import Agent, load_agent
from intents.toolbox import Toolbox
from models.errors import EngineError
from models.llm.sentences import SentencesModel
from pipeline.settings import PipelineSettings
from tests import clock
from tests.intents.conftest import CALLER, NOW
from tests.intents.memory_dao import MemoryDao
from tests.pipeline.scripted import Call, call

GREETING = "Hi, this is Flux. What would you like to get done?"
SPEECH = 1.0
"""Seconds that the caller speaks for each of their turns."""


@lru_cache(maxsize=1)
def flux() -> tuple[Agent, SentencesModel]:
    """Load the agent and warm its engine once, on a loop of its own: that takes a thread."""
    agent = load_agent("flux")
    model = SentencesModel(tuple(intent.spec for intent in agent.intents))
    asyncio.run(model.warm())
    return agent, model


@dataclass
class FluxCall:
    """One call, and what the DAO keeps of it."""

    call: Call
    dao: MemoryDao

    async def greeted(self) -> None:
        """Wait until the greeting was heard."""
        await self.call.caller.until_said(GREETING)

    async def say(self, answer: str | None = None) -> None:
        """Speak the next of the caller's turns, and wait until `answer` was heard."""
        before = sum(heard == answer for heard in self.call.caller.heard)
        await self.call.caller.speak(SPEECH)
        if answer is not None:
            await self.call.caller.until_said(answer, before + 1)
            await asyncio.sleep(0.05)  # what is kept is told right after the last sound

    @property
    async def tasks(self) -> Sequence[Task]:
        return await self.dao.tasks(CALLER.user_id)

    @property
    async def goals(self) -> Sequence[Goal]:
        return await self.dao.goals(CALLER.user_id)


@asynccontextmanager
async def flux_call(
    *hears: str | EngineError, dao_delay: float = 0.0, settings: PipelineSettings | None = None
) -> AsyncIterator[FluxCall]:
    """Hold a call whose caller says `hears`, turn by turn."""
    agent, model = flux()
    dao = MemoryDao(lambda: NOW, dao_delay)
    toolbox = Toolbox(agent, dao, CALLER, lambda: NOW)
    async with call(hears, settings=settings, agent=agent, model=model, toolbox=toolbox) as held:
        yield FluxCall(held, dao)


def local(days: int, hour: int, minute: int = 0) -> datetime:
    """Return the instant at that time of the caller's day, `days` after the day of the call."""
    today = NOW.astimezone(CALLER.timezone)
    return (today + timedelta(days=days)).replace(hour=hour, minute=minute)


def on_fake_clock(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Make a test as `tests.clock.on_fake_clock` does, with Flux warm before it: that takes a thread."""
    run = clock.on_fake_clock(test)

    def run_warm(*args: Any) -> None:
        flux()
        run(*args)

    return run_warm
