"""The description of the interface (OpenAPI 3.1), made from the table of operations and the types.

A stream is described by the schema of one item: a line of NDJSON, or the data of a server-sent event.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from service.http.gate import COOKIE
from service.http.parameters import PARAMETERS
from service.http.preconditions import CONDITIONS, PATTERN
from service.http.problem_kinds import ACCESS, ANY, PROBLEMS
from service.http.problems import MEDIA_TYPE, ProblemBody
from service.http.routing import Body, FileBody, Operation, Shape
from service.http.taxii_errors import TAXII
from service.query.listed import MOST_ASKED
from service.query.standpoint import AsOfAnswer

Schema = dict[str, Any]
_REF = "#/components/schemas/{model}"
_ID = {"type": "string", "pattern": r"^[a-z0-9][a-z0-9._-]{0,127}$"}
_COUNT = {"type": "integer", "format": "int32", "minimum": 1}
PATH_PARAMETERS: Mapping[str, tuple[str, Schema]] = {
    "id": ("The id of the report, source, indicator or token.", _ID),
    "indicator": ("The id of the indicator.", _ID),
    "report": ("The id of the report that contains the claim.", _ID),
    "n": ("The number of the claim in its report, from 1.", _COUNT),
    "parent": ("The id of the report with the claim that it is derived from.", _ID),
    "m": ("The number of that claim in its report.", _COUNT),
    "collection": ("The id of the collection, or its alias.", {"type": "string", "pattern": "^[^/]+$"}),
    "object": ("The id of the STIX object.", {"type": "string", "pattern": "^[^/]+$"}),
    "position": ("The position of the event.", {"type": "string", "pattern": "^[1-9][0-9]{0,15}$"}),
    "size": (
        "The number of entries of a checkpoint.",
        {"type": "string", "pattern": "^[1-9][0-9]{0,15}$"},
    ),
    "level": (
        "The level of a tile of the tree, or `entries` for a bundle of its entries.",
        {"type": "string", "pattern": "^(entries|[0-9]{1,2})$"},
    ),
    "tile": (
        "The number of the tile, as C2SP tlog-tiles writes it: `x001/x234/067`, or `000.p/17` for one "
        "that is not full.",
        {"type": "string", "pattern": "^[0-9x][0-9xp./]*$"},
    ),
    "name": ("The name of the projection.", {"type": "string", "pattern": "^[a-z_]+$"}),
    "sha256": (
        "The SHA-256 of the file, in hexadecimal digits.",
        {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    ),
}
_HEADERS: Mapping[str, tuple[str, Schema]] = {
    "If-Match": (
        "The ETag that you have seen, or several; refused if what is there now has none of them.",
        {"type": "string", "pattern": PATTERN},
    ),
    "If-None-Match": (
        "The ETag that you have, or several: a read is answered 304 if it is still that; `*` or a tag "
        "refuses a change of what is there.",
        {"type": "string", "pattern": PATTERN},
    ),
    "Idempotency-Key": (
        "A name for this request; repeated, it returns the first answer.",
        {"type": "string", "pattern": "^.{1,255}$", "maxLength": 255},
    ),
}
_SCHEMES: Schema = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token of this service, or one of its identity provider.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "The session of a browser that is logged in.",
    },
}
"""How callers say who they are, where they must; they need not on a machine without tokens."""
_FILE: Schema = {"type": "string", "format": "binary"}
_NOT_MODIFIED = {"description": "Unchanged: `If-None-Match` names its tag. It has no body."}
_DESCRIPTIONS = {
    200: "What was asked for.",
    201: "Recorded, at the position returned.",
    202: "Started.",
    206: "The part that `Range` asks for.",
    409: "The size that was seen last, which is another than the request says.",
    204: "Nothing more: the end that was asked for is reached.",
}


def document(title: str, version: str, summary: str, operations: Sequence[Operation]) -> Schema:
    """The OpenAPI document of these operations."""
    described = get_openapi(title=title, version=version, summary=summary, routes=[])
    components = _Components(operations)
    for operation in operations:
        path = described["paths"].setdefault(_plain(operation.path), {})
        path[operation.method.lower()] = _operation(operation, components)
    described["externalDocs"] = {"url": "/docs", "description": "Tutorial, how-to, reference, rules."}
    described["components"] = {"schemas": components.schemas, "securitySchemes": _SCHEMES}
    return described


def _plain(path: str) -> str:
    """An address without how its parameters are matched, as `{tile:path}`."""
    return path.replace(":path}", "}")


class _Components:
    """The schemas of all types that operations name, each once."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        types = dict.fromkeys([*_types(operations), ProblemBody, AsOfAnswer])
        # In one mode, so that a type has one schema; stored events leave out what was not given.
        self._of, shared = TypeAdapter.json_schemas(
            [(each, "validation", TypeAdapter(each)) for each in types], ref_template=_REF
        )
        self.schemas: dict[str, Schema] = dict(sorted(shared["$defs"].items()))
        problem = self.object(ProblemBody)
        for code in PROBLEMS:
            self.schemas[f"Problem.{code}"] = _problem(code, problem)

    def of(self, kind: Any) -> Schema:
        """The schema of a type, mostly a reference."""
        return self._of[kind, "validation"]

    def object(self, kind: Any) -> Schema:
        """The schema of a type that is an object, itself and not a reference."""
        schema = self.of(kind)
        if "$ref" in schema:
            schema = self.schemas[schema["$ref"].rpartition("/")[2]]
        assert schema.get("type") == "object", f"{kind} is no object"
        return schema


def _types(operations: Sequence[Operation]) -> Iterator[Any]:
    for operation in operations:
        if isinstance(operation.body, Body):
            yield operation.body.command
        for content in operation.returns.values():
            yield from (shape.type for shape in content.values())
        if operation.refused is not None:
            yield operation.refused.type


def _problem(code: str, base: Schema) -> Schema:
    kind = PROBLEMS[code]
    fixed = {
        "type": {"type": "string", "const": f"/problems/{code}"},
        "title": {"type": "string", "const": kind.title},
        "status": {"type": "integer", "const": kind.status},
    }
    properties = {**base["properties"], **fixed}
    return {**base, "title": code, "description": kind.cause, "properties": properties}


def _operation(operation: Operation, components: _Components) -> Schema:
    described: Schema = {
        "tags": [operation.tag],
        "summary": operation.summary,
        "operationId": f"{operation.name}_{operation.method.lower()}",
        "description": _who_may(operation),
        "security": [{name: []} for name in _SCHEMES] if operation.role else [],
        "parameters": [*_parameters(operation)],
        "responses": {
            **({"304": _NOT_MODIFIED} if operation.tagged else {}),
            **_joined(_problems(operation, components), _returns(operation, components)),
            "default": {"description": "Any other problem.", "content": _any_problem(components)},
        },
    }
    if operation.body is not None:
        described["requestBody"] = _request_body(operation.body, components)
    return described


def _who_may(operation: Operation) -> str:
    return f"Takes the role {operation.role}." if operation.role else "Open to anybody."


def _parameters(operation: Operation) -> Iterator[Schema]:
    for part in _plain(operation.path).split("/"):
        if part.startswith("{"):
            yield _parameter("path", part[1:-1], *PATH_PARAMETERS[part[1:-1]])
    for name in operation.query:
        yield _parameter("query", name, PARAMETERS[name].description, PARAMETERS[name].schema)
    for name, (description, schema) in _HEADERS.items():
        if operation.changes or (operation.tagged and name in CONDITIONS):
            yield _parameter("header", name, description, schema)


def _parameter(place: str, name: str, description: str, schema: Mapping[str, Any]) -> Schema:
    required = place == "path"
    shared = {"name": name, "in": place, "required": required, "description": description}
    return {**shared, "schema": dict(schema)}


def _request_body(body: Body | FileBody, components: _Components) -> Schema:
    if isinstance(body, FileBody):
        return {"required": True, "content": {name: {"schema": _FILE} for name in body.media_types}}
    whole = components.object(body.command)
    properties = {n: each for n, each in whole["properties"].items() if n != body.in_path}
    required = [name for name in whole.get("required", []) if name != body.in_path]
    schema = {**whole, "properties": properties, "required": required}
    files = {name: {"schema": _FILE} for name in body.or_files}
    return {"required": body.required, "content": {body.media_type: {"schema": schema}, **files}}


def _joined(problems: Schema, returns: Schema) -> Schema:
    """The answers of an operation by status, of which some may be a problem or an answer of its own."""
    both = {
        status: {
            **returns[status],
            "content": {**problems[status]["content"], **returns[status]["content"]},
        }
        for status in problems.keys() & returns.keys()
    }
    return {**returns, **problems, **both}


def _returns(operation: Operation, components: _Components) -> Schema:
    return {
        str(status): {
            "description": _DESCRIPTIONS[status],
            **({"content": _content(content, components)} if content else {}),
        }
        for status, content in operation.returns.items()
    }


def _content(shapes: Mapping[str, Shape], components: _Components) -> Schema:
    return {media_type: {"schema": _wrapped(shape, components)} for media_type, shape in shapes.items()}


def _wrapped(shape: Shape, components: _Components) -> Schema:
    match shape.wrap:
        case "plain" | "lines":
            return components.of(shape.type)
        case "one":
            return _with_times(components.object(shape.type), components)
        case "page":
            return _with_times(_page(components.of(shape.type)), components)


def _page(item: Schema) -> Schema:
    cursor = {"anyOf": [{"type": "string"}, {"type": "null"}]}
    return {
        "type": "object",
        "description": "One page of a list.",
        "required": ["items", "next_cursor"],
        "properties": {
            "items": {"type": "array", "items": item, "maxItems": MOST_ASKED},
            "next_cursor": cursor,
        },
    }


def _with_times(whole: Schema, components: _Components) -> Schema:
    """An object with the times asked for beside its own members."""
    properties = {**whole["properties"], "as_of": components.of(AsOfAnswer)}
    return {**whole, "properties": properties, "required": [*whole.get("required", []), "as_of"]}


def _problems(operation: Operation, components: _Components) -> Schema:
    """The problems that an operation may be refused with, by status."""
    codes: dict[int, list[str]] = {}
    for code in dict.fromkeys((*ANY, *(ACCESS if operation.role else ()), *operation.problems)):
        codes.setdefault(PROBLEMS[code].status, []).append(code)
    if operation.refused is not None:
        codes.setdefault(400, []).extend(codes.get(422, []))
    return {
        str(status): {
            "description": "; ".join(PROBLEMS[code].title for code in found) + ".",
            "content": {MEDIA_TYPE: {"schema": _any_of(found)}, **_refusal(operation, components)},
        }
        for status, found in sorted(codes.items())
    }


def _refusal(operation: Operation, components: _Components) -> Schema:
    """A refusal in the words of another protocol, which may come instead of a problem."""
    if operation.refused is None:
        return {}
    return {TAXII: {"schema": _wrapped(operation.refused, components)}}


def _any_problem(components: _Components) -> Schema:
    return {MEDIA_TYPE: {"schema": components.of(ProblemBody)}}


def _any_of(codes: Sequence[str]) -> Schema:
    refs = [{"$ref": _REF.format(model=f"Problem.{code}")} for code in codes]
    return refs[0] if len(refs) == 1 else {"oneOf": refs}
