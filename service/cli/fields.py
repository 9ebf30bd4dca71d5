"""The fields of a command as options of a verb: read from the command itself, so that none is missing.

A field of an object in a command is an option of its own: `--provenance-url` is `provenance.url`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal

import typer
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json, to_json

from service.cli.client import USAGE, fail
from service.cli.field_help import HELP
from service.cli.transfer import open_input
from service.http.bodies import BYTE_ORDER_MARK

Form = Literal["text", "number", "list", "file"]
Schema = Mapping[str, Any]
Given = Mapping[str, Any]
"""What was typed, by the names of fields; None where an option was not given."""
_METAVARS: Mapping[Form, str] = {"text": "TEXT", "number": "NUMBER", "list": "TEXT", "file": "FILE"}
NULL = "none"
"""How a number that is there by default is taken away."""


@dataclass(frozen=True)
class Field:
    """A field of a command: its place in the body, what it holds, and whether it must be given."""

    path: tuple[str, ...]
    schema: Schema
    nullable: bool
    required: bool
    help: str

    @property
    def name(self) -> str:
        """Its name among the fields of its command."""
        return "_".join(self.path)

    @property
    def flag(self) -> str:
        """Its option."""
        return f"--{self.name.replace('_', '-')}"

    @cached_property
    def form(self) -> Form:
        """How it is typed."""
        match self.schema["type"]:
            case "array":
                return "file" if "$ref" in self.schema["items"] else "list"
            case "integer" | "number":
                return "number"
            case _:
                return "text"

    def annotation(self) -> Any:
        """The parameter of the verb, as typer reads it."""
        kind: Any = list[str] if self.form == "list" else str
        option = typer.Option(self.flag, help=self._described(), metavar=_METAVARS[self.form])
        return Annotated[kind | None, option]

    def _described(self) -> str:
        """Its help, with the values that it takes and what stands where it is not given."""
        schema, said = self.schema, self.help
        if "enum" in schema:
            said += f" One of {', '.join(schema['enum'])}."
        elif "minimum" in schema and "maximum" in schema:
            said += f" {schema['minimum']} to {schema['maximum']}."
        if self.form == "list":
            said += " Repeat it for several."
        if schema.get("default") not in (None, "", []):
            said += (
                f" Without it {schema['default']}{f'; {NULL} takes it away' if self.nullable else ''}."
            )
        return f"{said} Required." if self.required else said

    def value(self, typed: Any) -> bytes:
        """What was typed, as JSON."""
        match self.form:
            case "number":
                return to_json(self._number(typed))
            case "file":
                return _content(typed)
            case _:
                return to_json(typed)

    def _number(self, typed: str) -> int | float | None:
        if typed == NULL and self.nullable and self.schema.get("default") is not None:
            return None
        try:
            number = from_json(typed, allow_inf_nan=False)
        except ValueError:
            number = None
        if isinstance(number, bool) or not isinstance(number, int | float):
            fail(f"{self.flag} {typed[:60]}: is not a number, such as 2300 or 0.5", USAGE)
        return number


def fields_of(command: type[BaseModel]) -> list[Field]:
    """The fields of a command, those of objects in it one by one."""
    schema, required = command.model_json_schema(), _required(command)
    called = getattr(command, "NAME", "")
    return list(_fields(schema, schema, (), called, required))


def _fields(
    whole: Schema, here: Schema, path: tuple[str, ...], command: str, required: set[str]
) -> Iterator[Field]:
    for name, given in here["properties"].items():
        schema, nullable = _resolved(whole, given)
        place = (*path, name)
        if "properties" in schema:
            yield from _fields(whole, schema, place, command, set())
        else:
            known = "_".join(place)
            text = HELP.get(f"{command}.{known}") or HELP.get(known, "")
            yield Field(place, schema, nullable, name in required, text)


def _resolved(whole: Schema, given: Schema) -> tuple[Schema, bool]:
    """The schema of a value that may be null, and whether it may."""
    options = [each for each in given.get("anyOf", [given]) if each.get("type") != "null"]
    [only] = options
    if "$ref" in only:
        only = whole["$defs"][only["$ref"].rpartition("/")[2]]
    return {**given, **only}, "anyOf" in given


def _required(command: type[BaseModel]) -> set[str]:
    """The fields that the command itself misses; one that follows from others is not among them."""
    try:
        command.model_validate({})
    except ValidationError as error:
        return {str(each["loc"][0]) for each in error.errors() if each["type"] == "missing"}
    return set()


def body_of_fields(fields: Mapping[str, Field], given: Given) -> bytes:
    """The body that options amount to: a file stands in it byte for byte, and is judged as it is."""
    members: dict[str, Any] = {}
    for name, typed in given.items():
        *outer, last = fields[name].path
        place = members
        for step in outer:
            place = place.setdefault(step, {})
        place[last] = fields[name].value(typed)
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
