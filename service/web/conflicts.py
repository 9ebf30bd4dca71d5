"""Conflicts: each open flag with the claims it is about."""

from itertools import groupby
from typing import Any, get_args

from starlette.requests import Request

from domain.estimates.claims import Claim
from domain.estimates.figures import interval_of, sum_of
from domain.estimates.flags import MEANING, FlagCode
from domain.estimates.origins import NAMELESS
from projections.answers.claims import look_up
from projections.answers.values import number
from projections.tables.registry import indicators_at
from service.http.parameters import TIMES, Asked
from service.query import words
from service.query.claims import DisputeItem, disputes
from service.query.evidence import evidence_item
from service.query.flags import OpenFlag, open_flags
from service.query.reports import report_in_force
from service.query.standpoint import Standpoint
from service.service import Service
from service.web.acts.places import named_openly
from service.web.downloads import downloads
from service.web.pages import Page, PageRoute
from service.web.wording import with_thin_spaces

MOST_FLAGS = 200
"""Maximum number of flags on the page."""
MOST_CLAIMS = 12
"""Maximum number of claims shown for a flag."""
MOST_SUGGESTED = 1_000
"""Maximum number of indicator ids suggested in the filter."""
Body = dict[str, Any]


def _conflicts(service: Service, request: Request, asked: Asked, here: Standpoint) -> Page:
    wanted = asked.get("indicator"), asked.get("code")
    found = [flag for _, flag in open_flags(here, *wanted, limit=MOST_FLAGS + 1)]
    known = indicators_at(here.db, here.as_of.position)
    titles = {row.id: row.definition.title for row in known}
    return Page(
        "conflicts.html",
        {
            "groups": _groups(service, here, found[:MOST_FLAGS]),
            "titles": titles,
            "known": list(titles)[:MOST_SUGGESTED],
            "more": len(found) > MOST_FLAGS,
            "most": MOST_FLAGS,
            "indicator": wanted[0] or "",
            "code": wanted[1],
            "codes": [(code, code) for code in get_args(FlagCode)],
            "meaning": MEANING,
            "downloads": downloads(request, "These flags", "/v1/conflicts"),
        },
    )


def _groups(service: Service, here: Standpoint, found: list[OpenFlag]) -> list[tuple[str, Any]]:
    """Group the flags by indicator, then by code."""
    groups = []
    for name, flags in groupby(found, key=lambda flag: flag["indicator"]):
        by_code: dict[str, list[Body]] = {}
        for flag in flags:
            by_code.setdefault(flag["code"], []).append(_flag(service, here, flag))
        groups.append((name, by_code))
    return groups


def _flag(service: Service, here: Standpoint, flag: OpenFlag) -> Body:
    """A flag with its claims as the reader may see them, its disputes, and the sum of its parts."""
    find = look_up(here.db, here.as_of)
    found = [find(name) for name in flag["claims"][:MOST_CLAIMS]]
    claims = [claim for claim in found if claim and claim.standing not in NAMELESS]
    item: Body = {
        **flag,
        "claims": [evidence_item(here, claim) for claim in claims],
        "named": named_openly(flag["claims"], here.hidden),
        "left": len(flag["claims"]) - len(claims),
        "disputes": [],
        "sum": None,
    }
    if flag["code"] == "disputed":
        item["disputes"] = [each for claim in claims for each in _disputes(service, here, claim)]
    if flag["code"] == "parts-mismatch" and len(claims) > 1:
        item["sum"] = _sum(claims[1:])
    return item


def _disputes(service: Service, here: Standpoint, claim: Claim) -> list[DisputeItem]:
    report = report_in_force(here, service.log, claim.report)
    return disputes(here, report.state, claim.n) if report else []


def _sum(parts: list[Claim]) -> str:
    """The sum of the parts, in words."""
    total = sum_of(interval_of(part) for part in parts)
    low, high = number(total.low), number(total.high)
    best = low if low == high else None
    if best is not None:
        low = high = None
    return with_thin_spaces(
        words.quantity({"low": low, "best": best, "high": high, "qualifier": "range"})
    )


PAGES: tuple[PageRoute, ...] = (("/conflicts", _conflicts, (*TIMES, "code", "indicator")),)
