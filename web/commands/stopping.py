"""How a running server is told to stop."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Stop:
    """`asked` is set when the server is to stop, `at_once` when nothing is to be waited for any more."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)
    at_once: asyncio.Event = field(default_factory=asyncio.Event)


@contextmanager
def stop_signals() -> Iterator[Stop]:
    """Give what SIGTERM and SIGINT (Ctrl-C) set: the first asks, SIGINT or a second one at once.

    A second SIGINT breaks off.
    """
    loop = asyncio.get_running_loop()
    stop = Stop()

    def terminate() -> None:
        if stop.asked.is_set():
            stop.at_once.set()
        stop.asked.set()

    def interrupt() -> None:
        stop.asked.set()
        stop.at_once.set()
        loop.remove_signal_handler(signal.SIGINT)

    loop.add_signal_handler(signal.SIGTERM, terminate)
    loop.add_signal_handler(signal.SIGINT, interrupt)
    try:
        yield stop
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
