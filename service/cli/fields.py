"""The fields of a command as options of a verb.

A field of an object in a command is an option of its own: `--provenance-url` is `provenance.url`.
"""

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from pydantic_core import from_json, to_json

from service.acts.fields import CommandField, Kind
from service.cli.client import USAGE, fail
from service.cli.completion import completion
from service.cli.transfer import open_input
from service.http.bodies import BYTE_ORDER_MARK

Given = Mapping[str, Any]
"""What was typed, by the names of fields; None where an option was not given."""
_METAVARS: Mapping[Kind, str] = {
    "text": "TEXT",
    "number": "NUMBER",
    "truth": "true|false",
    "list": "TEXT",
    "objects": "FILE",
}
NULL = "none"
"""How a number that is there by default is taken away."""


def flag_of(field: CommandField) -> str:
    """The option of a field."""
    return f"--{field.name.replace('_', '-')}"


def option_of(field: CommandField) -> Any:
    """The parameter of the verb for a field, as typer reads it."""
    kind: Any = list[str] if field.kind == "list" else str
    option = typer.Option(
        flag_of(field),
        help=_described(field),
        metavar=_METAVARS[field.kind],
        autocompletion=None if field.kind == "objects" else completion(field.path[-1], field.schema),
    )
    return Annotated[kind | None, option]


def _described(field: CommandField) -> str:
    """The help of a field, with the values that it takes and what stands where it is not given."""
    schema, said = field.schema, field.help
    if "enum" in schema:
        said += f" One of {', '.join(schema['enum'])}."
    elif "minimum" in schema and "maximum" in schema:
        said += f" {schema['minimum']} to {schema['maximum']}."
    if field.kind == "list":
        said += " Repeat it for several."
    if field.kind == "objects":
        said += " A file of JSON; - for standard input."
    if schema.get("default") not in (None, "", []):
        away = f"; {NULL} takes it away" if field.nullable else ""
        said += f" Without it {_shown(schema['default'])}{away}."
    return f"{said} Required." if field.required else said


def _shown(default: Any) -> str:
    return str(default).lower() if isinstance(default, bool) else str(default)


def _value(field: CommandField, typed: Any) -> bytes:
    """What was typed into a field, as JSON."""
    match field.kind:
        case "number":
            return to_json(_number(field, typed))
        case "truth":
            return _truth(field, typed)
        case "objects":
            return _content(typed)
        case _:
            return to_json(typed)


def _truth(field: CommandField, typed: str) -> bytes:
    if typed not in ("true", "false"):
        fail(f"{flag_of(field)} {typed[:60]}: is neither true nor false", USAGE)
    return typed.encode()


def _number(field: CommandField, typed: str) -> int | float | None:
    if typed == NULL and field.nullable and field.schema.get("default") is not None:
        return None
    try:
        number = from_json(typed, allow_inf_nan=False)
    except ValueError:
        number = None
    if isinstance(number, bool) or not isinstance(number, int | float):
        fail(f"{flag_of(field)} {typed[:60]}: is not a number, such as 2300 or 0.5", USAGE)
    return number


def body_of_fields(fields: Mapping[str, CommandField], given: Given, more: Mapping[str, str]) -> bytes:
    """The body that options amount to: a file stands in it byte for byte, and is judged as it is.

    `more` are texts of it that no option gives.
    """
    members: dict[str, Any] = {name: to_json(text) for name, text in more.items()}
    for name, typed in given.items():
        *outer, last = fields[name].path
        place = members
        for step in outer:
            place = place.setdefault(step, {})
        place[last] = _value(fields[name], typed)
    return _encoded(members)


def _encoded(members: Mapping[str, Any]) -> bytes:
    pairs = (
        to_json(name) + b":" + (_encoded(value) if isinstance(value, dict) else value)
        for name, value in members.items()
    )
    return b"{" + b",".join(pairs) + b"}"


def _content(file: str) -> bytes:
    """What a file or standard input holds, which must be JSON to stand in a body."""
    with open_input(file) as source:
        content = source.read().removeprefix(BYTE_ORDER_MARK)
    try:
        from_json(content)
    except ValueError as error:
        fail(f"{file}: is not JSON: {error}", USAGE)
    return content
