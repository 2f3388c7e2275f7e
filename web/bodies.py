"""The JSON body of a request: read in bounded time, then checked, each wrong field named."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel, ValidationError

from dao.requests import unstorable
from web.errors import RequestError
from web.keys import BODY_TIMEOUT

BodyT = TypeVar("BodyT", bound=BaseModel)


async def read_json(request: web.Request) -> Any:
    """Return what the body says; raises RequestError when it is no JSON, too slow or broken."""
    # Without CORS headers a browser sends JSON only from our own page: other sites' forms are shut out by this check.
    if request.content_type != "application/json":
        raise RequestError(415, "not_json", "the body must be application/json")
    try:
        # JSON says itself how it is encoded: a charset named by the client need not exist, or may take minutes.
        return json.loads(await _bytes(request))
    except (ValueError, RecursionError) as error:
        raise RequestError(400, "bad_json", "the body is not valid JSON") from error


async def _bytes(request: web.Request) -> bytes:
    seconds = request.app[BODY_TIMEOUT]
    try:
        async with asyncio.timeout(seconds):
            return await request.read()
    except TimeoutError as error:
        raise RequestError(408, "too_slow", f"the body did not arrive within {seconds:g} seconds") from error
    except (web.RequestPayloadError, ConnectionError) as error:
        raise RequestError(400, "bad_body", "the body is broken") from error


def checked(kind: type[BodyT], body: Any) -> BodyT:
    """Return the body as `kind`; raises a 400 that names each wrong field."""
    return _checked(kind, body, 400, "bad_request")


async def storable(request: web.Request, kind: type[BodyT]) -> BodyT:
    """Read a body whose texts will be kept; raises a 422 that names each wrong field, or what no database takes."""
    body = await read_json(request)
    wrong = dict(unstorable(body)) if isinstance(body, Mapping) else {}
    if wrong:
        raise RequestError(422, "invalid", "the body is wrong", wrong)
    return _checked(kind, body, 422, "invalid")


def queried(request: web.Request, kind: type[BodyT]) -> BodyT:
    """Return what the query says; raises a 422 that names each wrong, unknown or repeated field."""
    given = dict(request.query)
    wrong = {name: "is given twice" for name in given if len(request.query.getall(name)) > 1}
    wrong |= dict(unstorable(given))
    if wrong:
        raise RequestError(422, "invalid", "the query is wrong", wrong)
    return _checked(kind, given, 422, "invalid")


def id_in_path(request: web.Request, name: str) -> UUID:
    """Return the id in the path; raises a 422 where it is no UUID."""
    try:
        return UUID(request.match_info[name])
    except ValueError:
        raise RequestError(422, "invalid", "the path is wrong", {name: "must be a UUID"}) from None


def _checked(kind: type[BodyT], body: Any, status: int, code: str) -> BodyT:
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        raise RequestError(status, code, "the body is wrong", wrong_fields(error)) from error


def wrong_fields(error: ValidationError) -> dict[str, str]:
    """Return each wrong field and its problem; the input itself is left out, it is what a caller said."""
    return {
        ".".join(map(str, one["loc"])) or "body": one["msg"].removeprefix("Value error, ")
        for one in error.errors(include_url=False, include_input=False, include_context=False)
    }
