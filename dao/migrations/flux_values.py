"""Values of an existing Flux database as ours; what has no place among ours is never a reason to drop a row."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from math import isfinite
from typing import Any, Final
from zoneinfo import ZoneInfo

STATUS: Final = {
    "open": ("open", "active", "pending", "todo", "new", "in_progress", "scheduled"),
    "done": ("done", "complete", "completed", "achieved", "finished"),
    "cancelled": ("cancelled", "canceled", "deleted", "archived", "abandoned"),
}
PRIORITY: Final = {"low": ("low",), "high": ("high", "urgent", "critical")}
ROLE: Final = {"user": ("user", "human", "caller"), "assistant": ("assistant", "agent", "ai", "bot", "model")}
MODALITY: Final = {"voice": ("voice", "audio", "speech"), "text": ("text", "chat", "typed")}


def one_of(kinds: Mapping[str, tuple[str, ...]], value: object) -> str | None:
    """Return which kind a word means, None if none."""
    word = str(value).strip().casefold()
    return next((kind for kind, words in kinds.items() if word in words), None)


def text(value: object, longest: int | None = None) -> str | None:
    """Return a value as text, None if there is none; a NUL, which no PostgreSQL can hold, is left out."""
    if value is None:
        return None
    said = json.dumps(value) if isinstance(value, dict | list) else str(value)
    return said.replace("\0", "")[:longest]


def instant(value: object) -> datetime | None:
    """Return an instant in UTC; one without an offset was in UTC, what is none is None."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time())
    if not isinstance(value, datetime):
        return None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def an_object(value: object) -> dict[str, Any] | None:
    """Return a JSON object, None if there is nothing; another value is wrapped into one."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return {"value": value} if value else None
    if value is None or isinstance(value, dict):
        return value
    return {"value": value}


def number(value: object) -> float | None:
    """Return a number, None if it is none."""
    try:
        said = float(str(value))
    except ValueError:
        return None
    return said if isfinite(said) else None


def zone(value: object) -> str:
    """Return the name of a time zone, UTC where there is none."""
    try:
        return ZoneInfo(str(value)).key
    except (LookupError, ValueError, OSError):
        return "UTC"
