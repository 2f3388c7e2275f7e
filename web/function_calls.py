"""The intents that a session's client runs over HTTP: each call id once, whatever is lost on the way."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID
from weakref import WeakValueDictionary

from dao.client import DaoClient
from dao.errors import DaoConflict
from dao.records import ToolCallDraft, ToolStatus
from intents.toolbox import Toolbox
from web.errors import RequestError
from web.milestones import taken

FINAL: tuple[ToolStatus, ...] = ("done", "rejected")
"""How a run can end so that a repeat is answered with what it said; what failed may be tried again."""


class FunctionCalls:
    """Runs the intents of one conversation; the tool calls among its records are the memory of it."""

    def __init__(
        self,
        toolbox: Toolbox,
        dao: DaoClient,
        conversation_id: UUID,
        *,
        routes: Mapping[str, str],
        now: Callable[[], datetime],
    ) -> None:
        self._toolbox = toolbox
        self._dao = dao
        self._conversation_id = conversation_id
        self._routes = routes
        self._now = now
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def run(self, call_id: str, name: str, arguments: Mapping[str, Any]) -> str:
        """Return what came of the call, the first time and each time it is sent again.

        Raises a 409 for a call id that was used for something else, a 503 when it could not be done now.
        """
        lock = self._locks.setdefault(call_id, asyncio.Lock())
        async with lock:
            began = self._now()
            call = ToolCallDraft(
                conversation_id=self._conversation_id,
                call_id=call_id,
                name=name,
                arguments=dict(arguments),
                status="running",
                started_at=began,
            )
            try:
                kept = await self._dao.put_tool_call(call)
            except DaoConflict as error:
                message = "this function_call_id was used before with another name or input; use a new one"
                raise RequestError(409, "call_id_reused", message) from error
            if kept.status in FINAL and kept.result is not None:
                return kept.result
            outcome = await self._toolbox.run(call_id, name, arguments)
            if outcome.status == "failed":
                raise RequestError(503, "not_done", outcome.content)
            if outcome.status == "done":
                update = taken(name, arguments, outcome.record, self._routes)
                await self._dao.update_conversation(self._conversation_id, update)
            ended = call.model_copy(
                update={"result": outcome.content, "status": outcome.status, "ended_at": self._now()}
            )
            await self._dao.put_tool_call(ended)
            return outcome.content
