"""Permalinks: a read of the interface as the address of a resource, fixed at a position.

`intellog://estimates/troops?known_at=57` is `/v1/estimates/troops?known_at=57`. The scheme is our own,
because a client reads a resource through the protocol; one that begins with `https:` it may fetch by
itself, without its token.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

from service.api import inspect, read
from service.http.problems import Problem
from service.http.reads import Read
from service.model_context.asking import addressed
from service.query.standpoint import AsOfAnswer

SCHEME = "intellog://"
_API = "/v1/"
_BARE = (
    "/revisions",
    "/slippage",
    "/impact",
    "/compare",
    "/compare/{indicator}",
    "/vintages/known",
    "/v1/changes",
    "/citations",
    "/citations/{id}",
)
"""How the addresses end whose figures come without support and marking: they are no resources."""
_READS: tuple[Read, ...] = tuple(
    each for each in (*read.READS, *inspect.READS) if not each.path.endswith(_BARE)
)
_PASSING = ("known_at", "min_position", "cursor", "limit", "page", "what")
"""Arguments that are not part of what is asked, and `known_at`, which becomes a position."""


@dataclass(frozen=True, slots=True)
class Template:
    """The addresses of a kind of resource, as RFC 6570 writes them."""

    address: str
    name: str
    description: str


def permalink(path: str, given: Mapping[str, str], as_of: AsOfAnswer) -> str:
    """The address of an answer as of the position that it was computed at."""
    names = {name: text for name, text in given.items() if f"{{{name}}}" in path}
    asked = {name: text for name, text in given.items() if name not in (*names, *_PASSING)}
    return resource(path, names, {"known_at": str(as_of["position"]), **asked})


def resource(path: str, names: Mapping[str, str], query: Mapping[str, str]) -> str:
    """The resource that an address of the interface is."""
    return SCHEME + addressed(path, names, query).removeprefix(_API)


def templates() -> Iterator[Template]:
    """The addresses of all resources: what is read, if its figures have support and marking."""
    for each in _READS:
        path = SCHEME + each.path.removeprefix(_API)
        query = ",".join(name for name in each.query if name != "min_position")
        what = (each.look.__doc__ or "").partition("\n")[0]
        yield Template(f"{path}{{?{query}}}", each.look.__name__.strip("_"), what)


_RESOURCES = {
    each.path: re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(each.path)))
    for each in _READS
}


@dataclass(frozen=True, slots=True)
class Place:
    """What a resource is: an address of the interface, of which path, and all that is given."""

    address: str
    path: str
    given: Mapping[str, str]


def place_of(uri: str) -> Place:
    """What a resource is; raises `Problem`."""
    path, mark, query = (_API + uri.removeprefix(SCHEME)).partition("?")
    for each, pattern in _RESOURCES.items() if uri.startswith(SCHEME) else ():
        if found := pattern.fullmatch(path):
            names = {name: unquote(value) for name, value in found.groupdict().items()}
            return Place(f"{path}{mark}{query}", each, {**dict(parse_qsl(query)), **names})
    raise Problem(
        "not-found",
        f"there is no resource '{uri[:140]}'; the templates say which there are, such as "
        f"{SCHEME}estimates/{{indicator}}",
    )
