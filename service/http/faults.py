"""What is wrong with a body: validation errors as faults, each with its JSON pointer."""

from collections.abc import Collection, Iterable, Sequence
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from domain.errors import Fault, Refused
from domain.near import did_you_mean, nearest

MOST_FAULTS = 100
"""Maximum number of faults in one refusal."""

_WORDS = {
    "missing": "is missing",
    "extra_forbidden": "is not a field here",
    "string_type": "must be text, in quotes",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "dict_type": "must be an object",
    "tuple_type": "must be a list",
    "json_invalid": "is not JSON",
    "too_short": "must not be empty",
}


def refused_whole(message: str, whole: str = "body") -> Refused:
    """The refusal of a body, or of an import line, as a whole."""
    return Refused("invalid", f"the {whole} {message}", (Fault("", message),))


def refusal(
    details: Sequence[ErrorDetails],
    kind: type[BaseModel],
    path: Collection[str] = (),
    whole: str = "body",
    others: str = "",
) -> Refused:
    """The refusal that validation errors amount to; the address gives the fields of `path`.

    `others` says how many there are beyond the first one, if not all are given.
    """
    details = without_consequences(details)
    in_address = [each for each in details if each["loc"] and each["loc"][0] in path]
    if in_address:
        return Refused("invalid", f"the address: {_fault(in_address[0], kind).message}")
    faults = [_fault(each, kind) for each in details[:MOST_FAULTS]]
    others = others or (f" (and {len(details) - 1} more)" if len(details) > 1 else "")
    where = f"{faults[0].pointer}:" if faults[0].pointer else f"the {whole}"
    return Refused("invalid", f"{where} {faults[0].message}{others}", faults)


def without_consequences(details: Sequence[ErrorDetails]) -> list[ErrorDetails]:
    """All but lists that count as too short only because their items have faults."""
    return [
        each
        for each in details
        if each["type"] != "too_short"
        or not any(_within(other["loc"], each["loc"]) for other in details)
    ]


def _within(inner: Sequence[int | str], outer: Sequence[int | str]) -> bool:
    return len(inner) > len(outer) and inner[: len(outer)] == outer


def _fault(detail: ErrorDetails, kind: type[BaseModel]) -> Fault:
    pointer = pointer_to(detail["loc"])
    message = _WORDS.get(detail["type"]) or _first_lower(detail["msg"])
    if detail["type"] == "extra_forbidden":
        near = nearest(str(detail["loc"][-1]), _fields_at(kind, detail["loc"][:-1]))
        message += did_you_mean(near[:1])
    if detail["type"] == "literal_error":
        message += did_you_mean(_near_words(detail["input"], kind, detail["loc"]))
    if detail["type"] == "json_invalid":
        message += f": {detail.get('ctx', {}).get('error', '')}"
    if detail["type"] == "string_pattern_mismatch":
        message = f"{quoted(detail['input'])} must match {detail.get('ctx', {}).get('pattern')}"
    return Fault(pointer, message)


def _near_words(given: object, kind: type[BaseModel], location: Sequence[int | str]) -> list[str]:
    """Which of the words that are allowed at a place may have been meant."""
    schema = _schema(kind)
    here: Any = schema
    for step in location:
        here = _within_schema(_resolved(schema, here), step)
    return nearest(str(given), _resolved(schema, here).get("enum", ()))[:1]


def pointer_to(location: Sequence[int | str]) -> str:
    """A JSON pointer (RFC 6901)."""
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in location)
    return "".join(f"/{step}" for step in steps)


def _fields_at(kind: type[BaseModel], location: Sequence[int | str]) -> Iterable[str]:
    """The names of the fields of the object at a place in a body."""
    schema = _schema(kind)
    here: Any = schema
    for step in location:
        here = _resolved(schema, here)
        here = _within_schema(here, step)
    return list(_resolved(schema, here).get("properties", {}))


def _within_schema(here: dict[str, Any], step: int | str) -> Any:
    """The schema of an item of a list, or of a field of an object, which may have any names."""
    if isinstance(step, int):
        return here.get("items", {})
    return here.get("properties", {}).get(step) or here.get("additionalProperties") or {}


@cache
def _schema(kind: type[BaseModel]) -> dict[str, Any]:
    return kind.model_json_schema()


def _resolved(schema: dict[str, Any], here: dict[str, Any]) -> dict[str, Any]:
    while True:
        if "$ref" in here:
            here = schema["$defs"][here["$ref"].rpartition("/")[2]]
        elif "anyOf" in here:
            here = here["anyOf"][0]
        else:
            return here


def _first_lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def quoted(value: object) -> str:
    """A value in quotes, cut to 60 characters."""
    text = str(value)
    return repr(text if len(text) <= 60 else text[:57] + "...")
