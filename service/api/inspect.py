"""Inspecting a figure over HTTP: why it is what it is, what changed it, what would change it."""

from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response

from service.api.estimate_forms import PROVENANCE
from service.http.lookups import claim_named, indicator_named, narrowing, nothing
from service.http.paging import DEFAULT_LIMIT, page
from service.http.parameters import NARROWING, PAGE, TIMES, Asked, bad_parameter
from service.http.reads import Read, Reading, counted_page, keyed_page, one, read_operations
from service.http.routing import Operation, Shape
from service.http.tables import Body, Table
from service.http.times import FROM, between
from service.query import changes, comparison, explanations, flags, impact, open_matters
from service.query.standpoint import Standpoint
from service.service import Service


def _explanation(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """Why this figure: the claims used or left out, each with its reason and its chain."""
    name, most = indicator_named(request, here), asked.get("limit", explanations.MOST_EXPLAINED)
    return one(explanations.counted_explanation(here, name, narrowing(asked), most), here)


def _explained_claims(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """Every claim of an explanation: those used, relays, and those left out."""
    name, use = indicator_named(request, here), asked.get("use")
    start, limit = asked[FROM] or 0, asked.get("limit", DEFAULT_LIMIT)
    part = slice(start, start + limit + 1)
    found = explanations.explained_claims(here, name, narrowing(asked), use, part)
    last = start + limit if len(found) > limit else None
    return page(service, request, found[:limit], last, here.echo)


def _explained_steps(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """Every step from claims to a figure, in words."""
    name, start = indicator_named(request, here), asked[FROM] or 0
    limit = asked.get("limit", DEFAULT_LIMIT)
    part = slice(start, start + limit + 1)
    found = explanations.explained_steps(here, name, narrowing(asked), part)
    last = start + limit if len(found) > limit else None
    return page(service, request, found[:limit], last, here.echo)


def _changes(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """What changed between two record times and which events did it, in words and in data."""
    name = indicator_named(request, here)
    if "since" not in asked:
        raise bad_parameter("since", "is missing; give an instant, a date or a position")
    span, most = between(here, asked), asked.get("limit", changes.MOST_EVENTS)
    return one(changes.counted_changes(here, name, span, narrowing(asked), most), here)


def _impact(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """Which estimates rest on a claim, and what they would be without it."""
    name = claim_named(request)
    body = impact.impact(here, name)
    if body is None:
        raise nothing("claim", name, here)
    return one(body, here)


def _relays(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """Every claim that is derived from one, directly or not, and counts."""
    name = claim_named(request)
    if impact.standing_of(here, name) is None:
        raise nothing("claim", name, here)
    return counted_page(service, request, asked, here, impact.relays_of(here, name))


def _compared(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """Every span of time in which another policy would have answered otherwise, oldest first."""
    name, policies = indicator_named(request, here), _policies(asked)
    spans = comparison.compared(here, name, policies, asked.get("axis", "record"))
    return counted_page(service, request, asked, here, spans)


def _policies(asked: Asked) -> tuple[str | None, str]:
    if "candidate" not in asked:
        raise bad_parameter("candidate", "is missing; give the policy to try")
    return asked.get("base"), asked["candidate"]


def _compare(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """A dry run of another policy: which estimates differ under it, now and over all history."""
    policies = _policies(asked)
    limit, wanted = asked.get("limit", DEFAULT_LIMIT), asked.get("indicator")
    axis, after = asked.get("axis", "record"), asked[FROM] or ""
    found = comparison.comparison(here, policies, axis, wanted, after, limit + 1)
    return keyed_page(service, request, asked, here, found, "indicator")


def _conflicts(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """Every open flag: contradictions at every cut-off, disputes, falls, suspected relays and more."""
    limit = asked.get("limit", DEFAULT_LIMIT)
    name, n = asked[FROM] or ("", 0)
    indicator, code = asked.get("indicator"), asked.get("code")
    found = flags.open_flags(here, indicator, code, (name, n), limit + 1)
    last = found[limit - 1][0] if len(found) > limit else None
    return page(service, request, [flag for _, flag in found[:limit]], last, here.echo)


def _rows_of(body: Body) -> Iterator[Body]:
    for part, use in (("used", "used"), ("relays", "relay"), ("excluded", "excluded")):
        for item in body[part]:
            yield {**item, "use": use}


def _open(service: Service, request: Request, asked: Asked, here: Standpoint) -> Response:
    """What is open: claims without a source grade, unknown sources, flags by age, relays suspected."""
    return one(open_matters.what_is_open(here), here)


_ONE = "/v1/estimates/{indicator}"
_FLAGS_AT_ONCE = 20_000
"""Of a table of flags: a page of it reads all flags of the indicator at which it begins."""
READS: tuple[Read, ...] = (
    Read(
        f"{_ONE}/explanation",
        _explanation,
        (*TIMES, *NARROWING, "limit"),
        Shape(explanations.CountedExplanation, "one"),
        rows=Table(explanations.ExplainedClaim, _rows_of, whole=True),
        forms=PROVENANCE,
    ),
    Read(
        f"{_ONE}/explanation/claims",
        _explained_claims,
        (*TIMES, *PAGE, *NARROWING, "use"),
        Shape(explanations.ExplainedClaim, "page"),
        whole=True,
    ),
    Read(
        f"{_ONE}/explanation/steps",
        _explained_steps,
        (*TIMES, *PAGE, *NARROWING),
        Shape(explanations.ExplainedStep, "page"),
        whole=True,
    ),
    Read(
        f"{_ONE}/changes",
        _changes,
        (*TIMES, *NARROWING, "since", "until", "limit"),
        Shape(changes.CountedChanges, "one"),
        rows=Table(changes.AttributedDifference, lambda body: iter(body["differences"]), whole=True),
    ),
    Read("/v1/claims/{report}/{n}/impact", _impact, TIMES, Shape(impact.ImpactAnswer, "one")),
    Read(
        "/v1/claims/{report}/{n}/relays",
        _relays,
        (*TIMES, *PAGE),
        Shape(impact.RelayingItem, "page"),
        whole=True,
    ),
    Read(
        "/v1/policies/compare",
        _compare,
        (*TIMES, *PAGE, "base", "candidate", "axis", "indicator"),
        Shape(comparison.ComparisonItem, "page"),
    ),
    Read(
        "/v1/policies/compare/{indicator}",
        _compared,
        (*TIMES, *PAGE, "base", "candidate", "axis"),
        Shape(comparison.PolicySpan, "page"),
        whole=True,
    ),
    Read(
        "/v1/conflicts",
        _conflicts,
        (*TIMES, *PAGE, "code", "indicator"),
        Shape(flags.OpenFlag, "page"),
        rows=Table(flags.OpenFlag, page=_FLAGS_AT_ONCE),
    ),
    Read("/v1/open", _open, TIMES, Shape(open_matters.OpenAnswer, "one")),
)


def operations(reading: Reading) -> list[Operation]:
    """The operations that see through a figure."""
    return read_operations(reading, READS)
