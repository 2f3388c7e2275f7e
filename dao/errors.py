"""The exceptions that leave this package."""

from collections.abc import Mapping
from typing import Final

NOT_OPEN: Final = "not_open"
"""The code on the wire of `DaoNotOpen`, which shares its status with `DaoConflict`."""

GIVEN_UP: Final = "given_up"
"""The code of `DaoGivenUp`."""

UNKNOWN: Final = "unknown"
"""The code of `DaoUnavailable` where a write may have been kept; where nothing was, it is `unavailable`."""

DELETED: Final = "deleted"
"""The code of `DaoDeleted`."""

NOT_KEPT: Final = "unavailable"
"""The code of `DaoNotKept`."""


class DaoError(Exception):
    """The data could not be read or kept; the text says what happened and what to do."""


class DaoUnavailable(DaoError):
    """The DAO service or its database does not answer; a write may have been kept or not."""


class DaoNotKept(DaoUnavailable):
    """The DAO service or its database does not answer, and it is certain that nothing was kept."""


class DaoConflict(DaoError):
    """The same key was used before for something else."""


class DaoGivenUp(DaoConflict):
    """It was found out, and noted, that this tool call kept nothing: it can be asked for under another call id."""


class DaoDeleted(DaoConflict):
    """What this belongs to was deleted; nothing is written for it any more."""


class DaoNotOpen(DaoError):
    """The task is done or cancelled, so it stays as it is."""


class DaoNotFound(DaoError):
    """There is no such record for this tenant."""


class DaoRejected(DaoError):
    """The service found the record invalid; the text names each wrong field.

    `reason` says what was wrong as a whole, `fields` maps each wrong field (`origin.call_id`) to its problem.
    """

    def __init__(self, reason: str, fields: Mapping[str, str] | None = None) -> None:
        self.reason = reason
        self.fields = dict(fields or {})
        named = "; ".join(f"{field}: {problem}" for field, problem in self.fields.items())
        super().__init__(f"{reason}: {named}" if named else reason)
