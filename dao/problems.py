"""Every failure as `{"error": {"code", "message", "details"}}`: never a traceback, never HTML."""

import traceback
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from dao.errors import (
    DELETED,
    GIVEN_UP,
    NOT_KEPT,
    NOT_OPEN,
    UNKNOWN,
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
from dao.requests import BadRequest

log = structlog.get_logger(__name__)

CODES = {
    400: "bad_request",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    413: "too_large",
    415: "unsupported_media_type",
    422: "invalid",
    500: "internal",
    503: "unavailable",
}
STATUS_OF: dict[type[DaoError], int] = {
    DaoNotFound: 404,
    DaoConflict: 409,
    DaoDeleted: 409,
    DaoGivenUp: 409,
    DaoNotOpen: 409,
    DaoRejected: 422,
    DaoUnavailable: 503,
    DaoNotKept: 503,
}
# Where the status alone does not tell which it is.
CODE_OF: dict[type[DaoError], str] = {
    DaoDeleted: DELETED,
    DaoGivenUp: GIVEN_UP,
    DaoNotOpen: NOT_OPEN,
    DaoUnavailable: UNKNOWN,
    DaoNotKept: NOT_KEPT,
}
MESSAGES = {404: "there is nothing at this path; see /docs", 405: "this path does not know the method; see /docs"}


def problem(
    status: int, message: str, fields: dict[str, str] | None = None, *, code: str | None = None
) -> web.Response:
    """Answer with a failure; `fields` maps each wrong field to its problem, `code` says more than the status's own."""
    details = [{"field": field, "message": text} for field, text in (fields or {}).items()]
    said = {"code": code or CODES.get(status, "error"), "message": message, "details": details}
    return web.json_response({"error": said}, status=status)


@web.middleware
async def answer_problems(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Turn whatever a handler raises into an answer; the log has the cause, without what callers said."""
    try:
        return await handler(request)
    except BadRequest as error:
        return problem(400, str(error))
    except DaoError as error:
        status = STATUS_OF.get(type(error), 500)
        if status >= 500:
            cause = error.__cause__
            log.error("dao_request_failed", method=request.method, route=_route(request), cause=repr(cause or error))
        if isinstance(error, DaoRejected):
            return problem(status, error.reason, error.fields)
        return problem(status, str(error), code=CODE_OF.get(type(error)))
    except web.HTTPRequestEntityTooLarge:
        return problem(413, f"the body is larger than {request.client_max_size} bytes")
    except web.HTTPException as error:
        answer = problem(error.status, MESSAGES.get(error.status) or error.text or error.reason)
        if "Allow" in error.headers:
            answer.headers["Allow"] = error.headers["Allow"]
        return answer
    except Exception as error:
        # A defect of ours. Its kind and place are logged, not its text, which may quote a record.
        place = "".join(traceback.format_tb(error.__traceback__))
        log.error("dao_defect", method=request.method, route=_route(request), kind=type(error).__name__, place=place)
        return problem(500, "the DAO failed; its log has the cause")


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource else "unknown"
