"""The arguments of tools: described by the table of parameters, and refused by its rules."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from domain.near import did_you_mean, nearest
from service.api.openapi import PATH_PARAMETERS
from service.http.parameters import PARAMETERS, bad_parameter
from service.http.problems import Problem
from service.query.proposal_questions import Propose

Schema = dict[str, Any]
Given = dict[str, str]
"""The arguments of a call by name, each as the text of a parameter."""
DEFAULT_LIMIT = 20
MOST_SUPPORTED = 100
"""Maximum number of items of a list whose support is asked for item by item."""
KINDS = ("indicators", "sources", "reports")
_OWN: Mapping[str, tuple[str, Schema]] = {
    "what": (
        "Only these; without it all three. `cursor` goes on with one of them.",
        {"type": "string", "enum": [*KINDS]},
    ),
}
"""Arguments that no address has."""


@dataclass(frozen=True, slots=True)
class Arguments:
    """What a tool takes: names in an address, parameters, fields of a text, and which of them it needs.

    A `limit` is at most `most`.
    """

    names: tuple[str, ...]
    needed: tuple[str, ...] = ()
    most: int = 1_000

    def schema(self) -> Schema:
        """The JSON schema of the arguments."""
        return {
            "type": "object",
            "properties": {name: self._described(name) for name in self.names},
            "required": [*self.needed],
            "additionalProperties": False,
        }

    def read(self, given: Mapping[str, Any]) -> Given:
        """The arguments of a call as texts; raises `Problem`."""
        for name in given:
            if name not in self.names:
                raise Problem("unknown-parameter", _unknown(name, self.names), parameter=name[:60])
        found = {name: _text(name, value) for name, value in given.items() if value is not None}
        for name in self.needed:
            if not found.get(name):
                raise bad_parameter(name, f"is missing: {self._described(name)['description']}")
        self._check_limit(found)
        return found

    def _check_limit(self, given: Given) -> None:
        for name in ("limit", "page"):
            if name in given:
                try:
                    read = PARAMETERS[name].parse(given[name])
                except ValueError as error:
                    raise bad_parameter(name, str(error)) from None
                if name == "limit" and read > self.most:
                    raise bad_parameter(name, f"must be a whole number from 1 to {self.most}")

    def _described(self, name: str) -> Schema:
        if name == "limit":
            described = f"Maximum number of items: 1 to {self.most}, by default {DEFAULT_LIMIT}."
            return {**PARAMETERS[name].schema, "maximum": self.most, "description": described}
        if name in _FIELDS:
            return {"description": _FIELDS[name][0], **_FIELDS[name][1]}
        if name in self.needed and name in PATH_PARAMETERS:
            description, schema = PATH_PARAMETERS[name]
            return {**schema, "description": f"{description} find gives the ids."}
        if name in _OWN:
            return {**_OWN[name][1], "description": _OWN[name][0]}
        return {**PARAMETERS[name].schema, "description": PARAMETERS[name].description}


def _fields() -> Mapping[str, tuple[str, Schema]]:
    """The fields of a text that is read, with their schemas."""
    words = {
        "text": "The text to read.",
        "url": "The address at which it was read.",
        "title": "Its title.",
        "publisher": "The id of its publisher.",
        "published_at": "When it was published: a date or an instant.",
    }
    properties = Propose.model_json_schema()["properties"]
    return {name: (words[name], {**properties[name]}) for name in properties}


_FIELDS = _fields()
FIELDS = tuple(_FIELDS)


def _unknown(name: str, names: Iterable[str]) -> str:
    known = [*names]
    hint = did_you_mean(nearest(name, known), f"; it takes {', '.join(known)}")
    return f"'{name[:60]}' is no argument of this tool{hint}"


def _text(name: str, value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str() | int() | float():
            return str(value)
        case _:
            raise bad_parameter(name, "must be a text, a number, true or false")


def part(given: Given) -> slice:
    """Which part of a list a call asks for, by `limit` and `page`."""
    limit = int(given.get("limit", DEFAULT_LIMIT))
    start = (int(given.get("page", 1)) - 1) * limit
    return slice(start, start + limit)


def without(given: Mapping[str, str], *names: str) -> Given:
    """The arguments but for some."""
    return {name: text for name, text in given.items() if name not in names}
