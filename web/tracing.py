"""Traces, where the settings ask for them: turns of conversations become spans on their way to a collector."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final, Protocol

from models.licences import extra_command
from pipeline.spans import Cast, Span, TurnRecord, turn_span
from pipeline.turn_watch import TurnWatch
from web.client_clock import ClientClock
from web.conversations import LiveConversation
from web.errors import SettingsError
from web.own_settings import TracingSettings

CLOSE_TIMEOUT: Final = 2.0
"""Seconds that the last spans have to leave when the server stops."""


class SpanSender(Protocol):
    """Takes spans and brings them away, without ever letting the sender wait or fail."""

    def send(self, span: Span, epoch: int) -> None:
        """Take a span with its children; loop time 0 was at `epoch`, in ns since 1970."""

    def close(self) -> None:
        """Bring away what is left; blocks until it is done or given up."""

    def give_up(self) -> None:
        """Let a `close` that still waits come to its end."""


class Tracing:
    """Follows conversations and hands each turn to `sender` as one span with its stages as children."""

    def __init__(self, sender: SpanSender) -> None:
        self._sender = sender

    def follow(self, conversation: LiveConversation, cast: Cast, clock: ClientClock | None = None) -> None:
        """Trace a conversation from its beginning, with what its client measures where there is a `clock`."""

        def tell(turn: TurnRecord) -> None:
            span = turn_span(turn, cast)
            if span is not None:
                # Read now for all of the turn: marks keep their distances even where the system's clock is set.
                self._sender.send(span, time.time_ns() - round(now() * 1e9))

        now = asyncio.get_running_loop().time
        watch = TurnWatch(now, tell)
        conversation.watch(watch.watch)
        if clock is not None:
            clock.listen(lambda turn, milliseconds: watch.heard(turn, milliseconds / 1000))


@asynccontextmanager
async def open_tracing(settings: TracingSettings) -> AsyncIterator[Tracing | None]:
    """Open the way to the collector of these settings, None where they name none.

    Raises SettingsError when the packages are missing. A collector that does not answer is no error: it may come.
    """
    if settings.endpoint is None:
        yield None
        return
    sender = _sender(settings)
    try:
        yield Tracing(sender)
    finally:
        await _close(sender)


def _sender(settings: TracingSettings) -> SpanSender:
    try:
        from web.otlp import OtlpSender, collector
    except ImportError as error:
        raise SettingsError(
            f"FLUX_TRACING__ENDPOINT is set, but tracing needs the extra tracing: run {extra_command('tracing')} "
            f"or unset it ({error})"
        ) from error
    return OtlpSender(collector(settings), settings)


async def _close(sender: SpanSender) -> None:
    """Close in a thread of our own: those of the loop are waited for at the end, however long a collector hangs."""
    closed = asyncio.Event()
    loop = asyncio.get_running_loop()

    def close() -> None:
        sender.close()
        with suppress(RuntimeError):  # given up long ago: the loop is closed
            loop.call_soon_threadsafe(closed.set)

    threading.Thread(target=close, name="close-tracing", daemon=True).start()
    try:
        async with asyncio.timeout(CLOSE_TIMEOUT):
            await closed.wait()
    except TimeoutError:
        sender.give_up()
