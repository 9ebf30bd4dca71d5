"""Examining over HTTP: why a figure is what it is, what changed it, what would change it."""

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from service.http.lookups import NARROWING, Read, answer, indicator_named, narrowing, nothing, reading
from service.http.paging import DEFAULT_LIMIT, page
from service.http.parameters import FROM, PAGE, TIMES, Asked, bad_parameter, position_of_time
from service.query import estimates, inspection
from service.query.standpoint import Standpoint
from service.service import Service


def _explanation(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """Why this figure: every claim used or left out, each with its reason and its chain."""
    name = indicator_named(request, here)
    asks = narrowing(asked)
    return answer(estimates.explanation(here.db, name, here.as_of, asks, here.suspect), here)


def _changes(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """What changed between two record times, and which events did it, in words and in data."""
    name = indicator_named(request, here)
    if "since" not in asked:
        raise bad_parameter("since", "is missing; give an instant, a date or a position")
    since = position_of_time(here.db, asked["since"])
    until = position_of_time(here.db, asked.get("until", here.as_of.position))
    until = min(until, here.as_of.position)
    if since > until:
        raise bad_parameter("since", f"lies behind the end: position {since} after {until}")
    asks = narrowing(asked)
    return answer(inspection.changes(here, name, (since, until), asks), here)


def _impact(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """Which estimates rest on a claim, and what they would be without it."""
    name = f"{request.path_params['report']}/{request.path_params['n']}"
    body = inspection.impact(here, name)
    if body is None:
        raise nothing("claim", name)
    return answer(body, here)


def _compare(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """A dry run of another policy: which estimates differ under it, now and over all history."""
    if "candidate" not in asked:
        raise bad_parameter("candidate", "is missing; give the policy to try")
    limit, wanted = asked.get("limit", DEFAULT_LIMIT), asked.get("indicator")
    policies = asked.get("base"), asked["candidate"]
    axis, after = asked.get("axis", "record"), asked[FROM] or ""
    found = inspection.comparison(here, policies, axis, wanted, after, limit + 1)
    items: list[dict[str, Any]] = found[:limit]
    last = items[-1]["indicator"] if len(found) > limit else None
    return page(service, request, items, last, here.echo)


def _conflicts(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """Every open flag: contradictions at every cut-off, disputes, falls, suspected relays and more."""
    limit, wanted = asked.get("limit", DEFAULT_LIMIT), (asked.get("indicator"), asked.get("code"))
    after = tuple(asked[FROM] or ("", 0))
    found = estimates.open_flags(here.db, here.as_of, wanted, after, limit + 1, here.suspect)
    items = found[:limit]
    last = [items[-1]["indicator"], items[-1]["n"]] if len(found) > limit else None
    plain = [{name: value for name, value in item.items() if name != "n"} for item in items]
    return page(service, request, plain, last, here.echo)


_ONE = "/v1/estimates/{indicator}"
_READS: tuple[Read, ...] = (
    (f"{_ONE}/explanation", _explanation, (*TIMES, *NARROWING), True),
    (f"{_ONE}/changes", _changes, (*TIMES, *NARROWING, "since", "until"), True),
    ("/v1/claims/{report}/{n}/impact", _impact, TIMES, True),
    (
        "/v1/policies/compare",
        _compare,
        (*TIMES, *PAGE, "base", "candidate", "axis", "indicator"),
        True,
    ),
    ("/v1/conflicts", _conflicts, (*TIMES, *PAGE, "code", "indicator"), True),
)


def routes(service: Service) -> APIRouter:
    """What lets a reader see through a figure."""
    return reading(service, _READS)
