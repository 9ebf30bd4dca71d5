"""Feeds: a question that is saved as an address, and read again and again.

They tell of changed estimates, and of cited figures that moved.
"""

from urllib.parse import urlencode

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from projections.tables.registry import indicator_at
from service.http.changed_page import ChangedPage, changed_page
from service.http.feed_token import with_feed_token
from service.http.paging import DEFAULT_LIMIT, following
from service.http.parameters import BOARD_FILTERS, PAGE, Asked
from service.http.permalinks import figure_then
from service.http.reads import Read, Reading, read_operations
from service.http.routing import ATOM, JSON_FEED, Operation, Shape
from service.http.times import FROM, PINNED
from service.interop.atom import atom
from service.interop.feed import Entry, Feed, change_entry, moved_entry, permanent_id
from service.interop.json_feed import JsonFeed, json_feed
from service.query.changed import ChangedItem
from service.query.citations import CitationItem, citations
from service.query.standpoint import Standpoint
from service.service import Service

_FILTERS = (*BOARD_FILTERS, "since", "until")


def _atom_feed(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """Changed estimates as an Atom feed, latest first."""
    return Response(atom(_feed(service, request, asked, here)), media_type=ATOM)


def _json_feed(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """Changed estimates as a JSON Feed, latest first."""
    return Response(to_json(json_feed(_feed(service, request, asked, here))), media_type=JSON_FEED)


def _feed(service: Service, request: Request, asked: Asked, here: Standpoint) -> Feed:
    found = changed_page(here, asked, asked.get("limit", DEFAULT_LIMIT), latest_first=True)
    saved = [each for each in _first(request) if each[0] != "limit"]
    base, log = str(request.base_url).rstrip("/"), service.log.id
    filters = urlencode(sorted(saved))
    return Feed(
        permanent_id(log, "changes", filters),
        "Changed estimates",
        f"{base}/changes" + (f"?{filters}" if filters else ""),
        *_addresses(request),
        _next(service, request, asked, here, found),
        [_entry(here, log, base, item) for item in found.items],
    )


def _given(request: Request) -> list[tuple[str, str]]:
    """The parameters of a page of a feed, without the token."""
    return [each for each in request.query_params.multi_items() if each[0] != "token"]


def _first(request: Request) -> list[tuple[str, str]]:
    """Those of the first page."""
    return [each for each in _given(request) if each[0] != "cursor"]


def _addresses(request: Request) -> tuple[str, str]:
    """The address of a page, and that of the first page with the token that reads it."""
    first = with_feed_token(request.scope, _address(request, _first(request)))
    return _address(request, _given(request)), first


def _address(request: Request, query: list[tuple[str, str]]) -> str:
    address = str(request.url.replace(query=""))
    return f"{address}?{urlencode(query)}" if query else address


def _next(
    service: Service, request: Request, asked: Asked, here: Standpoint, found: ChangedPage
) -> str | None:
    """The address of the next page, at the position of the latest entry of the first one.

    So a feed stays the same, byte by byte, until another entry comes.
    """
    if found.last is None:
        return None
    position = asked.get(PINNED, found.items[0]["position"])
    then = following(service, request, found.last, {**here.echo, "position": position})
    if then is None:
        return None
    return with_feed_token(request.scope, str(request.base_url).rstrip("/") + then.address)


def _entry(here: Standpoint, log: str, base: str, item: ChangedItem) -> Entry:
    indicator, position = item["indicator"], item["position"]
    row = indicator_at(here.db, indicator, here.as_of.position)
    return change_entry(
        item,
        permanent_id(log, "changes", indicator, str(position)),
        row.definition.topics if row else (),
        figure_then(base, indicator, {}, position),
        f"{base}/events/{position}",
    )


def _moved_atom(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """Cited figures that moved as an Atom feed, latest first."""
    return Response(atom(_moved_feed(service, request, asked, here)), media_type=ATOM)


def _moved_json(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """Cited figures that moved as a JSON Feed, latest first."""
    body = json_feed(_moved_feed(service, request, asked, here))
    return Response(to_json(body), media_type=JSON_FEED)


def _moved_feed(service: Service, request: Request, asked: Asked, here: Standpoint) -> Feed:
    start, limit = asked[FROM] or 0, asked.get("limit", DEFAULT_LIMIT)
    indicator = asked.get("indicator")
    found = citations(here, "moved", indicator, start, limit + 1)
    base, log = str(request.base_url).rstrip("/"), service.log.id
    then = following(service, request, start + limit if len(found) > limit else None, here.echo)
    return Feed(
        permanent_id(log, "citations", indicator or ""),
        "Cited figures that moved",
        f"{base}/citations?state=moved",
        *_addresses(request),
        then and with_feed_token(request.scope, base + then.address),
        [_moved_entry(here, log, base, item) for item in found[:limit]],
    )


def _moved_entry(here: Standpoint, log: str, base: str, item: CitationItem) -> Entry:
    row, moved = indicator_at(here.db, item["indicator"], here.as_of.position), item["moved"]
    position = str(moved["position"] if moved else item["position"])
    return moved_entry(
        item,
        permanent_id(log, "citations", item["id"], position),
        row.definition.topics if row else (),
        base + item["now_page"],
        f"{base}/events/{position}",
    )


_QUERY = (*_FILTERS, *PAGE, "token")
_MOVED = ("indicator", *PAGE, "token")
READS: tuple[Read, ...] = tuple(
    # Answers are not kept: a token may stand in the address.
    Read(path, look, query, Shape(kind), of_views=False, media_type=media_type, role="feed")
    for path, look, query, kind, media_type in (
        ("/feeds/changes.atom", _atom_feed, _QUERY, str, ATOM),
        ("/feeds/changes.json", _json_feed, _QUERY, JsonFeed, JSON_FEED),
        ("/feeds/citations.atom", _moved_atom, _MOVED, str, ATOM),
        ("/feeds/citations.json", _moved_json, _MOVED, JsonFeed, JSON_FEED),
    )
)


def operations(reading: Reading) -> list[Operation]:
    """The operations that read feeds."""
    return read_operations(reading, READS)
