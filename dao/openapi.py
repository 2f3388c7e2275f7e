"""Describes the REST interface, for programs (OpenAPI 3.1) and for people (one plain page)."""

import json
from functools import cache
from html import escape
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from dao.operations import Operation
from dao.problems import CODE_OF, CODES
from dao.records import TENANT_PATTERN
from dao.requests import DEFAULT_TENANT, TENANT_HEADER

PROBLEM_SCHEMA = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "details"],
            "properties": {
                "code": {"type": "string", "enum": sorted({*CODES.values(), *CODE_OF.values()})},
                "message": {"type": "string"},
                "details": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["field", "message"],
                        "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
                    },
                },
            },
        }
    },
}
TENANT_PARAMETER = {
    "name": TENANT_HEADER,
    "in": "header",
    "required": False,
    "description": "Whose records are meant.",
    "schema": {"type": "string", "default": DEFAULT_TENANT, "pattern": f"^{TENANT_PATTERN}$"},
}
ID_PARAMETER = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}


@cache
def describe(operations: tuple[Operation, ...]) -> dict[str, Any]:
    """Make the OpenAPI description from the models that validate the requests."""
    models = {model for operation in operations for model in (operation.body, operation.answer) if model is not None}
    ordered = sorted(models, key=lambda model: model.__name__)
    refs, definitions = models_json_schema(
        [(model, "validation") for model in ordered], ref_template="#/components/schemas/{model}"
    )
    schemas = {model: refs[(model, "validation")] for model in ordered}
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, schemas)
    paths["/health"] = {"get": _health()}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Flux Voice DAO", "version": "1", "description": "Keeps what callers said and asked for."},
        "paths": paths,
        "components": {"schemas": {**definitions.get("$defs", {}), "Problem": PROBLEM_SCHEMA}},
    }


def _operation(operation: Operation, schemas: dict[type[BaseModel], Any]) -> dict[str, Any]:
    parameters = [TENANT_PARAMETER, *([ID_PARAMETER] if operation.has_id else []), *_query_parameters(operation)]
    failures = [422, 500, 503]
    if operation.has_id:
        failures.append(404)
    if operation.body is not None:
        failures += [400, 409, 413, 415]
    if operation.path.endswith("/close"):
        failures.append(409)
    described: dict[str, Any] = {
        "summary": operation.summary,
        "parameters": parameters,
        "responses": {
            "200": _json("The record, or one page of them.", schemas[operation.answer]),
            **{str(status): _problem(status) for status in sorted(failures)},
        },
    }
    if operation.body is not None:
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schemas[operation.body]}},
        }
    return described


def _query_parameters(operation: Operation) -> list[dict[str, Any]]:
    if operation.query is None:
        return []
    properties = operation.query.model_json_schema()["properties"]
    parameters = []
    for name, schema in properties.items():
        # A filter is absent rather than null.
        given = [choice for choice in schema.pop("anyOf", ()) if choice.get("type") != "null"]
        schema = {key: value for key, value in {**schema, **(given[0] if given else {})}.items() if value is not None}
        parameters.append({"name": name, "in": "query", "required": False, "schema": schema})
    return parameters


def _health() -> dict[str, Any]:
    state = {
        "type": "object",
        "required": ["status", "database"],
        "properties": {"status": {"enum": ["ok", "unavailable"]}, "database": {"enum": ["ok", "unavailable"]}},
    }
    return {
        "summary": "Tell whether the database answers.",
        "responses": {"200": _json("It does.", state), "503": _json("It does not.", state)},
    }


def _problem(status: int) -> dict[str, Any]:
    return _json(CODES[status].replace("_", " "), {"$ref": "#/components/schemas/Problem"})


def _json(description: str, schema: Any) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def page(description: dict[str, Any]) -> str:
    """Write the description as one page that needs nothing from anywhere else, not even a script."""
    sections = []
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            sections.append(
                f"<h2><code>{method.upper()} {escape(path)}</code></h2><p>{escape(operation['summary'])}</p>"
                + _parameters_table(operation.get("parameters", []))
                + _schema("Body", operation.get("requestBody"))
                + _schema("Answer", operation["responses"]["200"])
                + f"<p>Status: {', '.join(operation['responses'])}</p>"
            )
    schemas = "".join(
        f'<details id="{escape(name)}"><summary><code>{escape(name)}</code></summary>'
        f"<pre>{escape(json.dumps(schema, indent=2))}</pre></details>"
        for name, schema in description["components"]["schemas"].items()
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Flux Voice DAO</title>'
        '<meta name="viewport" content="width=device-width"><style>'
        "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
        ":root{color-scheme:light dark}"
        "h2{margin:2rem 0 0;font-size:1.1rem}td,th{text-align:left;padding:0 1rem 0 0}pre{overflow:auto}"
        "</style></head><body><h1>Flux Voice DAO</h1>"
        '<p>For programs: <a href="/openapi.json">/openapi.json</a>.</p>'
        f"{''.join(sections)}<h1>Schemas</h1>{schemas}</body></html>"
    )


def _parameters_table(parameters: list[dict[str, Any]]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(parameter['name'])}</code></td><td>{parameter['in']}</td>"
        f"<td><code>{escape(json.dumps(parameter['schema']))}</code></td></tr>"
        for parameter in parameters
    )
    return f"<table><tr><th>Parameter</th><th>In</th><th>Schema</th></tr>{rows}</table>" if rows else ""


def _schema(title: str, content: dict[str, Any] | None) -> str:
    if content is None:
        return ""
    schema = content["content"]["application/json"]["schema"]
    name = schema.get("$ref", "").rpartition("/")[2]
    shown = f'<a href="#{escape(name)}">{escape(name)}</a>' if name else escape(json.dumps(schema))
    return f"<p>{title}: <code>{shown}</code></p>"
