"""The fields of commands as a mapping gives them: for each text, number and word a template.

The models are made from those of the commands, so that a mapping has the fields that commands have.
"""

from enum import Enum
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, PlainValidator, WithJsonSchema, create_model
from pydantic_core import PydanticCustomError

from domain.vocabulary import Model
from service.interop.tables.templates import BadTemplate, Template, constant, template_of


def _leaf(value: Any) -> Template:
    if isinstance(value, bool | int | float):
        return constant(value)
    if not isinstance(value, str):
        raise PydanticCustomError("leaf", "must be a text, a number, true or false")
    try:
        return template_of(value)
    except BadTemplate as bad:
        raise PydanticCustomError("template", "{why}", {"why": str(bad)}) from None


Leaf = Annotated[Template, PlainValidator(_leaf), WithJsonSchema({"type": "string"})]
"""A template, or a constant."""


class Kind(Enum):
    """What a leaf becomes once it is filled."""

    TEXT = "text"
    NUMBER = "number"
    TRUTH = "truth"


@cache
def templates_of(model: type[BaseModel], *without: str) -> type[Model]:
    """A model with the fields of another, each a template or a table of them, none required."""
    fields: dict[str, Any] = {
        name: (_templated(each.annotation) | None, None)
        for name, each in model.model_fields.items()
        if name not in without
    }
    return create_model(f"{model.__name__}Mapping", __base__=Model, **fields)


def _templated(annotation: Any) -> Any:
    inner, many = _inner(annotation)
    if inner is not None:
        return tuple[templates_of(inner), ...] if many else templates_of(inner)  # type: ignore[misc]
    return tuple[Leaf, ...] if many else Leaf


def _inner(annotation: Any) -> tuple[type[BaseModel] | None, bool]:
    """The model that an annotation is about, if it is one, and whether it is about many."""
    for each in _alternatives(annotation):
        if get_origin(each) is tuple:
            return _inner(get_args(each)[0])[0], True
        if isinstance(each, type) and issubclass(each, BaseModel):
            return each, False
    return None, False


def _alternatives(annotation: Any) -> list[Any]:
    """The types of a union, without what is only annotated to them."""
    if get_origin(annotation) is Annotated:
        return _alternatives(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return [each for one in get_args(annotation) for each in _alternatives(one)]
    return [annotation]


@cache
def kind_of(model: type[BaseModel], name: str) -> Kind:
    """What the leaf of a field becomes."""
    kinds = _alternatives(model.model_fields[name].annotation)
    if bool in kinds:
        return Kind.TRUTH
    return Kind.NUMBER if int in kinds or float in kinds else Kind.TEXT


@cache
def model_in(model: type[BaseModel], name: str) -> type[BaseModel] | None:
    """The model of a field that is a table, or a list of tables."""
    return _inner(model.model_fields[name].annotation)[0]
