"""Addresses that a caller may have meant by one that is none."""

from collections.abc import Iterable, Iterator

from starlette.routing import BaseRoute, Route

from domain.near import nearest

LONGEST = 200
"""Addresses that are longer are compared with none."""


def near_addresses(method: str, path: str, routes: Iterable[BaseRoute]) -> list[str]:
    """At most one address of the service that looks much like a path, with the names in the path."""
    if len(path) > LONGEST:
        return []
    steps = path.split("/")
    known = [each for each in routes if isinstance(each, Route) and method in (each.methods or ())]
    found = {meant for each in known for meant in _meant(each.path, steps)}
    return nearest(path, sorted(found))[:1]


def _meant(template: str, steps: list[str]) -> Iterator[str]:
    """A path of as many steps whose words look like those given, with the names given in its places."""
    places = template.split("/")
    if len(places) != len(steps) or template == "/":
        return
    both = list(zip(places, steps, strict=True))
    words = "/".join(place for place in places if not _is_name(place))
    if nearest("/".join(step for place, step in both if not _is_name(place)), [words]):
        yield "/".join(step if _is_name(place) else place for place, step in both)


def _is_name(place: str) -> bool:
    return place.startswith("{")
