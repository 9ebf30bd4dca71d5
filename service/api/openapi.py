"""What the interface says of itself: parameters and bodies, from the tables that read them."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from service.api.asking import PARAMETERS


def body_of(kind: type[BaseModel] | None, field: str | None = None, *names: str) -> dict[str, Any]:
    """The OpenAPI of an operation: its body without the field that the address gives, its query."""
    extra: dict[str, Any] = {"parameters": [_parameter(name) for name in names]}
    if kind is not None:
        schema = kind.model_json_schema(ref_template="#/components/schemas/{model}")
        schema.pop("$defs", None)
        if field is not None:
            schema["properties"].pop(field, None)
            schema["required"] = [name for name in schema.get("required", []) if name != field]
        extra["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema}},
        }
    return extra


def query_of(*names: str) -> dict[str, Any]:
    """The OpenAPI of an operation that only has a query."""
    return body_of(None, None, *names)


def shared_schemas(kinds: Sequence[type[BaseModel]]) -> dict[str, Any]:
    """The schemas that bodies refer to."""
    shared: dict[str, Any] = {}
    for kind in kinds:
        schema = kind.model_json_schema(ref_template="#/components/schemas/{model}")
        shared |= schema.get("$defs", {})
    return shared


def _parameter(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": PARAMETERS[name].description,
        "schema": {"type": "string"},
    }
