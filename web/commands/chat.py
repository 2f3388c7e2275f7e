"""`flux-voice chat`: the same conversation in a terminal, by text."""

import asyncio
import sys
import threading
from collections.abc import Mapping
from typing import Any, Final, TextIO
from uuid import uuid4
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.markup import escape

from pipeline.events import (
    ConversationEnded,
    Event,
    Fault,
    PhraseQueued,
    ReplyStopped,
    ToolStopped,
    UserTurn,
)
from web.commands.failures import told_in_one_line

ANSWER_TIMEOUT: Final = 60.0


@click.command()
@click.option("--timezone", help="Your IANA time zone; else the one you had before, or FLUX_TIMEZONE.")
@click.option("--verbose", is_flag=True, help="Show warnings of the log as well.")
def chat(timezone: str | None, verbose: bool) -> None:
    """Talk to the agent in this terminal, by text.

    Reads one turn per line; ends with the end of the input, Ctrl-C or a goodbye. Works in a pipe too:
    echo "I want to learn guitar in three months" | flux-voice chat
    """
    given = {"timezone": timezone} if timezone else {}
    with told_in_one_line():
        try:
            asyncio.run(_chat(given, "WARNING" if verbose else "ERROR"))
        except KeyboardInterrupt:
            click.echo()


class Terminal:
    """A transport without sound: prints what the agent says and does; satisfies `pipeline.seams.Transport`."""

    wants_audio = False

    def __init__(self, console: Console, name: str) -> None:
        self._console = console
        self._name = name
        self._answering: int | None = None
        self.answered = asyncio.Event()
        self.over = asyncio.Event()

    async def ended(self) -> None:
        """Wait for the end of the conversation."""
        await self.over.wait()

    def asked(self) -> None:
        """Say that a line was sent whose answer is awaited."""
        self._answering = None
        self.answered.clear()

    def tell(self, event: Event) -> None:
        """Print one event."""
        match event:
            case UserTurn(turn=turn):
                self._answering = turn
            case PhraseQueued(text=text):
                self._console.print(f"[bold cyan]{self._name}[/] {escape(text)}", soft_wrap=True)
            case ToolStopped(name=name, arguments=arguments, status=status):
                shown = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
                line = escape(f"[{status}] {name}({shown})")
                self._console.print(f"[dim]  {line}[/]", soft_wrap=True)
            case Fault(message=message):
                self._console.print(f"[red]{escape(message)}[/]", soft_wrap=True)
            case ReplyStopped(turn=turn) if turn == self._answering:
                self.answered.set()
            case ConversationEnded():
                self.over.set()
                self.answered.set()


class Lines:
    """The lines of a stream, read in a thread: a terminal, a pipe and a file can all be read this way alone."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._queue: asyncio.Queue[str | None] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        # A daemon: a read that blocks cannot be cancelled and must not keep the process alive.
        threading.Thread(target=self._read, name="stdin", daemon=True).start()

    async def next(self) -> str | None:
        """Return the next line, or None at the end."""
        return await self._queue.get()

    def _read(self) -> None:
        try:
            for line in self._stream:
                self._loop.call_soon_threadsafe(self._queue.put_nowait, line)
            self._loop.call_soon_threadsafe(self._queue.put_nowait, None)
        except RuntimeError:
            pass  # the loop is closed: nobody listens any more


async def _chat(given: dict[str, Any], level: str) -> None:
    from models.engines import Engines
    from web.assembly import assemble
    from web.conversations import CallOptions
    from web.home_zone import zone_for_call
    from web.logs import set_up
    from web.owner import LOCAL_USER
    from web.settings import load_settings

    async def warm(engines: Engines) -> Mapping[str, float]:
        await engines.llm.warm()  # by text neither ear nor voice is needed
        return {}

    settings = load_settings(**given)
    set_up(level, settings.log_format)
    async with assemble(settings, warm=warm) as assembly:
        default, home = ZoneInfo(settings.timezone), None
        if "timezone" not in given:
            home = await zone_for_call(assembly.dao, LOCAL_USER, default)
        caller = CallOptions(uuid4(), LOCAL_USER, home or default, keep_timezone=home is None)
        conversation = assembly.conversation(caller)
        recorder = assembly.recorder(caller, session_id=f"chat-{caller.conversation_id}")
        conversation.watch(recorder.watch)
        terminal = Terminal(Console(highlight=False), assembly.agent.name)
        async with asyncio.TaskGroup() as tasks:
            talk = tasks.create_task(conversation.run())
            try:
                await asyncio.sleep(0)  # `run` has to begin before it can be attached to
                conversation.attach(terminal)
                await _talk(conversation, terminal, Lines(sys.stdin))
            finally:
                conversation.end("caller")
                recorder.finish(await talk)
    if assembly.spool.depth:
        click.echo("(the records did not answer: the rest of this conversation is kept at the next start)", err=True)


async def _talk(conversation: Any, terminal: Terminal, lines: Lines) -> None:
    while (line := await _next(terminal, lines)) is not None:
        if line.strip():
            terminal.asked()
            conversation.send_text(line.strip(), spoken=False)
            await _answer(terminal)


async def _next(terminal: Terminal, lines: Lines) -> str | None:
    """Return the next line, or None at the end of the input or of the conversation, whichever comes first."""
    async with asyncio.TaskGroup() as tasks:
        waits = [tasks.create_task(lines.next()), tasks.create_task(terminal.ended())]
        done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
    return None if terminal.over.is_set() else done.pop().result()


async def _answer(terminal: Terminal) -> None:
    try:
        async with asyncio.timeout(ANSWER_TIMEOUT):
            await terminal.answered.wait()
    except TimeoutError:
        click.echo(f"(no answer within {ANSWER_TIMEOUT:.0f} s)", err=True)
