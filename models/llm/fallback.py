"""A chain of models: when one is down, overloaded or slow, the next is asked within the same turn."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any, Final

import structlog

from models.errors import EngineError
from models.llm import ChatModel, Delta, Message, ToolSpec, Usage
from models.llm.circuit import Circuit
from models.llm.failures import ModelUnavailable
from models.standing import check

FIRST_TOKEN_DEADLINE: Final = 1.5
"""Seconds; with the first sound of an apology the caller waits less than 2 s after the turn."""
COOL_DOWN: Final = 15.0
_RESERVE: Final = 0.4
_CHECKED_WITHIN: Final = 2.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Link:
    name: str
    model: ChatModel
    circuit: Circuit

    async def ask(
        self, messages: Sequence[Message], tools: Sequence[ToolSpec], patience: float
    ) -> AsyncGenerator[Delta, None]:
        """Yield the model's response, whose first delta may take `patience` seconds; raises EngineError."""
        now = asyncio.get_running_loop().time
        self.circuit.began()
        answer: Any = self.model.stream(messages, tools)
        try:
            yield await self._first(answer, patience)
            async for delta in answer:
                yield replace(delta, answered_by=self.name) if isinstance(delta, Usage) else delta
        except ModelUnavailable:
            self.circuit.failed(now())
            raise
        except EngineError:
            raise  # this request was refused; another may be answered
        except Exception as error:
            log.error("an engine broke", engine=self.name, exc_info=True)
            self.circuit.failed(now())
            raise ModelUnavailable(f"the engine broke: {type(error).__name__}") from error
        finally:
            self.circuit.abandoned()
            await answer.aclose()

    async def _first(self, answer: Any, patience: float) -> Delta:
        try:
            async with asyncio.timeout(max(patience, 0.0)):
                delta: Delta = await anext(answer)
        except TimeoutError as error:
            raise ModelUnavailable(f"no answer began within {patience:.1f} s") from error
        except StopAsyncIteration as error:
            raise ModelUnavailable("an empty answer") from error
        self.circuit.worked()
        return delta


class FallbackModel:
    """A ChatModel made of others, asked in their order.

    An answer begins within `first_token_deadline` seconds or fails. A model that stalls leaves the last of them to the
    next ones, which in the turns after are asked at once: a model that failed is passed over for `cool_down` seconds,
    unless all did, for then a try costs nothing but the apology that would come anyway. Once an answer has begun, its
    failure is the caller's.
    """

    def __init__(
        self,
        models: Sequence[tuple[str, ChatModel]],
        *,
        first_token_deadline: float = FIRST_TOKEN_DEADLINE,
        cool_down: float = COOL_DOWN,
    ) -> None:
        self._links = [_Link(name, model, Circuit(cool_down)) for name, model in models]
        self._deadline = first_token_deadline

    async def warm(self) -> None:
        """Warm all at once; raises EngineError when none can answer, and logs those that cannot."""
        outcomes = await asyncio.gather(*(self._warm(link) for link in self._links))
        failures = [told for told in outcomes if told]
        if len(failures) == len(self._links):
            raise EngineError("; ".join(failures))
        for told in failures:
            log.warning("a model is not ready; the others answer", reason=told)

    async def _warm(self, link: _Link) -> str:
        try:
            await link.model.warm()
        except EngineError as error:
            link.circuit.failed(asyncio.get_running_loop().time())
            return f"{link.name}: {error}"
        return ""

    async def prefill(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> None:
        """Let the model that would answer next read ahead; raises EngineError where none is there.

        One that cannot be reached is passed over in the turns to come, as if it had failed in one.
        """
        now = asyncio.get_running_loop().time
        failures = []
        for link in self._links:
            if link.circuit.admits(now()):
                try:
                    return await link.model.prefill(messages, tools)
                except ModelUnavailable as error:
                    link.circuit.failed(now())
                    failures.append(f"{link.name}: {error}")
        raise ModelUnavailable("no model reads ahead: " + ("; ".join(failures) or "all failed lately"))

    async def stream(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> AsyncIterator[Delta]:
        """Yield the response of the first model that begins one; raises EngineError when none does."""
        now = asyncio.get_running_loop().time
        until = now() + self._deadline
        waiting = [link for link in self._links if link.circuit.admits(now())] or list(self._links)
        failures: list[str] = []
        while waiting:
            left = until - now()
            share = max(left / len(waiting), left - _RESERVE * (len(waiting) - 1))
            link = waiting.pop(0)
            begun = False
            try:
                async with aclosing(link.ask(messages, tools, share)) as deltas:
                    async for delta in deltas:
                        begun = True
                        yield delta
                return
            except EngineError as error:
                if begun:
                    raise
                failures.append(f"{link.name}: {error}")
                log.warning("a model gave no answer", model=link.name, reason=str(error), left=len(waiting))
        raise ModelUnavailable("no model answered: " + "; ".join(failures))

    async def check(self) -> None:
        """Return if one of the models could be asked and answers; raises ModelUnavailable where none does."""
        failures = await asyncio.gather(*(self._check(link) for link in self._links))
        if all(failures):
            raise ModelUnavailable("no model would answer: " + "; ".join(failures))

    async def _check(self, link: _Link) -> str:
        if not link.circuit.admits(asyncio.get_running_loop().time()):
            return f"{link.name} failed just now"
        try:
            async with asyncio.timeout(_CHECKED_WITHIN):  # one that hangs must not keep the others from being asked
                await check(link.model)
        except (EngineError, TimeoutError) as error:
            return f"{link.name}: {str(error) or 'no answer'}"
        return ""

    async def close(self) -> None:
        """Close all, even if one of them fails to; raises what failed."""
        outcomes = await asyncio.gather(*(link.model.close() for link in self._links), return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
