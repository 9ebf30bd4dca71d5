"""Estimates: the board, one estimate, and its explanation."""

from dataclasses import dataclass
from itertools import islice

from typing_extensions import TypedDict

from domain.vocabulary import Measure
from projections.answers.as_of import EVERYTHING
from projections.answers.claims import cohorts
from projections.answers.elsewhere import elsewhere
from projections.answers.estimate_answer import EstimateAnswer, EstimateFields, estimate_answer
from projections.answers.estimates import answer, used_claims
from projections.answers.explanation import Explanation, explain
from projections.answers.flags import flags
from projections.answers.questions import HEADLINE, Narrowing
from projections.headlines import headline
from projections.tables.claims import indicators_voiced_by
from projections.tables.registry import IndicatorRow, indicators_at
from service.query.evidence import EvidenceItem, ExcludedItem, RelayItem, evidence_item
from service.query.standpoint import Standpoint


class UsedItem(TypedDict):
    """A claim that an estimate uses."""

    claim: str


class ExplanationAnswer(EstimateFields):
    """An estimate with every claim used or left out, each with its chain and the reason."""

    used: list[EvidenceItem]
    excluded: list[ExcludedItem]
    relays: list[RelayItem]
    steps: list[str]


@dataclass(frozen=True, slots=True)
class BoardFilter:
    """What narrows the board."""

    q: str | None = None
    measure: Measure | None = None
    flag: str | None = None
    source: str | None = None


def board(here: Standpoint, wanted: BoardFilter, after: str, limit: int) -> list[EstimateAnswer]:
    """At most `limit` estimates by indicator id, starting after one."""
    found = list[EstimateAnswer]()
    position = here.as_of.position
    voiced = None if wanted.source is None else indicators_voiced_by(here.db, wanted.source, position)
    for row in indicators_at(here.db, position, after):
        if len(found) == limit:
            break
        if _matches(row, wanted) and (voiced is None or row.id in voiced):
            body = estimate(here, row.id, with_cohorts=False)
            if wanted.flag is None or any(f["code"] == wanted.flag for f in body["flags"]):
                found.append(body)
    return found


def _matches(row: IndicatorRow, wanted: BoardFilter) -> bool:
    definition = row.definition
    if wanted.measure not in (None, definition.measure):
        return False
    described = (row.id, definition.title, definition.definition)
    text = " ".join((*described, *definition.terms, *definition.topics)).lower()
    return wanted.q is None or all(word in text for word in wanted.q.lower().split())


def estimate(
    here: Standpoint, indicator: str, asked: Narrowing = HEADLINE, *, with_cohorts: bool = True
) -> EstimateAnswer:
    """One estimate; the current headline is read as it is stored, everything else is computed."""
    here = here.on(indicator)
    body = _headline(here, indicator) if here.current and asked.plain else None
    if body is None:
        body = answer(here.db, indicator, here.as_of, asked)
    body["flags"] += flags(here.db, indicator, here.as_of, asked, here.suspect)
    if here.knows_withheld:
        body["withheld"] = True
    if asked.period is None:
        body = with_elsewhere(here, body)
    if with_cohorts and asked.cohort is None:
        body["cohorts"] = cohorts(here.db, indicator, here.as_of)
    return body


def with_elsewhere(here: Standpoint, body: EstimateAnswer) -> EstimateAnswer:
    """An estimate with what its claims are about, where that is why it is unknown."""
    found = elsewhere(here.db, body, here.as_of)
    return body if found is None else {**body, "elsewhere": found}


def _headline(here: Standpoint, indicator: str) -> EstimateAnswer | None:
    """The current headline as it is kept for the reader; None where other times are asked."""
    if (here.as_of.published_by, here.as_of.valid_at) != (None, None):
        return None
    if here.as_of.clearance == EVERYTHING:
        return headline(here.db, indicator)
    kept = here.headline(here.db, indicator, here.as_of)
    return {**kept, "flags": list(kept["flags"])}  # the caller adds to them


def used(here: Standpoint, indicator: str, asked: Narrowing, start: int, limit: int) -> list[UsedItem]:
    """At most `limit` of the claims that an estimate uses, in its order, from the `start`-th on."""
    here = here.on(indicator)
    found = used_claims(here.db, indicator, here.as_of, asked)
    return [{"claim": claim} for claim in islice(found, start, start + limit)]


def explanation(here: Standpoint, indicator: str, asked: Narrowing) -> ExplanationAnswer:
    """An estimate with every claim used or left out, each with its chain and the reason."""
    here = here.on(indicator)
    explained = explain(here.db, indicator, here.as_of, asked)
    if explained is None:
        unknown = estimate(here, indicator, asked)
        return {**unknown, "used": [], "excluded": [], "relays": [], "steps": []}
    body = estimate_answer(indicator, explained.defined, explained.counted)
    body["flags"] += flags(here.db, indicator, here.as_of, asked, here.suspect)
    if here.knows_withheld:
        body["withheld"] = True
    return {
        **body,
        "used": [evidence_item(here, claim) for claim in explained.defined.estimate.used],
        "excluded": _excluded_items(here, explained),
        "relays": _relay_items(here, explained),
        "steps": explained.defined.estimate.steps,
    }


def _excluded_items(here: Standpoint, explained: Explanation) -> list[ExcludedItem]:
    return [
        {**evidence_item(here, out.claim), "reason": out.reason, "by": out.by}
        for out in explained.left_out
    ]


def _relay_items(here: Standpoint, explained: Explanation) -> list[RelayItem]:
    return [
        {**evidence_item(here, relay.claim), "root": root}
        for relay in explained.defined.estimate.relays
        for root in relay.roots or (None,)
    ]
