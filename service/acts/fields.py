"""The fields of a command, read from the command itself, so that none is missing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from service.acts.help import HELP

Kind = Literal["text", "number", "truth", "list", "objects"]
Schema = Mapping[str, Any]


@dataclass(frozen=True)
class CommandField:
    """A field of a command: its place in the body, what it holds, and whether it must be given."""

    path: tuple[str, ...]
    schema: Schema
    nullable: bool
    required: bool
    help: str

    @property
    def name(self) -> str:
        """Its name among the fields of its command: of one in an object, `provenance_url`."""
        return "_".join(self.path)

    @cached_property
    def kind(self) -> Kind:
        """What it holds."""
        match self.schema["type"]:
            case "array":
                return "objects" if "$ref" in self.schema["items"] else "list"
            case "integer" | "number":
                return "number"
            case "boolean":
                return "truth"
            case _:
                return "text"


def fields_of(command: type[BaseModel]) -> list[CommandField]:
    """The fields of a command, those of objects in it one by one."""
    schema, required = command.model_json_schema(), _required(command)
    called = getattr(command, "NAME", "")
    return list(_fields(schema, schema, (), called, required))


def _fields(
    whole: Schema, here: Schema, path: tuple[str, ...], command: str, required: set[str]
) -> Iterator[CommandField]:
    for name, given in here["properties"].items():
        schema, nullable = _resolved(whole, given)
        place = (*path, name)
        if "properties" in schema:
            yield from _fields(whole, schema, place, command, set())
        else:
            known = "_".join(place)
            text = HELP.get(f"{command}.{known}") or HELP.get(known, "")
            yield CommandField(place, schema, nullable, name in required, text)


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
