"""What single fields of a record can hold, each checked with a message that says what is wrong."""

import re
from datetime import UTC, datetime
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr
from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

_ANY_START: Final = datetime(2000, 1, 1, tzinfo=UTC)
# dateutil takes these too: a list of rules with their start, and steps that lead nowhere.
_NOT_ONE_RULE: Final = re.compile(r"[:\s]|\b(?:INTERVAL|COUNT)=(?!0*[1-9])", re.IGNORECASE)


def _has_utc(instant: AwareDatetime) -> AwareDatetime:
    try:
        instant.astimezone(UTC)
    except OverflowError:
        raise ValueError("lies outside the years 1 to 9999 in UTC") from None
    return instant


def _is_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        raise ValueError("is not an IANA time zone such as Europe/Berlin") from None
    return name


def _is_rule(text: str) -> str:
    # Only read, never run: to find that a rule has no occurrence could take for ever.
    try:
        if _NOT_ONE_RULE.search(text):
            raise ValueError
        rrulestr(text, dtstart=_ANY_START)
    except Exception:  # dateutil raises whatever its parser runs into
        raise ValueError("is not an RFC 5545 rule such as FREQ=WEEKLY;BYDAY=MO") from None
    return text


Instant = Annotated[AwareDatetime, AfterValidator(_has_utc)]
TimeZone = Annotated[str, StringConstraints(max_length=64), AfterValidator(_is_zone)]
Recurrence = Annotated[str, StringConstraints(max_length=200), AfterValidator(_is_rule)]
# Not blank: a task without a title could never be asked for again.
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
# Fits a 32-bit column of every database.
Count = Annotated[int, Field(ge=0, le=2**31 - 1)]
