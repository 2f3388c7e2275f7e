"""Describes the HTTP interface (OpenAPI 3.1) from the models that validate it."""

import re
from collections.abc import Sequence
from http import HTTPStatus
from importlib.metadata import version
from typing import Any, Final

from pydantic import BaseModel, Field
from pydantic.json_schema import models_json_schema

from web.operations import Operation

DESCRIPTION: Final = (
    "Sessions, messages and intents of a private voice agent, and the signalling of its WebRTC calls. Whoever knows a "
    "session's id may use the calls of that session; to begin one takes an API key, unless the server is for its own "
    "box only or was opened. The console is for its owner: with the admin key, or on the box itself."
)
ABOUT_STATUS: Final = {
    400: "The body is not JSON, or a field is wrong.",
    401: "A key or a token is missing, wrong or expired.",
    403: "What was shown is for another session, tenant, site or host.",
    404: "The session, connection or record is not known.",
    408: "The body came too slowly.",
    409: "The session is closed, or an id was used for something else.",
    413: "The body is too large.",
    415: "The body is not application/json.",
    422: "A field is wrong; details name each.",
    429: "Too many requests; Retry-After says when to try again.",
    503: "A part is down, or all lines are taken; Retry-After says when to try again.",
}
RETRY_AFTER: Final = {"description": "Seconds after which to try again.", "schema": {"type": "integer", "minimum": 1}}
SECURITY: Final[dict[str, list[dict[str, list[str]]]]] = {
    "mint": [{}, {"apiKey": []}, {"bearer": []}],
    "session": [{}, {"bearer": []}, {"apiKey": []}],
    "owner": [{}, {"apiKey": []}, {"bearer": []}],
}


class Fault(BaseModel):
    """What went wrong."""

    code: str = Field(description="For programs.")
    message: str = Field(description="For people.")
    details: dict[str, Any] = Field(description="Each wrong field and its problem, where fields are wrong.")


class Problem(BaseModel):
    """The body of every error."""

    error: Fault


def describe(operations: Sequence[Operation]) -> dict[str, Any]:
    """Make the description of these operations."""
    used = [model for one in operations for model in (one.body, one.answer, *one.also.values(), Problem)]
    models = sorted({model for model in used if isinstance(model, type)}, key=lambda model: model.__name__)
    refs, definitions = models_json_schema(
        [(model, "validation") for model in models], ref_template="#/components/schemas/{model}"
    )
    schemas = {model: refs[(model, "validation")] for model in models}
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Flux Voice", "version": version("flux-voice"), "description": DESCRIPTION},
        "paths": paths,
        "components": {
            "schemas": definitions.get("$defs", {}),
            "securitySchemes": {
                "apiKey": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
                "bearer": {"type": "http", "scheme": "bearer", "description": "A session's token, or an API key."},
            },
        },
    }


def _operation(operation: Operation, schemas: dict[type[BaseModel], Any]) -> dict[str, Any]:
    responses = {200: _content("What was asked for.", _schema(operation.answer, schemas))}
    for status, model in operation.also.items():
        responses[status] = _content(_about(status), _schema(model, schemas))
    for status in operation.failures:
        responses[status] = _content(_about(status), _schema(Problem, schemas))
    for status in responses.keys() & {429, 503} - operation.also.keys():
        responses[status]["headers"] = {"Retry-After": RETRY_AFTER}
    described: dict[str, Any] = {
        "operationId": operation.handler.__name__,
        "summary": operation.summary,
        "tags": [operation.tag],
        "responses": {str(status): responses[status] for status in sorted(responses)},
    }
    if operation.access in SECURITY:
        described["security"] = SECURITY[operation.access]
    if parameters := [*_path_parameters(operation.path), *_query_parameters(operation.query)]:
        described["parameters"] = parameters
    if operation.body is not None:
        content = {"application/json": {"schema": schemas[operation.body]}}
        described["requestBody"] = {"required": operation.body_needed, "content": content}
    return described


def _path_parameters(path: str) -> list[dict[str, Any]]:
    """Describe the parts of a path that vary: a session is named by any text, all else by a UUID."""
    kinds = {"session_id": {"type": "string", "minLength": 1}}
    return [
        {"name": name, "in": "path", "required": True, "schema": kinds.get(name, {"type": "string", "format": "uuid"})}
        for name in re.findall(r"{(\w+)}", path)
    ]


def _query_parameters(query: type[BaseModel] | None) -> list[dict[str, Any]]:
    parameters = []
    for name, schema in (query.model_json_schema()["properties"] if query is not None else {}).items():
        # A filter is absent rather than null.
        given = [choice for choice in schema.pop("anyOf", ()) if choice.get("type") != "null"]
        schema = {key: value for key, value in {**schema, **(given[0] if given else {})}.items() if value is not None}
        parameters.append({"name": name, "in": "query", "required": False, "schema": schema})
    return parameters


def _schema(answer: type[BaseModel] | str, schemas: dict[type[BaseModel], Any]) -> tuple[str, Any]:
    if isinstance(answer, str):
        return answer, {"type": "string"}
    return "application/json", schemas[answer]


def _content(description: str, content: tuple[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {content[0]: {"schema": content[1]}}}


def _about(status: int) -> str:
    return ABOUT_STATUS.get(status, HTTPStatus(status).phrase)
