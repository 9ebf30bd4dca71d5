"""What the interface says of itself: parameters and bodies, from the tables that read them."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from service.http.parameters import PARAMETERS
from service.interop.import_lines import COMMANDS

_HEADERS = {
    "If-Match": "The version that you have seen, as its ETag: another one is refused.",
    "Idempotency-Key": "A name for this request; sent again, it is answered as the first time.",
}
_PATH = {
    "id": "The id of the report, source or indicator.",
    "indicator": "The id of the indicator.",
    "report": "The id of the report that the claim is in.",
    "n": "The number of the claim in its report, from 1.",
    "parent": "The report of the claim that it is derived from.",
    "m": "The number of that claim in its report.",
    "name": "The name of the projection.",
}
PROBLEM: Mapping[int | str, dict[str, Any]] = {
    "default": {
        "description": "What went wrong (RFC 9457); its `type` is the address of an explanation.",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}
"""The answer of every operation to what it refuses."""

_PROBLEM_SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "examples": ["/problems/invalid"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "message"],
                "properties": {"pointer": {"type": "string"}, "message": {"type": "string"}},
            },
        },
        "current_version": {"type": "integer"},
        "parameter": {"type": "string"},
    },
}


def body_of(path: str, kind: type[BaseModel], field: str | None, *, required: bool) -> dict[str, Any]:
    """The OpenAPI of an operation that takes a body: all but the field that the address gives."""
    schema = kind.model_json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("$defs", None)
    schema["properties"].pop(field, None)
    schema["required"] = [name for name in schema.get("required", []) if name != field]
    content = {"application/json": {"schema": schema}}
    return {
        "parameters": [*_in_path(path), _query("dry_run"), *_headers()],
        "requestBody": {"required": required, "content": content},
    }


def query_of(path: str, *names: str, changes: bool = False) -> dict[str, Any]:
    """The OpenAPI of an operation without a body; one that changes anything takes headers as well."""
    query = [_query(name) for name in names]
    return {"parameters": [*_in_path(path), *query, *(_headers() if changes else [])]}


def lines_of() -> dict[str, Any]:
    """The OpenAPI of the import."""
    described = f"One command a line: an object with one of {', '.join(COMMANDS)}, and perhaps a `key`."
    content = {"application/x-ndjson": {"schema": {"type": "string", "description": described}}}
    return {"parameters": [], "requestBody": {"required": True, "content": content}}


def shared_schemas(kinds: Sequence[type[BaseModel]]) -> dict[str, Any]:
    """The schemas that bodies and answers refer to."""
    shared: dict[str, Any] = {"Problem": _PROBLEM_SCHEMA}
    for kind in kinds:
        schema = kind.model_json_schema(ref_template="#/components/schemas/{model}")
        shared |= schema.get("$defs", {})
    return shared


def _in_path(path: str) -> list[dict[str, Any]]:
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    return [_parameter("path", name, _PATH[name]) for name in names]


def _query(name: str) -> dict[str, Any]:
    return _parameter("query", name, PARAMETERS[name].description)


def _headers() -> list[dict[str, Any]]:
    return [_parameter("header", name, description) for name, description in _HEADERS.items()]


def _parameter(place: str, name: str, description: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": place,
        "required": place == "path",
        "description": description,
        "schema": {"type": "string"},
    }
