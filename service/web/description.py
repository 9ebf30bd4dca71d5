"""The description of the interface (OpenAPI) as tables: operations by tag, and types with fields."""

from collections.abc import Iterator, Mapping
from typing import Any

from service.http.problems import MEDIA_TYPE

Schema = Mapping[str, Any]
TAGS = {
    "writing": "All that adds to the log. Each request is one command; a refusal writes nothing.",
    "reading": "Everything that can be queried, on any of the three time axes.",
    "operations": "The state of the service itself.",
    "access": "Who asks, and the tokens by which others may.",
}
_BOUNDS = {
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {}",
    "maxItems": "at most {}",
    "minimum": "from {}",
    "maximum": "up to {}",
    "exclusiveMinimum": "more than {}",
    "pattern": "matches `{}`",
}


def operation_groups(api: Schema) -> dict[str, list[Schema]]:
    """Every operation, by its tag."""
    groups: dict[str, list[Schema]] = {tag: [] for tag in TAGS}
    for path, methods in api["paths"].items():
        for method, operation in methods.items():
            tag = next(iter(operation.get("tags", ())), "operations")
            groups.setdefault(tag, []).append(_operation(method.upper(), path, operation))
    return groups


def schema_tables(api: Schema) -> list[Schema]:
    """Every type that operations name, with its fields; problems are listed by themselves."""
    return [
        schema_table(name, schema)
        for name, schema in api["components"]["schemas"].items()
        if not name.startswith("Problem.")
    ]


def _operation(method: str, path: str, operation: Schema) -> Schema:
    return {
        "method": method,
        "path": path,
        "anchor": f"{method.lower()}{path}".replace("/", "-").replace("{", "").replace("}", ""),
        "summary": operation.get("summary", ""),
        "parameters": operation.get("parameters", []),
        "bodies": [
            {**schema_table(kind, content["schema"]), "required": operation["requestBody"]["required"]}
            for kind, content in operation.get("requestBody", {}).get("content", {}).items()
        ],
        "responses": [
            {
                "status": status,
                "description": each["description"],
                "types": [
                    (kind, _names(kind, c["schema"])) for kind, c in each.get("content", {}).items()
                ],
            }
            for status, each in sorted(operation["responses"].items())
        ],
    }


def _names(media_type: str, schema: Schema) -> list[tuple[str, str]]:
    """The schemas of a response as (prefix, name); problems are listed by themselves."""
    if media_type == MEDIA_TYPE:
        return []
    items = schema.get("properties", {}).get("items")
    if items is not None and "next_cursor" in schema["properties"]:
        return [("list of ", name) for _, name in _names(media_type, items)]
    if "title" in schema:
        return [("", schema["title"])]
    return [(before, name) for before, name in _types(schema) if name[:1].isupper()]


def schema_table(name: str, schema: Schema) -> Schema:
    """A schema as a table of its fields; a schema without fields has only its description."""
    required = schema.get("required", [])
    return {
        "name": name,
        "description": schema.get("description", ""),
        "fields": [
            {"name": field, "required": field in required, **_field(each)}
            for field, each in schema.get("properties", {}).items()
        ],
    }


def _field(schema: Schema) -> Schema:
    notes = [each["description"] for each in _alternatives(schema) if "description" in each]
    notes += [note for each in _alternatives(schema) for note in _bounds(each)]
    default = schema.get("default")
    if default not in (None, "", []):
        notes.append(f"default `{default}`")
    return {"types": list(_types(schema)), "notes": list(dict.fromkeys(notes))}


def _alternatives(schema: Schema) -> list[Schema]:
    return [schema, *schema.get("anyOf", ())]


def _bounds(schema: Schema) -> Iterator[str]:
    for name, words in _BOUNDS.items():
        if name in schema:
            empty = name == "minLength" and schema[name] == 1
            yield "not empty" if empty else words.format(schema[name])
    if "items" in schema:
        yield from (f"each {note}" for note in _bounds(schema["items"]))


def _types(schema: Schema) -> Iterator[tuple[str, str]]:
    """Yield the types of a value as (prefix, name); the name of a schema is capitalized."""
    if "anyOf" in schema:
        for each in schema["anyOf"]:
            yield from _types(each)
    elif "$ref" in schema:
        yield "", schema["$ref"].rpartition("/")[2]
    elif "enum" in schema:
        yield from (("", f'"{word}"') for word in schema["enum"])
    elif schema.get("type") == "array":
        yield from (("list of ", name) for _, name in _types(schema.get("items", {})))
    else:
        yield "", schema.get("type", "anything")
