"""What a failure that the service answered with means to its client."""

import json
from typing import Any, Final

from dao.errors import (
    DELETED,
    GIVEN_UP,
    NOT_KEPT,
    NOT_OPEN,
    DaoConflict,
    DaoDeleted,
    DaoError,
    DaoGivenUp,
    DaoNotFound,
    DaoNotKept,
    DaoNotOpen,
    DaoRejected,
    DaoUnavailable,
)

AWAY: Final = (502, 503, 504)
TOO_LARGE: Final = 413

CODED: dict[Any, type[DaoError]] = {
    DELETED: DaoDeleted,
    NOT_OPEN: DaoNotOpen,
    GIVEN_UP: DaoGivenUp,
    NOT_KEPT: DaoNotKept,
}


def as_error(status: int, text: bytes) -> DaoError:
    """Return the exception that says what an answer of this status says."""
    try:
        problem: dict[str, Any] = json.loads(text)["error"]
        code, message, details = problem["code"], str(problem["message"]), problem.get("details", [])
        if not isinstance(details, list):
            raise TypeError("the details of another service")
        fields = {str(detail["field"]): str(detail["message"]) for detail in details}
    except (ValueError, KeyError, TypeError):
        if status == TOO_LARGE:
            return DaoRejected("a record is larger than what stands before the DAO lets through")
        # As of a proxy while the DAO starts: what another service finds is no verdict on a record.
        return DaoUnavailable(f"no DAO answered, but something with status {status}; check FLUX_DAO__URL")
    if status in (400, TOO_LARGE, 415, 422):
        return DaoRejected(message, fields)
    if code in CODED:
        return CODED[code](message)
    # That it does not serve this host is no verdict on a record either.
    kinds = {403: DaoNotKept, 404: DaoNotFound, 409: DaoConflict, **dict.fromkeys(AWAY, DaoUnavailable)}
    return kinds.get(status, DaoError)(message)
