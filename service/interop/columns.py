"""Answers as tables: the columns of a type of item, and the cells of an item.

A member that is itself an object has a column for each of its members: `support_level`. A list of texts
is one cell, its texts joined; a list of flags gives their codes, any other list of objects is JSON.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import UnionType
from typing import Annotated, Any, Literal, NotRequired, Required, Union, get_args, get_origin

from pydantic import TypeAdapter
from pydantic_core import to_json
from typing_extensions import ReadOnly, get_type_hints, is_typeddict

from projections.answers.values import Instant

Kind = Literal["integer", "number", "boolean", "string", "datetime", "date"]
"""What the cells of a column are, in the words of a table schema (Frictionless)."""
Cell = str | int | float | bool | None
JOINT = "; "


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, the way to its value in an item, and what its cells are."""

    name: str
    path: tuple[str, ...]
    kind: Kind


_FIRST = {name: place for place, name in enumerate(("indicator", "title", "id", "claim", "period"))}
"""Columns that say what a row is about, which come before all others."""


@lru_cache
def columns_of(kind: Any) -> tuple[Column, ...]:
    """The columns of a type of item, in the order of its members."""
    columns = tuple(_columns(kind, ()))
    return tuple(sorted(columns, key=lambda column: _FIRST.get(column.name, len(_FIRST))))


def _columns(kind: Any, outer: tuple[str, ...]) -> Iterator[Column]:
    for name, given in get_type_hints(kind, include_extras=True).items():
        inner, path = _object(given), (*outer, name)
        if inner is None:
            yield Column("_".join(path), path, _kind(given))
        else:
            yield from _columns(inner, path)


_KEYS = (NotRequired, Required, ReadOnly)
"""What says whether a member must be there, and nothing of its values."""


def _kind(given: Any) -> Kind:
    """What the cells of a member are: texts, unless all its values are something else."""
    while get_origin(given) in _KEYS:
        given = get_args(given)[0]
    schema = TypeAdapter(given).json_schema()
    found = [each for each in schema.get("anyOf", [schema]) if each.get("type") != "null"]
    types = {each.get("type") for each in found}
    if types == {"string"} and found[0].get("format") in ("date", "date-time"):
        return "date" if found[0]["format"] == "date" else "datetime"
    if types == {"integer", "number"} or types == {"number"}:
        return "number"
    return "integer" if types == {"integer"} else "boolean" if types == {"boolean"} else "string"


def _object(given: Any) -> Any:
    """The type of a member that is an object or null; None for any other member."""
    if is_typeddict(given):
        return given
    if get_origin(given) in (*_KEYS, Annotated):
        return _object(get_args(given)[0])
    if get_origin(given) in (Union, UnionType):
        found = [_object(each) for each in get_args(given) if each is not type(None)]
        return found[0] if len(found) == 1 else None
    return None


_TIMES: tuple[tuple[str, Any], ...] = (
    ("position", int),
    *((name, Instant) for name in ("known_at", "published_by", "valid_at")),
)
AS_OF = tuple(Column(f"as_of_{name}", (name,), _kind(given)) for name, given in _TIMES)
"""The columns that every table ends with: the times that it is for."""


def cells_of(columns: Iterable[Column], item: Mapping[str, Any]) -> list[Cell]:
    """The cells of an item; a member that is not there is an empty cell."""
    return [_cell(_member(item, column.path)) for column in columns]


def _member(item: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        if item is None:
            return None
        item = item.get(name)
    return item


def _cell(value: Any) -> Cell:
    if not isinstance(value, list):
        return to_json(value).decode() if isinstance(value, dict) else value
    if all(isinstance(each, dict) and "code" in each for each in value):
        value = [each["code"] for each in value]
    if any(isinstance(each, dict | list) for each in value):
        return to_json(value).decode()
    return JOINT.join(str(each) for each in value)
