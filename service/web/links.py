"""Addresses of pages with a query."""

from collections.abc import Iterable, Mapping
from urllib.parse import quote, urlencode

Query = Mapping[str, object] | Iterable[tuple[str, object]]


def address(path: str, query: Query) -> str:
    """Return a path with its query; parameters without a value are left out."""
    pairs = query.items() if isinstance(query, Mapping) else query
    given = [(name, value) for name, value in pairs if value not in (None, "")]
    return f"{path}?{urlencode(given)}" if given else path


def page_address(path: str, kept: Iterable[tuple[str, str]], **query: str) -> str:
    """Return the address of a page for use in templates: its own query, then the times to keep."""
    return address(path, [*query.items(), *kept])


def page_of(what: str, name: str) -> str:
    """Return the address of the page of something recorded, of a problem, or of a page itself."""
    match what:
        case "indicator":
            return f"/estimates/{quote(name, safe='')}"
        case "claim":
            report, _, n = name.rpartition("/")
            return f"/reports/{quote(report, safe='')}#{n}"
        case "citation":
            return "/citations"
        case "address":
            return quote(name)
        case _:
            return f"/{what}s/{quote(name, safe='')}"
