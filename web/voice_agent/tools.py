"""The tools of one call: the box's own, or those that the client offers and runs itself."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from intents.toolbox import ToolOutcome
from models.llm import ToolSpec
from pipeline.studio import Tools
from web.voice_agent.settings_message import Function

MAX_RESULT: Final = 16_000
"""Characters of a client's answer that the model is shown."""


class CallTools:
    """Runs the box's tools here and asks the client for the others; satisfies `pipeline.studio.Tools`.

    Until the client offers functions the box's own are the tools. Who asks for one has told the client of the call by
    then: an answer is only waited for, for as long as the caller of `run` is patient.
    """

    def __init__(self, own: Tools) -> None:
        self._own = own
        self._named = {spec.name: spec for spec in own.specs}
        self._specs = tuple(own.specs)
        self._clients: frozenset[str] = frozenset()
        self._waiting: dict[str, tuple[str, asyncio.Future[str]]] = {}

    @property
    def specs(self) -> Sequence[ToolSpec]:
        """The tools the model is told of."""
        return self._specs

    def offer(self, functions: Sequence[Function]) -> None:
        """Have these functions for tools from now on, but for those that are `left_out`."""
        none = self.left_out(functions)
        taken = {one.name: one for one in functions if one.name not in none}
        self._clients = frozenset(one.name for one in taken.values() if one.endpoint is None)
        self._specs = tuple(self._spec(one) for one in taken.values())

    def left_out(self, functions: Sequence[Function]) -> Sequence[str]:
        """Return the names of functions that nobody will run.

        One with an endpoint would have to be called by the server, which calls nobody, unless the box has a tool of
        that name: that one runs here.
        """
        return [one.name for one in functions if one.endpoint is not None and one.name not in self._named]

    def client_side(self, name: str) -> bool:
        """Whether the client runs this tool."""
        return name in self._clients

    def take_answer(self, call_id: str | None, name: str, content: str) -> str | None:
        """Take what a call in the client came to and return the call's id; None where none waits.

        Without an id it is the oldest call of that name.
        """
        if call_id is None:
            call_id = next((one for one, (waiting, _) in self._waiting.items() if waiting == name), "")
        _, answer = self._waiting.get(call_id, ("", None))
        if answer is None or answer.done():
            return None
        answer.set_result(content[:MAX_RESULT])
        return call_id

    async def run(self, call_id: str, name: str, arguments: Mapping[str, Any]) -> ToolOutcome:
        """Run one tool, here or in the client; never raises but for cancellation."""
        if name not in {spec.name for spec in self._specs}:
            names = ", ".join(spec.name for spec in self._specs) or "none"
            return ToolOutcome(f"There is no tool {name!r}. The tools are: {names}.", "rejected")
        if not self.client_side(name):
            return await self._own.run(call_id, name, arguments)
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting[call_id] = (name, answer)
        try:
            return ToolOutcome(await answer, "done")
        finally:
            del self._waiting[call_id]

    def _spec(self, function: Function) -> ToolSpec:
        own = self._named.get(function.name)
        parameters = function.parameters or {"type": "object", "properties": {}}
        if own is None:
            return ToolSpec(function.name, function.description, parameters)
        if function.endpoint is not None or (own.description == function.description and own.parameters == parameters):
            return own
        changed = replace(own, description=function.description, parameters=parameters)
        # The box's sentences fill the box's parameters; a function that only shares the name has no use for them.
        return (
            changed
            if _shape(parameters) == _shape(own.parameters)
            else ToolSpec(function.name, function.description, parameters)
        )


def _shape(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a template must know of each parameter."""
    properties = parameters.get("properties")
    if not isinstance(properties, Mapping):
        return {}
    return {
        name: (one.get("type"), tuple(one.get("enum") or ())) if isinstance(one, Mapping) else one
        for name, one in properties.items()
    }
