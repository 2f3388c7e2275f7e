"""The tool calls of one reply."""

import asyncio

import structlog

from intents.toolbox import ToolOutcome
from models.llm import ToolCall
from pipeline.events import ToolInProgress, ToolStarted, ToolStopped
from pipeline.history import AssistantEntry
from pipeline.studio import Studio

log = structlog.get_logger()


class ToolRuns:
    """Runs tools for one reply; a run belongs to the conversation: a barge-in must not leave an effect half done."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._runs: list[asyncio.Task[ToolOutcome]] = []

    async def run(self, call: ToolCall, call_id: str, entry: AssistantEntry) -> ToolOutcome:
        """Run one tool that the response `entry` asked for; cancelling the wait lets it go on."""
        run = self._studio.tasks.create_task(self._finish(call, call_id, entry))
        self._runs.append(run)
        return await asyncio.shield(run)

    async def finished(self) -> None:
        """Wait until none runs."""
        if self._runs:
            await asyncio.wait(self._runs)

    async def _finish(self, call: ToolCall, call_id: str, entry: AssistantEntry) -> ToolOutcome:
        loop = asyncio.get_running_loop()
        tell = self._studio.tell
        tell(ToolStarted(call_id, call.name))
        tell(ToolInProgress(call_id, call.name, call.arguments))
        started = loop.time()
        try:
            async with asyncio.timeout(self._studio.settings.tool_timeout):
                outcome = await self._studio.tools.run(call_id, call.name, call.arguments)
        except TimeoutError:
            outcome = ToolOutcome("That took too long, so I do not know whether it worked. Please check.", "failed")
        except asyncio.CancelledError:
            tell(ToolStopped(call_id, call.name, call.arguments, "", "cancelled", None, loop.time() - started))
            raise
        except Exception:  # a broken tool is an answer to the model, not the end of the call
            log.error("a tool broke", tool=call.name, exc_info=True)
            outcome = ToolOutcome("That failed, so I do not know whether it worked. Please check.", "failed")
        entry.tool_calls.append(call)
        self._studio.history.add_tool_result(call, outcome.content, outcome.status)
        took = loop.time() - started
        tell(ToolStopped(call_id, call.name, call.arguments, outcome.content, outcome.status, outcome.record, took))
        return outcome
