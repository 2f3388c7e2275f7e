"""Every failure as `{"error": {"code", "message", "details"}}`: never HTML, never a traceback."""

from math import ceil
from typing import Any, Final

import structlog
from aiohttp import web

from dao.errors import DaoConflict, DaoDeleted, DaoError, DaoNotFound, DaoNotOpen, DaoRejected
from web.errors import RequestError

RETRY_AFTER: Final = 5.0
RETRY: Final = (429, 503)

log = structlog.get_logger()


@web.middleware
async def answer_errors(request: web.Request, handler: Any) -> web.StreamResponse:
    """Turn whatever a handler raises into an answer; the log has the cause."""
    try:
        answer: web.StreamResponse = await handler(request)
        return answer
    except RequestError as error:
        return _problem(error)
    except DaoError as error:
        return _problem(_of_records(error))
    except web.HTTPRequestEntityTooLarge:
        return _problem(RequestError(413, "too_large", "the body is too large"))
    except web.HTTPException as error:
        if error.status < 400:
            raise
        code = error.reason.lower().replace(" ", "_")
        answer = _problem(RequestError(error.status, code, error.reason))
        if "Allow" in error.headers:
            answer.headers["Allow"] = error.headers["Allow"]
        return answer
    except Exception as error:
        log.error("a request failed", path=request.path, error=repr(error), exc_info=True)
        if request.writer.output_size:  # too late for another answer: aiohttp breaks the connection off
            raise
        return _problem(RequestError(500, "internal", "the server could not do this; its log has the cause"))


def _of_records(error: DaoError) -> RequestError:
    """Say what a failure of the data service means for a client; its text may name our addresses, so it stays here."""
    if isinstance(error, DaoRejected):
        return RequestError(422, "invalid", "this cannot be kept", error.fields)
    if isinstance(error, DaoNotFound):
        return RequestError(404, "not_found", "there is no such record")
    if isinstance(error, DaoDeleted):
        return RequestError(409, "session_closed", "this session was deleted; start a new one")
    if isinstance(error, DaoConflict | DaoNotOpen):
        return RequestError(409, "conflict", "this cannot be done as things are")
    log.error("the records cannot be reached", error=str(error))
    return RequestError(503, "records_unavailable", "the records cannot be reached; try again in a moment")


def _problem(error: RequestError) -> web.Response:
    said = {"code": error.code, "message": error.message, "details": error.details or {}}
    return web.json_response({"error": said}, status=error.status, headers=retry_headers(error))


def retry_headers(error: RequestError) -> dict[str, str] | None:
    """Return what says when to try again, for failures that pass."""
    if error.status not in RETRY:
        return None
    return {"Retry-After": str(ceil(error.retry_after or RETRY_AFTER))}
