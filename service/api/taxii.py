"""A TAXII 2.1 server, read-only: one API root with one collection, which is the log."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from domain.times import to_micros
from service.api.taxii_messages import (
    ApiRoot,
    Collection,
    Collections,
    Discovery,
    Envelope,
    Manifest,
    ManifestRecord,
    Versions,
)
from service.http.paging import DEFAULT_LIMIT, seal, unseal
from service.http.parameters import Asked, parameters
from service.http.problem_kinds import LISTED, READ
from service.http.problems import Problem
from service.http.questions import Questions
from service.http.routing import Endpoint, Operation, Shape, header
from service.http.taxii_errors import ROOT, TAXII, TaxiiError
from service.http.times import caught_up, standing
from service.interop.stix.bundles import STIX
from service.interop.stix.collection import (
    Match,
    collected,
    ids_of,
    place_of,
    position_until,
)
from service.interop.stix.ids import Ids
from service.interop.stix.versions import Version
from service.interop.stix.walk import Walk
from service.log.envelope import decode_envelope
from service.log.port import ClockLeap
from service.query.standpoint import Standpoint
from service.service import Service
from service.views.history import position_of

API_ROOT = f"{ROOT}log/"
COLLECTION = f"{API_ROOT}collections/{{collection}}/"
ALIAS = "log"
"""The name by which the one collection can be asked for as well as by its id."""
PAGES = ("limit", "next")
MATCHES = ("match[id]", "match[type]", "match[version]", "match[spec_version]")
_ACCEPTED = ("application/taxii+json", TAXII, "application/*", "*/*")


Page = Callable[[list[Version]], Mapping[str, object]]
"""What a page says of its versions."""


def operations(service: Service, questions: Questions) -> list[Operation]:
    """The operations of the TAXII server."""
    one, objects = f"{COLLECTION}objects/{{object}}/", f"{COLLECTION}objects/"
    paged = partial(_paged, service, questions)
    return [
        _operation(ROOT, _fixed(_discovery), "What the TAXII server offers.", Discovery),
        _operation(API_ROOT, _fixed(partial(_root, service)), "The one API root.", ApiRoot),
        _operation(
            f"{API_ROOT}collections/", _fixed(partial(_all, service)), "Its collections.", Collections
        ),
        _operation(COLLECTION, _fixed(partial(_one, service)), "The collection: the log.", Collection),
        paged(objects, _objects, "The objects of the log as STIX, as they were added.", Envelope),
        paged(f"{COLLECTION}manifest/", _manifest, "What objects there are, and since when.", Manifest),
        paged(one, _objects, "One object, in the versions asked for.", Envelope),
        paged(f"{one}versions/", _history, "Which versions of an object there are.", Versions),
    ]


def _operation(
    path: str, endpoint: Endpoint, summary: str, answer: type, query: tuple[str, ...] = ()
) -> Operation:
    paged = (*READ, *LISTED) if query else ()
    return Operation(
        "GET",
        path,
        endpoint,
        name=f"taxii_{answer.__name__.lower()}{'_of_one' if '{object}' in path else ''}",
        summary=summary,
        tag="reading",
        query=query,
        returns={200: {TAXII: Shape(answer)}},
        problems=("not-acceptable", "not-found", *paged),
        refused=Shape(TaxiiError),
    )


def _fixed(answer: Callable[[Request], Mapping[str, object]]) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        _check(request)
        parameters(request)
        return Response(to_json(answer(request)), 200, None, TAXII)

    return endpoint


def _check(request: Request) -> None:
    """Refuse who accepts no TAXII 2.1, and another collection than the one; raises `Problem`."""
    given = header(request.scope, b"accept") or "*/*"
    ranges = ["".join(each.split()).lower().partition(";q=")[0] for each in given.split(",")]
    if not any(each in _ACCEPTED for each in ranges):
        raise Problem("not-acceptable", f"Accept: this address returns {TAXII}")


def _discovery(request: Request) -> Discovery:
    return {
        "title": "intellog",
        "description": "A log of reported figures, read-only.",
        "default": API_ROOT,
        "api_roots": [API_ROOT],
    }


def _root(service: Service, request: Request) -> ApiRoot:
    return {
        "title": "The log",
        "description": "Sources, reports, claims, grades and estimates as STIX 2.1.",
        "versions": [TAXII],
        "max_content_length": service.settings.body_limit,
    }


def _all(service: Service, request: Request) -> Collections:
    return {"collections": [_collection(service)]}


def _one(service: Service, request: Request) -> Collection:
    collection = _collection(service)
    if request.path_params["collection"] not in (collection["id"], ALIAS):
        raise Problem("not-found", f"there is no such collection; there is one: {collection['id']}")
    return collection


def _collection(service: Service) -> Collection:
    return {
        "id": Ids(service.log.id).uuid("collection", ALIAS),
        "title": "The log",
        "description": "What its reader may see, by the markings in force now.",
        "alias": ALIAS,
        "can_read": True,
        "can_write": False,
        "media_types": [STIX],
    }


def _paged(
    service: Service, questions: Questions, path: str, page: Page, summary: str, answer: type
) -> Operation:
    one = "{object}" in path
    matches = tuple(each for each in MATCHES if not one or each in MATCHES[3:])
    if one and page is _objects:
        matches = MATCHES[2:]
    query = ("added_after", *PAGES, *matches)

    async def endpoint(request: Request) -> Response:
        _check(request)
        _one(service, request)
        asked = parameters(request, *query)
        await caught_up(service, asked)
        find = partial(_found, service, request, asked, page)
        return await questions.answer(request, path, find)

    return _operation(path, endpoint, summary, answer, query)


def _found(service: Service, request: Request, asked: Asked, page: Page) -> Response:
    pinned, after = unseal(service, request, asked["next"]) if "next" in asked else (None, None)
    with standing(service, asked) as here:
        until = _closed(service, here) if pinned is None else pinned
        walk, match = Walk(here, service.log, until), _match(request, asked, page)
        limit = asked.get("limit", DEFAULT_LIMIT)
        found = collected(walk, match, tuple(after or _begin(here, asked)), limit + 1)
        if not found and match.ids and "object" in request.path_params:
            _refuse_unknown(walk, match)
    shown, body = found[:limit], {"more": len(found) > limit}
    if len(found) > limit:
        body["next"] = seal(service, request, until, place_of(shown[-1]))
    return Response(to_json({**body, **page(shown)}), 200, _dates(shown), TAXII)


def _begin(here: Standpoint, asked: Asked) -> tuple[int, str, str]:
    """The place after which a client begins."""
    if "added_after" not in asked:
        return (-1, "", "")
    position = position_until(here.db, to_micros(asked["added_after"]), inclusive=True)
    return (position, "~", "") if position else (-1, "", "")


def _closed(service: Service, here: Standpoint) -> int:
    """The last position of whose time no more events can come."""
    position = position_of(here.db)
    beyond = service.log.read(after=position, limit=1)
    times = [decode_envelope(each.body).recorded_at for each in beyond if each.body]
    with suppress(ClockLeap):  # else it is later than any event
        times.append(service.log.now())
    if times:
        position = position_until(here.db, to_micros(min(times)), inclusive=False)
    return min(position, here.as_of.position)


def _match(request: Request, asked: Asked, page: Page) -> Match:
    named = request.path_params.get("object")
    versions = ids_of(asked.get("match[version]", "")) or frozenset({"last"})
    return Match(
        frozenset({named}) if named else ids_of(asked.get("match[id]", "")),
        ids_of(asked.get("match[type]", "")),
        frozenset({"all"}) if page is _history else versions,
        ids_of(asked.get("match[spec_version]", "")),
    )


def _refuse_unknown(walk: Walk, match: Match) -> None:
    """Tell an object that is not there from one that has nothing to show; raises `Problem`."""
    if not collected(walk, Match(ids=match.ids), (-1, "", ""), 1):
        [named] = match.ids
        raise Problem("not-found", f"there is no object '{named[:80]}'")


def _objects(found: list[Version]) -> Mapping[str, object]:
    return {"objects": [each.thing for each in found]} if found else {}


def _manifest(found: list[Version]) -> Mapping[str, object]:
    records: list[ManifestRecord] = [
        {
            "id": each.id,
            "date_added": _date(each),
            "version": each.modified,
            "media_type": STIX,
        }
        for each in found
    ]
    return {"objects": records} if records else {}


def _history(found: list[Version]) -> Mapping[str, object]:
    return {"versions": [each.modified for each in found]} if found else {}


def _dates(found: list[Version]) -> dict[str, str]:
    if not found:
        return {}
    return {
        "X-TAXII-Date-Added-First": _date(found[0]),
        "X-TAXII-Date-Added-Last": _date(found[-1]),
    }


def _date(version: Version) -> str:
    return version.recorded_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
