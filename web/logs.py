"""Structured logs: every line of a call carries its conversation id; never what was said."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Literal

import structlog

LogFormat = Literal["console", "json"]

# Keys under which somebody might one day log what a caller said. The promise is that no log holds it.
PRIVATE = frozenset(
    ["arguments", "audio", "content", "message", "pcm", "phrase", "result", "sdp", "text", "transcript"]
)


def set_up(level: str = "INFO", form: LogFormat = "console") -> None:
    """Send every log line of this process, libraries included, to standard error in one form."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        drop_private,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    # Not rich's tracebacks: they show local variables, so what was said, and drawing one stops the loop for a second.
    last: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    tail: list[structlog.typing.Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if form == "json":
        tail.append(structlog.processors.format_exc_info)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[*tail, last]))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # The WebRTC libraries log every candidate pair at INFO, and addresses are personal data; websockets logs, at DEBUG,
    # every message to and from Deepgram.
    for chatty in ("aioice", "aiortc", "libav", "aiohttp.access", "alembic", "websockets"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def drop_private(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blank the values of keys that could hold what was said."""
    for key in PRIVATE & line.keys():
        line[key] = "(not logged)"
    return line
