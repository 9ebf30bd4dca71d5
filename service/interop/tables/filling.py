"""Filling the templates of a mapping from one row: the fields of a command, as JSON has them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from service.interop.tables.cells import Cell, Row, Unfit, number_of
from service.interop.tables.columns import Columns
from service.interop.tables.fields import Kind, kind_of, model_in
from service.interop.tables.mapping import COLUMN, VALUE
from service.interop.tables.templates import Template

Fields = dict[str, Any]


@dataclass(slots=True)
class View:
    """What templates see of a row; of a claim with `each`, also one of its columns."""

    columns: Columns
    row: Row
    digest: str = ""
    each: str | None = None

    def look(self, name: str) -> Cell | None:
        """What is in a column, None where it is missing; raises `Unfit`."""
        if not name.startswith("@"):
            return self.columns.value(self.row, name)
        if name == COLUMN:
            return self.each
        if name == VALUE and self.each is not None:
            return self.columns.value(self.row, self.each)
        return self.digest

    def number(self, name: str) -> int | float | None:
        """The number in a column, None where it is missing; raises `Unfit`."""
        column = self.each if name == VALUE else name
        assert column is not None
        return self.columns.number(self.row, column)


Fill = Callable[[View], Any]
"""Returns what a template of a rule amounts to for a row, None where it is missing; raises `Unfit`."""


def filler(
    rule: BaseModel, model: type[BaseModel], without: Sequence[str] = ()
) -> Callable[[View], Fields]:
    """A function that returns the fields of a model whose templates can be filled; raises `Unfit`."""
    fills = [
        (name, _fill(given, model, name))
        for name in model.model_fields
        if name not in without and (given := getattr(rule, name, None)) is not None
    ]

    def filled(view: View) -> Fields:
        return {name: value for name, fill in fills if (value := fill(view)) is not None}

    return filled


def _fill(given: Any, model: type[BaseModel], name: str) -> Fill:
    inner = model_in(model, name)
    if isinstance(given, Template):
        return _leaf(given, kind_of(model, name))
    if isinstance(given, BaseModel):
        assert inner is not None
        fields = filler(given, inner)
        return lambda view: fields(view) or None
    items = [_leaf(each, Kind.TEXT) if inner is None else filler(each, inner) for each in given]
    return lambda view: [value for fill in items if (value := fill(view)) is not None]


def _leaf(template: Template, kind: Kind) -> Fill:
    if kind is Kind.NUMBER and (column := template.only) is not None:
        return lambda view: view.number(column)
    if kind is Kind.TEXT:
        return _text(template)

    def fill(view: View) -> Any:
        text = template.text(view.look)
        if text is None:
            return None
        try:
            return number_of(text, ".", "", 1) if kind is Kind.NUMBER else _truth(text)
        except Unfit as unfit:
            column = next(iter(template.columns), None)
            raise Unfit(unfit.code, unfit.message, column, text) from None

    return fill


def _text(template: Template) -> Fill:
    if not template.columns:
        fixed = "".join(map(str, template.parts))
        return lambda view: fixed
    return lambda view: template.text(view.look)


def _truth(text: str) -> bool:
    if text not in ("true", "false"):
        raise Unfit("invalid", "must be true or false; map its values to those")
    return text == "true"


def required(rule: BaseModel, fields: Fields, names: Sequence[str], view: View) -> None:
    """Refuse fields of which one of these could not be filled; raises `Unfit`."""
    for name in names:
        if name not in fields:
            columns = columns_at(rule, [name], view.each)
            empty = next((each for each in columns if view.look(each) is None), None)
            raise Unfit("missing", f"is missing, which {name} is made of", empty, "")


def columns_at(rule: BaseModel, path: Sequence[str], each: str | None) -> Iterator[str]:
    """The columns that the template at a path in a rule is filled from, or those of what is in it."""
    value: Any = rule
    for step in path:
        if isinstance(value, BaseModel):
            value = getattr(value, step, None)
        elif isinstance(value, tuple) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
    yield from (each if name == VALUE and each else name for name in _columns_in(value))


def _columns_in(value: Any) -> Iterator[str]:
    if isinstance(value, Template):
        yield from value.columns
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _columns_in(getattr(value, name))
    elif isinstance(value, tuple):
        for each in value:
            yield from _columns_in(each)
