"""Validating JSON from outside: it costs by its size, however much of it is wrong.

The validator collects every fault, at some 50 microseconds and a kilobyte each. So what may hold more
than `PART` values is first looked at in parts of so many, until a hundred faults are found. Of anything
longer than `SHORT` the faults are found in that way as well, once it is known to have any.
"""

from collections.abc import Collection, Iterator
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, from_json, to_json

from domain.commands import MOST_CLAIMS
from domain.errors import refuse
from service.http.faults import (
    MOST_FAULTS,
    pointer_to,
    refusal,
    refused_whole,
    without_consequences,
)

Given = TypeVar("Given", bound=BaseModel)
Members = dict[str, Any]
Place = tuple[str, ...]

SHORT = 4_096
"""Bytes that are validated at once: they hold too little to have many faults."""
PART = 5_000
"""Maximum number of JSON values that are validated at once, unless one item of a list has more."""
MOST_ITEMS = MOST_CLAIMS
"""Maximum length of any list; no field takes more."""
MOST_MEMBERS = 100
"""Maximum number of fields of any object; none has so many."""
_CONTAINERS = {dict, list}


def validated(kind: type[Given], text: bytes, path: Collection[str] = (), whole: str = "body") -> Given:
    """What JSON says, as a value of its type; raises `Refused` with the first hundred faults.

    The address gives the fields of `path`; messages call the JSON `whole`.
    """
    looked_at = most_values(text) > PART
    if looked_at:
        _refuse_first_faults(kind, text, path, whole)
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        if len(text) > SHORT and not looked_at:
            _refuse_first_faults(kind, text, path, whole)
        raise refusal(_details(error), kind, path, whole) from None


def most_values(text: bytes) -> int:
    """How many values a JSON text holds at most: each but the first follows a comma or a bracket."""
    return 1 + text.count(b",") + text.count(b"[") + text.count(b"{")


def _refuse_first_faults(kind: type[BaseModel], text: bytes, path: Collection[str], whole: str) -> None:
    """Refuse a text for the first hundred faults that are found part by part, if there are any."""
    details, others = _first_faults(kind, text, whole)
    if details:
        raise refusal(details, kind, path, whole, others)


def _details(error: ValidationError) -> list[ErrorDetails]:
    return error.errors(include_url=False, include_context=True)


def encoded(members: Members) -> bytes:
    """Members as JSON that is read back as the same, infinite numbers included."""
    return to_json(members, inf_nan_mode="constants")


def _first_faults(kind: type[BaseModel], text: bytes, whole: str) -> tuple[list[ErrorDetails], str]:
    """The first hundred faults, and in words how many others there are beyond the very first."""
    try:
        members = from_json(text)
    except ValueError as error:
        raise refused_whole(f"is not JSON: {error}", whole) from None
    if not isinstance(members, dict):
        return [], ""
    _values(members)
    found = list[ErrorDetails]()
    parts = _parts(members)
    for place, start, part in parts:
        found += without_consequences(_faults_of_part(kind, part, place, start))
        if len(found) >= MOST_FAULTS:
            break
    least = "at least " if next(parts, None) is not None else ""
    others = f" (and {least}{len(found) - 1} more)" if len(found) > MOST_FAULTS else ""
    return found[:MOST_FAULTS], others


def _faults_of_part(
    kind: type[BaseModel], part: Members, place: Place, start: int
) -> list[ErrorDetails]:
    """The faults of a part, at their places in the whole; of a later part those of its items alone."""
    try:
        kind.model_validate_json(encoded(part))
    except ValidationError as error:
        if not start:
            return _details(error)
        size = len(place)
        return [
            {**each, "loc": (*place, int(each["loc"][size]) + start, *each["loc"][size + 1 :])}
            for each in _details(error)
            if each["loc"][:size] == place and len(each["loc"]) > size
        ]
    return []


def _parts(members: Members) -> Iterator[tuple[Place, int, Members]]:
    """Copies of an object in which each list is cut to one part; all first parts are in the first.

    Each comes with the place of the list whose part it holds, and where in the list that starts.
    """
    cut = {place: list(_slices(items)) for place, items in _lists(members)}
    first = members
    for place, slices in cut.items():
        first = _with(first, place, slices[0][1])
    yield (), 0, first
    for place, slices in cut.items():
        for start, items in slices[1:]:
            yield place, start, _with(first, place, items)


def _lists(members: Members, place: Place = ()) -> Iterator[tuple[Place, list[Any]]]:
    """The lists of an object, and of an object in it: an import line holds a command."""
    for name, value in members.items():
        if isinstance(value, list) and value:
            yield (*place, name), value
        elif isinstance(value, dict) and not place:
            yield from _lists(value, (name,))


def _slices(items: list[Any]) -> Iterator[tuple[int, list[Any]]]:
    """A list in slices of few values, each with the place where it starts."""
    start = size = 0
    for end, item in enumerate(items):
        values = _values(item)
        if size and size + values > PART:
            yield start, items[start:end]
            start, size = end, 0
        size += values
    yield start, items[start:]


def _with(members: Members, place: Place, items: list[Any]) -> Members:
    """A copy of an object with another list at a place."""
    name, *rest = place
    return {**members, name: _with(members[name], tuple(rest), items) if rest else items}


def _values(value: Any, place: tuple[Any, ...] = ()) -> int:
    """How many values a JSON value holds, itself included; raises `Refused` where one is too long."""
    if isinstance(value, dict):
        if len(value) > MOST_MEMBERS:
            raise refuse(
                "invalid", pointer_to(place), f"has {len(value):,} fields, more than any takes"
            )
        inner = [(name, each) for name, each in value.items() if type(each) in _CONTAINERS]
    elif isinstance(value, list):
        if len(value) > MOST_ITEMS:
            message = f"has {len(value):,} items; a list may have {MOST_ITEMS:,}"
            raise refuse("invalid", pointer_to(place), message)
        inner = [(n, each) for n, each in enumerate(value) if type(each) in _CONTAINERS]
    else:
        return 1
    return 1 + len(value) + sum(_values(each, (*place, step)) - 1 for step, each in inner)
