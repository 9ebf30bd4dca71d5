"""The keys with which a log says that it signs: as it stores and publishes them, believed once."""

import json
from collections.abc import Iterable
from typing import Any

from service.proof.keys import PublicKey
from service.verify.server import Server
from service.verify.trust import stated_keys

KEYS = "/v1/log/verifiers"
"""Where a server names the keys with which its log signs."""


def stated_in(values: Iterable[Any]) -> list[PublicKey]:
    """Return the keys in the lists that a log stores; what is no such list is left out."""
    found: dict[str, None] = {}
    for value in values:
        try:
            members = json.loads(value)
        except (ValueError, TypeError):
            continue
        found |= dict.fromkeys(_written(members))
    return stated_keys(found)


def keys_at(server: Server) -> list[PublicKey]:
    """Return the keys that a server names; raises CannotRead."""
    return stated_in([server.get(KEYS, None, "application/json")])


def _written(value: Any) -> list[str]:
    match value:
        case str():
            return [value]
        case list():
            return [each for item in value for each in _written(item)]
        case dict():
            return [each for item in value.values() for each in _written(item)]
        case _:
            return []
