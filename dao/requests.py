"""What a request to the service carries, validated: tenant, id, body, filters."""

import json
import re
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any, TypeVar
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel, ValidationError

from dao.errors import DaoRejected
from dao.records import TENANT_PATTERN

ModelT = TypeVar("ModelT", bound=BaseModel)

TENANT_HEADER = "X-Tenant-Id"
DEFAULT_TENANT = "default"
# Levels of lists and objects inside a free-form field; more is an attack, not a preference.
MAX_DEPTH = 32


class BadRequest(Exception):
    """The request cannot be understood at all; no field of a record is to blame."""


def tenant_of(request: web.Request) -> str:
    """Read whose records are meant; raises `DaoRejected` for a name that no tenant can have."""
    tenant = request.headers.get(TENANT_HEADER, DEFAULT_TENANT)
    if not re.fullmatch(TENANT_PATTERN, tenant):
        raise DaoRejected("the header is not valid", {TENANT_HEADER: f"must match {TENANT_PATTERN}"})
    return tenant


def id_of(request: web.Request) -> UUID:
    """Read the id in the path; raises `DaoRejected` if it is no UUID."""
    try:
        return UUID(request.match_info["id"])
    except ValueError:
        raise DaoRejected("the path is not valid", {"id": "must be a UUID"}) from None


def query_of(request: web.Request, kind: type[ModelT]) -> ModelT:
    """Read the filters and the page; raises `DaoRejected` naming each wrong, unknown or repeated one."""
    repeated = {name: "is given twice" for name in request.query if len(request.query.getall(name)) > 1}
    if repeated:
        raise DaoRejected("the query is not valid", repeated)
    return _validated("query", dict(request.query), kind)


async def body_of(request: web.Request, kind: type[ModelT]) -> ModelT:
    """Read the JSON body; raises `BadRequest` if it is no JSON object, `DaoRejected` naming each wrong field."""
    if request.content_type != "application/json":
        # Strict on purpose: a form of a foreign web page can post text, but it cannot post this.
        raise web.HTTPUnsupportedMediaType(text="the body must be application/json")
    try:
        text = (await request.read()).decode("utf-8")
        body = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError, web.RequestPayloadError):
        raise BadRequest("the body is not JSON in UTF-8") from None
    if not isinstance(body, dict):
        raise BadRequest("the body must be a JSON object")
    return _validated("body", body, kind)


def _validated(part: str, values: Mapping[str, Any], kind: type[ModelT]) -> ModelT:
    wrong = dict(unstorable(values))
    if not wrong:
        try:
            return kind.model_validate(values)
        except ValidationError as error:
            # The input itself is left out: it is what a caller said.
            for problem in error.errors(include_url=False, include_input=False, include_context=False):
                text = problem["msg"].removeprefix("Value error, ")
                wrong.setdefault(".".join(map(str, problem["loc"])) or part, text)
    raise DaoRejected(f"the {part} is not valid", wrong)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def unstorable(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Find what JSON can say but no database can keep, as (field, problem)."""
    if len(path) > MAX_DEPTH:
        yield ".".join(path[:3]), f"is nested deeper than {MAX_DEPTH} levels"
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            if _is_broken(name):
                yield ".".join(path) or "body", "has a name with a NUL or half a character"
            else:
                yield from unstorable(inner, (*path, name))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from unstorable(inner, (*path, str(place)))
    elif isinstance(value, str) and _is_broken(value):
        yield ".".join(path), "has a NUL or half a character"
    elif isinstance(value, float) and not isfinite(value):
        yield ".".join(path), "is too large a number"


def _is_broken(text: str) -> bool:
    return "\0" in text or any("\ud800" <= character <= "\udfff" for character in text)
