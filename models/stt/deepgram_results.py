"""What Deepgram's Listen says of a piece of audio."""

from dataclasses import dataclass
from typing import Any

import structlog

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Result:
    """What was understood of a connection's audio up to `end`, in seconds, since its last final words."""

    text: str
    end: float
    final: bool
    from_finalize: bool
    confidence: float


def read_result(message: Any) -> Result | None:
    """Return a Results message, which the client hands on unchecked; None where it is none we understand."""
    try:
        best = message.channel.alternatives[0]
        return Result(
            text=" ".join(best.transcript.split()),
            end=float(message.start) + float(message.duration),
            final=bool(message.is_final),
            from_finalize=bool(message.from_finalize),
            confidence=min(1.0, max(0.0, float(best.confidence))),
        )
    except (AttributeError, IndexError, TypeError, ValueError):
        log.warning("Deepgram sent results of a form that is not known")
        return None
