"""A bundle as it came: its objects, each once, and what is wrong with the others."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import from_json, to_json

from service.http.bodies import refuse_repeated
from service.http.faults import refused_whole

Thing = dict[str, Any]
"""A STIX object as JSON has it, nothing of it checked but its type and its id."""
_ID = re.compile(r"([a-z0-9][a-z0-9-]{1,62}[a-z0-9])--[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_SHOWN = 120


@dataclass(slots=True)
class Bundle:
    """The objects of a bundle by id, and the places of those that do not count, with the reason."""

    things: dict[str, Thing] = field(default_factory=dict)
    broken: list[tuple[str, str]] = field(default_factory=list)

    def of(self, *types: str) -> Iterator[Thing]:
        """The objects of some types, in order."""
        return (thing for thing in self.things.values() if thing["type"] in types)


def bundle_of(body: bytes) -> Bundle:
    """Read a bundle; raises `Refused` where it is none."""
    try:
        whole = from_json(body)
    except ValueError as error:
        raise refused_whole(f"is not JSON: {error}") from None
    if not isinstance(whole, dict) or whole.get("type") != "bundle":
        raise refused_whole('is no STIX bundle: it must be an object with "type": "bundle"')
    objects = whole.get("objects", [])
    if not isinstance(objects, list):
        raise refused_whole("is no STIX bundle: its objects must be a list")
    refuse_repeated(body, again=to_json(whole))
    bundle = Bundle()
    for n, thing in enumerate(objects):
        _add(bundle, f"/objects/{n}", thing)
    return bundle


def _add(bundle: Bundle, place: str, thing: object) -> None:
    why = _fault(thing)
    if why is not None:
        bundle.broken.append((place, why))
        return
    assert isinstance(thing, dict)
    known = bundle.things.get(thing["id"])
    if known is None:
        bundle.things[thing["id"]] = thing
    elif known == thing:
        bundle.broken.append((place, f"{thing['id']} is given twice, the same; one of them counts"))
    elif _modified(known) == _modified(thing):
        bundle.broken.append(
            (place, f"{thing['id']} is given twice as one version, and differs; the first one counts")
        )
    else:
        bundle.things[thing["id"]] = max(known, thing, key=_modified)
        bundle.broken.append((place, f"{thing['id']} is given in two versions; the last one counts"))


def _fault(thing: object) -> str | None:
    if not isinstance(thing, dict):
        return "is no object"
    for name in ("type", "id"):
        if not isinstance(thing.get(name), str):
            return f"has no {name}, or one that is no text"
    kind = _ID.fullmatch(thing["id"])
    if kind is None or kind[1] != thing["type"]:
        return f"'{thing['id'][:_SHOWN]}' is no id of a {thing['type'][:_SHOWN]}"
    return None


def _modified(thing: Thing) -> str:
    return text(thing, "modified") or text(thing, "created") or ""


def text(thing: Thing, name: str) -> str | None:
    """A property that is a text; None where it is missing, empty or something else."""
    value = thing.get(name)
    return value.strip() or None if isinstance(value, str) else None


def texts(thing: Thing, name: str) -> list[str]:
    """A property that is a list, as far as it holds texts."""
    value = thing.get(name)
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def objects(thing: Thing, name: str) -> list[Thing]:
    """A property that is a list, as far as it holds objects."""
    value = thing.get(name)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
