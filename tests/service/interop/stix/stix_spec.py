"""What the tests of STIX share: requests, the two oracles, and bundles as other tools write them."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx2
import stix2
import stix2validator

from domain.commands import COMMAND_TYPES, Command
from tests.http_spec import Api, Ask, Body, indicator

STIX = "application/stix+json;version=2.1"
TAXII = "application/taxii+json;version=2.1"
HERE = Path(__file__).parent
BUNDLES = {path.stem: path for path in sorted(HERE.glob("*.json"))}
"""Bundles as OpenCTI exports them, about a valley that there is not."""
HALDEN = (
    indicator("halden-killed", measure="cumulative", unit="persons"),
    indicator("halden-vehicles", unit="vehicles"),
)
"""The indicators that their labels name."""
LEAST = "uuid-check,extref-hashes"
"""Two recommendations that are not followed: ids are made from names (UUIDv5), to be the same in every
export; and of an address whose page nobody stored there is no hash."""


def findings(text: str) -> list[str]:
    """What stix2-validator finds in a bundle, with every other check and as strict as it can be."""
    options = stix2validator.ValidationOptions(
        version="2.1",
        strict=True,
        strict_types=True,
        strict_properties=True,
        enforce_refs=True,
        disabled=LEAST,
    )
    found = stix2validator.validate_string(text, options)
    return [str(each) for each in (*(found.errors or ()), *(found.warnings or ()))]


def parsed(text: str) -> Any:
    """A bundle as stix2 parses it, which refuses what it does not know."""
    return stix2.parse(text, allow_custom=False)


def bundle(api: Api, **query: Any) -> Body:
    """A bundle of a log, the views being up with it."""
    answer = export(api, **query)
    assert answer.status_code == 200, answer.text
    body: Body = answer.json()
    return body


def export(api: Api, **query: Any) -> httpx2.Response:
    """The answer to a question for a bundle."""
    return api.client.get("/v1/stix", params={"min_position": api.head(), **query})


def objects(api: Api, **query: Any) -> dict[str, Body]:
    """The objects of a bundle of a log by id."""
    return {each["id"]: each for each in bundle(api, **query)["objects"]}


def ours(thing: Body) -> Body:
    """What an object says in our extension."""
    found: Body = thing["extensions"]["extension-definition--43852618-4be8-4b18-ac0f-cd355eabe62d"]
    return found


def of_kind(api: Api, kind: str, **query: Any) -> list[Body]:
    """The objects of a bundle of a kind of ours."""
    return [
        thing
        for thing in objects(api, **query).values()
        if "spec_version" in thing and kind == ours_or_nothing(thing).get("kind")
    ]


def ours_or_nothing(thing: Body) -> Body:
    """What an object says in our extension, if it uses it."""
    try:
        return ours(thing)
    except KeyError:
        return {}


def take(api: Api, content: Any, **query: str) -> list[Body]:
    """Import a bundle; what was answered, line by line."""
    answer = given(api, content, **query)
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


def given(api: Api, content: Any, **query: str) -> httpx2.Response:
    """The answer to the import of a bundle."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return api.client.post("/v1/import", content=body, params=query, headers={"Content-Type": STIX})


def lines_of(commands: Iterable[Command]) -> bytes:
    """Commands as the lines of an import."""
    lines = (
        json.dumps({each.NAME: each.model_dump(mode="json", exclude_none=True)}, default=str)
        for each in commands
        if isinstance(each, COMMAND_TYPES)
    )
    return "\n".join(lines).encode()


def wrapped(*things: Any) -> Body:
    """A bundle of these objects."""
    id = "bundle--11111111-1111-4111-8111-111111111111"
    return {"type": "bundle", "id": id, "objects": list(things)}


def taxii(path: str, **headers: str) -> Ask:
    """A request to the TAXII server."""
    return Ask("GET", f"/taxii2/{path}", None, {"Accept": TAXII, **headers})
