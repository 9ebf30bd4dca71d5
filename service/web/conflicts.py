"""Everything that does not fit together: each open flag with the claims that it is about."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any, get_args

from starlette.requests import Request

from domain.estimates.claims import Claim
from domain.estimates.figures import interval_of, sum_of
from domain.estimates.flags import FlagCode
from projections.answers.as_of import look_up
from projections.answers.estimates import number
from projections.tables.registry import indicators_at
from service.http.parameters import TIMES, Asked
from service.query import estimates, reports, words
from service.query.standpoint import Standpoint
from service.service import Service
from service.web.pages import Page, Shown, thin

MOST_FLAGS = 200
MOST_CLAIMS = 12
MOST_NAMED = 1_000
Body = dict[str, Any]

MEANING: Mapping[FlagCode, str] = {
    "contradiction": "independent origins that cannot both be right",
    "divergence": "totals at different days that differ; a total may grow",
    "overlap": "periods that overlap, so that a sum would count some twice",
    "newer-elsewhere": "a source that ranks lower knows of much later days",
    "grade-1-unsupported": "graded as confirmed by others, but no other origin agrees",
    "rests-on-withdrawn": "stands in for a claim that was withdrawn from this log",
    "disputed": "somebody says that the claim is wrong",
    "bad-interval": "low, best and high are out of order, as the source gave them",
    "fall": "a total of the same originator that becomes smaller",
    "parts-mismatch": "parts that do not sum to their whole",
    "stale-relay-suspected": "perhaps an old figure in new print: another one lies between",
    "relay-suspected": "perhaps taken from another claim: the same figure soon after",
    "inputs-changed": "an assessment rests on claims that have changed since",
}


def _conflicts(service: Service, request: Request, asked: Asked, here: Standpoint) -> Page:
    wanted = asked.get("indicator"), asked.get("code")
    most = MOST_FLAGS + 1
    found = estimates.open_flags(here.db, here.as_of, wanted, ("", 0), most, here.suspect)
    known = indicators_at(here.db, here.as_of.position)
    titles = {row.id: row.definition.title for row in known}
    return Page(
        "conflicts.html",
        {
            "groups": _groups(service, here, found[:MOST_FLAGS]),
            "titles": titles,
            "known": list(titles)[:MOST_NAMED],
            "more": len(found) > MOST_FLAGS,
            "most": MOST_FLAGS,
            "indicator": wanted[0] or "",
            "code": wanted[1],
            "codes": [(code, code) for code in get_args(FlagCode)],
            "meaning": MEANING,
        },
    )


def _groups(service: Service, here: Standpoint, found: list[Body]) -> list[tuple[str, Any]]:
    """The flags by indicator, then by code."""
    groups = []
    for name, flags in groupby(found, key=lambda flag: flag["indicator"]):
        by_code: dict[str, list[Body]] = {}
        for flag in flags:
            by_code.setdefault(flag["code"], []).append(_flag(service, here, flag))
        groups.append((name, by_code))
    return groups


def _flag(service: Service, here: Standpoint, flag: Body) -> Body:
    find = look_up(here.db, here.as_of)
    found = [find(name) for name in flag["claims"][:MOST_CLAIMS]]
    claims = [claim for claim in found if claim and claim.standing != "beyond-clearance"]
    shown = {
        **flag,
        "claims": [estimates.evidence(here.db, claim, here.as_of) for claim in claims],
        "left": len(flag["claims"]) - len(claims),
        "disputes": [],
        "sum": None,
    }
    if flag["code"] == "disputed":
        shown["disputes"] = [each for claim in claims for each in _disputes(service, here, claim)]
    if flag["code"] == "parts-mismatch" and len(claims) > 1:
        shown["sum"] = _sum(claims[1:])
    return shown


def _disputes(service: Service, here: Standpoint, claim: Claim) -> list[Body]:
    shown = reports.shown_report(service.log, claim.report, here.as_of)
    return reports.disputes(shown.state, claim.n, here.as_of) if shown else []


def _sum(parts: list[Claim]) -> str:
    """What the parts come to, in words."""
    total = sum_of(interval_of(part) for part in parts)
    low, high = number(total.low), number(total.high)
    best = low if low == high else None
    bounds = {"low": low, "high": high, "best": best, "qualifier": "range"}
    return thin(words.quantity({**bounds, "low": None, "high": None} if best is not None else bounds))


PAGES: tuple[Shown, ...] = (("/conflicts", _conflicts, (*TIMES, "code", "indicator")),)
