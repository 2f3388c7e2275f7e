"""The intents that a session's client runs over HTTP: each call id once, whatever is lost on the way."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from weakref import WeakValueDictionary

from dao.errors import DaoConflict
from dao.records import ToolCallDraft
from intents.toolbox import Toolbox, ToolOutcome
from web.conversations import CallOptions
from web.errors import RequestError
from web.ledger import Ledger
from web.milestones import taken
from web.posted_calls import PostedCalls


class FunctionCalls:
    """Runs the intents of one conversation; the tool calls among its records are the memory of it.

    `posted` is told of each, for a call that is held may have asked its client to run it.
    """

    def __init__(
        self,
        toolbox: Toolbox,
        ledger: Ledger,
        caller: CallOptions,
        *,
        posted: PostedCalls,
        routes: Mapping[str, str],
        now: Callable[[], datetime],
    ) -> None:
        self._toolbox = toolbox
        self._ledger = ledger
        self._conversation_id = caller.conversation_id
        self._posted = posted
        self._routes = routes
        self._now = now
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def run(self, call_id: str, name: str, arguments: Mapping[str, Any]) -> ToolOutcome:
        """Return what came of the call; sent again, the same words, though not the record.

        Raises a 409 for a call id that was used for something else, a 503 when it could not be done now.
        """
        lock = self._locks.setdefault(call_id, asyncio.Lock())
        async with lock:
            self._posted.begin(call_id)
            began = self._now()
            call = ToolCallDraft(
                conversation_id=self._conversation_id,
                call_id=call_id,
                name=name,
                intent=self._routes.get(name, name),
                arguments=dict(arguments),
                status="running",
                started_at=began,
            )
            await self._ledger.written()  # what came of it before, if it was run
            try:
                # Perhaps a server before this one was killed while it ran: then its write is looked for.
                kept = await self._ledger.dao.settle(call)
            except DaoConflict as error:
                message = "this function_call_id was used before with another name or input; use a new one"
                raise RequestError(409, "call_id_reused", message) from error
            # What it said, where it came to an end; what failed may be tried again.
            if (kept.status == "done" or kept.status == "rejected") and kept.result is not None:
                self._posted.keep(call_id)
                return ToolOutcome(kept.result, kept.status)
            outcome = await self._toolbox.run(call_id, name, arguments)
            if outcome.status == "failed":  # it may have been kept all the same: that is looked up
                await self._ledger.keep("settle", call.model_copy(update={"status": "failed", "ended_at": self._now()}))
                self._posted.keep(call_id)
                raise RequestError(503, "not_done", outcome.content)
            ended = {"result": outcome.content, "status": outcome.status, "ended_at": self._now()}
            await self._ledger.keep("tool_call", call.model_copy(update=ended))
            self._posted.keep(call_id)
            if outcome.status == "done":
                await self._ledger.keep("update", taken(name, arguments, outcome.record, self._routes))
            return outcome
